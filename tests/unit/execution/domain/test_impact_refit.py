"""What was known before and executions of one's own, weighed by their error bars."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.domain.impact import Estimate, ImpactCoefficients
from execution.domain.impact_fit import FitRefused
from execution.domain.impact_refit import refit

PRIOR = ImpactCoefficients(
    y=Estimate(value=0.5, standard_error=0.05),
    exponent=Estimate(value=0.5, standard_error=0.05),
    covariance=0.001,
    decay_seconds=Estimate(value=60.0, standard_error=10.0),
    observations=120,
    source="lab",
)


def executions(seed, *, count, y, exponent, noise):
    draw = np.random.default_rng(seed)
    participation = np.exp(draw.uniform(np.log(0.005), np.log(0.3), count))
    volatility = np.exp(draw.normal(3.0, 0.5, count))
    paid = y / (1 + exponent) * participation**exponent + noise * draw.normal(size=count)
    return {"participation": participation, "volatility_bps": volatility, "impact_bps": volatility * paid}


def moved(**data):
    return refit(PRIOR, **data, source="own")


def test_a_few_noisy_executions_move_little():
    found = moved(**executions(0, count=12, y=1.0, exponent=0.5, noise=0.6))
    assert abs(found.y.value - 0.5) < 0.05
    assert abs(found.exponent.value - 0.5) < 0.05


def test_very_many_executions_are_believed():
    found = moved(**executions(1, count=2_000_000, y=0.8, exponent=0.6, noise=0.6))
    assert found.y.value == pytest.approx(0.8, abs=4 * found.y.standard_error)
    assert found.exponent.value == pytest.approx(0.6, abs=4 * found.exponent.standard_error)
    assert found.y.standard_error < 0.02


def test_executions_that_say_what_was_known_change_nothing_but_the_errors():
    found = moved(**executions(2, count=50, y=0.5, exponent=0.5, noise=0.0))
    assert (found.y.value, found.exponent.value) == pytest.approx((0.5, 0.5), abs=1e-9)
    assert found.y.standard_error < 0.05


def test_one_coefficient_alone_is_the_precision_weighted_mean():
    """With the exponent held, the law is linear: the textbook mean of two normal estimates, weighted by their precisions."""
    held = ImpactCoefficients(
        y=Estimate(value=0.5, standard_error=0.1), exponent=Estimate(value=0.5, standard_error=1e-7), observations=1, source="lab"
    )
    data = executions(3, count=400, y=0.9, exponent=0.5, noise=0.5)
    found = refit(held, **data, source="own")
    shape = np.sqrt(data["participation"]) / 1.5
    paid = data["impact_bps"] / data["volatility_bps"]
    scatter = np.sqrt(np.mean((paid - 0.5 * shape) ** 2))
    own, own_precision = shape @ paid / (shape @ shape), shape @ shape / scatter**2
    assert found.y.value == pytest.approx((0.5 / 0.01 + own * own_precision) / (1 / 0.01 + own_precision), rel=1e-6)
    assert found.y.standard_error == pytest.approx((1 / 0.01 + own_precision) ** -0.5, rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(12, 200), y=st.floats(0.2, 1.5), noise=st.floats(0.05, 1.0))
def test_errors_never_grow_and_stay_possible(seed, count, y, noise):
    try:
        found = moved(**executions(seed, count=count, y=y, exponent=0.5, noise=noise))
    except FitRefused:
        return  # executions may show no impact by chance
    assert found.y.standard_error <= 0.05 * (1 + 1e-9)
    assert found.exponent.standard_error <= 0.05 * (1 + 1e-9)
    assert found.observations == count
    assert found.decay_seconds == PRIOR.decay_seconds


@pytest.mark.parametrize("count", [0, 1, 11])
def test_too_few_executions_are_refused(count):
    with pytest.raises(FitRefused, match="too few"):
        moved(**executions(0, count=count, y=0.5, exponent=0.5, noise=0.5))


@pytest.mark.parametrize("column", ["participation", "volatility_bps", "impact_bps"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused(column, bad):
    data = executions(0, count=30, y=0.5, exponent=0.5, noise=0.5)
    data[column][7] = bad
    with pytest.raises(FitRefused, match="finite"):
        moved(**data)


@pytest.mark.parametrize("column", ["participation", "volatility_bps"])
@pytest.mark.parametrize("bad", [0.0, -1.0])
def test_what_must_be_positive_is(column, bad):
    data = executions(0, count=30, y=0.5, exponent=0.5, noise=0.5)
    data[column][7] = bad
    with pytest.raises(FitRefused, match="positive"):
        moved(**data)


def test_columns_of_different_length_are_refused():
    data = executions(0, count=30, y=0.5, exponent=0.5, noise=0.5)
    data["participation"] = data["participation"][:-1]
    with pytest.raises(FitRefused, match="one value an execution"):
        moved(**data)


def test_executions_that_earned_are_refused_when_they_are_many():
    with pytest.raises(FitRefused, match="no impact"):
        moved(**executions(4, count=100_000, y=-0.8, exponent=0.5, noise=0.3))


def test_a_prior_without_errors_is_refused():
    certain = ImpactCoefficients(
        y=Estimate(value=0.5, standard_error=0.0), exponent=Estimate(value=0.5, standard_error=0.0), observations=0, source="told"
    )
    with pytest.raises(FitRefused, match="error bars"):
        refit(certain, **executions(0, count=30, y=0.5, exponent=0.5, noise=0.5), source="own")
