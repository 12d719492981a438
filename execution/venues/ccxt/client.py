"""A venue reached through ccxt's REST client."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

import structlog
from ccxt.base.errors import BaseError

from dipmaster.domain.fills import Execution
from dipmaster.domain.instruments import Listing, UnknownSymbol, parse_symbol
from execution.domain.venue_orders import (
    Acknowledged,
    CancelOutcome,
    LookupOutcome,
    NewOrder,
    NotFound,
    OrderType,
    PlaceOutcome,
    Rejected,
    Unknown,
    VenueOrder,
)
from execution.venues.ccxt import binance as dialect
from execution.venues.ccxt.codes import Refusal
from execution.venues.ccxt.exchange import refusal_of

log = structlog.get_logger()
T = TypeVar("T")
PAGE = 1000  # the most trades and orders that one answer holds
OFF_GRID = "not_sent_off_grid"
_QUERY = re.compile(r"\?\S+")


class OffGrid(ValueError):
    """The order cannot be written exactly: ccxt would round it. Nothing was sent."""


class CcxtClient:
    """One account on one venue; lives on one asyncio loop.

    Unproven answers become `Unknown` here. Only cancellation from outside escapes, and proves nothing either.
    """

    def __init__(self, exchange: Any, *, venue: str, timeout_seconds: float, maker_fee_bps: Decimal, taker_fee_bps: Decimal) -> None:
        self._exchange = exchange
        self._venue = venue
        self._timeout_seconds = timeout_seconds
        self._fees = (maker_fee_bps, taker_fee_bps)
        self._loading: asyncio.Task[Any] | None = None

    async def place(self, order: NewOrder) -> PlaceOutcome:
        """Send a new order once and read the venue's full answer."""
        return await self._unknown_unless_proven(lambda: self._place(order))

    async def cancel(self, *, symbol: str, client_order_id: str, venue_order_id: str | None) -> CancelOutcome:
        """Withdraw an order; one that had already ended is looked up and acknowledged as it ended."""
        return await self._unknown_unless_proven(lambda: self._cancel(symbol, client_order_id, venue_order_id))

    async def lookup(self, *, symbol: str, client_order_id: str, venue_order_id: str | None) -> LookupOutcome:
        """Ask by our id, by the venue's, among open orders and in the history, in this order; executions come along."""
        return await self._unknown_unless_proven(lambda: self._lookup(symbol, client_order_id, venue_order_id))

    async def executions_since(self, *, symbol: str, since: datetime) -> tuple[Execution, ...]:
        """Return the account's executions from `since` on, oldest first, with our order ids where the venue still tells them."""
        await self._load_markets()
        trades = await self._all_trades(symbol, {"startTime": dialect.milliseconds(since)})
        if not trades:
            return ()
        ids = await self._client_ids(symbol, {str(trade["orderId"]) for trade in trades}, since)
        return tuple(self._execution(trade, symbol, ids.get(str(trade["orderId"]))) for trade in trades)

    async def listings(self) -> tuple[Listing, ...]:
        """Return the terms of every active spot pair with a house symbol."""
        await self._load_markets(reload=True)
        maker, taker = self._fees
        found = []
        for market in self._exchange.markets.values():
            symbol = _house_symbol(market)
            if symbol is not None and market["spot"] and market["active"]:
                found.append(
                    dialect.read_listing(market["info"], venue=self._venue, symbol=symbol, maker_fee_bps=maker, taker_fee_bps=taker)
                )
        return tuple(found)

    async def balances(self) -> dict[str, Decimal]:
        """Return what the account owns by currency, amounts in open orders included."""
        return dialect.read_balances(await self._exchange.privateGetAccount())

    async def close(self) -> None:
        """Close the connections."""
        if self._loading is not None:
            self._loading.cancel()
        await self._exchange.close()

    async def _place(self, order: NewOrder) -> PlaceOutcome:
        await self._load_markets()
        try:
            answer = await self._create(order)
        except OffGrid as error:
            return Rejected(code=OFF_GRID, reason=str(error), at=_now())
        except BaseError as error:
            refusal = refusal_of(error)
            if refusal is not None and refusal.is_duplicate:
                return await self._existing(order, refusal)
            if refusal is not None and refusal.proves_no_order:
                return Rejected(code=str(refusal.code), reason=refusal.message, at=_now())
            raise
        return Acknowledged(order=self._order(answer, order.symbol, order.client_order_id), at=_now())

    async def _create(self, order: NewOrder) -> Any:
        symbol = parse_symbol(order.symbol).ccxt_symbol
        quantity = _exact(order.quantity, self._exchange.amount_to_precision(symbol, f"{order.quantity:f}"))
        price = None
        if order.order_type is OrderType.LIMIT:
            if order.price is None:
                raise OffGrid("a limit order needs a price")
            price = _exact(order.price, self._exchange.price_to_precision(symbol, f"{order.price:f}"))
        return await self._exchange.create_order(
            symbol, order.order_type.value, order.side.value, quantity, price, dialect.order_params(order)
        )

    async def _existing(self, order: NewOrder, refusal: Refusal) -> PlaceOutcome:
        """Return the order that already has our id: an earlier send of the same intent."""
        found = await self._lookup(order.symbol, order.client_order_id, None)
        if isinstance(found, NotFound):
            return Unknown(reason=f"{refusal.message} but the order is not found", at=_now())
        return found

    async def _cancel(self, symbol: str, client_order_id: str, venue_order_id: str | None) -> CancelOutcome:
        await self._load_markets()
        try:
            answer = await self._exchange.cancel_order(None, parse_symbol(symbol).ccxt_symbol, dialect.by_client_id(client_order_id))
        except BaseError as error:
            refusal = refusal_of(error)
            if refusal is None or not refusal.is_unknown_order:
                raise
            return await self._lookup(symbol, client_order_id, venue_order_id)
        order = self._order(answer, symbol, client_order_id)
        return Acknowledged(order=await self._with_executions_if_possible(order, symbol), at=_now())

    async def _with_executions_if_possible(self, order: VenueOrder, symbol: str) -> VenueOrder:
        """Add the executions; the cancellation is proven and stays so when they cannot be read now."""
        try:
            return await self._with_executions(order, symbol)
        except (BaseError, dialect.UnreadableAnswer, TimeoutError) as error:
            log.warning("executions_not_read", venue=self._venue, order=order.client_order_id, error=repr(error))
            return order

    async def _lookup(self, symbol: str, client_order_id: str, venue_order_id: str | None) -> LookupOutcome:
        await self._load_markets()
        order = await self._find(symbol, client_order_id, venue_order_id)
        if order is None:
            return NotFound(at=_now())
        return Acknowledged(order=await self._with_executions(order, symbol), at=_now())

    async def _find(self, symbol: str, client_order_id: str, venue_order_id: str | None) -> VenueOrder | None:
        """Look everywhere before saying that there is no such order: the places are not updated at the same moment."""
        name = parse_symbol(symbol).ccxt_symbol
        answer = await self._status(name, None, dialect.by_client_id(client_order_id))
        if answer is None and venue_order_id:
            answer = await self._status(name, venue_order_id, {})
        if answer is None:
            request = {"symbol": self._exchange.market_id(name)}
            answer = _named(await self._exchange.privateGetOpenOrders(request), client_order_id)
            if answer is None:
                answer = _named(await self._exchange.privateGetAllOrders({**request, "limit": PAGE}), client_order_id)
            return None if answer is None else dialect.read_order(answer, venue=self._venue, symbol=symbol, client_order_id=client_order_id)
        return self._order(answer, symbol, client_order_id)

    async def _status(self, name: str, venue_order_id: str | None, params: dict[str, str]) -> Any | None:
        try:
            return await self._exchange.fetch_order(venue_order_id, name, params)
        except BaseError as error:
            refusal = refusal_of(error)
            if refusal is not None and refusal.is_no_such_order:
                return None
            raise

    async def _with_executions(self, order: VenueOrder, symbol: str) -> VenueOrder:
        if not order.filled_quantity:
            return order
        trades = await self._all_trades(symbol, {"orderId": order.venue_order_id})
        return VenueOrder(
            client_order_id=order.client_order_id,
            venue_order_id=order.venue_order_id,
            status=order.status,
            filled_quantity=order.filled_quantity,
            executions=tuple(self._execution(trade, symbol, order.client_order_id) for trade in trades),
        )

    async def _all_trades(self, symbol: str, where: dict[str, Any]) -> list[Any]:
        """Return own trades, every page, oldest first. After the first page the trade id leads; a time may not go with it."""
        request = {"symbol": self._market_id(symbol), "limit": PAGE}
        page = list(dialect.rows(await self._exchange.privateGetMyTrades({**request, **where})))
        trades = list(page)
        by_order = {name: value for name, value in where.items() if name == "orderId"}
        while len(page) == PAGE:
            following = {**request, **by_order, "fromId": int(trades[-1]["id"]) + 1}
            page = list(dialect.rows(await self._exchange.privateGetMyTrades(following)))
            trades += page
        return sorted(trades, key=lambda trade: int(trade["id"]))

    async def _client_ids(self, symbol: str, order_ids: set[str], since: datetime) -> dict[str, str]:
        """Return our id of each of the venue's order ids: from the history, then one by one for orders that are older."""
        request = {"symbol": self._market_id(symbol)}
        recent = await self._exchange.privateGetAllOrders({**request, "startTime": dialect.milliseconds(since), "limit": PAGE})
        found = {str(row["orderId"]): str(row["clientOrderId"]) for row in dialect.rows(recent)}
        for order_id in sorted(order_ids - found.keys()):
            answer = await self._status(parse_symbol(symbol).ccxt_symbol, order_id, {})
            if answer is not None:
                found[order_id] = str(answer["info"]["clientOrderId"])
        return found

    def _execution(self, trade: Any, symbol: str, client_order_id: str | None) -> Execution:
        return dialect.read_trade(trade, venue=self._venue, symbol=symbol, client_order_id=client_order_id)

    def _order(self, answer: Any, symbol: str, client_order_id: str) -> VenueOrder:
        return dialect.read_order(answer["info"], venue=self._venue, symbol=symbol, client_order_id=client_order_id)

    def _market_id(self, symbol: str) -> str:
        return str(self._exchange.market_id(parse_symbol(symbol).ccxt_symbol))

    async def _load_markets(self, *, reload: bool = False) -> None:
        """Load the venue's markets once for all calls; a caller that gives up does not take the others with it."""
        loading = self._loading
        if loading is None or _has_failed(loading) or (reload and loading.done()):
            loading = self._loading = asyncio.ensure_future(self._exchange.load_markets(reload))
            loading.add_done_callback(_has_failed)  # looks at the error, so that one which nobody waits for is not reported as lost
        await asyncio.shield(loading)

    async def _unknown_unless_proven(self, call: Callable[[], Awaitable[T]]) -> T | Unknown:
        """Make `Unknown` of whatever goes wrong: no class of exception tells whether the order exists."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await call()
        except TimeoutError:
            reason = f"no answer within {self._timeout_seconds:g} s"
        except Exception as error:  # noqa: BLE001 - each of them leaves the outcome open, and each is told
            reason = _without_query(f"{type(error).__name__}: {error}")[:300]
        log.warning("venue_outcome_unknown", venue=self._venue, reason=reason)
        return Unknown(reason=reason, at=_now())


def _without_query(text: str) -> str:
    """Cut the queries off addresses: ccxt names them in its errors, and a signed one must reach no log."""
    return _QUERY.sub("?...", text)


def _has_failed(task: asyncio.Task[Any]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _exact(wanted: Decimal, written: str) -> str:
    """Return what ccxt would write when it is exactly what is wanted.

    Raises:
        OffGrid: it would be rounded.
    """
    if Decimal(written) != wanted:
        raise OffGrid(f"{wanted:f} would be sent as {written}")
    return written


def _named(answer: Any, client_order_id: str) -> Any | None:
    orders: Sequence[Any] = [row for row in dialect.rows(answer) if row.get("clientOrderId") == client_order_id]
    return max(orders, key=lambda row: int(row["orderId"])) if orders else None


def _house_symbol(market: Any) -> str | None:
    try:
        return parse_symbol(market["symbol"]).symbol
    except UnknownSymbol:
        return None


def _now() -> datetime:
    return datetime.now(UTC)
