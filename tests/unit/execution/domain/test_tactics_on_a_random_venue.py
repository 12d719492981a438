"""A slice worked to its end on venues that fill, refuse, lose and forget at random: what must hold, holds at every step."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from dipmaster.domain.books import Book
from dipmaster.domain.quantize import floor_to_step, is_multiple
from dipmaster.domain.sides import Side
from execution.domain.actions import Cancel, ChildView, Lookup, Place, SliceView, Step
from execution.domain.lifecycle import LIVE_CHILDREN, ChildState, move_child
from execution.domain.routing import VenueLimits
from execution.domain.tactic_presets import DEFAULT, NOTHING_RECENT, PRESETS, RecentMarket
from execution.domain.tactics import step
from execution.domain.venue_orders import TimeInForce
from tests.unit.execution.domain.markets import NOW, book, listing, listings

TERMS = listings(
    listing("A", tick="0.01", lot="0.001", min_quantity="0.001", min_notional="5", maker_fee_bps="10", taker_fee_bps="10"),
    listing("B", tick="0.1", lot="0.01", min_quantity="0.01", min_notional="10", maker_fee_bps="8", taker_fee_bps="10"),
    listing("C", tick="0.05", lot="0.0001", min_quantity="0.002", max_quantity="0.4", maker_fee_bps="10", taker_fee_bps="7.5"),
)
GRACE = timedelta(seconds=60)
EVERYTHING = replace(DEFAULT, name="everything", withdraws_below=-0.3, improves_from_ticks=2)
RECENT = [NOTHING_RECENT, *(RecentMarket(volatility_bps=bps, toxicity=score) for bps in (0.0, 0.8, 40.0) for score in (0.1, 0.5, 0.9))]


@dataclass
class Child:
    """An order as we know it, and as its venue has it (`exists`, `really_filled`)."""

    id: int
    place: Place
    decided_at: datetime
    state: ChildState = ChildState.INTENT
    filled: Decimal = Decimal(0)
    confirmed_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    exists: bool = False
    really_filled: Decimal = Decimal(0)

    def move(self, state: ChildState) -> None:
        self.state = move_child(self.state, state)

    def view(self) -> ChildView:
        return ChildView(
            id=self.id,
            venue=self.place.venue,
            state=self.state,
            time_in_force=self.place.time_in_force,
            price=self.place.price,
            quantity=self.place.quantity,
            filled_quantity=self.filled,
            decided_at=self.decided_at,
            confirmed_at=self.confirmed_at,
            cancel_requested_at=self.cancel_requested_at,
            nudged_at=None,
        )


def latest(part: SliceView) -> datetime:
    """When a slice must have ended: one that keeps its place in a queue, a length later or with its order."""
    if part.order_end_at is None:
        return part.end_at
    return max(part.end_at, min(part.order_end_at, part.end_at + 2 * (part.end_at - part.start_at)))


@dataclass
class World:
    """Venues with faults. After the slice's end plus a grace time everything answers, so that every slice can end."""

    rng: random.Random
    part: SliceView
    fault_rate: float
    now: datetime = NOW
    mid: float = 100.0
    children: list[Child] = field(default_factory=list)

    def fails(self) -> bool:
        return self.now < latest(self.part) + GRACE and self.rng.random() < self.fault_rate

    def books(self) -> list[Book]:
        self.mid *= 1 + self.rng.gauss(0, 0.0003)
        return [self.book(venue) for venue in TERMS if not self.fails()]

    def book(self, venue: str) -> Book:
        tick = TERMS[venue].tick
        bid = floor_to_step(Decimal(str(round(self.mid + self.rng.uniform(-0.05, 0.05), 4))), tick)
        spread = tick * self.rng.choice([1, 1, 2, 5]) * (-1 if self.fails() else 1)
        sizes = [Decimal(self.rng.randint(1, 400)) / 1000 for _ in range(6)]
        bids = [(bid - i * tick, sizes[i]) for i in range(3)]
        asks = [(bid + spread + i * tick, sizes[3 + i]) for i in range(3)]
        return book(venue, bids, asks, received_at=self.now - timedelta(seconds=5 if self.fails() else 0))

    def left(self) -> dict[str, str]:
        """Venues that are said not to serve."""
        return {venue: "down" for venue in TERMS if self.fails()}

    def limits(self) -> dict[str, VenueLimits]:
        """What venues have room for, which may be nothing."""
        return {venue: VenueLimits(balance=Decimal(self.rng.randint(-100, 900)) / 1000) for venue in TERMS if self.fails()}

    def view(self) -> SliceView:
        children = tuple(child.view() for child in self.children)
        filled = sum((child.filled for child in self.children), Decimal(0))
        return replace(self.part, filled_quantity=filled, children=children)

    def at_risk(self) -> Decimal:
        """The most that may still be bought: what the venues filled, and what may be live there."""
        return sum((child.place.quantity if child.state in LIVE_CHILDREN else child.really_filled for child in self.children), Decimal(0))

    def apply(self, answer: Step) -> None:
        for action in answer.actions:
            match action:
                case Place():
                    child = Child(len(self.children) + 1, action, self.now)
                    self.children.append(child)
                    self.send(child)
                case Cancel():
                    self.cancel(self.children[action.child_id - 1])
                case Lookup():
                    if not self.fails():
                        self.look_up(self.children[action.child_id - 1])

    def send(self, child: Child) -> None:
        child.exists = not self.fails()
        if self.fails():
            if self.rng.random() < 0.5:  # else the worker died before it could record the outcome
                child.move(ChildState.UNKNOWN)
        elif not child.exists:
            child.move(ChildState.REJECTED)
        else:
            self.look_up(child)
        if child.exists and child.place.time_in_force is TimeInForce.IOC:
            self.trade(child)
            child.exists = False
            if child.state is ChildState.OPEN:
                self.look_up(child)

    def cancel(self, child: Child) -> None:
        assert child.state is ChildState.OPEN
        child.cancel_requested_at = self.now
        self.trade(child)
        arrives, answers = not self.fails(), not self.fails()
        if arrives:
            child.exists = False
        if arrives and answers:
            self.look_up(child)

    def look_up(self, child: Child) -> None:
        child.filled = child.really_filled
        if child.filled == child.place.quantity:
            child.move(ChildState.FILLED)
        elif child.exists:
            child.move(ChildState.OPEN)
        elif child.confirmed_at is None and child.filled == 0 and child.state is not ChildState.OPEN:
            child.move(ChildState.REJECTED)
        else:
            child.move(ChildState.CANCELLED)
        child.confirmed_at = self.now

    def trade(self, child: Child) -> None:
        if child.exists and self.rng.random() < 0.2:
            left = child.place.quantity - child.really_filled
            child.really_filled += min(left, left * self.rng.randint(1, 5) / 4 // Decimal("0.0001") * Decimal("0.0001"))

    def pass_time(self, until: datetime) -> None:
        self.now = max(until, self.now + timedelta(milliseconds=self.rng.choice([1, 1, 300])))
        for child in self.children:
            self.trade(child)
            if child.state is ChildState.OPEN and not self.fails():
                child.filled = child.really_filled
                if child.filled == child.place.quantity:
                    child.move(ChildState.FILLED)
                    child.exists = False


def check(world: World, view: SliceView, books: list[Book], answer: Step) -> None:
    live = [child for child in view.children if child.state in LIVE_CHILDREN]
    reserved = sum((child.quantity - child.filled_quantity for child in live), Decimal(0))
    placed = [action for action in answer.actions if isinstance(action, Place)]
    assert view.filled_quantity + reserved + sum((place.quantity for place in placed), Decimal(0)) <= view.quantity
    assert answer.next_action_at > world.now
    assert not (answer.is_done and (live or answer.actions))
    named = [action.child_id for action in answer.actions if not isinstance(action, Place)]
    assert len(named) == len(set(named))
    assert set(named) <= {child.id for child in live}
    if placed:
        assert not view.is_closing
        assert world.now < latest(view)
    for place in placed:
        check_place(view, {one.venue: one for one in books}[place.venue], place, world.now)


def check_limits(answer: Step, limits: Mapping[str, VenueLimits]) -> None:
    for place in answer.actions:
        if isinstance(place, Place) and place.venue in limits:
            assert place.quantity <= limits[place.venue].most(place.quantity)


def check_place(view: SliceView, seen: Book, place: Place, now: datetime) -> None:
    terms = TERMS[place.venue]
    assert seen.is_tradable(now, view.max_book_age)
    assert is_multiple(place.price, terms.tick)
    assert is_multiple(place.quantity, terms.lot)
    assert terms.min_quantity <= place.quantity <= terms.max_quantity
    assert place.quantity * place.price >= terms.min_notional
    assert view.worst_price is None or view.side.sign * (place.price - view.worst_price) <= 0
    if place.time_in_force is TimeInForce.POST_ONLY:
        assert view.side.sign * (place.price - seen.opposite(view.side)[0].price) < 0


@st.composite
def slices(draw):
    side = draw(st.sampled_from(list(Side)))
    distance = draw(st.sampled_from([None, None, -0.1, 0.0, 0.05, 0.5]))
    end_at = NOW + timedelta(seconds=draw(st.floats(0.5, 30)))
    longer = draw(st.sampled_from([None, 0, 5, 600]))
    return SliceView(
        side=side,
        quantity=Decimal(draw(st.integers(1, 20_000))) / 10_000,
        filled_quantity=Decimal(0),
        start_at=NOW,
        end_at=end_at,
        order_end_at=None if longer is None else end_at + timedelta(seconds=longer),
        worst_price=None if distance is None else Decimal(str(round(100 + side.sign * distance, 3))),
        is_closing=False,
        is_last=draw(st.booleans()),
        patience=draw(st.sampled_from([0.0, 0.35, 0.7, 1.0])),
        max_book_age=timedelta(seconds=2),
        preset=draw(st.sampled_from([*PRESETS.values(), EVERYTHING])),
        recent=draw(st.sampled_from(RECENT)),
        children=(),
    )


def work(world: World, close_at: datetime) -> None:
    """Step until the slice is done, checking every answer."""
    for _ in range(3000):
        if world.now >= close_at and not world.part.is_closing:
            world.part = replace(world.part, is_closing=True)
        view, left, limits = world.view(), world.left(), world.limits()
        books = [one for one in world.books() if one.venue not in left]
        answer = step(view, books, TERMS, world.now, limits=limits, left=left)
        check(world, view, books, answer)
        check_limits(answer, limits)
        if answer.is_done:
            return
        world.apply(answer)
        assert world.at_risk() <= world.part.quantity
        early = world.rng.random() < 0.2
        world.pass_time(world.now + timedelta(milliseconds=20) if early else answer.next_action_at)
    raise AssertionError("the slice never ended")


@settings(max_examples=300)
@given(part=slices(), seed=st.integers(0, 2**32), fault_rate=st.sampled_from([0.0, 0.1, 0.4]))
def test_a_slice_never_exceeds_its_quantity_or_price_and_always_ends(part, seed, fault_rate):
    work(World(random.Random(seed), part, fault_rate), close_at=latest(part) + GRACE)


@settings(max_examples=50)
@given(part=slices(), seed=st.integers(0, 2**32), share=st.floats(0, 1))
def test_a_slice_that_is_closed_at_any_time_withdraws_and_ends(part, seed, share):
    world = World(random.Random(seed), part, 0.2)
    work(world, close_at=part.start_at + (part.end_at - part.start_at) * share)


@settings(max_examples=50)
@given(part=slices(), seed=st.integers(0, 2**32))
def test_without_faults_a_slice_ends_soon_after_its_time(part, seed):
    world = World(random.Random(seed), part, 0.0)
    work(world, close_at=latest(part) + GRACE)
    assert world.now <= latest(part) + timedelta(seconds=2)
