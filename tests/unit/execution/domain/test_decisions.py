"""What is kept of a decision gives the decision again, and says so when it no longer does."""

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dipmaster.domain.quantize import floor_to_step
from dipmaster.domain.sides import Side
from execution.domain.actions import ChildView, SliceView
from execution.domain.decisions import KEPT_LEVELS, DecisionInputs, differences, outcome_of, trimmed
from execution.domain.lifecycle import ChildState
from execution.domain.routing import VenueLimits
from execution.domain.venue_orders import TimeInForce
from tests.unit.execution.domain.markets import NOW, book, listing, listings
from tests.unit.execution.domain.test_tactics import a_child, a_slice
from tests.unit.execution.domain.test_tactics_on_a_random_venue import TERMS, World

D = Decimal
VENUES = ["A", "B", "C", "D"]


def the_inputs(part=None, books=None, terms=None, now=NOW):
    deep = [(D(100) + D(n) / 100, "0.5") for n in range(1, 41)]
    usual = [book("A", [(D(100) - D(n) / 100, "0.5") for n in range(40)], deep)]
    return DecisionInputs(
        slice=part or a_slice(quantity=D(2)),
        books=tuple(usual if books is None else books),
        listings=terms or listings(listing("A", lot="0.001", taker_fee_bps="10")),
        now=now,
    )


# What must always hold.

PRICES = st.integers(min_value=9_900, max_value=10_100).map(lambda cents: D(cents) / 100)
AMOUNTS = st.integers(min_value=0, max_value=3_000).map(lambda units: D(units) / 1000)
LIMITS = st.builds(
    VenueLimits,
    balance=st.none() | AMOUNTS,
    position_room=st.none() | AMOUNTS,
    largest_order=st.none() | AMOUNTS,
    penalty_bps=st.sampled_from([D(0), D("0.3"), D(5)]),
)
MOMENTS = st.integers(min_value=-20_000, max_value=20_000).map(lambda ms: NOW + timedelta(milliseconds=ms))


@st.composite
def a_book(draw, venue):
    """Both sides in order; one-sided, crossed, stale and with levels that hold nothing now and then."""
    bids, asks = (draw(st.lists(st.tuples(st.integers(1, 100), AMOUNTS), min_size=least, max_size=15)) for least in (0, 2))
    middle = draw(st.sampled_from([D(100), D(100), D(101)]))
    lowest = draw(st.sampled_from([1, 1, 1, -60]))  # the last crosses
    return book(
        venue,
        [(middle - D(cents) / 100, quantity) for cents, quantity in sorted(dict(bids).items())],
        [(middle + D(cents + lowest) / 100, quantity) for cents, quantity in sorted(dict(asks).items())],
        received_at=NOW - timedelta(milliseconds=draw(st.sampled_from([0, 500, 900, 4000]))),
    )


@st.composite
def a_child_of(draw, number):
    quantity = draw(AMOUNTS) + D("0.001")
    at = draw(MOMENTS)
    return ChildView(
        id=number,
        venue=draw(st.sampled_from(VENUES)),
        state=draw(st.sampled_from(ChildState)),
        time_in_force=draw(st.sampled_from(TimeInForce)),
        price=draw(st.none() | PRICES),
        quantity=quantity,
        filled_quantity=draw(st.sampled_from([D(0), D(0), quantity / 2, quantity])),
        decided_at=at,
        confirmed_at=draw(st.none() | MOMENTS),
        cancel_requested_at=draw(st.none() | MOMENTS),
        nudged_at=draw(st.none() | MOMENTS),
    )


@st.composite
def inputs(draw):
    start = NOW - timedelta(milliseconds=draw(st.integers(-1_000, 9_000)))
    children = tuple(draw(a_child_of(number)) for number in range(draw(st.sampled_from([0, 0, 3, 12]))))
    part = SliceView(
        side=draw(st.sampled_from(Side)),
        quantity=draw(AMOUNTS) + D("0.001"),
        filled_quantity=draw(st.sampled_from([D(0), D(0), D("0.4")])),
        start_at=start,
        end_at=start + timedelta(milliseconds=draw(st.integers(8_000, 60_000))),
        worst_price=draw(st.none() | PRICES),
        is_closing=draw(st.sampled_from([False, False, False, True])),
        is_last=draw(st.booleans()),
        patience=draw(st.sampled_from([0.0, 0.0, 0.5, 1.0])),
        max_book_age=timedelta(seconds=2),
        would_price=draw(st.none() | PRICES),
        children=children,
    )
    terms = listings(
        *(
            listing(
                venue,
                tick=draw(st.sampled_from(["0.01", "0.05"])),
                lot=draw(st.sampled_from(["0.001", "0.01", "0.1"])),
                min_quantity=draw(st.sampled_from(["0", "0.01", "0.5"])),
                min_notional=draw(st.sampled_from(["0", "5", "60"])),
                max_quantity=draw(st.sampled_from(["0.4", "1000"])),
                maker_fee_bps=draw(st.sampled_from(["-1", "2", "10"])),
                taker_fee_bps=draw(st.sampled_from(["5", "7.5", "10"])),
            )
            for venue in draw(st.lists(st.sampled_from(VENUES), unique=True, min_size=1))
        )
    )
    books = tuple(draw(a_book(venue)) for venue in draw(st.lists(st.sampled_from(VENUES), unique=True)))
    named = st.lists(st.sampled_from(VENUES), unique=True, max_size=2)
    return DecisionInputs(
        slice=part,
        books=books,
        listings=terms,
        now=draw(st.sampled_from([NOW, NOW + timedelta(seconds=1)])),
        limits={venue: draw(LIMITS) for venue in draw(named)},
        left=dict.fromkeys(draw(named), "down"),
    )


@settings(max_examples=300, deadline=None)
@given(inputs())
def test_what_is_kept_gives_the_same_step(world):
    assert trimmed(world).decide() == world.decide()


@settings(max_examples=40, deadline=None)
@given(st.integers(min_value=0, max_value=2**32), st.sampled_from([0.0, 0.3]), st.sampled_from(Side), st.floats(0, 1))
def test_what_is_kept_gives_the_same_step_all_through_the_life_of_a_slice(seed, fault_rate, side, patience):
    part = a_slice(quantity=D("0.7"), side=side, patience=patience, max_book_age=timedelta(seconds=2), end_at=NOW + timedelta(seconds=20))
    world = World(rng=random.Random(seed), part=part, fault_rate=fault_rate)
    for _ in range(100):
        seen = DecisionInputs(slice=world.view(), books=tuple(world.books()), listings=TERMS, now=world.now)
        answer = seen.decide()
        assert trimmed(seen).decide() == answer
        if answer.is_done:
            break
        world.apply(answer)
        world.pass_time(answer.next_action_at)


@st.composite
def crossing(draw):
    """A slice that crosses on whole, deep books with thin levels: how far the router reads is what counts."""
    world = draw(inputs())
    bids, asks = (draw(st.lists(st.integers(1, 300).map(lambda units: D(units) / 1000), min_size=8, max_size=30)) for _ in range(2))
    step = D(draw(st.sampled_from([1, 1, 40]))) / 100
    books = tuple(
        book(
            venue,
            [(D(100) - n * step / 2, q) for n, q in enumerate(bids[at:], 1)],
            [(D(100) + n * step, q) for n, q in enumerate(asks[at:], 1)],
        )
        for at, venue in enumerate(VENUES[: draw(st.sampled_from([1, 4]))])
    )
    terms = {venue: replace(next(iter(world.listings.values())), venue=venue, taker_fee_bps=D(fee)) for fee, venue in enumerate(VENUES)}
    shown = sum((level.quantity for level in books[0].opposite(world.slice.side)), D(0))
    part = replace(
        world.slice,
        children=(),
        quantity=floor_to_step(shown * draw(st.sampled_from([D("0.3"), D("0.6"), D("0.95")])), D("0.001")),
        filled_quantity=D(0),
        worst_price=draw(st.none() | st.sampled_from([D("99.9"), D("100.1")])),
        patience=0.0,
        is_closing=False,
        start_at=NOW - timedelta(seconds=30),
        end_at=NOW + timedelta(seconds=9),
    )
    return DecisionInputs(slice=part, books=books, listings=terms, now=NOW, limits=world.limits, left=world.left)


@settings(max_examples=150, deadline=None)
@given(crossing())
def test_what_is_kept_gives_the_same_route(world):
    answer = world.decide()
    assert trimmed(world).decide() == answer


# How much is kept.


def test_the_side_taken_from_is_kept_down_to_twice_the_slice_and_the_other_to_the_least():
    kept = trimmed(the_inputs()).books[0]
    assert (len(kept.asks), len(kept.bids)) == (8, KEPT_LEVELS)  # 4 at 0.5 a level


def test_the_side_taken_from_is_kept_as_deep_as_asked():
    assert len(trimmed(the_inputs(), reach=D("15.2")).books[0].asks) == 31


def test_a_sell_keeps_the_bids():
    kept = trimmed(the_inputs(a_slice(side=Side.SELL, quantity=D(2)))).books[0]
    assert (len(kept.asks), len(kept.bids)) == (KEPT_LEVELS, 8)


def test_a_book_that_does_not_reach_is_kept_whole():
    assert len(trimmed(the_inputs(), reach=D(1000)).books[0].asks) == 40


def test_children_that_ended_are_dropped_but_for_the_latest_refusals():
    gone = [a_child(id=n, state=ChildState.FILLED, decided_at=NOW - timedelta(seconds=n)) for n in range(1, 20)]
    refused = a_child(id=30, state=ChildState.REJECTED, decided_at=NOW)
    long_ago = a_child(id=31, state=ChildState.REJECTED, decided_at=NOW - timedelta(seconds=90))
    live = a_child(id=40, venue="B")
    assert [child.id for child in trimmed(the_inputs(a_slice(*gone, refused, long_ago, live))).slice.children] == [30, 40]


# Then and now.


def test_the_same_outcome_has_no_differences():
    outcome = outcome_of(the_inputs().decide())
    assert outcome.places
    assert differences(outcome, outcome) == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"quantity": D(1)}, "now only: 1 at 100.00 on A, limit PO: Post"),
        ({"price": D(99)}, "at 99 on A"),
        ({"time_in_force": TimeInForce.IOC}, "limit IOC"),
        ({"venue": "B"}, "on B"),
        ({"reason": "otherwise"}, ": otherwise"),
    ],
)
def test_each_part_of_an_order_that_changed_is_told(change, said):
    then = outcome_of(the_inputs().decide())
    now = replace(then, places=(replace(then.places[0], **change),))
    assert any(said in line for line in differences(then, now))
    assert any(line.startswith("then only: ") for line in differences(then, now))


def test_an_order_that_is_asked_for_twice_is_a_difference():
    then = outcome_of(the_inputs().decide())
    assert differences(then, replace(then, places=then.places * 2)) == ("places in another order or number",)


def test_another_time_to_look_again_is_a_difference():
    then = outcome_of(the_inputs().decide())
    assert differences(then, replace(then, next_action_at=NOW)) == ("looks again at 14:00:00.500000 then, at 14:00:00.000000 now",)


def test_an_outcome_sorts_a_steps_actions_by_kind():
    unknown = a_child(id=2, state=ChildState.UNKNOWN, quantity=D("0.5"))
    outcome = outcome_of(the_inputs(a_slice(a_child(), unknown, quantity=D(2)), now=NOW + timedelta(seconds=43)).decide())
    assert (outcome.places, [one.child_id for one in outcome.cancels], [one.child_id for one in outcome.lookups]) == ((), [1], [2])
