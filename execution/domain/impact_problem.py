"""A scheduling problem from what is known of a market: the square-root law of a whole order, dealt out over its slots.

An order of X within the horizon T, while others trade V, costs J = expected_impact(X, V, sigma sqrt(T)) on average when it follows their
volume. A fifth of that is temporary and grows with the root of a slot's share of its volume; the rest decays as exp(-t / d) after each
trade. So an even pace costs J whatever the slots, a faster one more. Share and decay are fitted to the lab's market (docs/lab.md, "Speed
and decay"): orders of 2 and 10 % of half an hour's volume in BTC and ETH, done in 1 to 30 minutes.

Units: base currency, minutes, and bps in place of a price (use `price=10_000` for costs in bps).
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from execution.domain.algorithms.base import Impact
from execution.domain.schedule_problem import ScheduleProblem

FloatArray = npt.NDArray[np.float64]

TEMPORARY_SHARE = 0.2
TEMPORARY_EXPONENT = 0.5
DECAY_MINUTES = 20.0
"""d: after ten minutes 61 % of a trade's lasting part is left, after half an hour 22 %."""
_SHORT = 1e-4
"""Of d: below it the mean of the kernel is taken from its series, the exact formula would lose its digits."""
PRICE = 10_000.0


def mean_cost_bps(impact: Impact, *, quantity: float, others: float, minute_volatility_bps: float, minutes: float) -> float:
    """Return J in bps of an order that follows the others' volume over a horizon."""
    volatility = minute_volatility_bps * math.sqrt(minutes)
    return impact.expected_impact_bps(quantity=quantity, market_quantity=others, volatility_bps=volatility)


def impact_problem(
    *,
    quantity: float,
    rest: float,
    horizon_minutes: float,
    bounds_minutes: Sequence[float] | FloatArray,
    others: FloatArray,
    others_in_all: float,
    cost_bps: float,
    minute_volatility_bps: float,
    caps: FloatArray | None = None,
) -> ScheduleProblem:
    """Return the problem of what is left of an order.

    Args:
        quantity, rest: the whole order and what is left of it.
        horizon_minutes: T of the whole order.
        bounds_minutes: (N + 1,), the times of the slots that are left.
        others: (N,), what others are expected to trade in each, positive; `others_in_all`: V over the whole horizon.
        cost_bps: J of the whole order.

    Raises:
        BadProblem: a number makes no sense.
    """
    bounds = np.asarray(bounds_minutes, dtype=np.float64)
    lengths = bounds[1:] - bounds[:-1]
    speed = others_in_all * lengths / (others * quantity)
    return ScheduleProblem(
        quantity=rest,
        slot_lengths=lengths,
        temporary=TEMPORARY_SHARE * cost_bps * speed**TEMPORARY_EXPONENT,
        exponent=TEMPORARY_EXPONENT,
        volatility=minute_volatility_bps,
        caps=caps,
        kernel=_mean_kernel(bounds) * (2 * (1 - TEMPORARY_SHARE) * cost_bps / (quantity * _mean_over(horizon_minutes))),
    )


def even_cost_bps(horizon_minutes: float, cost_bps: float) -> float:
    """Return what of J decays within the horizon: the rest is paid by every schedule alike and is no reason to wait."""
    lasting = math.exp(-horizon_minutes / DECAY_MINUTES) / _mean_over(horizon_minutes)
    return cost_bps * (TEMPORARY_SHARE + (1 - TEMPORARY_SHARE) * (1 - lasting))


def _mean_kernel(bounds: FloatArray) -> FloatArray:
    """Return the kernel's mean over each two slots, (N, N): even trading within a slot meets its own earlier part too."""
    starts, ends = bounds[:-1] / DECAY_MINUTES, bounds[1:] / DECAY_MINUTES
    lengths = ends - starts
    apart = starts[:, None] - ends
    within = -np.expm1(-lengths) / lengths
    kernel = np.exp(-np.maximum(apart, apart.T)) * within[:, None] * within
    np.fill_diagonal(kernel, _mean_within(lengths))
    return kernel


def _mean_over(minutes: float) -> float:
    """Return the kernel's mean over a square of this side."""
    return float(_mean_within(np.array(minutes / DECAY_MINUTES)))


def _mean_within(lengths: FloatArray) -> FloatArray:
    """Return the mean of exp(-|t - u|) over a square of each side: 2 (x - 1 + e^-x) / x^2."""
    exact = 2 * (lengths + np.expm1(-lengths)) / lengths**2
    return np.where(lengths < _SHORT, 1 - lengths / 3, exact)
