"""A recording as a market of experiments: one venue, its book, its trades, and own orders among them.

As with the model, the desk's clock is the venue's less the data latency: what it sees at a time is what was so at that time of the
recording, and what it sends arrives data latency and order latency later.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from analytics.lab.market import EventKind, LabEvent, LabOrder, Traded
from analytics.lab.replay import kernel
from analytics.lab.replay.referee import BUY, SELL, Event, Replay
from analytics.lab.replay.tape import Integers, Kind, Tape
from dipmaster.domain.books import Book, Level
from dipmaster.domain.instruments import Listing
from execution.domain.venue_orders import OrderType, TimeInForce

BOOK_LEVELS = 20
SLOTS = 64
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ORDER_KINDS = {TimeInForce.GTC: kernel.LIMIT, TimeInForce.POST_ONLY: kernel.POST_ONLY, TimeInForce.IOC: kernel.IOC}


class UnknownOrderKind(ValueError):
    """A recording does not know such orders."""


class TooManyOrders(ValueError):
    """More orders work at once than a recording keeps."""


@dataclass(slots=True)
class _Sent:
    """An order of the desk and what it was told of it; slot: its number in the replay."""

    order: LabOrder
    slot: int
    limit: int
    is_accepted: bool = False
    filled: int = 0


class RecordedMarket:
    """One tape from a time on, behind the lab's contract."""

    def __init__(self, tape: Tape, listing: Listing, *, start_ns: int, delay_seconds: float) -> None:
        self._tape, self._listing = tape, listing
        self.listings = {listing.venue: listing}
        self._replay = Replay(tape, slots=SLOTS)
        self._replay.advance(start_ns)
        self._at_ns, self._delay_ns = start_ns, round(delay_seconds * 1e9)
        self._sent: dict[int, _Sent] = {}
        self._in_slot: dict[int, _Sent] = {}
        self._trade_ns, self._traded_lots, self._traded_value = _traded(tape, start_ns)

    @property
    def now(self) -> datetime:
        """Return the desk's time."""
        return _time(self._at_ns)

    def books(self) -> list[Book]:
        """Return the venue's book less what own orders took of it."""
        bids, asks = self._side(BUY), self._side(SELL)
        return [Book(venue=self._listing.venue, symbol=self._listing.symbol, bids=bids, asks=asks, received_at=self.now)]

    def mid(self) -> float:
        """Return the middle of the recorded best prices."""
        bid, ask = self._replay.cursor[kernel.BEST_BID], self._replay.cursor[kernel.BEST_ASK]
        return float(self._tape.price_of((bid + ask) / 2))

    def place(self, order: LabOrder) -> None:
        """Send an order.

        Raises:
            UnknownOrderKind: fill-or-kill, or a limit order without a price.
            TooManyOrders: as many work as there are slots.
            ValueError: its quantity is not a whole number of lots or its price not on the tick.
        """
        slot = next((slot for slot in range(SLOTS) if slot not in self._in_slot), None)
        if slot is None:
            raise TooManyOrders(f"{SLOTS} orders work already")
        sent = _Sent(order, slot, self._level(order))
        self._replay.place(
            slot,
            side=order.side.sign,
            kind=_kind(order),
            price=sent.limit,
            quantity=_whole(order.quantity, self._listing.lot),
            arrives_ns=self._at_ns + self._delay_ns,
        )
        self._sent[order.order_id] = self._in_slot[slot] = sent

    def cancel(self, order_id: int) -> None:
        """Ask for the end of an order."""
        sent = self._sent[order_id]
        if self._in_slot.get(sent.slot) is sent:
            self._replay.cancel(sent.slot, arrives_ns=self._at_ns + self._delay_ns)

    def advance(self, until: datetime) -> list[LabEvent]:
        """Let time pass."""
        if until <= self.now:
            return []
        self._at_ns, events = self._replay.advance_to_news(_nanoseconds(until))
        self._replay.forget()
        return [told for event in events for told in self._tell(event)]

    def traded(self) -> Traded:
        """Return what was traded in the recording since the start."""
        count = int(np.searchsorted(self._trade_ns, self._at_ns, side="right"))
        return Traded(quantity=float(self._traded_lots[count]) * self._tape.lot, notional=float(self._traded_value[count]) * self._tape.lot)

    def _tell(self, event: Event) -> list[LabEvent]:
        sent = self._in_slot[event.order]
        told: list[LabEvent] = []
        is_refused = event.what == kernel.ENDED and not sent.is_accepted and _kind(sent.order) == kernel.POST_ONLY
        if not sent.is_accepted and not is_refused:
            told.append(self._event(sent, EventKind.ACCEPTED, event))
        sent.is_accepted = True
        if event.what == kernel.ENDED:
            del self._in_slot[event.order]
            told.append(self._event(sent, EventKind.REJECTED if is_refused else EventKind.ENDED, event))
        elif event.what != kernel.RESTED:
            told.append(self._fill(sent, event))
        return told

    def _event(self, sent: _Sent, kind: EventKind, event: Event) -> LabEvent:
        return LabEvent(order_id=sent.order.order_id, kind=kind, at=_time(event.at_ns))

    def _fill(self, sent: _Sent, event: Event) -> LabEvent:
        return LabEvent(
            order_id=sent.order.order_id,
            kind=EventKind.FILLED,
            at=_time(event.at_ns),
            price=self._price(event.price),
            quantity=event.quantity * self._listing.lot,
            is_maker=event.what == kernel.MADE,
        )

    def _side(self, side: int) -> tuple[Level, ...]:
        return tuple(
            Level(price=self._price(level), quantity=lots * self._listing.lot) for level, lots in self._replay.levels(side, BOOK_LEVELS)
        )

    def _price(self, level: int) -> Decimal:
        return (level + self._tape.lowest) * self._listing.tick

    def _level(self, order: LabOrder) -> int:
        """Return the level of an order's price; one beyond the window, which the market never left, is as good as its edge."""
        if order.price is None:
            return 0
        level = _whole(order.price, self._listing.tick) - self._tape.lowest
        return min(max(level, 0), self._tape.levels - 1)


def listing_of(tape: Tape, *, venue: str, symbol: str, maker_fee_bps: Decimal, taker_fee_bps: Decimal) -> Listing:
    """Return a venue's terms with the tick and lot of a tape."""
    lot = _decimal(tape.lot)
    return Listing(
        venue=venue,
        symbol=symbol,
        tick=_decimal(tape.tick),
        lot=lot,
        min_quantity=lot,
        max_quantity=Decimal(10) ** 9,
        min_notional=Decimal(0),
        maker_fee_bps=maker_fee_bps,
        taker_fee_bps=taker_fee_bps,
    )


def _traded(tape: Tape, start_ns: int) -> tuple[Integers, Integers, NDArray[np.float64]]:
    """Return times of trades, and lots and value traded before each of them and after the last."""
    rows = ((tape.kind == Kind.BOUGHT) | (tape.kind == Kind.SOLD)) & (tape.exchange_ns > start_ns)
    lots = tape.quantity[rows]
    value = np.cumsum(np.concatenate(([0.0], lots * tape.price_of(tape.price[rows]))))
    return tape.exchange_ns[rows], np.cumsum(np.concatenate(([0], lots))), value


def _kind(order: LabOrder) -> int:
    if order.order_type is OrderType.MARKET:
        return kernel.TAKE
    if order.price is None or order.time_in_force not in _ORDER_KINDS:
        raise UnknownOrderKind(f"a recording knows no {order.order_type} {order.time_in_force} order at {order.price}")
    return _ORDER_KINDS[order.time_in_force]


def _whole(value: Decimal, step: Decimal) -> int:
    if value % step:
        raise ValueError(f"{value} is no multiple of {step}")
    return int(value / step)


def _decimal(step: float) -> Decimal:
    return Decimal(round(step * 1e8)).scaleb(-8).normalize()


def _time(nanoseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=-(-nanoseconds // 1000))


def _nanoseconds(time: datetime) -> int:
    return (time - EPOCH) // timedelta(microseconds=1) * 1000
