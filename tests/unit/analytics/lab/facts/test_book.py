"""Spread, depth and cost of books that are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.lab.facts import statistics
from analytics.lab.facts.book import ShallowBook, depth_within, immediate_cost_bps, spread_rows
from tests.unit.analytics.lab.facts.observations import observed

MID = 10_000.0
ASKS = MID + np.array([1.0, 3.0, 5.0, 10.0])  # 1, 3, 5 and 10 bps away
USD = np.array([100.0, 200.0, 300.0, 400.0])


def test_the_spread_is_the_median_in_bps_of_the_mid() -> None:
    assert statistics.median(spread_rows(observed(half_spread=0.5))) == pytest.approx(100)


@pytest.mark.parametrize(("bps", "usd"), [(0.5, 0), (1, 100), (5, 600), (25, 1000)])
def test_depth_counts_what_rests_within_a_distance_ends_included(bps: float, usd: float) -> None:
    assert depth_within(ASKS, USD, mid=MID, bps=bps) == usd
    assert depth_within(2 * MID - ASKS, USD, mid=MID, bps=bps) == usd


def test_a_size_that_the_best_level_holds_costs_its_distance() -> None:
    assert immediate_cost_bps(ASKS, USD, mid=MID, size_usd=100) == pytest.approx(1)


def test_a_larger_size_costs_the_average_of_what_it_takes() -> None:
    coins = 100 / ASKS[0] + 100 / ASKS[1]
    assert immediate_cost_bps(ASKS, USD, mid=MID, size_usd=200) == pytest.approx(1e4 * (200 / coins / MID - 1))


def test_bids_cost_as_much_as_asks_at_the_same_distance() -> None:
    assert immediate_cost_bps(2 * MID - ASKS, USD, mid=MID, size_usd=700) == pytest.approx(
        immediate_cost_bps(ASKS, USD, mid=MID, size_usd=700), rel=1e-3
    )


@given(st.floats(1, 999), st.floats(0, 1))
def test_no_size_costs_less_than_a_smaller_one(size: float, share: float) -> None:
    larger = immediate_cost_bps(ASKS, USD, mid=MID, size_usd=size)
    assert immediate_cost_bps(ASKS, USD, mid=MID, size_usd=max(share * size, 1e-3)) <= larger + 1e-9


def test_a_book_too_shallow_for_a_size_says_so() -> None:
    with pytest.raises(ShallowBook, match="1000 USD on the side, 1001 wanted"):
        immediate_cost_bps(ASKS, USD, mid=MID, size_usd=1001)
