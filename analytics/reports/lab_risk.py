"""Cost against risk: the algorithms at one size, and which of them nothing beats in both."""

from collections.abc import Sequence

from analytics.domain.experiments import FORESIGHT, ResultRow, frontier
from analytics.reports.lab_charts import Spot
from analytics.reports.lab_words import algorithm_title, is_baseline


def frontier_of(rows: Sequence[ResultRow]) -> set[str]:
    """Return the algorithms on the frontier; it is of what can be traded, so without foresight."""
    known = [(row.algorithm, row.risk_bps, row.cost.mean) for row in rows if row.risk_bps is not None and row.algorithm != FORESIGHT]
    return {known[each][0] for each in frontier([(risk, cost) for _name, risk, cost in known])}


def spots_of(rows: Sequence[ResultRow], best: set[str]) -> list[Spot]:
    """Return what the chart shows."""
    return [
        Spot(label=algorithm_title(row.algorithm), is_baseline=is_baseline(row.algorithm), risk=row.risk_bps, cost=row.cost.mean,
             low=span_of(row)[0], high=span_of(row)[1], is_on_frontier=row.algorithm in best)
        for row in rows
        if row.risk_bps is not None
    ]  # fmt: skip


def span_of(row: ResultRow) -> tuple[float, float]:
    """Return the ends of the cost's interval; its mean twice where there is none."""
    cost = row.cost
    return (cost.mean if cost.low is None else cost.low, cost.mean if cost.high is None else cost.high)
