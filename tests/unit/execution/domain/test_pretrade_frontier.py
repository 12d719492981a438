"""The frontier: higher urgency, lower risk, higher cost."""

from dataclasses import replace
from itertools import pairwise

from execution.domain.pretrade_frontier import URGENCIES, frontier
from tests.unit.execution.domain.pretrade_cases import FEES, MARKET, order, plan_of


def sooner_with_urgency(terms, progress, market, now):
    """Plan everything within a window that shrinks with urgency."""
    step = 1200 * (1 - 0.95 * terms.parameters["urgency"]) / 8
    return plan_of(*((1.5, i * step, (i + 1) * step) for i in range(8)))


def test_more_urgency_risks_less_and_costs_more():
    points = frontier(order(urgency=0.5), sooner_with_urgency, MARKET, fees=FEES)
    assert tuple(point.urgency for point in points) == URGENCIES
    for slower, faster in pairwise(points):
        assert faster.cost_bps > slower.cost_bps
        assert faster.deviation_bps < slower.deviation_bps


def test_there_is_no_frontier_where_costs_are_not_known():
    assert frontier(order(), sooner_with_urgency, replace(MARKET, volume=None), fees=FEES) == ()
