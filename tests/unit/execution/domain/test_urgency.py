import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.domain.schedule_problem import BadProblem, cost_variance
from execution.domain.schedule_solver import solve_schedule
from execution.domain.transient import kernel_matrix, power_law_kernel
from execution.domain.urgency import FASTEST, scaled_speed
from tests.unit.execution.domain.schedule_problems import an_order, problems, risk_aversion_of

urgencies = st.floats(0, 1)


def shares(problem, urgency):
    return solve_schedule(problem, risk_aversion=risk_aversion_of(urgency, problem)).quantities / problem.quantity


def test_no_urgency_is_no_risk_aversion_and_an_even_pace():
    assert risk_aversion_of(0, an_order()) == 0
    assert shares(an_order(), 0) == pytest.approx(np.full(30, 1 / 30))


@given(st.floats(0.05, 1))
def test_half_of_a_linear_order_is_done_at_the_promised_time(urgency):
    order = an_order(quantity=1.0, slot_lengths=np.full(1000, 1e-3), temporary=np.ones(1000), exponent=1.0)
    kappa = scaled_speed(urgency)
    half_time = (1 - urgency) / 2 + urgency * math.log(2) / 20
    assert math.sinh(kappa * (1 - half_time)) / math.sinh(kappa) == pytest.approx(0.5, abs=1e-8)
    assert risk_aversion_of(urgency, order) * order.volatility**2 == pytest.approx(kappa**2)


def test_half_is_done_at_the_promised_slot_of_the_solved_schedule():
    order = an_order(quantity=1.0, slot_lengths=np.full(400, 1 / 400), temporary=np.ones(400), exponent=1.0)
    for urgency in (0.2, 0.5, 0.8):
        done = np.cumsum(shares(order, urgency))
        promised = (1 - urgency) / 2 + urgency * math.log(2) / 20
        assert np.interp(promised, (np.arange(400) + 1) / 400, done) == pytest.approx(0.5, abs=0.01)


def test_full_urgency_does_most_in_the_first_tenth():
    assert scaled_speed(1) == pytest.approx(FASTEST, rel=1e-9)
    for exponent in (0.5, 0.6, 1.0):
        assert shares(an_order(exponent=exponent), 1)[:3].sum() > 0.75


@given(urgencies, urgencies)
def test_risk_aversion_grows_with_urgency(one, other):
    low, high = sorted((one, other))
    assert risk_aversion_of(low, an_order()) <= risk_aversion_of(high, an_order())


@given(problems(least_slots=2), urgencies, urgencies)
def test_more_urgency_is_less_risk(problem, one, other):
    low, high = sorted((one, other))
    calm, hasty = (solve_schedule(problem, risk_aversion=risk_aversion_of(u, problem)).quantities for u in (low, high))
    assert cost_variance(problem, hasty) <= cost_variance(problem, calm) * (1 + 1e-8)


@given(urgencies, st.tuples(*[st.floats(-3, 3)] * 4), st.sampled_from([0.5, 0.7, 1.0]))
def test_urgency_gives_the_same_shape_for_any_symbol_size_and_horizon(urgency, powers, exponent):
    times, kernel = np.arange(30) * 60.0, power_law_kernel(90, 0.5)
    order = an_order(exponent=exponent, kernel=300 * kernel_matrix(kernel, times))
    longer, larger, dearer, wilder = (10**power for power in powers)
    other = replace(
        order,
        quantity=order.quantity * larger,
        slot_lengths=order.slot_lengths * longer,
        temporary=order.temporary * dearer * (longer / larger) ** exponent,
        kernel=order.kernel * dearer / larger,
        volatility=order.volatility * wilder,
    )
    assert shares(other, urgency) == pytest.approx(shares(order, urgency), abs=1e-7)


def test_permanent_impact_does_not_change_what_urgency_means():
    kernel = 300 * kernel_matrix(power_law_kernel(120, 0.5), np.arange(30) * 60.0)
    plain, shifted = (risk_aversion_of(0.5, an_order(kernel=kernel + stays)) for stays in (0, 1e4))
    assert shifted == pytest.approx(plain)


@pytest.mark.parametrize("urgency", [-0.01, 1.01, math.nan, math.inf])
def test_an_urgency_outside_its_range_is_refused(urgency):
    with pytest.raises(BadProblem, match="urgency must be between 0 and 1"):
        scaled_speed(urgency)
