"""The market model as a source of markets: bps and USD become Decimals on each venue's tick and lot.

The desk's clock is the venues' clock less the data latency: what it sees and hears at a time is what was so at that time of the path, and
what it sends arrives data latency and order latency later. Both latencies count in full, and nothing has to be kept for later.
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, cast, overload

import numpy as np

from analytics.lab.background import OTHER_SEED, SCOUTED_MINUTES, Background, scouted
from analytics.lab.market import EventKind, LabEvent, LabMarket, LabOrder, Traded
from analytics.lab.model_books import TERMS, currency_of, listings_of, path_of, symbols
from dipmaster.domain.books import Book, Level
from dipmaster.domain.instruments import Listing
from dipmaster.domain.sides import Side
from execution.domain.venue_orders import OrderType, TimeInForce
from execution.market_model.records import EventKind as PathEventKind
from execution.market_model.records import OrderKind, OwnEvent

if TYPE_CHECKING:
    from execution.market_model.path import MarketPath

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
BOOK_LEVELS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSource:
    """Paths of the market model. Latencies in seconds, each way."""

    name: str = "model"
    data_latency_seconds: float = 0.02
    order_latency_seconds: float = 0.02
    warm_up_seconds: float = 60.0
    """Time for metaorders to begin before the order does."""
    symbols: tuple[str, ...] = field(default_factory=symbols)

    def open(self, symbol: str, *, path: int, seed: int, minutes: float) -> LabMarket:
        """Return the market of a path at its beginning."""
        entropy = np.random.SeedSequence([seed, path, zlib.crc32(symbol.encode())])
        return market_of(symbol, path_of(symbol, entropy), warm_up_seconds=self.warm_up_seconds, delay_seconds=self.delay_seconds)

    def background(self, symbol: str, *, path: int, seed: int, minutes: float) -> Background:
        """Return what is usual on other paths of the model, the same for all paths of a seed."""
        return _usual(self, symbol, seed + OTHER_SEED)

    @property
    def delay_seconds(self) -> float:
        """Return both latencies together."""
        return self.data_latency_seconds + self.order_latency_seconds


@lru_cache(maxsize=32)
def _usual(source: ModelSource, symbol: str, seed: int) -> Background:
    return scouted(lambda path: source.open(symbol, path=path, seed=seed, minutes=SCOUTED_MINUTES))


def market_of(
    symbol: str, path: "MarketPath", *, warm_up_seconds: float, delay_seconds: float, start_at: datetime = EPOCH
) -> "ModelMarket":
    """Return the market of a symbol on a path that has not begun; its clock shows `start_at` when the warm-up is over."""
    path.advance(warm_up_seconds)
    start_price = TERMS[currency_of(symbol)].start_price
    return ModelMarket(path, listings_of(symbol), start_price, delay_seconds=delay_seconds, start_at=start_at)


@dataclass(slots=True)
class _Sent:
    """An order as the desk counts it: whole lots, as far as the path's USD make whole lots."""

    order: LabOrder
    path_id: int
    told: Decimal = Decimal(0)
    usd: float = 0.0


class ModelMarket:
    """One path of the model behind the lab's contract."""

    def __init__(
        self, path: "MarketPath", listings: Mapping[str, Listing], start_price: Decimal, *, delay_seconds: float, start_at: datetime
    ) -> None:
        self._path = path
        self.listings: Mapping[str, Listing] = listings
        self._delay_seconds = delay_seconds
        self._start_price = start_price
        self._usd_a_lot = {venue: float(start_price * listing.lot) for venue, listing in listings.items()}
        self._start_at = start_at - timedelta(seconds=path.time_seconds)
        self.now = start_at
        self._sent: dict[int, _Sent] = {}
        self._desk_ids: dict[int, int] = {}

    def books(self) -> list[Book]:
        """Return the venues' books."""
        return [
            Book(
                venue=venue,
                symbol=listing.symbol,
                bids=self._side(venue, Side.BUY),
                asks=self._side(venue, Side.SELL),
                received_at=self.now,
            )
            for venue, listing in self.listings.items()
        ]

    def mid(self) -> float:
        """Return the main venue's mid at the moment that the desk hears of now."""
        return self._price(self._path.mid_bps(next(iter(self.listings))))

    def place(self, order: LabOrder) -> None:
        """Send an order."""
        listing = self.listings[order.venue]
        price = None if order.price is None else (order.price - self._start_price) / listing.tick
        path_id = self._path.place(
            venue=order.venue,
            side=order.side.sign,
            kind=_kind(order),
            usd=float(order.quantity * self._start_price),
            price_bps=None if price is None else float(price) * self._path.tick_bps(order.venue),
            arrival_seconds=self._path.time_seconds + self._delay_seconds,
        )
        self._sent[order.order_id] = _Sent(order, path_id)
        self._desk_ids[path_id] = order.order_id

    def cancel(self, order_id: int) -> None:
        """Ask for the end of an order."""
        self._path.cancel(self._sent[order_id].path_id, arrival_seconds=self._path.time_seconds + self._delay_seconds)

    def advance(self, until: datetime) -> list[LabEvent]:
        """Let time pass."""
        seconds = (until - self._start_at).total_seconds()
        if until <= self.now or seconds <= self._path.time_seconds:
            self.now = max(self.now, until)
            return []
        heard = self._path.advance(seconds)
        self.now = until if not heard else min(until, max(self.now, self._start_at + timedelta(seconds=self._path.time_seconds)))
        return [told for event in heard for told in self._tell(event)]

    def traded(self) -> Traded:
        """Return what others have traded."""
        usd, value = self._path.traded()
        return Traded(quantity=usd / float(self._start_price), notional=usd + value / 1e4)

    def _tell(self, event: OwnEvent) -> list[LabEvent]:
        """Translate an event. Fills are told in whole lots, the last one completing the order to the lot."""
        order_id = self._desk_ids[event.order_id]
        sent = self._sent[order_id]
        if event.kind is PathEventKind.FILLED:
            return self._tell_fill(sent, event)
        kind = {
            PathEventKind.ACCEPTED: EventKind.ACCEPTED,
            PathEventKind.REJECTED: EventKind.REJECTED,
            PathEventKind.ENDED: EventKind.ENDED,
        }[event.kind]
        return [LabEvent(order_id=order_id, kind=kind, at=self._start_at + timedelta(seconds=event.time_seconds))]

    def _tell_fill(self, sent: _Sent, event: OwnEvent) -> list[LabEvent]:
        sent.usd += event.usd
        venue = sent.order.venue
        lots = int(sent.usd / self._usd_a_lot[venue] + 1e-6)
        quantity = min(lots * self.listings[venue].lot, sent.order.quantity) - sent.told
        if quantity <= 0:
            return []
        sent.told += quantity
        return [
            LabEvent(
                order_id=sent.order.order_id,
                kind=EventKind.FILLED,
                at=self._start_at + timedelta(seconds=event.time_seconds),
                price=self._fill_price(venue, event),
                quantity=quantity,
                is_maker=event.is_maker,
            )
        ]

    def _fill_price(self, venue: str, event: OwnEvent) -> Decimal:
        """Return the price: on the tick for a maker, the average over the levels taken for a taker."""
        ticks = event.price_bps / self._path.tick_bps(venue)
        whole = round(ticks)
        exact = Decimal(whole) if abs(ticks - whole) < 1e-6 else Decimal(repr(round(ticks, 9)))
        return self._start_price + exact * self.listings[venue].tick

    def _price(self, bps: float) -> float:
        main = next(iter(self.listings.values()))
        return float(self._start_price) + bps / self._path.tick_bps(main.venue) * float(main.tick)

    def _side(self, venue: str, side: Side) -> tuple[Level, ...]:
        ticks, usd = self._path.levels(venue, side.sign, BOOK_LEVELS)
        lots = (usd / self._usd_a_lot[venue]).astype(np.int64)
        shown = lots > 0
        levels = _Levels(self._start_price, self.listings[venue], ticks[shown].tolist(), lots[shown].tolist())
        return cast(tuple[Level, ...], levels)  # it is read like one


class _Levels(Sequence[Level]):
    """Levels of one side as they were when the book was read, made Decimal when looked at: a resting order needs only the first."""

    __slots__ = ("_listing", "_lots", "_made", "_start_price", "_ticks")

    def __init__(self, start_price: Decimal, listing: Listing, ticks: list[int], lots: list[int]) -> None:
        self._start_price, self._listing, self._ticks, self._lots = start_price, listing, ticks, lots
        self._made: list[Level] = []

    def __len__(self) -> int:
        return len(self._ticks)

    @overload
    def __getitem__(self, index: int) -> Level: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Level, ...]: ...

    def __getitem__(self, index: int | slice) -> Level | tuple[Level, ...]:
        if isinstance(index, slice):
            return self._up_to(len(self))[index]
        whole = range(len(self))[index]
        return self._made[whole] if whole < len(self._made) else self._up_to(whole + 1)[whole]

    def __iter__(self) -> Iterator[Level]:
        return iter(self._up_to(len(self)))

    def _up_to(self, count: int) -> tuple[Level, ...]:
        terms, start = self._listing, self._start_price
        for index in range(len(self._made), count):
            level = Level(price=start + self._ticks[index] * terms.tick, quantity=self._lots[index] * terms.lot)
            self._made.append(level)
        return tuple(self._made)


def _kind(order: LabOrder) -> OrderKind:
    if order.order_type is OrderType.MARKET:
        return OrderKind.MARKET
    return {
        TimeInForce.IOC: OrderKind.IOC,
        TimeInForce.GTC: OrderKind.LIMIT,
        TimeInForce.POST_ONLY: OrderKind.POST_ONLY,
    }[order.time_in_force]
