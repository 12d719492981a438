"""OKX: spot and USDT swaps through one object of ccxt's `okx`."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ccxt.base.errors import ExchangeError

from dipmaster.domain.fills import Execution
from dipmaster.domain.instruments import parse_symbol
from execution.domain.venue_orders import NewOrder, VenueOrder
from execution.venues.ccxt.answers import UnreadableAnswer, decimal, mapping, milliseconds, rows, text
from execution.venues.ccxt.unified import UnifiedDialect
from execution.venues.dialect import AccountReader, KeyRights, MarketReader, Refusal
from execution.venues.okx import addresses, codes, orders
from execution.venues.okx.account import OkxAccountReader
from execution.venues.okx.market import OkxMarketReader

RECENT = timedelta(days=3) - timedelta(minutes=10)
"""How far back `trade/fills` goes, with a margin for clocks and for the time that the request takes."""


class OkxDialect(UnifiedDialect):
    """What OKX does otherwise than ccxt's unified calls assume."""

    market_reader: type[MarketReader] = OkxMarketReader
    account_reader: type[AccountReader] = OkxAccountReader

    def urls(self, base_url: str) -> dict[str, Any]:
        """Return the whole `urls` of ccxt's okx."""
        return addresses.urls(base_url)

    def options(self) -> dict[str, Any]:
        """Return the constructor options of one object for spot and swaps."""
        return addresses.options()

    def headers(self, exchange: Any, method: str, url: str, *, now_ms: int, timeout_seconds: float) -> dict[str, str]:
        """Return the deadline of an order request."""
        return addresses.deadline(method, url, now_ms=now_ms, timeout_seconds=timeout_seconds)

    def read_refusal(self, status: int, body: str) -> Refusal | None:
        """Return OKX's own refusal, which may come with HTTP 200."""
        return codes.read_refusal(status, body)

    def create_params(self, order: NewOrder) -> dict[str, Any]:
        """Return our id, time in force and reduce-only."""
        return orders.create_params(order)

    def read_created(self, answer: Any, order: NewOrder, *, exchange: Any, venue: str) -> VenueOrder:
        """Read the acknowledgement: OKX tells what became of an order only when it is asked."""
        return orders.read_created(mapping(answer).get("info"), order.client_order_id)

    async def cancel(self, exchange: Any, *, symbol: str, client_order_id: str, venue_order_id: str | None) -> VenueOrder | None:
        """Cancel by our id; the answer says that the request was taken, not that the order has ended."""
        answer = mapping(await exchange.cancel_order(venue_order_id, _name(symbol), {"clOrdId": client_order_id}))
        item = mapping(answer.get("info"))
        refusal = codes.refusal_in({"code": codes.SUCCESS, "data": [item]})
        if refusal is not None:
            error = ExchangeError(f"okx {refusal.code} {refusal.message}")
            error.refusal = refusal
            raise error
        if item.get("sCode") != codes.SUCCESS:
            raise UnreadableAnswer(f"not an answer to a cancel request: {str(item)[:200]}")
        return None

    async def find(self, exchange: Any, *, symbol: str, client_order_id: str, venue_order_id: str | None) -> VenueOrder | None:
        """Ask everywhere before saying that there is no such order."""
        market = _market(exchange, symbol)
        found = await orders.find(exchange, market, client_order_id=client_order_id, venue_order_id=venue_order_id)
        return None if found is None else orders.read_order(found, market, client_order_id=client_order_id)

    async def executions_of(self, exchange: Any, order: VenueOrder, *, venue: str, symbol: str) -> tuple[Execution, ...]:
        """Return an order's fills: from the last three days, and from the archive when those do not make up what has filled."""
        market = _market(exchange, symbol)
        for is_recent in (True, False):
            found = await orders.fills(exchange, market, {"ordId": order.venue_order_id}, is_recent=is_recent)
            read = tuple(orders.read_fill(row, market, venue=venue, symbol=symbol) for row in found)
            if sum((one.quantity for one in read), Decimal(0)) >= order.filled_quantity:
                break
        return read

    async def executions_since(self, exchange: Any, *, venue: str, symbol: str, since: datetime) -> tuple[Execution, ...]:
        """Return the account's fills in one instrument; each names our id."""
        market, is_recent = _market(exchange, symbol), datetime.now(UTC) - since < RECENT
        found = await orders.fills(exchange, market, {"begin": str(milliseconds(since))}, is_recent=is_recent)
        return tuple(orders.read_fill(row, market, venue=venue, symbol=symbol) for row in found)

    def arrival_seconds(self, timeout_seconds: float) -> float:
        """Return the time-out and a second that the venue's clock may be behind: `expTime` is its end, by the venue's clock."""
        return timeout_seconds + 1

    async def key_rights(self, exchange: Any) -> KeyRights | None:
        """Read the key's permissions from the account's configuration."""
        config = _only(await exchange.privateGetAccountConfig())
        rights = text(config, "perm").split(",")
        return KeyRights(can_trade="trade" in rights, can_withdraw="withdraw" in rights)

    async def balances(self, exchange: Any) -> dict[str, Decimal]:
        """Return the cash of the unified account, unrealised profit left out, amounts in open orders included."""
        account = _only(await exchange.privateGetAccountBalance())
        details = [mapping(row) for row in rows(account.get("details"))]
        owned = {text(row, "ccy"): decimal(row, "cashBal") for row in details}
        return {currency: amount for currency, amount in owned.items() if amount}


def _name(symbol: str) -> str:
    return parse_symbol(symbol).ccxt_symbol


def _market(exchange: Any, symbol: str) -> Any:
    return exchange.market(_name(symbol))


def _only(answer: Any) -> Any:
    found = rows(mapping(answer).get("data"))
    if len(found) != 1:
        raise UnreadableAnswer(f"{len(found)} accounts: {str(answer)[:200]}")
    return mapping(found[0])
