"""Statistics against textbook values; intervals against what they are to cover."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.lab.facts import statistics
from analytics.lab.facts.statistics import TooFewObservations, bootstrap_interval


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=float).reshape(-1, 1)


def test_the_deviation_divides_by_the_count() -> None:
    assert statistics.deviation(column(1, 3)) == 1


def test_two_equally_likely_values_have_excess_kurtosis_minus_two() -> None:
    assert statistics.excess_kurtosis(column(-1, 1, -1, 1)) == pytest.approx(-2)


def test_a_line_has_its_slope_and_correlation_one() -> None:
    rows = np.column_stack((np.arange(5.0), 3 * np.arange(5.0) + 7))
    assert statistics.slope(rows) == pytest.approx(3)
    assert statistics.correlation(rows) == pytest.approx(1)


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=3, max_size=30))
def test_a_correlation_lies_between_minus_one_and_one_or_says_that_there_is_none(pairs: list[tuple[float, float]]) -> None:
    try:
        value = statistics.correlation(np.array(pairs))
    except TooFewObservations:
        return
    assert -1 - 1e-6 <= value <= 1 + 1e-6


@pytest.mark.parametrize("name", ["mean", "median", "deviation", "excess_kurtosis", "correlation", "slope"])
def test_nothing_observed_is_named(name: str) -> None:
    with pytest.raises(TooFewObservations, match="needed"):
        getattr(statistics, name)(np.empty((0, 2)))


@pytest.mark.parametrize("name", ["excess_kurtosis", "correlation", "slope"])
def test_what_never_changes_has_no_ratio(name: str) -> None:
    with pytest.raises(TooFewObservations, match=r"equal|never changes"):
        getattr(statistics, name)(np.ones((9, 2)))


def test_a_bootstrap_interval_of_independent_blocks_has_the_width_theory_gives() -> None:
    random = np.random.default_rng(3)
    blocks = [random.standard_normal((50, 1)) for _ in range(80)]
    low, high = bootstrap_interval(blocks, statistics.mean, resamples=1000, seed=1)
    assert high - low == pytest.approx(2 * 1.96 / np.sqrt(80 * 50), rel=0.25)


def test_a_bootstrap_of_blocks_sees_what_is_common_to_a_block() -> None:
    random = np.random.default_rng(3)
    blocks = [np.full((50, 1), random.standard_normal()) for _ in range(80)]
    low, high = bootstrap_interval(blocks, statistics.mean, resamples=1000, seed=1)
    assert high - low == pytest.approx(2 * 1.96 / np.sqrt(80), rel=0.25)


def test_the_same_seed_gives_the_same_interval() -> None:
    blocks = [np.arange(3.0).reshape(-1, 1) * number for number in range(9)]
    first, again = (bootstrap_interval(blocks, statistics.mean, resamples=50, seed=7) for _ in range(2))
    assert first == again


def test_one_block_has_no_interval() -> None:
    with pytest.raises(TooFewObservations, match="blocks"):
        bootstrap_interval([column(1, 2)], statistics.mean, resamples=10, seed=1)


def test_a_statistic_that_is_mostly_undefined_has_no_interval() -> None:
    with pytest.raises(TooFewObservations, match="defined on 0 of 10"):
        bootstrap_interval([column(1), column(1)], statistics.excess_kurtosis, resamples=10, seed=1)
