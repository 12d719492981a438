"""Execution alpha: against orders that take the same quantity at once, on the same books."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.domain.alpha import NO_FEE, NO_MOMENT, NOTHING_FILLED, AlphaName, Moment, against_clips, sum_of, taken_at_once
from analytics.domain.benchmarks import NotMeasured
from analytics.domain.fills import PricedFill
from dipmaster.domain.sides import Side
from execution.domain.routing import find_best_route
from tests.unit.execution.domain.markets import book, listing, listings

D = Decimal
AT = datetime(2025, 8, 19, 13, 5, tzinfo=UTC)
TERMS = listings(listing("A", taker_fee_bps="10", lot="0.001"), listing("B", taker_fee_bps="20", lot="0.001"))
MOMENT = Moment(
    at=AT,
    books=(book("A", [("99", "2"), ("98", "5")], [("100", "1"), ("101", "5")]), book("B", [("99", "1")], [("100", "1"), ("100.5", "9")])),
    listings=TERMS,
)
NAME = AlphaName.MARKET_ORDER


def fill(price, quantity, fee="0"):
    return PricedFill(at=AT, venue="A", price=D(price), quantity=D(quantity), fee=D(fee), mid=None, is_maker=True)


def test_a_buy_at_once_takes_the_cheapest_levels_of_all_venues_fees_included():
    # 1 at 100 + 10 bps = 100.1; 1 at 100 + 20 bps = 100.2; 1 at 100.5 + 20 bps = 100.701 (101 + 10 bps = 101.101 is dearer)
    assert taken_at_once(Side.BUY, D(3), MOMENT) == D("100.1") + D("100.2") + D("100.701")


def test_a_sale_at_once_takes_the_dearest_levels_fees_deducted():
    # 2 at 99 - 10 bps = 98.901; 1 at 99 - 20 bps = 98.802
    assert taken_at_once(Side.SELL, D(3), MOMENT) == 2 * D("98.901") + D("98.802")


def test_books_that_hold_less_have_no_value():
    with pytest.raises(NotMeasured, match="13:05:00 UTC hold less"):
        taken_at_once(Side.BUY, D("16.001"), MOMENT)
    with pytest.raises(NotMeasured, match="hold less"):
        taken_at_once(Side.BUY, D(1), replace(MOMENT, books=()))


def test_a_patient_buy_saves_spread_and_fees():
    """2 bought at 99 with 0.02 of fee each paid 198.04; at once they pay 100.1 + 100.2 = 200.3: 2.26 saved, 112.83 bps of 200.3."""
    alpha = against_clips(NAME, side=Side.BUY, fills=[fill(99, 1, "0.02"), fill(99, 1, "0.02")], moments=[MOMENT])
    assert (alpha.own, alpha.benchmark, alpha.saved, alpha.quantity) == (D("198.04"), D("200.3"), D("2.26"), D(2))
    assert round(alpha.bps, 2) == D("112.83")


def test_a_patient_sale_saves_what_it_brings_more():
    """2 sold at 100 with 0.02 of fee each brought 199.96; at once they bring 197.802: 2.158 saved."""
    alpha = against_clips(NAME, side=Side.SELL, fills=[fill(100, 1, "0.02"), fill(100, 1, "0.02")], moments=[MOMENT])
    assert (alpha.own, alpha.benchmark, alpha.saved) == (D("199.96"), D("197.802"), D("2.158"))
    assert alpha.bps > 0


def test_an_order_that_paid_more_has_a_negative_alpha():
    assert against_clips(NAME, side=Side.BUY, fills=[fill(103, 1)], moments=[MOMENT]).saved == D("-2.9")
    assert against_clips(NAME, side=Side.SELL, fills=[fill(95, 1)], moments=[MOMENT]).saved == D("-3.901")


def test_clips_take_equal_parts_at_their_moments():
    """2 in two clips of 1: 100.1 at the first moment, 110.11 at the second, where A asks 110."""
    later = replace(MOMENT, books=(book("A", [("109", "2")], [("110", "1"), ("111", "5")]),))
    alpha = against_clips(AlphaName.EQUAL_CLIPS, side=Side.BUY, fills=[fill(100, 2)], moments=[MOMENT, later])
    assert (alpha.benchmark, alpha.saved, alpha.moments) == (D("210.21"), D("10.21"), 2)


def test_comparisons_add_up():
    parts = [against_clips(NAME, side=Side.BUY, fills=[fill(99, q)], moments=[MOMENT]) for q in (1, 2)]
    whole = sum_of(AlphaName.OWN_MOMENTS, side=Side.BUY, alphas=parts)
    assert (whole.quantity, whole.own, whole.moments) == (D(3), D(297), 2)
    assert whole.saved == parts[0].saved + parts[1].saved


@pytest.mark.parametrize(
    ("fills", "moments", "reason"),
    [
        ([], [MOMENT], NOTHING_FILLED),
        ([fill(99, 1)], [], NO_MOMENT),
        ([fill(99, 1), replace(fill(99, 1), fee=None)], [MOMENT], NO_FEE),
    ],
)
def test_what_is_not_known_is_not_compared(fills, moments, reason):
    with pytest.raises(NotMeasured) as caught:
        against_clips(NAME, side=Side.BUY, fills=fills, moments=moments)
    assert str(caught.value) == reason


def test_nothing_compared_adds_up_to_nothing():
    with pytest.raises(NotMeasured):
        sum_of(AlphaName.OWN_MOMENTS, side=Side.BUY, alphas=[])


# What must always hold.

SIZES = st.integers(min_value=1, max_value=5000).map(lambda units: D(units) / 1000)
STEPS = st.integers(min_value=1, max_value=400).map(lambda cents: D(cents) / 100)


@st.composite
def a_moment(draw):
    def side(sign):
        steps = draw(st.lists(STEPS, min_size=1, max_size=8, unique=True))
        return [(D(100) + sign * step, draw(SIZES)) for step in sorted(steps)]

    venues = ("A", "B", "C")
    terms = listings(*(listing(venue, lot="0.001", taker_fee_bps=draw(st.sampled_from(["0", "5", "7.5", "10"]))) for venue in venues))
    return Moment(at=AT, books=tuple(book(venue, side(-1), side(1)) for venue in venues), listings=terms)


def shown(moment, side):
    return sum((level.quantity for one in moment.books for level in one.opposite(side)), D(0))


def route_of(moment, side, quantity):
    return find_best_route(side=side, quantity=quantity, books=moment.books, listings=moment.listings, worst_price=None)


@settings(max_examples=200, deadline=None)
@given(a_moment(), st.sampled_from(Side), st.integers(1, 1000))
def test_a_market_order_on_the_same_books_has_no_alpha(moment, side, share):
    """Filled as the router splits it, with the venues' taker fees."""
    quantity = (shown(moment, side) * share).quantize(D(1)) / 1000 or D("0.001")
    route = route_of(moment, side, min(quantity, shown(moment, side)))
    fills = [fill(leg.expected_price, leg.quantity, leg.expected_fee) for leg in route.legs]
    alpha = against_clips(NAME, side=side, fills=fills, moments=[moment])
    assert abs(alpha.bps) < D("1e-12") * 10  # averages have 28 digits
    assert abs(alpha.saved) < D("1e-9")


@settings(max_examples=200, deadline=None)
@given(a_moment(), st.sampled_from(Side), SIZES, SIZES)
def test_more_at_once_never_costs_less_for_each(moment, side, one, other):
    small, large = sorted((min(one, shown(moment, side)), min(other, shown(moment, side))))
    each = [side.sign * taken_at_once(side, quantity, moment) / quantity for quantity in (small, large)]
    assert each[0] <= each[1] + D("1e-20")


@settings(max_examples=200, deadline=None)
@given(a_moment(), st.sampled_from(Side), SIZES, st.integers(1, 7))
def test_clips_on_one_book_never_cost_more_than_all_at_once(moment, side, quantity, count):
    fills = [fill(100, min(quantity, shown(moment, side)))]
    whole, clips = (against_clips(NAME, side=side, fills=fills, moments=[moment] * many) for many in (1, count))
    assert clips.saved <= whole.saved + D("1e-9")
