"""What an order not yet sent is expected to cost, and by how much that may be off.

    estimate(order, plan, market, fees=..., sweep=..., assumptions=...) -> CostEstimate

`order` are the terms with the complete parameters of the algorithm, `plan` what `AlgorithmSpec.plan` answers to them when nothing is done
yet, `market` what the algorithm was given. All costs are in bps of the order's value at the arrival mid, positive is cost, and together they
are what the lab measures as cost all in. What cannot be known is none, and `unknown` says why.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from execution.domain.algorithms.base import Market, OrderTerms, Plan, PlannedSlice
from execution.domain.planning import patience_of
from execution.domain.pretrade_impact import impact_bps

FloatArray = NDArray[np.float64]
Sweep = Callable[[float], float | None]
"""What taking a quantity (base currency) at once pays above the mid on average, bps without fees; none beyond what the books show."""
ONE_CALL_SECONDS = 2.0
"""A slice crosses this long before its end at the latest, as `tactics` does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees:
    """What the order's venues charge, bps of the value; negative is a rebate."""

    maker_bps: float
    taker_bps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionAssumptions:
    """What was measured of this product's own execution in the lab.

    Args:
        fill_seconds: tau of 1 - exp(-t / tau), the part of a small slice that fills as maker while it rests for t.
        share_of_flow: the most of what others trade meanwhile that a resting slice gets.
        adverse_selection: what maker fills lose, as a share of the volatility over the time of resting.
        running_away: what is crossed after resting loses, as a share of the volatility over the time of resting.
        temporary_share: the part of the impact that an even pace owes to its speed; the rest lasts and decays.
        temporary_exponent: k of that part, which grows with speed^k (Almgren et al. 2005).
        decay_seconds: d of the other part, of which (1 + t / d)^-1/2 is left after t.
        refill_seconds: a quantity taken faster than this costs as if it took this long: the book fills up meanwhile.
        execution_noise: standard deviation of what fills add by chance, as a share of a minute's volatility.
        impact_noise: standard deviation of the impact as a share of what is expected.
    """

    fill_seconds: float = 6.2
    share_of_flow: float = 0.3
    adverse_selection: float = 0.1
    running_away: float = 0.1
    temporary_share: float = 0.4
    temporary_exponent: float = 0.6
    decay_seconds: float = 60.0
    refill_seconds: float = 30.0
    execution_noise: float = 0.15
    impact_noise: float = 0.3


DEFAULT_ASSUMPTIONS = ExecutionAssumptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class CostEstimate:
    """What a plan is expected to cost, bps of the order's value at arrival; `deviation_bps` is one standard deviation of the total.

    `maker_share` is of what is planned. `participation` is the order's share of all trading until `finish_at`, `peak_participation` that of
    the slice with the largest, 1 when it takes everything at once. `planned_share` is below 1 when the plan leaves something over.
    """

    fee_bps: float
    spread_bps: float | None
    impact_bps: float | None
    timing_bps: float | None
    deviation_bps: float | None
    maker_share: float
    participation: float | None
    peak_participation: float | None
    slice_participations: tuple[float | None, ...]
    planned_share: float
    finish_at: datetime | None
    unknown: tuple[str, ...]

    @property
    def total_bps(self) -> float | None:
        """Return the sum of the four parts, none when one of them is not known."""
        if self.spread_bps is None or self.impact_bps is None or self.timing_bps is None:
            return None
        return self.fee_bps + self.spread_bps + self.impact_bps + self.timing_bps


def estimate(
    order: OrderTerms,
    plan: Plan,
    market: Market,
    *,
    fees: Fees,
    sweep: Sweep | None = None,
    assumptions: ExecutionAssumptions = DEFAULT_ASSUMPTIONS,
) -> CostEstimate:
    """Return what the plan is expected to cost."""
    raise NotImplementedError
