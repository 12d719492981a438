"""A small market whose every answer follows from rules: books on a path of whole ticks, resting orders filled after a fixed time.

It keeps the contract of LabMarket, and checks on its own that the desk keeps it too.
"""

import heapq
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from analytics.lab.market import EventKind, LabEvent, Traded
from dipmaster.domain.books import Book, Level
from dipmaster.domain.instruments import Listing
from dipmaster.domain.quantize import ceil_to_step, floor_to_step
from dipmaster.domain.sides import Side
from execution.domain.venue_orders import OrderType, TimeInForce

START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
SYMBOL = "BTCUSDT"


def listing(venue, **terms):
    usual = {"tick": "0.1", "lot": "0.001", "min_quantity": "0.001", "max_quantity": "1000", "min_notional": "5"}
    fees = {"maker_fee_bps": "8", "taker_fee_bps": "10"}
    return Listing(venue=venue, symbol=SYMBOL, **{name: Decimal(str(value)) for name, value in {**usual, **fees, **terms}.items()})


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How the market answers. Times in seconds."""

    venues: tuple[Listing, ...] = (listing("A"), listing("B", maker_fee_bps="6"), listing("C"))
    latency: float = 0.01
    fills_after: float = 3.0
    fill_share: float = 1.0
    """Of what rests, each time."""
    level_quantity: Decimal = Decimal("0.5")
    levels: int = 20
    steps: tuple[int, ...] = (0,)
    """The mid in ticks from the start price, second by second; the last one stays."""
    refuses_every: int = 0
    dead_from: float | None = None
    """From here on nothing is answered."""
    price: Decimal = Decimal("60000.0")

    def mid_ticks(self, seconds):
        return self.steps[min(int(seconds), len(self.steps) - 1)]


def wandering(seed, seconds=4000):
    """Return the steps of a random walk in ticks."""
    draws = np.random.default_rng(seed).integers(-3, 4, size=seconds)
    return tuple(int(step) for step in np.cumsum(draws))


class FixedMarket:
    """One desk's market by the rules above; everybody else trades one unit a second at the mid."""

    def __init__(self, rules=None, *, allowance=None):
        self.rules = rules or Rules()
        self.listings = {terms.venue: terms for terms in self.rules.venues}
        self.now = START
        self.placed = []
        self._open = {}
        self._pending = []  # (time, sequence, what, subject)
        self._sequence = 0
        self._allowance = allowance
        self._filled = Decimal(0)
        self._notionals = [0.0]

    def books(self):
        return [self._book(venue, terms) for venue, terms in self.listings.items()]

    def mid(self):
        return float(self.rules.price + self._ticks(self.now) * self.rules.venues[0].tick)

    def traded(self):
        seconds = int(self._seconds(self.now))
        while len(self._notionals) <= seconds:
            mid = float(self.rules.price) + self.rules.mid_ticks(len(self._notionals) - 1) * float(self.rules.venues[0].tick)
            self._notionals.append(self._notionals[-1] + mid)
        return Traded(quantity=float(seconds), notional=self._notionals[seconds])

    def place(self, order):
        assert order.order_id not in {one.order_id for one in self.placed}, "an id was used twice"
        assert order.quantity > 0, "nothing is ordered"
        terms = self.listings[order.venue]
        assert order.quantity % terms.lot == 0, "a quantity off the lot"
        assert order.price is None or order.price % terms.tick == 0, "a price off the tick"
        self.placed.append(order)
        if self._allowance is not None:
            live = sum((one for _, one in self._open.values()), Decimal(0)) + sum(
                (s.quantity for _, _, w, s in self._pending if w == "place")
            )
            assert self._filled + live + order.quantity <= self._allowance, "more was sent than ordered"
        self._schedule(self.now + self._latency, "place", order)

    def cancel(self, order_id):
        self._schedule(self.now + self._latency, "cancel", order_id)

    def advance(self, until):
        heard = []
        while self._pending and self._pending[0][0] <= until:
            at = self._pending[0][0]
            if heard and at > self.now:
                break
            self.now = max(self.now, at)
            _, _, what, subject = heapq.heappop(self._pending)
            if self.rules.dead_from is None or self._seconds(at) < self.rules.dead_from:
                heard.extend(getattr(self, f"_{what}_arrives")(subject))
        if not heard:
            self.now = max(self.now, until)
        self._filled += sum((event.quantity for event in heard if event.quantity), Decimal(0))
        return heard

    @property
    def _latency(self):
        return timedelta(seconds=self.rules.latency)

    def _schedule(self, at, what, subject):
        self._sequence += 1
        heapq.heappush(self._pending, (at, self._sequence, what, subject))

    def _place_arrives(self, order):
        if self.rules.refuses_every and len(self.placed) % self.rules.refuses_every == 0:
            return [self._event(order.order_id, EventKind.REJECTED)]
        if order.time_in_force is TimeInForce.POST_ONLY:
            if self._crosses(order):
                return [self._event(order.order_id, EventKind.REJECTED)]
            self._open[order.order_id] = (order, order.quantity)
            self._schedule(self.now + timedelta(seconds=self.rules.fills_after), "fill", order.order_id)
            return [self._event(order.order_id, EventKind.ACCEPTED)]
        return [self._event(order.order_id, EventKind.ACCEPTED), *self._taken(order), self._event(order.order_id, EventKind.ENDED)]

    def _taken(self, order):
        book, left, fills = self._book(order.venue, self.listings[order.venue]), order.quantity, []
        for level in book.opposite(order.side):
            is_beyond = order.order_type is OrderType.LIMIT and order.side.sign * (level.price - order.price) > 0
            if left <= 0 or is_beyond:
                break
            part = min(left, level.quantity)
            fills.append(self._event(order.order_id, EventKind.FILLED, price=level.price, quantity=part))
            left -= part
        return fills

    def _fill_arrives(self, order_id):
        if order_id not in self._open:
            return []
        order, left = self._open[order_id]
        lot = self.listings[order.venue].lot
        part = min(left, max(lot, ceil_to_step(left * Decimal(str(self.rules.fill_share)), lot)))
        self._open[order_id] = (order, left - part)
        events = [self._event(order_id, EventKind.FILLED, price=order.price, quantity=part, is_maker=True)]
        if part == left:
            del self._open[order_id]
            return [*events, self._event(order_id, EventKind.ENDED)]
        self._schedule(self.now + timedelta(seconds=self.rules.fills_after), "fill", order_id)
        return events

    def _cancel_arrives(self, order_id):
        return [self._event(order_id, EventKind.ENDED)] if self._open.pop(order_id, None) else []

    def _crosses(self, order):
        best = self._book(order.venue, self.listings[order.venue]).opposite(order.side)[0].price
        return order.side.sign * (order.price - best) >= 0

    def _event(self, order_id, kind, **rest):
        return LabEvent(order_id=order_id, kind=kind, at=self.now, **rest)

    def _book(self, venue, terms):
        centre = floor_to_step(self.rules.price, terms.tick) + self._ticks(self.now) * terms.tick
        sides = (
            tuple(Level(price=centre + sign * n * terms.tick, quantity=self.rules.level_quantity) for n in range(1, self.rules.levels + 1))
            for sign in (-1, 1)
        )
        return Book(venue=venue, symbol=SYMBOL, bids=next(sides), asks=next(sides), received_at=self.now)

    def _ticks(self, at):
        return self.rules.mid_ticks(self._seconds(at))

    def _seconds(self, at):
        return (at - START).total_seconds()


def sides():
    return (Side.BUY, Side.SELL)
