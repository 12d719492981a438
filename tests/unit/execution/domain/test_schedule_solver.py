import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.domain.almgren_chriss import Liquidation, optimal_holdings, power_law_trades, trades_of
from execution.domain.schedule_problem import BadProblem, ScheduleProblem, cost_variance, temporary_cost, transient_cost
from execution.domain.schedule_solver import solve_schedule
from execution.domain.transient import exponential_kernel, kernel_matrix, optimal_transient_trades, power_law_kernel
from tests.unit.execution.domain.schedule_problems import an_order, condition_missed, objective, problems, scaled_risk_aversion

scales = st.one_of(st.just(0.0), st.floats(-3, 3).map(lambda power: 10**power))


def five_slots(*, temporary, exponent):
    """Almgren and Chriss' order of 1e6 in five slots."""
    return ScheduleProblem(quantity=1e6, slot_lengths=np.ones(5), temporary=np.full(5, temporary), exponent=exponent, volatility=0.95)


def feasible(problem, quantities):
    assert (quantities >= 0).all()
    assert problem.caps is None or (quantities <= problem.caps).all()
    assert quantities.sum() == pytest.approx(problem.quantity, rel=1e-9)


def test_almgren_chriss_2000_table_1():
    """The permanent impact of the paper only lowers eta to eta~."""
    found = solve_schedule(five_slots(temporary=2.5e-6 - 1.25e-7, exponent=1.0), risk_aversion=1e-6)
    assert 1e6 - np.cumsum(found.quantities)[:4] == pytest.approx([541955.554, 289854.219, 147897.488, 62141.802], abs=5e-4)


def test_almgren_2003_with_a_square_root():
    found = solve_schedule(five_slots(temporary=math.sqrt(1.25e-6), exponent=0.5), risk_aversion=1e-6)
    assert found.quantities == pytest.approx([656547.413, 194146.122, 78356.603, 41436.503, 29513.360], abs=6e-4)


def test_exponential_kernel_on_five_trades():
    matrix = kernel_matrix(exponential_kernel(1), np.linspace(0, 1, 5))
    problem = ScheduleProblem(
        quantity=1.0, slot_lengths=np.full(5, 0.25), temporary=np.zeros(5), exponent=0.5, volatility=1.0, kernel=matrix
    )
    found = solve_schedule(problem, risk_aversion=0)
    assert found.quantities == pytest.approx([0.375432078, 0.083045282, 0.083045282, 0.083045282, 0.375432078], abs=5e-10)


@given(st.integers(1, 30), st.floats(0.2, 1), st.floats(-3, 3), st.floats(-3, 5))
def test_even_slots_without_a_kernel_are_the_power_law_recursion(count, exponent, scale, size):
    quantity = 10**size
    order = Liquidation(quantity=quantity, horizon=count * 0.5, slot_count=count, volatility=2.0, temporary=3.0)
    problem = ScheduleProblem(
        quantity=quantity, slot_lengths=np.full(count, 0.5), temporary=np.full(count, 3.0), exponent=exponent, volatility=2.0
    )
    risk_aversion = 10**scale * quantity ** (exponent - 1)
    found = solve_schedule(problem, risk_aversion=risk_aversion)
    assert found.quantities == pytest.approx(power_law_trades(order, risk_aversion, exponent), abs=1e-8 * quantity)


@given(st.integers(1, 30), st.floats(-9, 6))
def test_a_linear_schedule_is_almgren_chriss(count, scale):
    order = Liquidation(quantity=7.0, horizon=count * 0.5, slot_count=count, volatility=2.0, temporary=3.0)
    problem = ScheduleProblem(quantity=7.0, slot_lengths=np.full(count, 0.5), temporary=np.full(count, 3.0), exponent=1.0, volatility=2.0)
    expected = trades_of(7.0, optimal_holdings(order, 10**scale))
    assert solve_schedule(problem, risk_aversion=10**scale).quantities == pytest.approx(expected, abs=1e-9)


@given(st.integers(1, 20), st.floats(0.1, 10))
def test_a_kernel_alone_is_the_transient_optimum_where_that_buys_only(count, rate):
    times = np.linspace(0, 1, count) if count > 1 else np.zeros(1)
    matrix = kernel_matrix(exponential_kernel(rate), times)
    problem = ScheduleProblem(
        quantity=3.0, slot_lengths=np.ones(count), temporary=np.zeros(count), exponent=0.5, volatility=1.0, kernel=matrix
    )
    expected = optimal_transient_trades(3.0, matrix)
    assert (expected > 0).all()
    assert solve_schedule(problem, risk_aversion=0).quantities == pytest.approx(expected, abs=1e-8)


@settings(max_examples=400)
@given(problems(), scales)
def test_a_schedule_is_feasible_and_satisfies_the_optimality_conditions(problem, scale):
    risk_aversion = scaled_risk_aversion(problem, scale)
    found = solve_schedule(problem, risk_aversion=risk_aversion)
    feasible(problem, found.quantities)
    assert found.left_over == 0
    assert found.residual <= 1e-9
    assert condition_missed(problem, found.quantities, risk_aversion) <= 1e-8


@settings(max_examples=200)
@given(problems(least_slots=2), scales, st.integers(0, 2**32 - 1))
def test_no_feasible_schedule_is_better(problem, scale, seed):
    risk_aversion = scaled_risk_aversion(problem, scale)
    best = solve_schedule(problem, risk_aversion=risk_aversion).quantities
    least = objective(problem, best, risk_aversion)
    random = np.random.default_rng(seed)
    caps = np.full(problem.slot_count, problem.quantity) if problem.caps is None else problem.caps
    for size in (1.0, 0.1, 1e-3):
        other = np.clip(best + size * problem.quantity * random.normal(0, 1, problem.slot_count), 0, caps)
        short = problem.quantity - other.sum()
        room = caps - other if short > 0 else other
        if abs(short) > 0 and room.sum() > 0:
            other = other + room * (short / room.sum())
        assert least <= objective(problem, other, risk_aversion) * (1 + 1e-9)
    even = problem.quantity * caps / caps.sum()
    assert least <= objective(problem, even, risk_aversion) * (1 + 1e-9)


@given(problems(least_slots=2), st.floats(-3, 2), st.floats(0.1, 2))
def test_more_risk_aversion_lowers_the_variance_and_raises_the_expected_cost(problem, scale, step):
    calm = solve_schedule(problem, risk_aversion=scaled_risk_aversion(problem, 10**scale)).quantities
    hasty = solve_schedule(problem, risk_aversion=scaled_risk_aversion(problem, 10 ** (scale + step))).quantities

    def cost(quantities):
        return temporary_cost(problem, quantities) + transient_cost(problem, quantities)

    assert cost_variance(problem, hasty) <= cost_variance(problem, calm) * (1 + 1e-8)
    assert cost(hasty) >= cost(calm) * (1 - 1e-8)


@given(problems(least_slots=2), scales, st.integers(0, 2**32 - 1))
def test_the_start_does_not_change_the_answer(problem, scale, seed):
    risk_aversion = scaled_risk_aversion(problem, scale)
    start = np.random.default_rng(seed).uniform(0, 1, problem.slot_count) ** 3 * problem.quantity
    cold = solve_schedule(problem, risk_aversion=risk_aversion).quantities
    warm = solve_schedule(problem, risk_aversion=risk_aversion, start=start).quantities
    assert warm == pytest.approx(cold, abs=1e-6 * problem.quantity)


@given(problems(caps=False), scales, st.floats(-8, 8))
def test_the_unit_of_money_does_not_change_the_answer(problem, scale, power):
    unit = 10**power
    other = ScheduleProblem(
        quantity=problem.quantity,
        slot_lengths=problem.slot_lengths,
        temporary=problem.temporary * unit,
        exponent=problem.exponent,
        volatility=problem.volatility * unit,
        kernel=None if problem.kernel is None else problem.kernel * unit,
    )
    mine = solve_schedule(problem, risk_aversion=scaled_risk_aversion(problem, scale)).quantities
    theirs = solve_schedule(other, risk_aversion=scaled_risk_aversion(other, scale)).quantities
    assert theirs == pytest.approx(mine, abs=1e-7 * problem.quantity)


def test_a_hurried_order_runs_into_its_caps_first():
    order = an_order(caps=np.full(30, 0.25))
    quantities = solve_schedule(order, risk_aversion=1e-2).quantities
    at_cap = quantities >= 0.25 * (1 - 1e-12)
    assert at_cap[:15].all()
    assert (np.diff(quantities) <= 1e-12).all()
    assert quantities.max() == 0.25


def test_caps_that_do_not_bind_change_nothing():
    free = solve_schedule(an_order(), risk_aversion=1e-4).quantities
    for room in (1.01 * free, np.full(30, 100.0), np.full(30, np.inf)):
        assert solve_schedule(an_order(caps=room), risk_aversion=1e-4).quantities == pytest.approx(free, abs=1e-9)


def test_a_slot_that_is_closed_trades_nothing():
    caps = np.full(30, 5.0)
    caps[[0, 7]] = 0
    quantities = solve_schedule(an_order(caps=caps), risk_aversion=1e-4).quantities
    assert quantities[[0, 7]].tolist() == [0, 0]
    assert quantities.sum() == pytest.approx(5)
    assert condition_missed(an_order(caps=caps), quantities, 1e-4) < 1e-9


def test_caps_below_the_order_trade_all_they_allow_and_say_what_is_left():
    caps = np.linspace(0, 0.2, 30)
    found = solve_schedule(an_order(caps=caps), risk_aversion=1e-4)
    assert found.quantities == pytest.approx(caps, rel=1e-15)
    assert found.left_over == pytest.approx(5 - caps.sum())


def test_caps_of_zero_leave_everything():
    found = solve_schedule(an_order(caps=np.zeros(30)), risk_aversion=1e-4)
    assert (found.quantities.sum(), found.left_over) == (0, 5)


def test_caps_that_just_hold_the_order_are_used_up():
    caps = np.full(3, 0.1)
    found = solve_schedule(an_order(quantity=0.3, slot_lengths=np.ones(3), temporary=np.ones(3), caps=caps), risk_aversion=1e-4)
    assert found.quantities == pytest.approx(caps, rel=1e-15)
    assert found.left_over == pytest.approx(0, abs=1e-16)


def test_one_slot_trades_everything():
    found = solve_schedule(an_order(slot_lengths=np.ones(1), temporary=np.ones(1)), risk_aversion=1e-4)
    assert found.quantities.tolist() == [5]


def test_without_impact_risk_takes_everything_at_once():
    found = solve_schedule(an_order(temporary=np.zeros(30)), risk_aversion=1e-4)
    assert found.quantities == pytest.approx([5] + [0] * 29, abs=1e-12)


def test_liquid_slots_take_more():
    liquidity = np.where(np.arange(30) % 15 == 7, 4.0, 1.0)
    quantities = solve_schedule(an_order(temporary=600 / liquidity**0.5), risk_aversion=0).quantities
    assert quantities == pytest.approx(5 * liquidity / liquidity.sum(), rel=1e-9)


def test_permanent_impact_is_no_reason_to_hurry_or_wait():
    decaying = 300 * kernel_matrix(power_law_kernel(120, 0.5), np.arange(30) * 60.0)
    plain = solve_schedule(an_order(kernel=decaying), risk_aversion=1e-4).quantities
    assert solve_schedule(an_order(kernel=decaying + 5e4), risk_aversion=1e-4).quantities == pytest.approx(plain, abs=1e-9)


@pytest.mark.parametrize("risk_aversion", [-1e-9, math.nan, math.inf])
def test_a_risk_aversion_that_makes_no_sense_is_refused(risk_aversion):
    with pytest.raises(BadProblem, match="risk aversion"):
        solve_schedule(an_order(), risk_aversion=risk_aversion)


@pytest.mark.parametrize("start", [np.ones(29), np.full(30, math.nan)])
def test_a_start_that_makes_no_sense_is_refused(start):
    with pytest.raises(BadProblem, match="start"):
        solve_schedule(an_order(), risk_aversion=1e-4, start=start)


def test_a_problem_in_which_nothing_costs_is_refused():
    with pytest.raises(BadProblem, match="nothing to choose by"):
        solve_schedule(an_order(temporary=np.zeros(30)), risk_aversion=0)
    with pytest.raises(BadProblem, match="nothing to choose by"):
        solve_schedule(an_order(temporary=np.zeros(30), kernel=np.full((30, 30), 7.0)), risk_aversion=0)


@pytest.mark.parametrize("seed", range(40))
def test_caps_strong_risk_and_an_almost_constant_impact_still_have_their_optimum(seed):
    """The corner where sets of bounds go in circles."""
    random = np.random.default_rng(seed)
    caps = random.uniform(0, 1, 35)
    problem = ScheduleProblem(
        quantity=1.0,
        slot_lengths=np.full(35, 1 / 35),
        temporary=np.exp(random.normal(0, 0.7, 35)),
        exponent=0.05,
        volatility=1.0,
        caps=caps * (random.choice([1.05, 1.5, 3]) / caps.sum()),
    )
    risk_aversion = 10 ** random.uniform(1, 4)
    found = solve_schedule(problem, risk_aversion=risk_aversion)
    feasible(problem, found.quantities)
    assert found.residual <= 1e-9
    assert condition_missed(problem, found.quantities, risk_aversion) <= 1e-8
