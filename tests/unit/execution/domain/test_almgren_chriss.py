import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.domain.almgren_chriss import (
    BadLiquidation,
    Liquidation,
    cost_variance,
    decay_rate,
    efficient_frontier,
    expected_cost,
    optimal_holdings,
    power_law_trades,
    trades_of,
)


def the_papers_order(**changes):
    terms = {
        "quantity": 1e6,
        "horizon": 5,
        "slot_count": 5,
        "volatility": 0.95,
        "temporary": 2.5e-6,
        "spread_cost": 0.0625,
        "permanent": 2.5e-7,
    }
    return Liquidation(**(terms | changes))


@st.composite
def orders(draw, *, permanent=True):
    tau = draw(st.floats(0.01, 10))
    count = draw(st.integers(1, 40))
    eta = draw(st.floats(1e-6, 1))
    gamma = draw(st.floats(0, 1)) * eta / tau if permanent else 0.0
    return Liquidation(
        quantity=draw(st.floats(1, 1e6)),
        horizon=tau * count,
        slot_count=count,
        volatility=draw(st.floats(0, 10)),
        temporary=eta,
        permanent=gamma,
        spread_cost=0.1,
    )


risk_aversions = st.one_of(st.just(0.0), st.floats(-9, 6).map(lambda power: 10**power))


@pytest.mark.parametrize(
    ("risk_aversion", "kappa", "holdings", "cost", "variance"),
    [
        (0.0, 0.0, [800000, 600000, 400000, 200000], 662500, 1.083000e12),
        (1e-6, 0.607076163, [541955.554, 289854.219, 147897.488, 62141.802], 911226.986, 3.641285721e11),
    ],
)
def test_almgren_chriss_2000_table_1(risk_aversion, kappa, holdings, cost, variance):
    order = the_papers_order()
    found = optimal_holdings(order, risk_aversion)
    assert decay_rate(order, risk_aversion) == pytest.approx(kappa, abs=5e-10)
    assert found[:4] == pytest.approx(holdings, abs=5e-4)
    assert found[4] == 0
    assert expected_cost(order, found) == pytest.approx(cost, abs=5e-4)
    assert cost_variance(order, found) == pytest.approx(variance, abs=51)


def test_almgren_2003_with_a_square_root():
    order = the_papers_order(temporary=math.sqrt(1.25e-6), spread_cost=0, permanent=0)  # printed as 0.00111803399
    trades = [656547.413, 194146.122, 78356.603, 41436.503, 29513.360]
    assert power_law_trades(order, 1e-6, 0.5) == pytest.approx(trades, abs=6e-4)


@given(orders(permanent=False), risk_aversions)
def test_a_linear_power_law_is_almgren_chriss(order, risk_aversion):
    linear = trades_of(order.quantity, optimal_holdings(order, risk_aversion))
    assert power_law_trades(order, risk_aversion, 1.0) == pytest.approx(linear, abs=1e-9 * order.quantity)


@given(orders(permanent=False), risk_aversions, st.floats(0.2, 2))
def test_power_law_trades_satisfy_the_first_order_conditions(order, risk_aversion, exponent):
    trades = power_law_trades(order, risk_aversion, exponent)
    held = np.append(np.cumsum(trades[:0:-1])[::-1], 0)
    tau = order.slot_length
    assert trades.sum() == pytest.approx(order.quantity, rel=1e-12)
    assert (np.diff(trades) <= 1e-9 * order.quantity).all()
    marginal = order.temporary * (1 + exponent) * (trades / tau) ** exponent
    risk = 2 * risk_aversion * order.volatility**2 * tau * np.concatenate([[0], np.cumsum(held[:-1])])
    total = marginal + risk
    assert total == pytest.approx(np.full(order.slot_count, total[0]), rel=1e-6)


@given(orders(), risk_aversions, st.integers(0, 2**32 - 1))
def test_no_other_schedule_is_cheaper_at_that_risk_aversion(order, risk_aversion, seed):
    best = optimal_holdings(order, risk_aversion)
    other = best.copy()
    other[:-1] += np.random.default_rng(seed).normal(0, 0.01 * order.quantity, order.slot_count - 1)

    def objective(holdings):
        trades = trades_of(order.quantity, holdings)
        return order.net_temporary / order.slot_length * trades @ trades + risk_aversion * cost_variance(order, holdings)

    assert objective(best) <= objective(other) * (1 + 1e-12)


def test_the_frontier_pays_for_less_variance():
    points = efficient_frontier(the_papers_order(), np.geomspace(1e-8, 1e-4, 9))
    assert np.all(np.diff([point.variance for point in points]) < 0)
    assert np.all(np.diff([point.expected_cost for point in points]) > 0)


@pytest.mark.parametrize("risk_aversion", [5e-324, 1e-300, 1e-30])
def test_almost_no_risk_aversion_is_a_straight_line(risk_aversion):
    line = [800000, 600000, 400000, 200000, 0]
    assert optimal_holdings(the_papers_order(), risk_aversion) == pytest.approx(line, rel=1e-12)


@pytest.mark.parametrize("risk_aversion", [1.0, 1e10, 1e200, 1e300])
def test_any_risk_aversion_is_finite_and_hastens(risk_aversion):
    holdings = optimal_holdings(the_papers_order(horizon=500, slot_count=500), risk_aversion)
    assert np.isfinite(holdings).all()
    assert (np.diff(holdings) <= 0).all()
    assert 0 <= holdings[0] < 10
    assert power_law_trades(the_papers_order(permanent=0), risk_aversion, 0.5)[0] == pytest.approx(1e6, rel=1e-8)


def test_one_slot_trades_everything():
    order = the_papers_order(horizon=1, slot_count=1, permanent=0)
    assert optimal_holdings(order, 1e-6).tolist() == [0]
    assert power_law_trades(order, 1e-6, 0.5).tolist() == [1e6]


def test_a_sale_mirrors_a_purchase():
    sale = optimal_holdings(the_papers_order(quantity=-1e6), 1e-6)
    assert sale.tolist() == (-optimal_holdings(the_papers_order(), 1e-6)).tolist()


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": 0},
        {"quantity": math.nan},
        {"horizon": 0},
        {"horizon": math.inf},
        {"slot_count": 0},
        {"volatility": -1},
        {"spread_cost": -1},
        {"permanent": -1},
        {"temporary": 1.25e-7},
        {"temporary": 0, "permanent": 0},
    ],
)
def test_terms_that_make_no_sense_are_refused(change):
    with pytest.raises(BadLiquidation):
        the_papers_order(**change)


@pytest.mark.parametrize("risk_aversion", [-1, math.nan, math.inf])
def test_a_risk_aversion_that_makes_no_sense_is_refused(risk_aversion):
    with pytest.raises(BadLiquidation, match="risk aversion"):
        optimal_holdings(the_papers_order(), risk_aversion)
    with pytest.raises(BadLiquidation, match="risk aversion"):
        power_law_trades(the_papers_order(permanent=0), risk_aversion, 0.5)


def test_a_power_law_with_permanent_impact_or_without_an_exponent_is_refused():
    with pytest.raises(BadLiquidation, match="permanent"):
        power_law_trades(the_papers_order(), 1e-6, 0.5)
    with pytest.raises(BadLiquidation, match="exponent"):
        power_law_trades(the_papers_order(permanent=0), 1e-6, 0)
