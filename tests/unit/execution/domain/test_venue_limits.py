"""What an order may be at a venue, and that no order of a tactic is ever more."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dipmaster.domain.money import BPS
from dipmaster.domain.sides import Side
from execution.domain.actions import Place, SliceView
from execution.domain.pricing import crossing_price
from execution.domain.routing import RejectionReason, VenueLimits, find_best_route
from execution.domain.tactics import step
from execution.domain.venue_limits import affordable_quantity, venue_limits
from execution.domain.venue_orders import TimeInForce
from tests.unit.execution.domain.markets import NOW, book, levels, listing, listings

D = Decimal
BOOK = book("A", [("100.00", "5")], [("101.00", "1"), ("102.00", "2"), ("110.00", "10")])


def limits(side=Side.BUY, *, funds=None, worst_case="0", of=BOOK, **terms):
    position, largest = terms.pop("position", None), terms.pop("largest", None)
    one = replace(
        listing("A", **terms),
        max_position_notional=None if position is None else D(position),
        max_notional=None if largest is None else D(largest),
    )
    known = None if worst_case is None else D(worst_case)
    return venue_limits(side, of, one, funds=None if funds is None else D(funds), worst_case=known)


def test_nothing_known_and_nothing_set_limits_nothing():
    assert limits() == VenueLimits()


def test_a_sale_is_paid_with_what_is_sold():
    assert limits(Side.SELL, funds="0.75").balance == D("0.75")
    assert limits(Side.SELL, funds="-0.75").balance == 0


def test_a_buy_is_paid_at_the_limit_price_it_needs_and_with_its_fee():
    """One level: 101 x 1.0002 x 1.001 a unit. Two levels: all at the second price, as an order has one price."""
    one_level = D(101) * D("1.0002") * D("1.001")
    assert limits(funds=one_level / 2, taker_fee_bps="10").balance == pytest.approx(D("0.5"))
    assert limits(funds=D("1.0002") * 102 * 2).balance == 2
    assert limits(funds=D("1.0002") * 101 + D("0.5")).balance == 1, "more than the first level would cost more for all of it"


def test_a_rebate_is_not_counted_on():
    assert limits(funds="50", taker_fee_bps="-5", maker_fee_bps="-1") == limits(funds="50")


def test_more_than_is_shown_may_be_affordable():
    """An order that rests is not bounded by what others offer."""
    assert limits(funds="11002.2").balance == 100


def test_the_position_limit_leaves_what_is_not_held_or_working():
    assert limits(position="1005", worst_case="4").position_room == 6
    assert limits(Side.SELL, position="1005", worst_case="-4").position_room == 14
    assert limits(position="1005", worst_case="12").position_room == -2


def test_while_the_position_is_not_known_a_limit_leaves_nothing():
    assert limits(position="1005", worst_case=None).position_room == 0
    assert limits(worst_case=None).position_room is None


def test_the_largest_order_leaves_room_for_prices_beyond_the_mid():
    assert limits(largest="1015.05").largest_order == 10


@pytest.mark.parametrize("bid", ["-1", "-3"])
def test_a_book_without_a_price_gets_nothing(bid):
    worthless = book("A", [(bid, "1")], [("1", "1")])
    assert limits(funds="1", of=worthless).most(D(5)) == 0


def test_levels_without_a_price_are_passed_over():
    worthless = book("A", [("-1", "1")], [("0", "3"), ("1", "5")])
    assert affordable_quantity(Side.BUY, worthless, listing("A"), D("2.0004")) == 2


def test_each_limit_keeps_an_order_below_itself_and_says_its_name():
    shown = [book(venue, [("99", "5")], [("101", "5")]) for venue in "ABC"]
    terms = listings(*(listing(venue, min_quantity="1") for venue in "ABC"))
    given_limits = {"A": VenueLimits(balance=D("0.5")), "B": VenueLimits(position_room=D("-2")), "C": VenueLimits(largest_order=D(3))}
    route = find_best_route(side=Side.BUY, quantity=D(5), books=shown, listings=terms, worst_price=None, limits=given_limits)
    assert [(leg.venue, leg.quantity) for leg in route.legs] == [("C", 3)]
    assert {one.venue: one.reason for one in route.rejected} == {"A": RejectionReason.NO_BALANCE, "B": RejectionReason.NO_POSITION_ROOM}


# What a tactic does with them.

A_SLICE = SliceView(
    side=Side.BUY,
    quantity=D(3),
    filled_quantity=D(0),
    start_at=NOW,
    end_at=NOW + timedelta(minutes=1),
    worst_price=None,
    is_closing=False,
    is_last=True,
    patience=0.5,
    max_book_age=timedelta(seconds=2),
    children=(),
)
TWO = [book("A", [("100", "5")], [("101", "5")], received_at=NOW), book("B", [("100", "5")], [("101", "5")], received_at=NOW)]
TERMS = listings(listing("A", min_quantity="0.1"), listing("B", min_quantity="0.1", maker_fee_bps="5", taker_fee_bps="5"))


def placed(part, limits, books=TWO, now=NOW):
    fresh = [replace(one, received_at=now) for one in books]
    return [action for action in step(part, fresh, TERMS, now, limits=limits).actions if isinstance(action, Place)]


LATE = NOW + timedelta(seconds=58)


@pytest.mark.parametrize("now", [NOW, LATE], ids=["resting", "crossing"])
def test_what_a_venue_has_no_room_for_goes_to_another(now):
    sent = {one.venue: one.quantity for one in placed(A_SLICE, {"A": VenueLimits(balance=D("0.555"))}, now=now)}
    assert sent["A"] == D("0.55")
    assert sent["B"] >= D("1.5")


@pytest.mark.parametrize("now", [NOW, LATE], ids=["resting", "crossing"])
def test_a_venue_without_room_gets_nothing(now):
    sent = {one.venue: one.quantity for one in placed(A_SLICE, {"A": VenueLimits(position_room=D("0.05"))}, now=now)}
    assert sent == {"B": 3}


def test_without_room_anywhere_the_slice_waits_and_says_why():
    nowhere = {"A": VenueLimits(balance=D(0)), "B": VenueLimits(position_room=D(0))}
    crossing = step(A_SLICE, [replace(one, received_at=LATE) for one in TWO], TERMS, LATE, limits=nowhere)
    assert (crossing.actions, crossing.is_done) == ((), False)
    assert crossing.reason == (
        "Cannot cross 3 at the moment: A: its balance does not pay for its smallest order, "
        "B: its position limit leaves less than its smallest order"
    )
    resting = step(A_SLICE, TWO, TERMS, NOW, limits=nowhere)
    assert (resting.actions, resting.is_done) == ((), False)
    assert resting.reason == "Cannot post 3 at the moment: balances and position limits leave no room"


def amounts(most):
    return st.one_of(st.none(), st.integers(-200, most).map(lambda hundredths: D(hundredths) / 100))


LIMITS = st.builds(VenueLimits, balance=amounts(600), position_room=amounts(600), largest_order=amounts(600))


@given(
    st.dictionaries(st.sampled_from("AB"), LIMITS),
    st.integers(1, 1000),
    st.sampled_from([NOW, LATE]),
    st.sampled_from(Side),
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 300)), min_size=4, max_size=4),
)
def test_no_post_and_no_leg_is_above_a_limit(given_limits, quantity, now, side, shown):
    sizes = [(D(100 - gap) / 1, D(100 + gap), D(size) / 100) for gap, size in shown]
    books = [
        book("A", [(bid, size) for bid, _, size in sizes[:1]], [(ask, size) for _, ask, size in sizes[1:2]]),
        book("B", [(bid, size) for bid, _, size in sizes[2:3]], [(ask, size) for _, ask, size in sizes[3:]]),
    ]
    sent = placed(replace(A_SLICE, quantity=D(quantity) / 100, side=side), given_limits, books, now)
    for one in sent:
        allowed = given_limits.get(one.venue, VenueLimits())
        for most in (allowed.balance, allowed.position_room, allowed.largest_order):
            assert most is None or one.quantity <= most
        assert one.quantity >= TERMS[one.venue].min_quantity
    assert sum((one.quantity for one in sent), D(0)) <= D(quantity) / 100
    assert len({one.venue for one in sent}) == len(sent), "each venue's room is given out once a step"


@given(
    st.lists(st.tuples(st.integers(1, 500), st.integers(0, 400)), min_size=1, max_size=8),
    st.integers(1, 400_000),
    st.integers(-50, 50),
    st.integers(1, 2_000),
)
def test_no_buy_costs_more_than_the_funds_at_its_limit_price_with_its_fee(steps, funds, fee_bps, quantity):
    price, asks = D(100), []
    for rise, size in steps:
        price += D(rise) / 100
        asks.append((price, D(size) / 100))
    one = book("A", [("100", "1")], asks)
    terms = listings(listing("A", taker_fee_bps=fee_bps))
    found = {"A": venue_limits(Side.BUY, one, terms["A"], funds=D(funds) / 100, worst_case=D(0))}
    asked = {"side": Side.BUY, "quantity": D(quantity) / 100, "books": [one], "listings": terms, "worst_price": None}
    for leg in find_best_route(**asked, limits=found).legs:
        price = crossing_price(Side.BUY, leg.worst_price, terms["A"], None)
        assert price * leg.quantity * (1 + max(D(fee_bps), D(0)) / BPS) <= D(funds) / 100


@given(
    st.lists(st.tuples(st.integers(1, 500), st.integers(1, 400)), min_size=1, max_size=8), st.integers(1, 400_000), st.integers(1, 2_000)
)
def test_what_the_funds_pay_for_is_not_left_out(steps, funds, lots):
    """Any quantity that the book shows and that the funds cover at the price it needs is allowed."""
    price, asks = D(100), []
    for rise, size in steps:
        price += D(rise) / 100
        asks.append((price, D(size) / 100))
    wanted, left = D(lots) / 100, D(lots) / 100
    for level in levels(asks):
        left -= level.quantity
        if left <= 0:
            is_paid = level.price * D("1.0002") * wanted <= D(funds) / 100
            assert (affordable_quantity(Side.BUY, book("A", [("100", "1")], asks), listing("A"), D(funds) / 100) >= wanted) is is_paid
            break


def test_a_post_is_no_larger_than_what_its_time_in_force_would_let_a_sweep_be():
    """Limits are not for one kind of order alone: the same funds bind both."""
    funds = D("50.6")
    found = {venue: venue_limits(Side.BUY, one, TERMS[venue], funds=funds, worst_case=D(0)) for venue, one in zip("AB", TWO, strict=True)}
    for now, kind in ((NOW, TimeInForce.POST_ONLY), (LATE, TimeInForce.IOC)):
        sent = placed(A_SLICE, found, now=now)
        assert {one.time_in_force for one in sent} == {kind}
        assert all(one.price * one.quantity <= funds for one in sent)
