"""Bybit's public streams: books of fifty levels and trades, one socket for spot and one for linear perpetuals.

Each socket is read by a reader of its own, because both use the same topics. Every message of a book carries `u`, one more than the
message before; a snapshot may come at any time and restarts the count, and so does `u` = 1, after the venue has restarted.
Sources: https://bybit-exchange.github.io/docs/v5/websocket/public/orderbook, .../trade, .../ws/connect.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec

from dipmaster.domain.instruments import InstrumentKind, parse_symbol
from execution.venues.bybit.orders import category_of
from execution.venues.ccxt.answers import UnreadableAnswer, mapping
from execution.venues.dialect import BookUpdate, Lost, PublicTrade, Subscription

LEVELS = 50
ARGUMENTS = 10  # the most topics that the spot socket takes in one request
RESTARTED = 1  # the number of a book's first message after the venue has restarted: a snapshot, whatever it is called
Levels = list[tuple[str, str]]
News = BookUpdate | PublicTrade | Lost


class _Book(msgspec.Struct):
    """Changed levels, or all of them."""

    s: str
    b: Levels
    a: Levels
    u: int


class _Trade(msgspec.Struct):
    """One public trade: time, symbol, quantity, price."""

    T: int
    s: str
    v: str
    p: str


class _Frame(msgspec.Struct):
    """A message of a topic, or the answer to a request."""

    topic: str = ""
    type: str = ""
    data: _Book | list[_Trade] | None = None
    success: bool | None = None
    op: str = ""
    ret_msg: str = ""


class _Topic(msgspec.Struct):
    """What there is to know of a message whose data are of no interest."""

    topic: str = ""


_FRAMES = msgspec.json.Decoder(_Frame)
_TOPICS = msgspec.json.Decoder(_Topic)
_ORDER_BOOK, _TRADES = f"orderbook.{LEVELS}.", "publicTrade."


class BybitMarketReader:
    """Books and trades of one venue's symbols; `snapshot` is for a look at a book, its number is not that of the stream."""

    needs_snapshot = False

    def __init__(self, exchange: Any, *, venue: str, symbols: Sequence[str]) -> None:
        self._exchange, self._venue = exchange, venue
        self._names = {symbol: str(exchange.market_id(parse_symbol(symbol).ccxt_symbol)) for symbol in symbols}
        self._by_category: dict[str, dict[str, str]] = {}
        for symbol, name in self._names.items():
            kind = parse_symbol(symbol).kind
            self._by_category.setdefault("spot" if kind is InstrumentKind.SPOT else "linear", {})[name] = symbol

    def subscriptions(self) -> Sequence[Subscription]:
        """Return a socket for each category that is traded, read apart from the other."""
        addresses = self._exchange.urls["api"]["ws"]["public"]
        return [
            Subscription(url=addresses[category], messages=_requests(names), read=partial(self._read, names))
            for category, names in self._by_category.items()
        ]

    def read(self, text: bytes | str) -> Iterable[News]:
        """Read a frame when all symbols are of one category; the sockets of two are read through their subscriptions.

        Raises:
            ValueError: the frame is not what the protocol promises, or it could be of either category.
        """
        if len(self._by_category) > 1:
            raise ValueError("spot and linear frames look the same: read them with their subscription's reader")
        return self._read(next(iter(self._by_category.values()), {}), text)

    async def snapshot(self, symbol: str) -> BookUpdate:
        """Fetch a book over REST; its number counts the deepest stream's messages, not this one's."""
        request = {"category": category_of(symbol), "symbol": self._names[symbol], "limit": LEVELS}
        answer = mapping(mapping(await self._exchange.publicGetV5MarketOrderbook(request)).get("result"))
        try:
            book = msgspec.convert(answer, _Book)
        except msgspec.ValidationError as error:
            raise UnreadableAnswer(f"not a book: {error}") from error
        return _update(book, symbol, is_snapshot=True)

    def _read(self, names: Mapping[str, str], text: bytes | str) -> Iterable[News]:
        frame = _decode(text)
        if frame is None:
            return ()
        if isinstance(frame.data, _Book):
            symbol = names.get(frame.data.s)
            if symbol is None or not frame.topic.startswith(_ORDER_BOOK):
                return ()
            return (_update(frame.data, symbol, is_snapshot=frame.type == "snapshot" or frame.data.u == RESTARTED),)
        if frame.data is not None:
            return self._trades(names, frame.data) if frame.topic.startswith(_TRADES) else ()
        if frame.success is False:
            return (Lost(reason=f"{frame.op or 'a request'} is refused: {frame.ret_msg}"[:200]),)
        return ()

    def _trades(self, names: Mapping[str, str], trades: Iterable[_Trade]) -> Iterator[PublicTrade]:
        for trade in trades:
            symbol = names.get(trade.s)
            if symbol is not None:
                yield PublicTrade(
                    venue=self._venue,
                    symbol=symbol,
                    price=Decimal(trade.p),
                    quantity=Decimal(trade.v),
                    traded_at=datetime.fromtimestamp(trade.T / 1000, UTC),
                )


def _decode(text: bytes | str) -> _Frame | None:
    """Decode a frame; none for a well-formed one of a topic that is not asked for."""
    try:
        return _FRAMES.decode(text)
    except msgspec.ValidationError as error:
        if _topic(text).startswith((_ORDER_BOOK, _TRADES)):
            raise ValueError(f"not a frame of Bybit's: {error}") from error
        return None
    except msgspec.DecodeError as error:
        raise ValueError(f"not a frame of Bybit's: {error}") from error


def _topic(text: bytes | str) -> str:
    try:
        return _TOPICS.decode(text).topic
    except msgspec.ValidationError as error:
        raise ValueError(f"not a frame of Bybit's: {error}") from error


def _update(book: _Book, symbol: str, *, is_snapshot: bool) -> BookUpdate:
    return BookUpdate(symbol=symbol, is_snapshot=is_snapshot, first=book.u, last=book.u, bids=book.b, asks=book.a)


def _requests(names: Iterable[str]) -> tuple[dict[str, Any], ...]:
    topics = [topic for name in names for topic in (f"{_ORDER_BOOK}{name}", f"{_TRADES}{name}")]
    return tuple(
        {"op": "subscribe", "req_id": f"subscribe-{start}", "args": topics[start : start + ARGUMENTS]}
        for start in range(0, len(topics), ARGUMENTS)
    )
