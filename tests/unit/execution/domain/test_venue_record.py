"""What a venue's record says of the next order, and what that costs."""

from dataclasses import replace
from decimal import Decimal
from math import isclose, pi, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dipmaster.domain.sides import Side
from execution.domain.routing import VenueLimits, find_best_route
from execution.domain.venue_record import (
    PRIOR_ORDERS,
    RETRY_SECONDS,
    Reliability,
    VenueRecord,
    expected_penalty,
    miss_bps,
    reliability,
    together,
)
from tests.unit.execution.domain.markets import book, listing, listings

NOTHING = VenueRecord()
GOOD = VenueRecord(orders=1000, acknowledged=1000, root_delays=1000 * sqrt(0.04), takers=500, rejected=0, fill_shares=500)
BAD = VenueRecord(orders=1000, acknowledged=1000, root_delays=1000 * sqrt(0.25), takers=500, rejected=100, fill_shares=200)


def test_what_was_not_measured_is_none():
    assert (NOTHING.delay_ms, NOTHING.reject_share, NOTHING.fill_share) == (None, None, None)
    assert reliability(NOTHING, NOTHING) is None


def test_a_record_says_what_was_counted():
    assert (BAD.delay_ms, BAD.reject_share, BAD.fill_share) == (250, 0.2, 0.5)


def test_a_venue_without_orders_is_expected_to_do_as_all_do():
    everywhere = together([GOOD, BAD])
    expected = reliability(NOTHING, everywhere)
    assert expected is not None
    assert isclose(expected.delay_seconds, ((0.2 + 0.5) / 2) ** 2)
    assert isclose(expected.reject_probability, 0.1)
    assert isclose(expected.fill_share, 700 / 900)


def test_as_many_orders_as_the_prior_weighs_count_half():
    count = PRIOR_ORDERS
    few = VenueRecord(orders=count, acknowledged=count, root_delays=0.0, takers=count, rejected=0, fill_shares=count)
    everywhere = VenueRecord(orders=9, acknowledged=9, root_delays=9 * 0.4, takers=9, rejected=3, fill_shares=3)
    expected = reliability(few, everywhere)
    assert expected is not None
    assert isclose(expected.delay_seconds, 0.2**2)
    assert isclose(expected.reject_probability, 1 / 6)
    assert isclose(expected.fill_share, 0.75)


def test_one_bad_order_is_no_verdict():
    once = replace(NOTHING, orders=1, acknowledged=1, root_delays=0.2, takers=1, rejected=1)
    expected = reliability(once, together([GOOD, once]))
    assert expected is not None
    assert expected.reject_probability < 0.05


def test_resting_orders_alone_tell_the_delay_and_nothing_of_taking():
    resting = VenueRecord(orders=5, acknowledged=5, root_delays=5 * 0.3)
    assert reliability(resting, resting) == Reliability(delay_seconds=pytest.approx(0.09), reject_probability=0.0, fill_share=1.0)


def test_the_parts_are_as_the_docstring_derives_them():
    """Drift: half of the mean absolute move of a normal price, sigma sqrt(2 t / pi) / 2."""
    of = Reliability(delay_seconds=0.36, reject_probability=0.1, fill_share=0.8)
    found = expected_penalty(of, minute_volatility_bps=sqrt(60), book_age_seconds=0.64)
    again = 0.36 + RETRY_SECONDS
    assert isclose(found.delay_bps, 0.6 * sqrt(2 / pi) / 2)
    assert isclose(found.staleness_bps, 0.4 * sqrt(2 / pi) / 2)
    assert isclose(found.reject_bps, 0.1 * sqrt(again) * sqrt(2 / pi) / 2)
    assert isclose(found.miss_bps, 0.2 * sqrt(again) * sqrt(2 / pi))
    assert isclose(found.total_bps, found.delay_bps + found.staleness_bps + found.reject_bps + found.miss_bps)


def test_drift_is_what_simulated_prices_lose():
    moves = np.random.default_rng(5).normal(0, sqrt(0.5), 400_000)
    of = Reliability(delay_seconds=0.5, reject_probability=0.0, fill_share=1.0)
    asked = {"minute_volatility_bps": sqrt(60), "book_age_seconds": 0}
    assert isclose(expected_penalty(of, **asked).total_bps, np.maximum(moves, 0).mean(), rel_tol=0.01)
    always_missed = replace(of, delay_seconds=0.5 - RETRY_SECONDS, fill_share=0.0)
    assert isclose(expected_penalty(always_missed, **asked).miss_bps, moves[moves > 0].mean(), rel_tol=0.01)


@given(
    st.lists(st.tuples(st.floats(90, 110), st.floats(0.01, 1)), min_size=2, max_size=6),
    st.floats(110, 130),
)
def test_with_the_penalty_the_venue_comes_first_that_saves_most_of_the_cleanup(offers, cleanup):
    """Ranking by fill probability times (clean-up price - price), which can reverse the order of prices."""
    penalised = [p * (1 + miss_bps(chance, cleanup_bps=(cleanup - p) / p * 1e4) / 1e4) for p, chance in offers]
    saved = [chance * (cleanup - p) for p, chance in offers]
    best = int(np.argmin(penalised))
    assert isclose(saved[best], max(saved), rel_tol=1e-9, abs_tol=1e-9)


def test_a_poor_fill_probability_reverses_the_order_of_prices_in_the_router():
    """A at 100.00 fills one time in two, B at 100.05 always; what A misses costs 100.20 later: 0.5 x 0.20 < 1 x 0.15."""
    books = [book("A", [("99", "9")], [("100.00", "9")]), book("B", [("99", "9")], [("100.05", "9")])]
    asked = {
        "side": Side.BUY,
        "quantity": Decimal(1),
        "books": books,
        "listings": listings(listing("A"), listing("B")),
        "worst_price": None,
    }
    assert [leg.venue for leg in find_best_route(**asked).legs] == ["A"]
    limits = {"A": VenueLimits(penalty_bps=Decimal(miss_bps(0.5, cleanup_bps=20.0)).quantize(Decimal("0.01")))}
    route = find_best_route(**asked, limits=limits)
    assert [leg.venue for leg in route.legs] == ["B"]
    assert route.all_in_price == Decimal("100.05"), "no penalty is in a reported price"


@given(st.floats(0, 30), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_penalty_is_never_negative_and_bounded_for_the_router(delay, rejects, fills, volatility, age):
    of = Reliability(delay_seconds=delay, reject_probability=rejects, fill_share=fills)
    found = expected_penalty(of, minute_volatility_bps=volatility, book_age_seconds=age)
    assert min(found.delay_bps, found.staleness_bps, found.reject_bps, found.miss_bps) >= 0
    assert 0 <= found.for_router <= 100
    assert found.for_router.as_tuple().exponent == -4


@given(st.floats(0, 10), st.floats(0, 10), st.floats(0.1, 50))
def test_worse_is_never_cheaper(first, second, volatility):
    def cost(**changes):
        of = replace(Reliability(delay_seconds=0.1, reject_probability=0.1, fill_share=0.9), **changes)
        return expected_penalty(of, minute_volatility_bps=volatility, book_age_seconds=0.1).total_bps

    low, high = sorted([first, second])
    assert cost(delay_seconds=low) <= cost(delay_seconds=high)
    assert cost(reject_probability=low / 10) <= cost(reject_probability=high / 10)
    assert cost(fill_share=1 - low / 10) <= cost(fill_share=1 - high / 10)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1.0])
def test_what_is_no_number_is_refused(bad):
    of = Reliability(delay_seconds=0.1, reject_probability=0.0, fill_share=1.0)
    with pytest.raises(ValueError, match="finite"):
        expected_penalty(of, minute_volatility_bps=bad, book_age_seconds=0)
    with pytest.raises(ValueError, match="finite"):
        expected_penalty(of, minute_volatility_bps=1, book_age_seconds=bad)
