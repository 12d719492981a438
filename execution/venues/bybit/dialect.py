"""Bybit v5 on a unified trading account: spot and linear perpetuals through one object of ccxt's `bybit`."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from dipmaster.domain.fills import Execution
from dipmaster.domain.instruments import parse_symbol
from execution.domain.venue_orders import NewOrder, VenueOrder, VenuePosition
from execution.venues.bybit import addresses, codes, orders
from execution.venues.bybit.account import BybitAccountReader
from execution.venues.bybit.market import BybitMarketReader
from execution.venues.bybit.pages import all_rows, windows
from execution.venues.ccxt.answers import UnreadableAnswer, decimal, house_symbol, mapping, moment, rows, text
from execution.venues.ccxt.unified import UnifiedDialect
from execution.venues.dialect import AccountReader, KeyRights, MarketReader, Refusal

POSITIONS_PAGE = 200
AHEAD = timedelta(minutes=1)  # the venue's clock may be ahead of ours: what happened just now belongs to the last window too


class BybitDialect(UnifiedDialect):
    """What Bybit does in its own way."""

    market_reader: type[MarketReader] = BybitMarketReader
    account_reader: type[AccountReader] = BybitAccountReader

    def urls(self, base_url: str) -> dict[str, Any]:
        """Return a complete replacement of ccxt's addresses."""
        return addresses.urls(base_url)

    def options(self) -> dict[str, Any]:
        """Return what names the account and the kinds of instrument that are traded."""
        return addresses.options()

    def read_refusal(self, status: int, body: str) -> Refusal | None:
        """Return the refusal in an answer: Bybit refuses with HTTP 200."""
        return codes.read_refusal(status, body)

    def read_created(self, answer: Any, order: NewOrder, *, exchange: Any, venue: str) -> VenueOrder:
        """Read the acknowledgement: the two ids and nothing else."""
        return orders.read_created(mapping(answer).get("info"), order.client_order_id)

    async def cancel(self, exchange: Any, *, symbol: str, client_order_id: str, venue_order_id: str | None) -> VenueOrder | None:
        """Cancel by our id. The answer is an acknowledgement: an execution may still come before the cancellation."""
        answer = mapping(await exchange.cancel_order(None, parse_symbol(symbol).ccxt_symbol, {"orderLinkId": client_order_id}))
        if mapping(answer.get("info")).get("orderLinkId") != client_order_id:
            raise UnreadableAnswer(f"not an answer to this cancel request: {str(answer)[:200]}")
        return None

    async def find(self, exchange: Any, *, symbol: str, client_order_id: str, venue_order_id: str | None) -> VenueOrder | None:
        """Ask the live orders, the history and the executions: an order is unknown only when all of them deny it."""
        found = await orders.find(exchange, symbol, client_order_id=client_order_id, venue_order_id=venue_order_id)
        return None if found is None else orders.read_order(found, client_order_id=client_order_id)

    async def executions_of(self, exchange: Any, order: VenueOrder, *, venue: str, symbol: str) -> tuple[Execution, ...]:
        """Return every execution of one order."""
        return await orders.executions(exchange, {"orderId": order.venue_order_id}, venue=venue, symbol=symbol)

    async def executions_since(self, exchange: Any, *, venue: str, symbol: str, since: datetime) -> tuple[Execution, ...]:
        """Return the account's executions, week by week: the venue answers for seven days at once. Each names our order."""
        weeks = windows(since, datetime.now(UTC) + AHEAD)
        return await orders.executions(exchange, *weeks, venue=venue, symbol=symbol)

    def arrival_seconds(self, timeout_seconds: float) -> float:
        """Return the time-out and a second that the venue's clock may be behind: `recv_window` is the time-out, by the venue's clock."""
        return timeout_seconds + 1

    async def key_rights(self, exchange: Any) -> KeyRights | None:
        """Ask what the key may do: https://bybit-exchange.github.io/docs/v5/user/apikey-info."""
        told = mapping(mapping(await exchange.privateGetV5UserQueryApi()).get("result"))
        granted = mapping(told.get("permissions"))
        is_trader = "SpotTrade" in rows(granted.get("Spot")) or "Order" in rows(granted.get("ContractTrade"))
        return KeyRights(
            can_trade=is_trader and str(told.get("readOnly")) == "0",
            can_withdraw="Withdraw" in rows(granted.get("Wallet")),
        )

    async def server_time(self, exchange: Any) -> datetime:
        """Ask for the venue's time."""
        return moment(mapping(await exchange.publicGetV5MarketTime()).get("time"))

    async def balances(self, exchange: Any) -> dict[str, Decimal]:
        """Return what is in the unified wallet, amounts in open orders and borrowed ones included."""
        told = mapping(mapping(await exchange.privateGetV5AccountWalletBalance({"accountType": "UNIFIED"})).get("result"))
        coins = [mapping(coin) for account in rows(told.get("list")) for coin in rows(mapping(account).get("coin"))]
        owned = {text(coin, "coin"): decimal(coin, "walletBalance") for coin in coins}
        return {currency: amount for currency, amount in owned.items() if amount}

    async def positions(self, exchange: Any) -> tuple[VenuePosition, ...]:
        """Return the open positions settled in USDT."""
        request = {"category": orders.LINEAR, "settleCoin": "USDT", "limit": POSITIONS_PAGE}
        read = []
        for row in await all_rows(exchange.privateGetV5PositionList, request):
            symbol = house_symbol(exchange.safe_market(text(mapping(row), "symbol"), None, None, "swap")["symbol"])
            read.append(None if symbol is None else orders.read_position(row, symbol=symbol))
        return tuple(position for position in read if position is not None)
