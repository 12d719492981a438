"""The convex problem behind a schedule, in shares of the order: minimise

    sum_j w_j y_j^(1+k) / (1+k) + y' Q y / 2   with   sum y = 1,  0 <= y <= upper

Newton's method on the optimality conditions with the bounds as a set that changes from step to step (Hintermueller, Ito & Kunisch 2002).
The marginal cost w y^k is linear in itself, not in y, when k < 1: a share that shrinks is moved along that power, so that it never passes
zero for a wrong reason. When the sets go in circles (bounds, strong risk and k near zero together), a few steps of an interior-point method
bring the start close enough.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

TOLERANCE = 1e-12
"""Steps end when no share misses its optimality condition by more, and the sum neither."""
DOUBTED = 1e-11
"""A larger miss is not rounding: the sets of bounds went in circles."""
ACCEPTED = 1e-9
"""The most that rounding may leave; beyond it there is no answer."""
MOST_STEPS = 25
_TINY = 1e-300


class NoOptimum(ArithmeticError):
    """Say that no point satisfies the optimality conditions: the problem is not strictly convex or its numbers are out of range."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Optimum:
    """Shares, (N,), their common marginal cost, the largest violation of the conditions in shares, and the steps taken."""

    shares: FloatArray
    marginal_cost: float
    residual: float
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShareProblem:
    """The numbers above; `upper` none when nothing binds from above. Weights are all positive or all zero."""

    weights: FloatArray
    exponent: float
    quadratic: FloatArray
    upper: FloatArray | None


def minimise(problem: ShareProblem, start: FloatArray) -> Optimum:
    """Return the optimum, from a start of positive shares; those at their upper bound are taken to stay there until shown otherwise.

    Raises:
        NoOptimum: there is none, or rounding hides it.
    """
    best = _Newton(problem, start, at_upper=None if problem.upper is None else start >= problem.upper).run()
    if best.residual > DOUBTED and problem.upper is not None:
        again = _Newton(problem, *_approach(problem, problem.upper)).run()
        best = min(best, again, key=lambda found: found.residual)
    if not best.residual <= ACCEPTED:
        raise NoOptimum(f"the optimality conditions are missed by {best.residual:.1e} of the order")
    return best


class _Newton:
    """Steps towards the optimum: shares `y`, their common marginal cost `level`, and which of them are held at a bound."""

    def __init__(self, problem: ShareProblem, y: FloatArray, at_zero: BoolArray | None = None, at_upper: BoolArray | None = None) -> None:
        self.problem = problem
        self.y = y
        self.level: float | None = None
        none = np.zeros(y.size, dtype=np.bool_)
        self.at_zero = none if at_zero is None else at_zero
        self.at_upper = none if at_upper is None else at_upper
        self.bent = problem.exponent < 1 and bool(problem.weights[0] > 0)
        count = y.size
        self.frame = np.ones((count + 1, count + 1))
        self.frame[:count, :count] = problem.quadratic
        self.frame[:count, count] = -1
        self.frame[count, count] = 0
        self._evaluate()

    def run(self) -> Optimum:
        """Step until the conditions hold; return the best point seen."""
        best = Optimum(shares=self.y, marginal_cost=np.nan, residual=np.inf, steps=0)
        for steps in range(1, MOST_STEPS + 1):
            try:
                level = self._step()
            except np.linalg.LinAlgError:
                break
            self._evaluate()
            residual = self._residual(level)
            if residual < best.residual:
                best = Optimum(shares=self.y, marginal_cost=level, residual=residual, steps=steps)
            if residual <= TOLERANCE:
                break
            self._choose_bounds(level)
        return best

    def _evaluate(self) -> None:
        problem = self.problem
        self.base = problem.quadratic @ self.y
        self.power = problem.weights * (self.y**problem.exponent if self.bent else self.y)
        self.gradient = self.power + self.base

    def _step(self) -> float:
        """Solve the linearised conditions, move, and return the marginal cost they give."""
        count, exponent, y = self.y.size, self.problem.exponent, self.y
        system = self.frame.copy()
        diagonal = system.reshape(-1)[: count * (count + 1) : count + 2]
        safe = np.maximum(y, _TINY)
        diagonal += exponent * self.power / safe if self.bent else self.problem.weights
        right = np.empty(count + 1)
        np.negative(self.gradient, out=right[:count])
        right[count] = 1 - y.sum()
        held = self.at_zero | self.at_upper
        any_held = bool(held.any())
        if any_held and held.all():
            self._free_one(held)
        if any_held:
            target = np.where(self.at_zero, 0.0, self.problem.upper if self.problem.upper is not None else 0.0)
            system[:count][held] = 0
            diagonal[held] = 1
            right[:count][held] = (target - y)[held]
        solution = np.linalg.solve(system, right)
        move = solution[:count]
        moved = y + move
        if self.bent:
            along_power = y * np.maximum(1 + exponent * np.minimum(move, 0) / safe, 0) ** (1 / exponent)
            moved = np.where(move < 0, along_power, moved)
        else:
            moved = np.maximum(moved, 0)
        self.y = np.where(held, target, moved) if any_held else moved
        return float(solution[count])

    def _free_one(self, held: BoolArray) -> None:
        """Let go the share that moves the sum towards one at the least cost."""
        upper = self.problem.upper
        if upper is not None and float(upper[self.at_upper].sum()) > 1:
            held[np.argmax(np.where(self.at_upper, self.gradient, -np.inf))] = False
        else:
            held[np.argmin(np.where(self.at_zero, self.base, np.inf))] = False

    def _residual(self, level: float) -> float:
        """Return how far a step against the scaled gradient would move a share within its bounds, or the sum is off."""
        y, upper = self.y, self.problem.upper
        size = float(np.abs(self.gradient).max()) or 1.0
        moved = np.maximum(y + (level - self.gradient) / size, 0)
        if upper is not None:
            moved = np.minimum(moved, upper)
        return max(float(np.abs(moved - y).max()), abs(1 - float(y.sum())))

    def _choose_bounds(self, level: float) -> None:
        """Hold a share at a bound that it passed or reached, as long as its marginal cost keeps it there."""
        self.at_zero = (self.y <= 0) & (self.base >= level)
        if self.problem.upper is not None:
            self.at_upper = np.where(self.at_upper, self.gradient <= level, self.y > self.problem.upper)
        if self.bent and (woken := (self.y <= 0) & ~self.at_zero).any():
            self._wake(woken, level)

    def _wake(self, woken: BoolArray, level: float) -> None:
        """Give shares of zero, where the power has no slope, the size at which their marginal cost is the level."""
        grown = np.minimum((level - self.base[woken]) / self.problem.weights[woken], 1) ** (1 / self.problem.exponent)
        self.y = self.y.copy()
        self.y[woken] = grown if self.problem.upper is None else np.minimum(grown, self.problem.upper[woken])
        self._evaluate()


def _approach(problem: ShareProblem, upper: FloatArray) -> tuple[FloatArray, BoolArray, BoolArray]:
    """Return shares near the optimum and which of them end at zero and at the upper bound: primal-dual interior point."""
    y = upper / upper.sum()
    above = upper - y
    count = y.size
    size = float((problem.weights * y**problem.exponent + problem.quadratic @ y).max())
    weights, quadratic = problem.weights / size, problem.quadratic / size
    push_up, push_down = 1 / (count * y), 1 / (count * above)
    for _ in range(_APPROACH_STEPS):
        gap = float(y @ push_up + above @ push_down)
        if gap < _NEAR:
            break
        aim = _CENTRING * gap / (2 * count)
        power = weights * y**problem.exponent
        system = quadratic + np.diag(problem.exponent * power / y + push_up / y + push_down / above)
        columns = np.stack([power + quadratic @ y - aim / y + aim / above, np.ones(count)], axis=1)
        against, along = np.linalg.solve(system, columns).T
        move = along * ((1 - y.sum() + against.sum()) / along.sum()) - against
        up_move = aim / y - push_up - push_up / y * move
        down_move = aim / above - push_down + push_down / above * move
        stride = _longest(np.concatenate([move / y, -move / above]))
        dual_stride = _longest(np.concatenate([up_move / push_up, down_move / push_down]))
        y, above = y + stride * move, above - stride * move
        push_up, push_down = push_up + dual_stride * up_move, push_down + dual_stride * down_move
    return y, push_up > y, push_down > above


_APPROACH_STEPS = 60
_NEAR = 1e-7
_CENTRING = 0.1


def _longest(relative: FloatArray) -> float:
    """Return the longest step, at most one, that takes no positive number further than a hundredth of itself."""
    return min(1.0, 0.99 / max(-float(relative.min()), _TINY))
