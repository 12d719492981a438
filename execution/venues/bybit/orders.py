"""Orders on Bybit's unified trading account, spot and linear: sent and cancelled by ccxt, looked up in the venue's own rows.

Acknowledgements tell only that a request was taken in: https://bybit-exchange.github.io/docs/v5/order/create-order. What became of
the order is told by order/realtime (open, and the last 500 ended), by order/history and by execution/list.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from dipmaster.domain.fills import Execution
from dipmaster.domain.instruments import parse_symbol
from execution.domain.venue_orders import NewOrder, VenueOrder, VenueOrderStatus, VenuePosition
from execution.venues.bybit import addresses, codes
from execution.venues.bybit import rows as bybit_rows
from execution.venues.bybit.account import AccountReader
from execution.venues.bybit.market import MarketReader
from execution.venues.bybit.pages import Call, all_rows, windows
from execution.venues.ccxt.answers import UnreadableAnswer, decimal, house_symbol, mapping, moment, rows, text
from execution.venues.ccxt.unified import UnifiedDialect
from execution.venues.dialect import KeyRights, Refusal

ORDERS_PAGE, EXECUTIONS_PAGE, POSITIONS_PAGE = 50, 100, 200
AHEAD = timedelta(minutes=1)  # the venue's clock may be ahead of ours: what happened just now belongs to the last window too


class BybitDialect(UnifiedDialect):
    """Bybit v5 on a unified trading account."""

    market_reader = MarketReader
    account_reader = AccountReader

    def __init__(self) -> None:
        super().__init__("bybit")

    def urls(self, base_url: str) -> dict[str, Any]:
        """Return a complete replacement of ccxt's addresses."""
        return addresses.urls(base_url)

    def options(self) -> dict[str, Any]:
        """Return options that name what is traded, and the kind of account, so that ccxt does not ask for it before each order."""
        return {
            "has": {"fetchCurrencies": False},  # networks and fees of withdrawals: asked for with a key, and never needed
            "options": {
                "defaultType": "spot",
                "fetchMarkets": {"types": ["spot", "linear"]},
                "enableUnifiedMargin": False,
                "enableUnifiedAccount": True,
                "fetchOrder": {"acknowledged": True},
                "maxRetriesOnFailure": 0,
            },
        }

    def read_refusal(self, status: int, body: str) -> Refusal | None:
        """Return the refusal in an answer: Bybit refuses with HTTP 200."""
        return codes.read_refusal(status, body)

    def read_created(self, answer: Any, order: NewOrder, *, exchange: Any, venue: str) -> VenueOrder:
        """Read the acknowledgement: the two ids and nothing else."""
        created = mapping(mapping(answer).get("info"))
        if created.get("orderLinkId") != order.client_order_id:
            raise UnreadableAnswer(f"the answer is about {created.get('orderLinkId')!r}, not about {order.client_order_id}")
        return VenueOrder(
            client_order_id=order.client_order_id,
            venue_order_id=text(created, "orderId"),
            status=VenueOrderStatus.OPEN,
            filled_quantity=Decimal(0),
        )

    async def cancel(self, exchange: Any, *, symbol: str, client_order_id: str, venue_order_id: str | None) -> VenueOrder | None:
        """Cancel by our id. The answer is an acknowledgement: an execution may still come before the cancellation."""
        answer = mapping(await exchange.cancel_order(None, parse_symbol(symbol).ccxt_symbol, {"orderLinkId": client_order_id}))
        if mapping(answer.get("info")).get("orderLinkId") != client_order_id:
            raise UnreadableAnswer(f"not an answer to this cancel request: {str(answer)[:200]}")
        return None

    async def find(self, exchange: Any, *, symbol: str, client_order_id: str, venue_order_id: str | None) -> VenueOrder | None:
        """Ask the live orders, the history and the executions: an order is unknown only when all of them deny it."""
        request = _of(exchange, symbol)
        keys = [{"orderLinkId": client_order_id}, *([{"orderId": venue_order_id}] if venue_order_id else [])]
        places: tuple[tuple[Call, dict[str, int]], ...] = (
            (exchange.privateGetV5OrderRealtime, {}),
            (exchange.privateGetV5OrderRealtime, {"openOnly": 1}),  # the last ones that ended, before they are in the history
            (exchange.privateGetV5OrderHistory, {}),
        )
        for call, how in places:
            for key in keys:
                found = await all_rows(call, {**request, **how, **key})
                if found:
                    return bybit_rows.read_order(found[0], client_order_id=client_order_id)
        for row in await all_rows(exchange.privateGetV5OrderRealtime, {**request, "limit": ORDERS_PAGE}):
            if mapping(row).get("orderLinkId") == client_order_id:
                return bybit_rows.read_order(row, client_order_id=client_order_id)
        if await all_rows(exchange.privateGetV5ExecutionList, {**request, **keys[0]}):
            raise UnreadableAnswer(f"there are executions of {client_order_id}, but the order is not told")
        return None

    async def executions_of(self, exchange: Any, order: VenueOrder, *, venue: str, symbol: str) -> tuple[Execution, ...]:
        """Return every execution of one order."""
        request = {**_of(exchange, symbol), "orderId": order.venue_order_id, "limit": EXECUTIONS_PAGE}
        return _executions(await all_rows(exchange.privateGetV5ExecutionList, request), venue, symbol)

    async def executions_since(self, exchange: Any, *, venue: str, symbol: str, since: datetime) -> tuple[Execution, ...]:
        """Return the account's executions, week by week: the venue answers for seven days at once. Each names our order."""
        request = {**_of(exchange, symbol), "limit": EXECUTIONS_PAGE}
        found: list[Any] = []
        for window in windows(since, datetime.now(UTC) + AHEAD):
            found += await all_rows(exchange.privateGetV5ExecutionList, {**request, **window})
        return _executions(found, venue, symbol)

    def arrival_seconds(self, timeout_seconds: float) -> float:
        """Return the time-out: `recv_window` is the time-out, by the venue's clock."""
        return timeout_seconds

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
        request = {"category": bybit_rows.LINEAR, "settleCoin": "USDT", "limit": POSITIONS_PAGE}
        read = []
        for row in await all_rows(exchange.privateGetV5PositionList, request):
            symbol = house_symbol(exchange.safe_market(text(mapping(row), "symbol"), None, None, "swap")["symbol"])
            read.append(None if symbol is None else bybit_rows.read_position(row, symbol=symbol))
        return tuple(position for position in read if position is not None)


def _of(exchange: Any, symbol: str) -> dict[str, Any]:
    """Return what names an instrument: its category and the venue's own symbol."""
    return {"category": bybit_rows.category_of(symbol), "symbol": str(exchange.market_id(parse_symbol(symbol).ccxt_symbol))}


def _executions(found: list[Any], venue: str, symbol: str) -> tuple[Execution, ...]:
    """Read the trades among these rows, each once, oldest first."""
    read = {row["execId"]: bybit_rows.read_execution(row, venue=venue, symbol=symbol) for row in found if bybit_rows.is_trade(row)}
    return tuple(sorted(read.values(), key=lambda execution: (execution.traded_at, execution.trade_id)))
