import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from execution.domain.almgren_chriss import Liquidation, cost_variance, expected_cost, optimal_holdings, trades_of
from execution.domain.impact import Estimate, ImpactCoefficients
from execution.domain.schedule_problem import BadProblem, ScheduleProblem, expected_cost_and_risk, square_root_temporary
from execution.domain.transient import exponential_kernel, kernel_matrix
from tests.unit.execution.domain.schedule_problems import an_order, problems

LAW = ImpactCoefficients(
    y=Estimate(value=0.9, standard_error=0.1),
    exponent=Estimate(value=0.6, standard_error=0.05),
    observations=100,
    source="synthetic",
)


def test_cost_and_risk_are_those_of_almgren_chriss_in_bps():
    order = Liquidation(quantity=1e6, horizon=5, slot_count=5, volatility=0.95, temporary=2.5e-6)
    problem = ScheduleProblem(quantity=1e6, slot_lengths=np.ones(5), temporary=np.full(5, 2.5e-6), exponent=1.0, volatility=0.95)
    holdings = optimal_holdings(order, 1e-6)
    found = expected_cost_and_risk(problem, trades_of(1e6, holdings), price=50)
    assert found.expected_bps == pytest.approx(expected_cost(order, holdings) / 50e6 * 1e4)
    assert found.transient_bps == 0
    assert found.standard_deviation_bps == pytest.approx(math.sqrt(cost_variance(order, holdings)) / 50e6 * 1e4)


def test_a_kernel_charges_the_cost_of_its_matrix():
    matrix = kernel_matrix(exponential_kernel(1, scale=3), np.linspace(0, 1, 5))
    problem = ScheduleProblem(quantity=1.0, slot_lengths=np.ones(5), temporary=np.zeros(5), exponent=0.5, volatility=0.0, kernel=matrix)
    found = expected_cost_and_risk(problem, np.full(5, 0.2), price=100)
    assert found.transient_bps == pytest.approx(3 * 0.349896306 / 100 * 1e4, rel=1e-8)
    assert (found.temporary_bps, found.standard_deviation_bps) == (0, 0)


def test_waiting_to_the_end_risks_the_horizon_and_trading_at_once_nothing():
    order = an_order()
    at_once, at_the_end = np.zeros(30), np.zeros(30)
    at_once[0] = at_the_end[-1] = 5
    assert expected_cost_and_risk(order, at_once, price=60_000).standard_deviation_bps == 0
    risked = expected_cost_and_risk(order, at_the_end, price=60_000).standard_deviation_bps
    assert risked == pytest.approx(150 / 60_000 * 1e4 * math.sqrt(29 / 30))


@given(problems())
def test_expected_cost_is_the_sum_of_its_parts(problem):
    quantities = problem.quantity * problem.slot_lengths / problem.slot_lengths.sum()
    found = expected_cost_and_risk(problem, quantities, price=10.0)
    assert found.expected_bps == found.temporary_bps + found.transient_bps
    assert min(found.temporary_bps, found.transient_bps, found.standard_deviation_bps) >= 0


def test_trading_in_proportion_to_volume_costs_what_the_law_says():
    volumes = np.linspace(1, 5, 30)
    lengths = np.linspace(30, 90, 30)
    eta = square_root_temporary(LAW, slot_lengths=lengths, slot_volumes=volumes, volatility_bps=40, price=60_000)
    problem = an_order(slot_lengths=lengths, temporary=eta, exponent=0.6)
    found = expected_cost_and_risk(problem, 5 * volumes / volumes.sum(), price=60_000)
    expected = LAW.expected_impact_bps(quantity=5, market_quantity=float(volumes.sum()), volatility_bps=40)
    assert found.temporary_bps == pytest.approx(expected)


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": 0.0},
        {"quantity": -1.0},
        {"quantity": math.nan},
        {"quantity": math.inf},
        {"volatility": -1.0},
        {"volatility": math.nan},
        {"exponent": 0.0},
        {"exponent": 1.01},
        {"exponent": math.nan},
        {"slot_lengths": np.array([])},
        {"slot_lengths": np.ones((30, 1))},
        {"slot_lengths": np.zeros(30)},
        {"slot_lengths": np.full(30, math.inf)},
        {"temporary": np.ones(29)},
        {"temporary": np.full(30, -1.0)},
        {"temporary": np.full(30, math.nan)},
        {"temporary": np.where(np.arange(30) == 3, 0.0, 1.0)},
        {"caps": np.ones(29)},
        {"caps": np.full(30, -0.1)},
        {"caps": np.full(30, math.nan)},
        {"kernel": np.ones(30)},
        {"kernel": np.full((30, 30), math.nan)},
        {"kernel": np.triu(np.ones((30, 30)))},
        {"kernel": -np.eye(30)},
        {"kernel": 2 * np.ones((30, 30)) - 1.5 * np.eye(30)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_problems_that_make_no_sense_are_refused(change):
    with pytest.raises(BadProblem):
        replace(an_order(), **change)


@pytest.mark.parametrize("quantities", [np.ones(29), np.full(30, -0.1), np.full(30, math.nan)])
def test_quantities_that_make_no_sense_are_refused(quantities):
    with pytest.raises(BadProblem, match="quantities"):
        expected_cost_and_risk(an_order(), quantities, price=60_000)


@pytest.mark.parametrize("price", [0, -1, math.nan, math.inf])
def test_a_price_that_makes_no_sense_is_refused(price):
    with pytest.raises(BadProblem, match="price"):
        expected_cost_and_risk(an_order(), np.ones(30), price=price)


@pytest.mark.parametrize(
    "change",
    [
        {"slot_volumes": np.ones(29)},
        {"slot_volumes": np.zeros(30)},
        {"slot_lengths": np.zeros(30)},
        {"volatility_bps": 0.0},
        {"price": math.nan},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_market_that_makes_no_sense_gives_no_temporary_impact(change):
    terms = {"slot_lengths": np.ones(30), "slot_volumes": np.ones(30), "volatility_bps": 40.0, "price": 60_000.0}
    with pytest.raises(BadProblem):
        square_root_temporary(LAW, **(terms | change))
