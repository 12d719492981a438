"""Cost against risk: what the same order is expected to cost at every urgency."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from execution.domain.algorithms.base import Algorithm, Market, OrderTerms, Progress
from execution.domain.pretrade import Fees, Sweep, estimate
from execution.domain.pretrade_assumptions import DEFAULT_ASSUMPTIONS, ExecutionAssumptions

OPTIMUM = {"profile": "optimal"}
"""A frontier is of optima, not of profiles."""
URGENCIES = (0.0, 0.1, 0.25, 0.4, 0.6, 0.75, 0.9, 1.0)
NOTHING_DONE = Progress(filled_quantity=Decimal(0), committed_quantity=Decimal(0), committed_until=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontierPoint:
    """What one urgency is expected to cost, and one standard deviation of it, bps."""

    urgency: float
    cost_bps: float
    deviation_bps: float


def frontier(
    order: OrderTerms,
    plan: Algorithm,
    market: Market,
    *,
    fees: Fees,
    sweep: Sweep | None = None,
    urgencies: Sequence[float] = URGENCIES,
    assumptions: ExecutionAssumptions = DEFAULT_ASSUMPTIONS,
) -> tuple[FrontierPoint, ...]:
    """Return a point for each urgency, by the plans that an algorithm with this parameter would make; empty where costs are not known."""
    points = []
    fixed = {name: value for name, value in OPTIMUM.items() if name in order.parameters}
    for urgency in urgencies:
        terms = replace(order, parameters={**order.parameters, **fixed, "urgency": urgency})
        found = estimate(terms, plan(terms, NOTHING_DONE, market, order.start_at), market, fees=fees, sweep=sweep, assumptions=assumptions)
        if found.total_bps is None or found.deviation_bps is None:
            return ()
        points.append(FrontierPoint(urgency=urgency, cost_bps=found.total_bps, deviation_bps=found.deviation_bps))
    return tuple(points)
