"""Binance's public streams: changes of books and trades, spot and USD-M on their own sockets.

Frames come bare or wrapped by a combined stream. The same name means a spot pair on one socket and a perpetual on the other,
but only a perpetual's depth carries `pu` and only a spot trade carries `M`.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from dipmaster.domain.instruments import InstrumentKind, parse_symbol
from execution.venues.dialect import BookUpdate, Lost, PublicTrade, Subscription

SNAPSHOT_LEVELS = 1000
STREAMS_PER_MESSAGE = 200
ORDINARY_TRADES = (None, "MARKET")  # `X` of a perpetual's trade: the others are the insurance fund's, printed beside the book
Levels = list[tuple[str, str]]


class _Event(msgspec.Struct, gc=False, rename={"kind": "e", "symbol": "s", "first": "U", "last": "u", "previous": "pu", "bids": "b"}):
    """The fields of depth, trade and service frames; other events may put texts and numbers where these have lists."""

    kind: str = ""
    symbol: str = ""
    first: int = 0
    last: int = 0
    previous: int | None = None
    bids: Levels | str = ""
    asks: Levels | str | int = msgspec.field(default="", name="a")
    price: str = msgspec.field(default="", name="p")
    quantity: str = msgspec.field(default="", name="q")
    traded_ms: int = msgspec.field(default=0, name="T")
    spot_mark: bool | None = msgspec.field(default=None, name="M")
    trade_kind: str | None = msgspec.field(default=None, name="X")


class _Frame(_Event, gc=False):
    """A frame: an event, an event wrapped in `data`, or an answer."""

    data: _Event | None = None
    error: dict[str, Any] | None = None


_DECODER = msgspec.json.Decoder(_Frame)


class BinanceMarketReader:
    """The public streams of one connection."""

    needs_snapshot = True

    def __init__(self, exchange: Any, *, venue: str, symbols: Sequence[str]) -> None:
        self._exchange, self._venue = exchange, venue
        self._names: dict[str, str] = {}
        self._spot: dict[str, str] = {}
        self._perpetual: dict[str, str] = {}
        for symbol in symbols:
            instrument = parse_symbol(symbol)
            name = self._names[symbol] = str(exchange.market_id(instrument.ccxt_symbol))
            (self._perpetual if instrument.kind is InstrumentKind.PERPETUAL else self._spot)[name] = symbol

    def subscriptions(self) -> Sequence[Subscription]:
        """Return one socket for the spot pairs and one for the perpetuals."""
        sockets = [(self._exchange.urls["api"]["ws"]["spot"], self._spot), (self._exchange.get_ws_url("linear", "public"), self._perpetual)]
        return [Subscription(url=url, messages=_messages(names)) for url, names in sockets if names]

    def read(self, text: bytes | str) -> Iterable[BookUpdate | PublicTrade | Lost]:
        """Read one frame.

        Raises:
            ValueError: it is not what the protocol promises.
        """
        frame = _DECODER.decode(text)
        event = frame.data or frame
        if event.kind == "depthUpdate":
            return self._book_update(event)
        if event.kind == "trade":
            return self._trade(event)
        if frame.error is not None:
            return (Lost(reason=f"the venue refused a subscription: {frame.error.get('msg')}"),)
        if event.kind == "serverShutdown":
            return (Lost(reason="the venue's server is about to shut down"),)
        return ()

    async def snapshot(self, symbol: str) -> BookUpdate:
        """Fetch a book over REST."""
        request = {"symbol": self._names[symbol], "limit": SNAPSHOT_LEVELS}
        is_perpetual = self._perpetual.get(self._names[symbol]) == symbol
        fetch = self._exchange.fapiPublicGetDepth if is_perpetual else self._exchange.publicGetDepth
        book = await fetch(request)
        last = int(book["lastUpdateId"])
        bids, asks = (tuple((str(price), str(quantity)) for price, quantity in book[side]) for side in ("bids", "asks"))
        return BookUpdate(symbol=symbol, is_snapshot=True, first=last, last=last, bids=bids, asks=asks)

    def _book_update(self, event: _Event) -> Iterable[BookUpdate]:
        previous = event.previous
        symbol = self._spot.get(event.symbol) if previous is None else self._perpetual.get(event.symbol)
        if symbol is None:
            return ()
        bids, asks = event.bids, event.asks
        if not isinstance(bids, list) or not isinstance(asks, list):
            raise ValueError(f"a change of {symbol}'s book comes without levels")
        first = event.first if previous is None else previous + 1
        return (BookUpdate(symbol=symbol, is_snapshot=False, first=first, last=event.last, bids=bids, asks=asks),)

    def _trade(self, event: _Event) -> Iterable[PublicTrade]:
        symbol = self._perpetual.get(event.symbol) if event.spot_mark is None else self._spot.get(event.symbol)
        if symbol is None or event.trade_kind not in ORDINARY_TRADES:
            return ()
        try:
            return (
                PublicTrade(
                    venue=self._venue,
                    symbol=symbol,
                    price=Decimal(event.price),
                    quantity=Decimal(event.quantity),
                    traded_at=datetime.fromtimestamp(event.traded_ms / 1000, UTC),
                ),
            )
        except ArithmeticError as error:
            raise ValueError(f"a trade of {symbol} with price {event.price!r} and quantity {event.quantity!r}") from error


def _messages(names: Iterable[str]) -> tuple[dict[str, Any], ...]:
    streams = [f"{name.lower()}@{kind}" for name in names for kind in ("depth@100ms", "trade")]
    parts = [streams[start : start + STREAMS_PER_MESSAGE] for start in range(0, len(streams), STREAMS_PER_MESSAGE)]
    return tuple({"method": "SUBSCRIBE", "params": part, "id": number} for number, part in enumerate(parts, 1))
