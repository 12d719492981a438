"""Facts of parents on flows that are known."""

import numpy as np
import pytest

from analytics.lab.facts import statistics
from analytics.lab.facts.flow import kyle_rows, rate_rows, sign_rows, size_rows, volume_rows
from analytics.lab.facts.statistics import TooFewObservations
from tests.unit.analytics.lab.facts.observations import observed, trades


def persistent_signs(count: int, persistence: float) -> np.ndarray:
    """Signs that repeat the last one with probability (1 + persistence) / 2: their autocorrelation at lag k is persistence^k."""
    repeats = np.random.default_rng(5).random(count) < (1 + persistence) / 2
    return np.cumprod(np.where(repeats, 1.0, -1.0))


@pytest.mark.parametrize("lag", [1, 3])
def test_the_autocorrelation_of_markov_signs_is_their_persistence_to_the_power_of_the_lag(lag: int) -> None:
    count, persistence = 100_000, 0.6
    market = observed(**trades(np.linspace(0, 599, count), persistent_signs(count, persistence)))
    assert statistics.correlation(sign_rows(market, lag=lag)) == pytest.approx(persistence**lag, abs=0.01)


def test_parents_a_minute_and_their_size_and_volume() -> None:
    market = observed(**trades(np.arange(0.5, 600, 0.5), usd=np.tile([10.0, 30.0], 600)[:1199]))
    assert statistics.mean(rate_rows(market)) == pytest.approx(120, rel=1e-3)
    assert statistics.mean(size_rows(market)) == pytest.approx(20, rel=1e-2)
    assert statistics.mean(volume_rows(market)) == pytest.approx(2400, rel=1e-2)


def test_a_market_without_trades_has_a_rate_of_zero_and_no_size() -> None:
    assert statistics.mean(rate_rows(observed())) == 0
    with pytest.raises(TooFewObservations):
        statistics.mean(size_rows(observed()))


def test_one_trade_has_no_autocorrelation() -> None:
    with pytest.raises(TooFewObservations, match="pairs"):
        statistics.correlation(sign_rows(observed(**trades(np.array([1.0]))), lag=10))


def test_the_kyle_slope_is_the_impact_per_million_that_the_price_was_made_with() -> None:
    random = np.random.default_rng(2)
    times = np.sort(random.uniform(0, 5999.9, 6000))
    signs, usd = random.choice([-1.0, 1.0], 6000), random.exponential(2e5, 6000)
    flow = np.bincount((times * 10).astype(int) + 1, weights=signs * usd, minlength=60_001)[:60_000]
    mid = 100 * np.exp(2.5e-4 * np.cumsum(flow) / 1e6)
    rows = kyle_rows(observed(mid, half_spread=0.0, **trades(times, signs, usd)), window_seconds=10)
    assert statistics.slope(rows) == pytest.approx(2.5, rel=0.02)


def test_a_market_shorter_than_a_window_has_no_slope() -> None:
    with pytest.raises(TooFewObservations):
        statistics.slope(kyle_rows(observed(np.full(50, 100.0)), window_seconds=10))
