from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from dipmaster.domain.sides import Side
from execution.domain.algorithms import slots
from execution.domain.algorithms.base import Market, OrderTerms, Plan, Progress, Remainder
from execution.domain.algorithms.slots import Room

START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
LOT = Decimal("0.01")
MARKET = Market(mid=Decimal(95), lot=LOT, min_quantity=Decimal("0.05"))
DONE_SOME = Progress(filled_quantity=Decimal("0.5"), committed_quantity=Decimal(0), committed_until=None)


def order(quantity="10", minutes=30, would_price=None, remainder=Remainder.CROSS):
    return OrderTerms(
        side=Side.BUY,
        quantity=Decimal(quantity),
        limit_price=None,
        would_price=would_price,
        start_at=START,
        end_at=START + timedelta(minutes=minutes),
        remainder=remainder,
    )


def room(**changes):
    return Room(order=order(**changes), now=START, begin=START, rest=Decimal(10), done=0, lot=LOT, smallest=5)


def ends(count=10):
    return [START + timedelta(minutes=30) * number / count for number in range(1, count + 1)]


def even(count=10):
    return [1000 * number // count for number in range(1, count + 1)]


def test_at_the_would_price_the_rest_is_offered_for_a_few_seconds_only():
    """The tactic takes what stands at the price; what does not fill goes back to the schedule."""
    plan = slots.open_room(order(would_price=Decimal(95)), DONE_SOME, MARKET, START)
    assert isinstance(plan, Plan)
    (part,) = plan.slices
    assert (part.quantity, part.urgency) == (Decimal("9.5"), 0.0)
    assert part.end_at - part.start_at == timedelta(seconds=slots.WOULD_PRICE_SECONDS)
    assert plan.next_review_at == part.end_at


@pytest.mark.parametrize("would", [None, Decimal("94.99")])
def test_away_from_the_would_price_there_is_room_to_plan(would):
    assert isinstance(slots.open_room(order(would_price=would), DONE_SOME, MARKET, START), Room)


def test_caps_that_let_nothing_through_leave_the_order_to_the_last_slot_and_not_to_now():
    (part,) = slots.fill(room(), ends(), even(), caps=[0] * 10)
    assert part.quantity == 10
    assert (part.start_at, part.end_at) == (ends()[-2], ends()[-1])


def test_what_a_cap_leaves_over_waits_for_the_last_slot():
    slices = slots.fill(room(), ends(), even(), caps=[10] * 10)
    assert [part.quantity for part in slices] == [Decimal("0.1")] * 9 + [Decimal("9.1")]
    assert slices[-1].start_at == ends()[-2]
    (reason,) = slots.beyond_the_cap(room(), slices, [10] * 10)
    assert "91% of the order" in reason


def test_a_rest_that_is_to_be_left_keeps_to_the_cap_in_the_last_slot_too():
    slices = slots.fill(room(remainder=Remainder.LEAVE), ends(), even(), caps=[10] * 10)
    assert [part.quantity for part in slices] == [Decimal("0.1")] * 10
    assert slots.beyond_the_cap(room(remainder=Remainder.LEAVE), slices, [10] * 10) == ()


def test_without_slices_the_market_is_looked_at_again_soon():
    assert slots.review_at(room(remainder=Remainder.LEAVE), ()) == START + slots.NOTHING_DUE_INTERVAL


def test_a_would_price_is_watched_from_now_on_whenever_the_plan_begins():
    later = Room(
        order=order(would_price=Decimal(90)), now=START, begin=START + timedelta(minutes=5), rest=Decimal(10), done=0, lot=LOT, smallest=5
    )
    assert slots.review_at(later, slots.fill(later, ends(), even())) == START + slots.WOULD_PRICE_INTERVAL
