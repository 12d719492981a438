"""How much of a quantity to take at market now and how much to rest, and on which venues: Cont & Kukanov (2017).

"Optimal order placement in limit order markets", Quantitative Finance 17(1). M lots are taken and L_k rest at venue k behind a queue of Q_k
until the horizon's end, when xi_k lots have left that queue's price; what is not done by then is taken, dearer. With
fill_k = min(L_k, (xi_k - Q_k)^+) and A = M + sum fill_k, the expectation is minimised of

    (h + f) M - sum (h + r_k) fill_k + theta (M + sum L_k + (S - A)^+) + lambda_u (S - A)^+ + lambda_o (A - S)^+

Quantities are whole lots; the xi_k are independent. Costs are per lot against the mid, positive is cost.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class BadPlacementInput(ValueError):
    """Say which input makes no sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A venue to rest at. `lots_ahead`: Q. `rebate`: r, minus the maker fee in crypto. `expected_outflow`: mean of xi, which is Poisson."""

    lots_ahead: int
    rebate: float
    expected_outflow: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementCosts:
    """h, f, theta, lambda_u and lambda_o: half the spread, taker fee, impact, and what a lot too few and a lot too many cost."""

    half_spread: float
    taker_fee: float
    impact: float
    underfill: float
    overfill: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Lots to take now and to rest by queue, and what all is expected to cost."""

    taken: int
    resting: tuple[int, ...]
    expected_cost: float


def best_placement(lots: int, queues: Sequence[Queue], costs: PlacementCosts) -> Placement:
    """Return the best placement that moving lots leads to: any of the amounts up or down at once, in steps halved down to one lot.

    Its time grows with the square of `lots` and threefold with each queue: choose the lot coarse and the best few queues.

    Raises:
        BadPlacementInput: the quantity, a queue or an outflow is negative, or a number is not finite.
    """
    _check(lots, queues, costs)
    found = (lots, *(0 for _ in queues))
    cost = expected_cost(lots, found, queues, costs)
    step = lots
    while step >= 1:
        tried = [(expected_cost(lots, other, queues, costs), other) for other in _neighbours(found, step, lots)]
        best = min(tried)
        if best[0] < cost:
            cost, found = best
        else:
            step //= 2
    return Placement(taken=found[0], resting=found[1:], expected_cost=cost)


def _check(lots: int, queues: Sequence[Queue], costs: PlacementCosts) -> None:
    if lots < 0:
        raise BadPlacementInput(f"{lots} lots")
    if not math.isfinite(sum((costs.half_spread, costs.taker_fee, costs.impact, costs.underfill, costs.overfill))):
        raise BadPlacementInput(f"{costs}")
    for queue in queues:
        if queue.lots_ahead < 0 or not 0 <= queue.expected_outflow < math.inf or not math.isfinite(queue.rebate):
            raise BadPlacementInput(f"{queue}")


def _neighbours(amounts: tuple[int, ...], step: int, most: int) -> Iterator[tuple[int, ...]]:
    """Yield the amounts with any of them a step higher or lower, none below zero or above the whole."""
    for signs in product((-1, 0, 1), repeat=len(amounts)):
        moved = tuple([amount + step * sign for amount, sign in zip(amounts, signs, strict=True)])
        if all(0 <= amount <= most for amount in moved):
            yield moved


def expected_cost(lots: int, amounts: Sequence[int], queues: Sequence[Queue], costs: PlacementCosts) -> float:
    """Return the expected cost of taking the first amount and resting the others, exactly: fills are convolved lot by lot."""
    taken, resting = amounts[0], amounts[1:]
    done = np.ones(1)
    earned = 0.0
    for amount, queue in zip(resting, queues, strict=True):
        fills = _fills(amount, queue)
        earned += (costs.half_spread + queue.rebate) * float(fills @ np.arange(amount + 1))
        done = np.convolve(done, fills)
    missing = lots - taken - np.arange(len(done))
    under, over = float(done @ np.maximum(missing, 0)), float(done @ np.maximum(-missing, 0))
    placed = (costs.half_spread + costs.taker_fee) * taken - earned
    return placed + costs.impact * (sum(amounts) + under) + costs.underfill * under + costs.overfill * over


def _fills(amount: int, queue: Queue) -> Floats:
    """Return the chances that none to all of the lots fill: shape (amount + 1,)."""
    filled = np.zeros(amount + 1)
    first = queue.lots_ahead
    before = poisson(queue.expected_outflow, first + amount)
    filled[0] = before[: first + 1].sum() if amount else 1.0
    if amount:
        filled[1:amount] = before[first + 1 : first + amount]
        filled[amount] = max(0.0, 1.0 - float(before[: first + amount].sum()))
    return filled


def poisson(mean: float, most: int) -> Floats:
    """Return the Poisson chances of 0 to `most`, shape (most + 1,)."""
    counts = np.arange(most + 1)
    if mean == 0:
        return np.asarray(counts == 0, dtype=np.float64)
    return np.exp(counts * math.log(mean) - mean - _log_factorials(most))


@lru_cache(maxsize=8)
def _log_factorials(most: int) -> Floats:
    return np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, most + 1)))))
