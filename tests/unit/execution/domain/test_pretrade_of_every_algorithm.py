"""Whatever the order and the market: each algorithm's plan has finite estimates, remarks with usable remedies, and a frontier or none."""

import math
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import Market, OrderTerms, Remainder
from execution.domain.algorithms.registry import algorithm_names, get_algorithm
from execution.domain.pretrade import estimate
from execution.domain.pretrade_frontier import NOTHING_DONE, frontier
from execution.domain.pretrade_remarks import remarks
from tests.unit.execution.domain.pretrade_cases import FEES, MARKET, START, Volume, at

markets = st.builds(
    lambda spread, sigma, pace, late: replace(
        MARKET, spread_bps=spread, minute_volatility_bps=sigma, volume=None if pace is None else Volume(per_second=pace, late=late)
    ),
    st.none() | st.floats(0, 500),
    st.none() | st.sampled_from([0.0]) | st.floats(1e-6, 1e4),
    st.none() | st.sampled_from([0.0]) | st.floats(1e-9, 1e9),
    st.floats(0, 10),
)
orders = st.builds(
    lambda side, lots, seconds, limit, would, remainder: OrderTerms(
        side=side,
        quantity=lots * MARKET.lot,
        limit_price=limit,
        would_price=would,
        arrival_mid=MARKET.mid,
        remainder=remainder,
        start_at=START,
        end_at=at(seconds),
    ),
    st.sampled_from(Side),
    st.integers(10, 10**14),
    st.sampled_from([6, 60, 600, 1800, 86_400]),
    st.none() | st.decimals("0.01", "1e9", places=2),
    st.none() | st.decimals("0.01", "1e9", places=2),
    st.sampled_from(Remainder),
)


@pytest.mark.parametrize("name", algorithm_names())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(order=orders, market=markets)
def test_estimates_are_finite_or_none_and_remedies_can_be_typed(name: str, order: OrderTerms, market: Market) -> None:
    spec = get_algorithm(name)
    terms = replace(order, parameters=spec.read({}))
    plan = spec.plan(terms, NOTHING_DONE, market, START)
    found = estimate(terms, plan, market, fees=FEES, sweep=lambda _quantity: None)
    figures = (found.fee_bps, found.spread_bps, found.impact_bps, found.timing_bps, found.deviation_bps, found.participation)
    assert all(figure is None or math.isfinite(figure) for figure in figures)
    assert all(figure is None or figure >= 0 for figure in figures[2:])
    assert (found.total_bps is None) == (None in figures[1:4])
    assert 0 <= found.maker_share <= 1
    assert 0 <= found.planned_share <= 1
    for remark in remarks(terms, plan, found, market, tick=Decimal("0.01"), asked={"slice_count"}):
        assert all(math.isfinite(figure) for figure in remark.figures.values())
        assert remark.remedy is None or remark.remedy.value > 0
    if "urgency" in terms.parameters:
        for point in frontier(terms, spec.plan, market, fees=FEES):
            assert math.isfinite(point.cost_bps)
            assert math.isfinite(point.deviation_bps)
