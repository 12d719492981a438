"""OKX's public streams: the 400-level book with its changes, and trades, spot and swaps alike, in base currency.

Sequence numbers: a change carries its own `seqId` and the `prevSeqId` of the frame before it; a snapshot's `prevSeqId` is -1.
`checksum` has been 0 in every frame since 2026, so there is nothing to compare a book with. After maintenance OKX starts counting
anew (`seqId` below `prevSeqId`): such a connection is given up, and the next one begins with a snapshot.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import msgspec

from dipmaster.domain.instruments import parse_symbol
from execution.venues.ccxt.contracts import contract_size
from execution.venues.dialect import BookUpdate, Lost, PublicTrade, Subscription

SYMBOLS_PER_SOCKET = 25  # OKX asks for fewer than 30 book channels on one connection
BOOKS, TRADES = "books", "trades"
SNAPSHOT, UPDATE = "snapshot", "update"
PONGS = ("pong", b"pong")


class _Argument(msgspec.Struct, gc=False):
    channel: str = ""
    name: str = msgspec.field(default="", name="instId")


class _Frame(msgspec.Struct, gc=False):
    """Any frame; `data` is read once the channel is known."""

    arg: _Argument | None = None
    action: str = ""
    data: msgspec.Raw = msgspec.Raw()
    event: str = ""
    code: str = ""
    message: str = msgspec.field(default="", name="msg")


class _Book(msgspec.Struct, gc=False):
    bids: list[tuple[str, str, str, str]]
    asks: list[tuple[str, str, str, str]]
    sequence: int = msgspec.field(name="seqId")
    previous: int = msgspec.field(name="prevSeqId")


class _Trade(msgspec.Struct, gc=False):
    price: Decimal = msgspec.field(name="px")
    quantity: Decimal = msgspec.field(name="sz")
    traded_ms: str = msgspec.field(name="ts")


_FRAMES = msgspec.json.Decoder(_Frame)
_BOOKS = msgspec.json.Decoder(list[_Book])
_TRADES = msgspec.json.Decoder(list[_Trade])


class OkxMarketReader:
    """The public streams of one connection."""

    needs_snapshot = False

    def __init__(self, exchange: Any, *, venue: str, symbols: Sequence[str]) -> None:
        self._exchange, self._venue = exchange, venue
        markets = {symbol: exchange.market(parse_symbol(symbol).ccxt_symbol) for symbol in symbols}
        self._names = {str(market["id"]): symbol for symbol, market in markets.items()}
        self._contract_sizes = {symbol: contract_size(market) for symbol, market in markets.items()}

    def subscriptions(self) -> Sequence[Subscription]:
        """Return one socket for every SYMBOLS_PER_SOCKET symbols."""
        names, url = list(self._names), f"{self._exchange.urls['api']['ws']}/public"
        parts = [names[start : start + SYMBOLS_PER_SOCKET] for start in range(0, len(names), SYMBOLS_PER_SOCKET)]
        return [Subscription(url=url, messages=(_subscribe(part),)) for part in parts]

    def read(self, text: bytes | str) -> Iterable[BookUpdate | PublicTrade | Lost]:
        """Read one frame.

        Raises:
            ValueError: it is not what the protocol promises.
        """
        if text in PONGS:
            return ()
        frame = _FRAMES.decode(text)
        if frame.event:
            return _answer(frame)
        symbol = self._names.get(frame.arg.name) if frame.arg is not None else None
        if frame.arg is None or symbol is None:
            return ()
        if frame.arg.channel == BOOKS:
            return [self._book(book, symbol, frame.action) for book in _BOOKS.decode(frame.data)]
        if frame.arg.channel == TRADES:
            return [self._trade(trade, symbol) for trade in _TRADES.decode(frame.data)]
        return ()

    async def snapshot(self, symbol: str) -> BookUpdate:
        """Refuse: a book over REST has no sequence that changes could follow; a new subscription begins with a snapshot.

        Raises:
            ValueError: always.
        """
        raise ValueError(f"OKX tells no sequence with a book over REST: subscribe to {symbol} anew")

    def _book(self, book: _Book, symbol: str, action: str) -> BookUpdate | Lost:
        if action not in (SNAPSHOT, UPDATE):
            raise ValueError(f"a book of {symbol} comes as {action!r}")
        is_snapshot = action == SNAPSHOT
        if not is_snapshot and book.sequence < book.previous:
            return Lost(reason=f"the sequence of {symbol} starts anew")
        return BookUpdate(
            symbol=symbol,
            is_snapshot=is_snapshot,
            first=book.sequence if is_snapshot else book.previous + 1,
            last=book.sequence,
            bids=self._levels(book.bids, symbol),
            asks=self._levels(book.asks, symbol),
        )

    def _levels(self, levels: list[tuple[str, str, str, str]], symbol: str) -> list[tuple[str, str]]:
        """Return prices and quantities in base currency."""
        size = self._contract_sizes[symbol]
        if size == 1:
            return [(level[0], level[1]) for level in levels]
        return [(level[0], _in_base(level[1], size)) for level in levels]

    def _trade(self, trade: _Trade, symbol: str) -> PublicTrade:
        if not (trade.price.is_finite() and trade.quantity.is_finite()):
            raise ValueError(f"a trade of {symbol} is {trade.quantity} at {trade.price}")
        return PublicTrade(
            venue=self._venue,
            symbol=symbol,
            price=trade.price,
            quantity=trade.quantity * self._contract_sizes[symbol],
            traded_at=datetime.fromtimestamp(int(trade.traded_ms) / 1000, UTC),
        )


@lru_cache(maxsize=65_536)
def _in_base(contracts: str, size: Decimal) -> str:
    """Return the base currency in a number of contracts, written as plainly as OKX writes: a level that is gone stays "0"."""
    try:
        quantity = Decimal(contracts) * size
    except InvalidOperation as error:
        raise ValueError(f"{contracts!r} is no quantity") from error
    return f"{quantity.normalize():f}"


def _answer(frame: _Frame) -> Iterable[Lost]:
    if frame.event == "error":
        return (Lost(reason=f"the venue refused a subscription: {frame.code} {frame.message}"),)
    if frame.event == "notice":
        return (Lost(reason=f"the venue is about to close the connection: {frame.code} {frame.message}"),)
    return ()


def _subscribe(names: Iterable[str]) -> dict[str, Any]:
    return {"op": "subscribe", "args": [{"channel": channel, "instId": name} for name in names for channel in (BOOKS, TRADES)]}
