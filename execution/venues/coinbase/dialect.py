"""Coinbase Advanced Trade, spot, with a key of the Coinbase Developer Platform."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from ccxt.base.errors import BaseError, InvalidOrder, OrderNotFound

from dipmaster.domain.fills import Execution
from dipmaster.domain.instruments import parse_symbol
from execution.domain.venue_orders import NewOrder, VenueOrder, VenuePosition
from execution.venues.ccxt.answers import UnreadableAnswer, decimal, mapping, moment, text
from execution.venues.ccxt.exchange import denies_the_order
from execution.venues.ccxt.unified import UnifiedDialect
from execution.venues.coinbase import addresses, codes, orders, tokens
from execution.venues.coinbase.account import CoinbaseAccountReader
from execution.venues.coinbase.market import CoinbaseMarketReader
from execution.venues.dialect import AccountReader, KeyRights, MarketReader, Refusal, Verdict


class CoinbaseDialect(UnifiedDialect):
    """What Coinbase does in its own way."""

    market_reader: type[MarketReader] = CoinbaseMarketReader
    account_reader: type[AccountReader] = CoinbaseAccountReader

    def urls(self, base_url: str) -> dict[str, Any]:
        """Return the REST address and the socket below `base_url`."""
        return addresses.urls(base_url)

    def options(self) -> dict[str, Any]:
        """Return constructor options for ccxt."""
        return addresses.options()

    def headers(self, exchange: Any, method: str, url: str, *, now_ms: int, timeout_seconds: float) -> dict[str, str]:
        """Sign with a token of our own, which ends when we give up."""
        return tokens.authorization(exchange, method, url, now_ms=now_ms, timeout_seconds=timeout_seconds)

    def read_refusal(self, status: int, body: str) -> Refusal | None:
        """Read a refused call, a refused order or a refused cancel."""
        return codes.read_refusal(status, body)

    def create_params(self, order: NewOrder) -> dict[str, Any]:
        """Return our id and the order's configuration as far as ccxt does not write it."""
        return orders.create_params(order)

    def read_created(self, answer: Any, order: NewOrder, *, exchange: Any, venue: str) -> VenueOrder:
        """Read the acknowledgement: which order it is and whose, nothing of what became of it."""
        return orders.read_created(mapping(answer).get("info"), order.client_order_id)

    async def cancel(self, exchange: Any, *, symbol: str, client_order_id: str, venue_order_id: str | None) -> VenueOrder | None:
        """Ask for the order to be cancelled, by the venue's id, which alone it takes."""
        order_id = venue_order_id or await _venue_id(exchange, symbol, client_order_id)
        answer = mapping(await exchange.v3PrivatePostBrokerageOrdersBatchCancel({"order_ids": [order_id]}))
        refusal = codes.refused_cancel(answer)
        if refusal is not None:
            raise _refused(refusal)
        if not codes.is_cancel_taken(answer, order_id):
            raise UnreadableAnswer(f"the answer does not tell of the cancel: {str(answer)[:200]}")
        return None

    async def find(self, exchange: Any, *, symbol: str, client_order_id: str, venue_order_id: str | None) -> VenueOrder | None:
        """Ask by the venue's id, then go through the open orders and the history for ours."""
        found = await _by_venue_id(exchange, venue_order_id) if venue_order_id else None
        if found is None:
            found = await orders.find_listed(exchange, _product(exchange, symbol), client_order_id)
        return None if found is None else orders.read_order(found, client_order_id)

    async def executions_of(self, exchange: Any, order: VenueOrder, *, venue: str, symbol: str) -> tuple[Execution, ...]:
        """Return every execution of one order; an order that has filled nothing is not asked about."""
        if not order.filled_quantity:
            return ()
        found = await orders.fills(exchange, {"order_ids": [order.venue_order_id]})
        quote = parse_symbol(symbol).quote
        return tuple(
            orders.read_fill(fill, venue=venue, symbol=symbol, fee_currency=quote, client_order_id=order.client_order_id) for fill in found
        )

    async def executions_since(self, exchange: Any, *, venue: str, symbol: str, since: datetime) -> tuple[Execution, ...]:
        """Return the account's executions in one product; fills name the venue's id, the orders behind them ours."""
        within = {"product_ids": [_product(exchange, symbol)], "start_sequence_timestamp": orders.stamp(since)}
        found = await orders.fills(exchange, within)
        ids = await orders.client_order_ids(exchange, [text(fill, "order_id") for fill in found])
        quote = parse_symbol(symbol).quote
        return tuple(
            orders.read_fill(fill, venue=venue, symbol=symbol, fee_currency=quote, client_order_id=ids.get(str(fill["order_id"])))
            for fill in found
        )

    def arrival_seconds(self, timeout_seconds: float) -> float:
        """Return how long a token lasts, from its beginning to its end in whole seconds (see `tokens`)."""
        return 2 * timeout_seconds + 2

    async def key_rights(self, exchange: Any) -> KeyRights | None:
        """Ask what the key may do; "transfer" is the right to withdraw."""
        told = mapping(await exchange.v3PrivateGetBrokerageKeyPermissions())
        return KeyRights(can_trade=told.get("can_trade") is True, can_withdraw=told.get("can_transfer") is not False)

    async def server_time(self, exchange: Any) -> datetime:
        """Ask for the time in milliseconds; ccxt's own call tells whole seconds."""
        return moment(mapping(await exchange.v3PublicGetBrokerageTime()).get("epochMillis"))

    async def balances(self, exchange: Any) -> dict[str, Decimal]:
        """Add what is available and what is held for open orders, all pages."""
        owned: dict[str, Decimal] = {}
        async for account in orders.pages(exchange.v3PrivateGetBrokerageAccounts, "accounts", {}):
            amounts = [decimal(mapping(account.get(name)), "value") for name in ("available_balance", "hold")]
            owned[text(account, "currency")] = owned.get(text(account, "currency"), Decimal(0)) + sum(amounts)
        return {currency: amount for currency, amount in owned.items() if amount}

    async def positions(self, exchange: Any) -> tuple[VenuePosition, ...]:
        """Return nothing: the desk trades spot here."""
        return ()


def _product(exchange: Any, symbol: str) -> str:
    return str(exchange.market_id(parse_symbol(symbol).ccxt_symbol))


async def _by_venue_id(exchange: Any, venue_order_id: str) -> Any | None:
    """Ask for one order; none when the venue's own words deny it."""
    try:
        answer = await exchange.v3PrivateGetBrokerageOrdersHistoricalOrderId({"order_id": venue_order_id})
    except BaseError as error:
        if denies_the_order(error):
            return None
        raise
    return mapping(answer).get("order")


async def _venue_id(exchange: Any, symbol: str, client_order_id: str) -> str:
    found = await orders.find_listed(exchange, _product(exchange, symbol), client_order_id)
    if found is None:
        denial = "no order of this id is listed"
        raise _refused(Refusal(code="NOT_LISTED", message=denial, verdict=Verdict.NO_SUCH_ORDER))
    return text(found, "order_id")


def _refused(refusal: Refusal) -> BaseError:
    """Return an error of ccxt's that carries the venue's words: ccxt throws away why a cancel was refused."""
    error: BaseError = (OrderNotFound if refusal.verdict is Verdict.NO_SUCH_ORDER else InvalidOrder)(refusal.message)
    error.refusal = refusal
    return error
