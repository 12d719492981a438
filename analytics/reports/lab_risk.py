"""Cost against risk: the algorithms at one size, and which of them nothing beats in both."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from analytics.domain.experiments import FORESIGHT, ResultRow, frontier
from analytics.reports.lab_charts import Spot
from analytics.reports.lab_words import algorithm_title, bps, is_baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLine:
    """An algorithm in cost against risk, as text."""

    label: str
    is_baseline: bool
    risk: str
    cost: str
    interval: str
    is_on_frontier: bool


def spots_of(rows: Sequence[ResultRow]) -> list[Spot]:
    """Return cost against risk; the frontier is of what can be traded, so without foresight."""
    known = [(row, row.risk_bps) for row in rows if row.risk_bps is not None]
    tradable = [(row, risk) for row, risk in known if row.algorithm != FORESIGHT]
    best = {tradable[each][0].algorithm for each in frontier([(risk, row.cost.mean) for row, risk in tradable])}
    return [
        Spot(label=algorithm_title(row.algorithm), is_baseline=is_baseline(row.algorithm), risk=risk, cost=row.cost.mean,
             low=span_of(row)[0], high=span_of(row)[1], is_on_frontier=row.algorithm in best)
        for row, risk in known
    ]  # fmt: skip


def lines_of(spots: Sequence[Spot]) -> tuple[RiskLine, ...]:
    """Return what the chart shows as text, by risk."""
    return tuple(
        RiskLine(
            label=spot.label,
            is_baseline=spot.is_baseline,
            risk=bps(spot.risk),
            cost=bps(spot.cost),
            interval=_("%(low)s to %(high)s") % {"low": bps(spot.low), "high": bps(spot.high)},
            is_on_frontier=spot.is_on_frontier,
        )
        for spot in sorted(spots, key=lambda spot: (spot.risk, spot.cost))
    )


def span_of(row: ResultRow) -> tuple[float, float]:
    """Return the ends of the cost's interval; its mean twice where there is none."""
    cost = row.cost
    return (cost.mean if cost.low is None else cost.low, cost.mean if cost.high is None else cost.high)
