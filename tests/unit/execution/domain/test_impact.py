import math

import numpy as np
import pytest

from execution.domain.impact import (
    BadImpactInput,
    Estimate,
    ImpactCoefficients,
    equity_impact,
    mean_share_of_peak,
    peak_impact,
)


def coefficients(**changes):
    terms = {
        "y": Estimate(value=0.9, standard_error=0.1),
        "exponent": Estimate(value=0.5, standard_error=0.04),
        "covariance": 0.0036,
        "observations": 100,
        "source": "synthetic",
    }
    return ImpactCoefficients(**(terms | changes))


@pytest.mark.parametrize(("days", "mean_paid"), [(0.1, 32.22), (0.2, 24.64), (0.5, 18.42)])
def test_almgren_thum_hauptmann_li_2005_ibm(days, mean_paid):
    ibm = equity_impact(quantity=0.6561, daily_volume=6.561, shares_outstanding=1728, daily_volatility=157, days=days)
    assert ibm.permanent == pytest.approx(19.86, abs=0.005)
    assert ibm.mean_paid == pytest.approx(mean_paid, abs=0.005)


def test_a_sale_pushes_the_price_the_other_way():
    terms = {"daily_volume": 6.561, "shares_outstanding": 1728, "daily_volatility": 157, "days": 0.2}
    bought, sold = equity_impact(quantity=1, **terms), equity_impact(quantity=-1, **terms)
    assert (sold.permanent, sold.temporary) == (-bought.permanent, -bought.temporary)


def test_the_square_root_law_and_the_two_thirds_that_are_paid():
    assert peak_impact(quantity=4, market_quantity=100, volatility=50, y=0.8) == pytest.approx(8.0)
    assert mean_share_of_peak() == pytest.approx(2 / 3)
    assert mean_share_of_peak(1) == 0.5


def test_the_mean_paid_is_the_mean_of_the_path_to_the_peak():
    steps = (np.arange(100_000) + 0.5) / 100_000
    path = [peak_impact(quantity=float(q), market_quantity=10, volatility=30, y=1, exponent=0.6) for q in steps[::100]]
    peak = peak_impact(quantity=1, market_quantity=10, volatility=30, y=1, exponent=0.6)
    assert np.mean(path) == pytest.approx(mean_share_of_peak(0.6) * peak, rel=1e-3)


def test_expected_impact_is_the_mean_paid():
    paid = coefficients().expected_impact_bps(quantity=4, market_quantity=100, volatility_bps=50)
    assert paid == pytest.approx(0.9 * 50 * 0.2 * 2 / 3)


def test_the_error_of_an_impact_is_the_spread_of_what_its_coefficients_may_be():
    known = coefficients(y=Estimate(value=0.9, standard_error=0.01), exponent=Estimate(value=0.5, standard_error=0.004), covariance=3.6e-5)
    drawn = np.random.default_rng(7).multivariate_normal([0.9, 0.5], [[1e-4, 3.6e-5], [3.6e-5, 1.6e-5]], 200_000)
    paid = drawn[:, 0] * 50 * 0.04 ** drawn[:, 1] / (1 + drawn[:, 1])
    assert known.impact_error_bps(quantity=4, market_quantity=100, volatility_bps=50) == pytest.approx(paid.std(), rel=0.01)


def test_nothing_traded_costs_nothing_for_sure():
    assert coefficients().expected_impact_bps(quantity=0, market_quantity=1, volatility_bps=50) == 0
    assert coefficients().impact_error_bps(quantity=0, market_quantity=1, volatility_bps=50) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"y": Estimate(value=0, standard_error=0.1)},
        {"exponent": Estimate(value=-0.5, standard_error=0.1)},
        {"covariance": 0.0041},
        {"covariance": math.nan},
        {"observations": -1},
        {"decay_seconds": Estimate(value=-1, standard_error=0)},
    ],
)
def test_coefficients_that_make_no_sense_are_refused(change):
    with pytest.raises(BadImpactInput):
        coefficients(**change)


@pytest.mark.parametrize(("value", "error"), [(math.nan, 1), (1, math.nan), (1, -1), (math.inf, 1), (1, math.inf)])
def test_an_estimate_always_has_an_error(value, error):
    with pytest.raises(BadImpactInput):
        Estimate(value=value, standard_error=error)


@pytest.mark.parametrize("bad", [-1, math.nan, math.inf])
@pytest.mark.parametrize("name", ["quantity", "market_quantity", "volatility_bps"])
def test_a_market_that_makes_no_sense_is_refused(name, bad):
    market = {"quantity": 1.0, "market_quantity": 100.0, "volatility_bps": 50.0}
    with pytest.raises(BadImpactInput):
        coefficients().expected_impact_bps(**(market | {name: bad}))


@pytest.mark.parametrize(
    "change",
    [{"daily_volume": 0}, {"shares_outstanding": -1}, {"days": 0}, {"daily_volatility": math.nan}, {"quantity": math.inf}],
)
def test_an_equity_that_makes_no_sense_is_refused(change):
    terms = {"quantity": 1.0, "daily_volume": 10.0, "shares_outstanding": 100.0, "daily_volatility": 0.01, "days": 0.1}
    with pytest.raises(BadImpactInput):
        equity_impact(**(terms | change))
