import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.domain.impact import Estimate, ImpactCoefficients
from execution.domain.impact_problem import PRICE, even_cost_bps, impact_problem, mean_cost_bps
from execution.domain.schedule_problem import expected_cost_and_risk
from execution.domain.urgency import scaled_speed
from tests.unit.execution.domain.schedule_problems import risk_aversion_of

IMPACT = ImpactCoefficients(
    y=Estimate(value=0.6, standard_error=0.1), exponent=Estimate(value=0.5, standard_error=0.1), observations=0, source="a test"
)


def problem(bounds, others, quantity=5.0, cost_bps=3.0):
    return impact_problem(
        quantity=quantity,
        rest=quantity,
        horizon_minutes=float(bounds[-1]),
        bounds_minutes=bounds,
        others=others,
        others_in_all=float(others.sum()),
        cost_bps=cost_bps,
        minute_volatility_bps=5.0,
    )


@given(st.integers(1, 40), st.floats(1, 1000), st.floats(0.1, 50))
def test_an_even_pace_costs_what_the_square_root_law_says_whatever_the_slots(count, minutes, cost_bps):
    found = problem(np.linspace(0, minutes, count + 1), np.full(count, 7.0), cost_bps=cost_bps)
    even = np.full(count, 5.0 / count)
    assert expected_cost_and_risk(found, even, price=PRICE).expected_bps == pytest.approx(cost_bps, rel=1e-6)


def test_the_mean_cost_is_two_thirds_of_y_sigma_root_of_the_share():
    cost = mean_cost_bps(IMPACT, quantity=4.0, others=100.0, minute_volatility_bps=5.0, minutes=25.0)
    assert cost == pytest.approx(2 / 3 * 0.6 * 25.0 * 0.2)


def test_everything_at_once_costs_more_than_an_even_pace():
    found = problem(np.linspace(0, 30, 31), np.full(30, 7.0))
    at_once = np.concatenate([[5.0], np.zeros(29)])
    assert expected_cost_and_risk(found, at_once, price=PRICE).expected_bps > 6.0


@given(st.floats(0.05, 1), st.floats(1, 500))
def test_urgency_weighs_risk_as_the_whole_problem_would(urgency, minutes):
    """even_cost_bps stands for the even cost that decays, which `risk_aversion_of` takes from a fine grid."""
    found = problem(np.linspace(0, minutes, 201), np.full(200, 7.0))
    weight = scaled_speed(urgency) ** 2 * even_cost_bps(minutes, 3.0) / (25.0 * 5.0 * minutes)
    assert weight == pytest.approx(risk_aversion_of(urgency, found), rel=0.05)
