import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.domain.transient import (
    BadKernel,
    exponential_kernel,
    kernel_matrix,
    obizhaeva_wang,
    optimal_transient_trades,
    power_law_kernel,
    transient_cost,
)

kernels = st.one_of(
    st.builds(exponential_kernel, st.floats(0.1, 20), scale=st.floats(0.1, 10)),
    st.builds(power_law_kernel, st.floats(0.05, 5), st.floats(0.2, 2), scale=st.floats(0.1, 10)),
)
uneven_times = st.lists(st.floats(0.02, 1), min_size=1, max_size=15).map(np.cumsum)


def test_exponential_kernel_on_five_trades():
    """Alfonsi, Fruth & Schied's discrete Obizhaeva-Wang: X = rho = T = 1."""
    matrix = kernel_matrix(exponential_kernel(1), np.linspace(0, 1, 5))
    trades = optimal_transient_trades(1, matrix)
    assert trades == pytest.approx([0.375432078, 0.083045282, 0.083045282, 0.083045282, 0.375432078], abs=5e-10)
    assert transient_cost(trades, matrix) == pytest.approx(0.333909437, abs=5e-10)
    assert transient_cost(np.full(5, 0.2), matrix) == pytest.approx(0.349896306, abs=5e-10)


@given(st.floats(0.1, 5), st.floats(0.1, 5))
def test_a_fine_grid_approaches_obizhaeva_wang(resilience, horizon):
    count = 401
    matrix = kernel_matrix(exponential_kernel(resilience), np.linspace(0, horizon, count))
    trades = optimal_transient_trades(3.0, matrix)
    limit = obizhaeva_wang(3.0, resilience, horizon)
    assert 2 * limit.block + limit.rate * horizon == pytest.approx(3.0)
    assert trades[[0, -1]] == pytest.approx([limit.block] * 2, rel=0.05)
    assert trades[1:-1] * (count - 1) / horizon == pytest.approx(np.full(count - 2, limit.rate), rel=0.05)


@given(kernels, uneven_times, st.integers(0, 2**32 - 1))
def test_no_other_trades_with_the_same_sum_are_cheaper(kernel, times, seed):
    matrix = kernel_matrix(kernel, times)
    best = optimal_transient_trades(7.0, matrix)
    shift = np.random.default_rng(seed).normal(0, 1, times.size)
    other = best + shift - shift.mean()
    assert best.sum() == pytest.approx(7.0)
    assert transient_cost(best, matrix) <= transient_cost(other, matrix) * (1 + 1e-12)


def test_one_trade_is_the_order():
    matrix = kernel_matrix(power_law_kernel(1, 0.5, scale=4), np.array([0.0]))
    assert optimal_transient_trades(3, matrix).tolist() == [3]
    assert transient_cost(np.array([3.0]), matrix) == 18


@pytest.mark.parametrize("times", [[], [[0.0]], [0.0, 0.0], [1.0, 0.0], [0.0, math.nan], [0.0, math.inf]])
def test_times_that_do_not_increase_are_refused(times):
    with pytest.raises(BadKernel, match="times"):
        kernel_matrix(exponential_kernel(1), np.array(times))


def test_a_kernel_that_rewards_round_trips_is_refused():
    with pytest.raises(BadKernel, match="positive definite"):
        optimal_transient_trades(1, np.array([[1.0, 2.0], [2.0, 1.0]]))


def test_a_kernel_without_decay_has_no_single_optimum():
    with pytest.raises(BadKernel, match="positive definite"):
        optimal_transient_trades(1, np.ones((2, 2)))


def test_a_kernel_that_is_infinite_at_zero_is_refused():
    with pytest.raises(BadKernel, match="finite at every lag"):
        kernel_matrix(lambda elapsed: np.where(elapsed > 0, elapsed, np.inf), np.array([0.0, 1.0]))


@pytest.mark.parametrize(
    "build",
    [
        lambda: exponential_kernel(-1),
        lambda: exponential_kernel(math.nan),
        lambda: exponential_kernel(1, scale=0),
        lambda: power_law_kernel(0, 0.5),
        lambda: power_law_kernel(1, 0),
        lambda: power_law_kernel(1, 0.5, scale=-1),
        lambda: obizhaeva_wang(1, -1, 1),
        lambda: obizhaeva_wang(1, 1, 0),
        lambda: obizhaeva_wang(math.inf, 1, 1),
        lambda: optimal_transient_trades(math.nan, np.eye(2)),
    ],
)
def test_numbers_that_make_no_sense_are_refused(build):
    with pytest.raises(BadKernel):
        build()
