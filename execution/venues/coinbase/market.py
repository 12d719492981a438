"""Coinbase's public streams: one socket, books and trades of every product, each frame numbered within its connection.

There are no numbers of a book's own: a book is whole as long as the connection's numbers are, so a missing number ends the
connection, and a book's updates are numbered here. Subscribing again brings a whole book, which REST could not: it tells no number.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from dipmaster.domain.instruments import parse_symbol
from execution.venues.dialect import BookUpdate, Lost, PublicTrade, Subscription

ASK = "offer"
ASKS = frozenset({ASK, "ask"})  # the documentation has said both
CHANNELS = ("heartbeats", "level2", "market_trades")


class _Update(msgspec.Struct, gc=False):
    side: str
    price_level: str
    new_quantity: str


class _BookEvent(msgspec.Struct, gc=False):
    type: str
    product_id: str
    updates: list[_Update]


class _Trade(msgspec.Struct, gc=False):
    product_id: str
    price: str
    size: str
    time: datetime


class _TradeEvent(msgspec.Struct, gc=False):
    type: str
    trades: list[_Trade]


class _Books(msgspec.Struct, gc=False, tag_field="channel", tag="l2_data"):
    sequence_num: int
    events: list[_BookEvent]


class _Trades(msgspec.Struct, gc=False, tag_field="channel", tag="market_trades"):
    sequence_num: int
    events: list[_TradeEvent]


class _Heartbeats(msgspec.Struct, gc=False, tag_field="channel", tag="heartbeats"):
    sequence_num: int


class _Subscriptions(msgspec.Struct, gc=False, tag_field="channel", tag="subscriptions"):
    sequence_num: int


class _Error(msgspec.Struct, gc=False):
    type: str = ""
    message: str = ""


_DECODER: "msgspec.json.Decoder[_Books | _Trades | _Heartbeats | _Subscriptions]" = msgspec.json.Decoder(
    _Books | _Trades | _Heartbeats | _Subscriptions
)
_ERRORS = msgspec.json.Decoder(_Error)


class CoinbaseMarketReader:
    """The public stream of one connection."""

    needs_snapshot = False

    def __init__(self, exchange: Any, *, venue: str, symbols: Sequence[str]) -> None:
        self._venue = venue
        self._url = str(exchange.urls["api"]["ws"])
        self._names = {str(exchange.market_id(parse_symbol(symbol).ccxt_symbol)): symbol for symbol in symbols}
        self._sequence = -1
        self._changes: dict[str, int] = {}

    def subscriptions(self) -> Sequence[Subscription]:
        """Return one socket; heartbeats keep it open and numbered while nothing happens on the market."""
        products = list(self._names)
        messages = tuple({"type": "subscribe", "product_ids": products, "channel": channel} for channel in CHANNELS)
        return (Subscription(url=self._url, messages=messages),)

    def read(self, text: bytes | str) -> Iterable[BookUpdate | PublicTrade | Lost]:
        """Read one frame.

        Raises:
            ValueError: it is not what the protocol promises.
        """
        try:
            frame = _DECODER.decode(text)
        except msgspec.ValidationError:
            return (_refusal(text),)
        if frame.sequence_num <= self._sequence:
            return ()  # sent twice: what it tells is known
        if frame.sequence_num != self._sequence + 1:
            return (Lost(reason=f"frame {self._sequence + 1} is missing: {frame.sequence_num} came"),)
        self._sequence = frame.sequence_num
        if isinstance(frame, _Books):
            return [update for event in frame.events for update in self._book_update(event)]
        if isinstance(frame, _Trades):
            return [trade for event in frame.events if event.type == "update" for trade in self._trades(event)]
        return ()

    async def snapshot(self, symbol: str) -> BookUpdate:
        """Refuse: the venue's REST book tells no number in the stream.

        Raises:
            ValueError: always; subscribe again instead.
        """
        raise ValueError(f"the book of {symbol} comes whole with a new subscription only")

    def _book_update(self, event: _BookEvent) -> Iterable[BookUpdate]:
        symbol = self._names.get(event.product_id)
        if symbol is None:
            return ()
        is_snapshot = event.type == "snapshot"
        if not is_snapshot and (event.type != "update" or symbol not in self._changes):
            raise ValueError(f"{event.type!r} of {symbol}'s book came before the whole of it")
        number = self._changes[symbol] = self._changes.get(symbol, 0) + 1
        bids: list[tuple[str, str]] = []
        asks: list[tuple[str, str]] = []
        for update in event.updates:
            if update.side == "bid":
                bids.append((update.price_level, update.new_quantity))
            elif update.side in ASKS:
                asks.append((update.price_level, update.new_quantity))
            else:
                raise ValueError(f"{update.side!r} is no side of a book")
        return (BookUpdate(symbol=symbol, is_snapshot=is_snapshot, first=number, last=number, bids=bids, asks=asks),)

    def _trades(self, event: _TradeEvent) -> Iterable[PublicTrade]:
        for trade in reversed(event.trades):  # the newest stands first
            symbol = self._names.get(trade.product_id)
            if symbol is not None:
                yield PublicTrade(
                    venue=self._venue,
                    symbol=symbol,
                    price=_figure(trade.price),
                    quantity=_figure(trade.size),
                    traded_at=trade.time,
                )


def _figure(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(f"{text!r} is not a figure")
    return number


def _refusal(text: bytes | str) -> Lost:
    """Read what is no frame of a channel: the venue says so when it refuses."""
    error = _ERRORS.decode(text)
    if error.type != "error":
        raise ValueError(f"not a frame of Advanced Trade: {str(text)[:200]}")
    return Lost(reason=f"the venue refused a subscription: {error.message}")
