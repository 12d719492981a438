"""Orders, plans and a market whose figures are easy to reckon with by hand."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import Market, OrderTerms, Plan, PlannedSlice
from execution.domain.pretrade import Fees

START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
FEES = Fees(maker_bps=2.0, taker_bps=5.0)


@dataclass(frozen=True)
class Volume:
    """A quantity a second, the same at any time, or `late` times as much after ten minutes."""

    per_second: float = 1.0
    late: float = 1.0

    def expected(self, bounds):
        seconds = np.array([(at - START).total_seconds() for at in bounds])
        return np.diff(self.per_second * (np.minimum(seconds, 600) + self.late * np.maximum(seconds - 600, 0)))

    def share_path(self, *, traded, at, bounds, tilt=0.0):
        ahead = self.expected((at, *bounds))
        if not traded + ahead.sum():
            ahead = Volume().expected((at, *bounds))
        return np.append((traded + np.cumsum(ahead)[:-1]) / (traded + ahead.sum()), 1.0)


@dataclass(frozen=True)
class SquareRoot:
    """Y = 1: two thirds of sigma sqrt(Q / V)."""

    def expected_impact_bps(self, *, quantity, market_quantity, volatility_bps):
        return 2 / 3 * volatility_bps * (quantity / market_quantity) ** 0.5


MARKET = Market(
    mid=Decimal(100),
    lot=Decimal("0.001"),
    min_quantity=Decimal("0.01"),
    spread_bps=2.0,
    minute_volatility_bps=6.0,
    volume=Volume(),
    impact=SquareRoot(),
)


def at(seconds):
    return START + timedelta(seconds=seconds)


def order(quantity="12", seconds=1200, side=Side.BUY, limit_price=None, **parameters):
    return OrderTerms(
        side=side,
        quantity=Decimal(quantity),
        limit_price=limit_price,
        start_at=START,
        end_at=at(seconds),
        parameters={"patience": 0.7, **parameters},
    )


def plan_of(*parts):
    """Return a plan of (quantity, start, end) or (quantity, start, end, urgency), in seconds from the start."""
    slices = tuple(
        PlannedSlice(quantity=Decimal(str(quantity)), start_at=at(start), end_at=at(end), urgency=urgency[0] if urgency else None)
        for quantity, start, end, *urgency in parts
    )
    return Plan(slices=slices, next_review_at=None, reasons=())


def even(count, quantity=12.0, seconds=1200.0, urgency=None):
    step = seconds / count
    return plan_of(*((quantity / count, i * step, (i + 1) * step, urgency) for i in range(count)))
