"""The exact schedule of an implementation-shortfall problem: least expected cost + lambda x variance.

The risk is written as 2 lambda sigma^2 sum_{i<j} tau_i x_i in the marginal cost of slot j. That differs from the derivative by the same
amount in every slot, which the fixed sum absorbs, and adds only positive terms: nothing is lost to cancellation however strong risk is.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from execution.domain.bounded_newton import Optimum, ShareProblem, minimise
from execution.domain.schedule_problem import BadProblem, ScheduleProblem

FloatArray = npt.NDArray[np.float64]

FULL = 1e-12
"""Caps whose sum exceeds the order by less than this share leave no choice."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Schedule:
    """What each slot trades, (N,), and what the caps leave over, in base currency.

    `residual`: the largest violation of the optimality conditions, in shares of the order; zero when the caps leave no choice.
    """

    quantities: FloatArray
    left_over: float
    residual: float
    steps: int


def solve_schedule(problem: ScheduleProblem, *, risk_aversion: float, start: FloatArray | None = None) -> Schedule:
    """Return the quantities, (N,), that minimise expected cost + risk_aversion x variance within the caps.

    Args:
        risk_aversion: lambda, per unit of quote currency.
        start: quantities to start from, for instance what was left of the last schedule; the answer does not depend on them.

    Raises:
        BadProblem: the risk aversion is negative or not finite, the start is not one a slot, or no schedule costs anything.
        NoOptimum: rounding hides the optimum.
    """
    if not (math.isfinite(risk_aversion) and risk_aversion >= 0):
        raise BadProblem("risk aversion must be a finite number, zero or more")
    upper = None if problem.caps is None else problem.caps / problem.quantity
    if upper is not None:
        total = float(upper.sum())
        if total <= 1 + FULL:
            return _everything_allowed(problem, upper, total)
        if (upper >= 1).all():
            upper = None
    if problem.slot_count == 1:
        return Schedule(quantities=np.array([problem.quantity]), left_over=0.0, residual=0.0, steps=0)
    return _best(problem, risk_aversion, upper, start)


def _everything_allowed(problem: ScheduleProblem, upper: FloatArray, total: float) -> Schedule:
    quantities = problem.quantity * upper / max(total, 1.0)
    return Schedule(quantities=_capped(problem, quantities), left_over=problem.quantity * max(1 - total, 0.0), residual=0.0, steps=0)


def _best(problem: ScheduleProblem, risk_aversion: float, upper: FloatArray | None, start: FloatArray | None) -> Schedule:
    weights = problem.temporary * (1 + problem.exponent) * (problem.quantity / problem.slot_lengths) ** problem.exponent
    quadratic = _quadratic(problem, risk_aversion)
    first = _start(problem, start)
    if upper is None or upper.all():
        return _schedule(problem, _minimise(problem, weights, quadratic, upper, first))
    used = np.flatnonzero(upper)
    some = _minimise(problem, weights[used], quadratic[np.ix_(used, used)], upper[used], first[used])
    shares = np.zeros(problem.slot_count)
    shares[used] = some.shares
    return _schedule(problem, replace(some, shares=shares))


def _minimise(problem: ScheduleProblem, weights: FloatArray, quadratic: FloatArray, upper: FloatArray | None, first: FloatArray) -> Optimum:
    size = max(float(weights.max()), float(quadratic.max()))
    if size == 0:
        raise BadProblem("no schedule costs or risks anything: there is nothing to choose by")
    shares = ShareProblem(weights=weights / size, exponent=problem.exponent, quadratic=quadratic / size, upper=_reachable(upper))
    return minimise(shares, first)


def _schedule(problem: ScheduleProblem, found: Optimum) -> Schedule:
    quantities = _capped(problem, problem.quantity * found.shares)
    return Schedule(quantities=quantities, left_over=0.0, residual=found.residual, steps=found.steps)


def _capped(problem: ScheduleProblem, quantities: FloatArray) -> FloatArray:
    """Return quantities without the last bit by which rounding may pass a cap."""
    return quantities if problem.caps is None else np.minimum(quantities, problem.caps)


def _quadratic(problem: ScheduleProblem, risk_aversion: float) -> FloatArray:
    """Return X (G - min G + 2 lambda sigma^2 C), C_ij the time before the earlier of two slots; a constant in G moves every cost alike."""
    before = np.cumsum(problem.slot_lengths) - problem.slot_lengths
    risk: FloatArray = (2 * risk_aversion * problem.volatility**2 * problem.quantity) * np.minimum(before[:, None], before)
    if problem.kernel is None:
        return risk
    risk += problem.quantity * (problem.kernel - problem.kernel.min())
    return risk


def _reachable(upper: FloatArray | None) -> FloatArray | None:
    """Return caps that a share of one cannot touch as caps that are out of reach."""
    return None if upper is None else np.where(upper < 1, upper, 2.0)


def _start(problem: ScheduleProblem, start: FloatArray | None) -> FloatArray:
    if start is None:
        return np.asarray(problem.slot_lengths / problem.slot_lengths.sum(), dtype=np.float64)
    if start.shape != problem.slot_lengths.shape or not np.isfinite(start).all():
        raise BadProblem("a start must be one finite quantity a slot")
    return np.maximum(start / problem.quantity, 1e-9)
