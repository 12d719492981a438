"""Where orders and executions are asked for on Binance: spot and USD-M have the same calls under other names."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ccxt.base.errors import BaseError

from dipmaster.domain.fills import Execution
from dipmaster.domain.instruments import InstrumentKind, parse_symbol
from execution.domain.venue_orders import VenueOrder
from execution.venues.binance.orders import by_client_id, newest_named, read_order, read_trade
from execution.venues.ccxt.answers import milliseconds, rows
from execution.venues.ccxt.exchange import denies_the_order

PAGE = 1000  # the most trades and orders that one answer holds
USDM_WINDOW = timedelta(days=7)  # the longest time that USD-M answers for at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The calls of one kind of instrument, and one of its symbols in the venue's name and in ccxt's."""

    exchange: Any
    market_id: str
    name: str
    open_orders: Callable[[dict[str, Any]], Any]
    all_orders: Callable[[dict[str, Any]], Any]
    trades: Callable[[dict[str, Any]], Any]
    window: timedelta | None


def book_of(exchange: Any, symbol: str) -> Book:
    """Return where a house symbol's orders and trades are asked for."""
    instrument = parse_symbol(symbol)
    name = instrument.ccxt_symbol
    if instrument.kind is InstrumentKind.PERPETUAL:
        calls = exchange.fapiPrivateGetOpenOrders, exchange.fapiPrivateGetAllOrders, exchange.fapiPrivateGetUserTrades
    else:
        calls = exchange.privateGetOpenOrders, exchange.privateGetAllOrders, exchange.privateGetMyTrades
    return Book(
        exchange=exchange,
        market_id=str(exchange.market_id(name)),
        name=name,
        open_orders=calls[0],
        all_orders=calls[1],
        trades=calls[2],
        window=USDM_WINDOW if instrument.kind is InstrumentKind.PERPETUAL else None,
    )


async def find(book: Book, *, symbol: str, client_order_id: str, venue_order_id: str | None) -> VenueOrder | None:
    """Look everywhere before saying that there is no such order: the places are not updated at the same moment."""
    answer = await _status(book, None, by_client_id(client_order_id))
    if answer is None and venue_order_id:
        answer = await _status(book, venue_order_id, {})
    if answer is None:
        request = {"symbol": book.market_id}
        answer = newest_named(await book.open_orders(request), client_order_id)
        if answer is None:
            answer = newest_named(await book.all_orders({**request, "limit": PAGE}), client_order_id)
    return None if answer is None else read_order(answer, venue="", symbol=symbol, client_order_id=client_order_id)


async def executions_of(book: Book, order: VenueOrder, *, venue: str, symbol: str) -> tuple[Execution, ...]:
    """Return every execution of one order, oldest first."""
    trades = await _pages(book, {"orderId": order.venue_order_id})
    return tuple(read_trade(trade, venue=venue, symbol=symbol, client_order_id=order.client_order_id) for trade in _in_order(trades))


async def executions_since(book: Book, *, venue: str, symbol: str, since: datetime, now: datetime) -> tuple[Execution, ...]:
    """Return the account's executions from `since` on, oldest first, with our order ids where the venue still tells them."""
    trades = _in_order(await _trades_since(book, since, now))
    if not trades:
        return ()
    ids = await _client_ids(book, {str(trade["orderId"]) for trade in trades}, since)
    return tuple(read_trade(trade, venue=venue, symbol=symbol, client_order_id=ids.get(str(trade["orderId"]))) for trade in trades)


async def _trades_since(book: Book, since: datetime, now: datetime) -> list[Any]:
    """Return trades window by window. After a full page the ids lead up to the present, so no later window is asked for."""
    if book.window is None:
        return await _pages(book, {"startTime": milliseconds(since)})
    found: list[Any] = []
    for start in _starts(since, now, book.window):
        page = await _pages(book, {"startTime": milliseconds(start), "endTime": milliseconds(start + book.window)})
        found += page
        if len(page) >= PAGE:
            break
    return found


def _starts(since: datetime, now: datetime, window: timedelta) -> list[datetime]:
    """Return the beginnings of the windows from `since` to now; the venue's clock may be ahead, hence at least one."""
    return [since + number * window for number in range(max(1, -(-(now - since) // window)))]


async def _pages(book: Book, where: dict[str, Any]) -> list[Any]:
    """Return own trades, every page. After the first page the trade id leads; a time may not go with it."""
    request = {"symbol": book.market_id, "limit": PAGE}
    page = list(rows(await book.trades({**request, **where})))
    trades = list(page)
    by_order = {name: value for name, value in where.items() if name == "orderId"}
    while len(page) == PAGE:
        page = list(rows(await book.trades({**request, **by_order, "fromId": int(trades[-1]["id"]) + 1})))
        trades += page
    return trades


async def _client_ids(book: Book, order_ids: set[str], since: datetime) -> dict[str, str]:
    """Return our id of each of the venue's order ids: from the history, then one by one for orders that are older."""
    recent = await book.all_orders({"symbol": book.market_id, "startTime": milliseconds(since), "limit": PAGE})
    found = {str(row["orderId"]): str(row["clientOrderId"]) for row in rows(recent)}
    for order_id in sorted(order_ids - found.keys()):
        answer = await _status(book, order_id, {})
        if answer is not None:
            found[order_id] = str(answer["clientOrderId"])
    return found


async def _status(book: Book, venue_order_id: str | None, params: dict[str, str]) -> Any | None:
    try:
        return (await book.exchange.fetch_order(venue_order_id, book.name, params))["info"]
    except BaseError as error:
        if denies_the_order(error):
            return None
        raise


def _in_order(trades: list[Any]) -> list[Any]:
    """Return trades oldest first, each once."""
    return sorted({int(trade["id"]): trade for trade in trades}.values(), key=lambda trade: int(trade["id"]))
