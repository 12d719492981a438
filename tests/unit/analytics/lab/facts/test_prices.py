"""Volatility and what the imbalance says, on mids that are known."""

import numpy as np
import pytest

from analytics.lab.facts import statistics
from analytics.lab.facts.prices import imbalance_rows, minute_return_rows
from analytics.lab.facts.statistics import TooFewObservations
from tests.unit.analytics.lab.facts.observations import observed


def random_walk(minutes: int, minute_bps: float) -> np.ndarray:
    steps = np.random.default_rng(4).standard_normal(600 * minutes) * minute_bps / np.sqrt(600) * 1e-4
    return 100 * np.exp(np.cumsum(steps))


def test_a_random_walk_has_the_volatility_it_was_made_with_and_no_excess_kurtosis() -> None:
    market = observed(random_walk(3000, 5.0), half_spread=0.0)
    assert statistics.deviation(minute_return_rows(market)) == pytest.approx(5, rel=0.04)
    assert statistics.excess_kurtosis(minute_return_rows(market)) == pytest.approx(0, abs=0.3)


def test_returns_of_two_sizes_have_the_kurtosis_of_their_mixture() -> None:
    returns = np.tile([1.0, -1.0, 0.0, 0.0, 0.0, 0.0], 20) * 1e-3
    mid = 100 * np.exp(np.repeat(np.cumsum(returns), 600))
    assert statistics.excess_kurtosis(minute_return_rows(observed(mid, half_spread=0.0))) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("horizon", [1, 10])
def test_an_imbalance_that_knows_the_next_return_correlates_with_it(horizon: int) -> None:
    mid = random_walk(60, 5.0)
    moves = np.log(np.roll(mid, -10 * horizon) / mid)
    heavier = np.where(moves > 0, 3.0, 1.0)
    market = observed(mid, half_spread=0.0, bid_usd=heavier, ask_usd=4 - heavier)
    expected = np.sqrt(2 / np.pi)  # correlation of a normal with its own sign
    assert statistics.correlation(imbalance_rows(market, horizon_seconds=horizon)) == pytest.approx(expected, abs=0.02)


def test_a_heavier_ask_before_a_rise_correlates_negatively() -> None:
    mid = random_walk(60, 5.0)
    heavier = np.where(np.roll(mid, -10) > mid, 3.0, 1.0)
    market = observed(mid, half_spread=0.0, bid_usd=4 - heavier, ask_usd=heavier)
    assert statistics.correlation(imbalance_rows(market, horizon_seconds=1)) < -0.5


def test_an_empty_touch_has_no_imbalance() -> None:
    market = observed(random_walk(2, 5.0), half_spread=0.0, bid_usd=np.zeros(1200), ask_usd=np.zeros(1200))
    with pytest.raises(TooFewObservations, match="never changes"):
        statistics.correlation(imbalance_rows(market, horizon_seconds=1))


def test_less_than_a_minute_has_no_minute_return() -> None:
    with pytest.raises(TooFewObservations):
        statistics.deviation(minute_return_rows(observed(np.full(599, 100.0))))
