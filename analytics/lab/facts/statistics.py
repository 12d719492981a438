"""Statistics of rows (observations down, variables across) and their block-bootstrap interval."""

from collections.abc import Callable, Sequence

import numpy as np

from analytics.lab.facts.observed import FloatArray

Statistic = Callable[[FloatArray], float]
LOW, HIGH = 2.5, 97.5  # a 95 % interval


class TooFewObservations(ValueError):
    """Say that a fact has too little to be measured on."""


def require(rows: FloatArray, count: int, what: str) -> None:
    """Refuse fewer than `count` rows.

    Raises:
        TooFewObservations: named after what is missing.
    """
    if len(rows) < count:
        raise TooFewObservations(f"{what}: {len(rows)} of the {count} needed")


def mean(rows: FloatArray) -> float:
    """Return the mean of the first column."""
    require(rows, 1, "values for a mean")
    return float(rows[:, 0].mean())


def median(rows: FloatArray) -> float:
    """Return the median of the first column."""
    require(rows, 1, "values for a median")
    return float(np.median(rows[:, 0]))


def deviation(rows: FloatArray) -> float:
    """Return the standard deviation of the first column (divisor n, mean removed)."""
    require(rows, 2, "values for a standard deviation")
    return float(rows[:, 0].std())


def excess_kurtosis(rows: FloatArray) -> float:
    """Return m4 / m2^2 - 3 of the first column, central moments with divisor n; 0 for a normal."""
    require(rows, 4, "values for a kurtosis")
    centred = rows[:, 0] - rows[:, 0].mean()
    variance = float((centred**2).mean())
    if variance == 0:
        raise TooFewObservations("values for a kurtosis: all are equal")
    return float((centred**4).mean()) / variance**2 - 3


def correlation(rows: FloatArray) -> float:
    """Return Pearson's correlation of the two columns."""
    require(rows, 3, "pairs for a correlation")
    spread = rows.std(axis=0)
    if not spread.all():
        raise TooFewObservations("pairs for a correlation: a column never changes")
    return float(((rows[:, 0] - rows[:, 0].mean()) * (rows[:, 1] - rows[:, 1].mean())).mean() / (spread[0] * spread[1]))


def slope(rows: FloatArray) -> float:
    """Return the least-squares slope, with intercept, of the second column on the first."""
    return correlation(rows) * float(rows[:, 1].std() / rows[:, 0].std())


def bootstrap_draws(blocks: Sequence[FloatArray], statistic: Statistic, *, resamples: int, seed: int) -> FloatArray:
    """Return a statistic over blocks drawn with replacement, again and again (block bootstrap, Kunsch 1989).

    Args:
        blocks: rows of each block of time (or each path); what depends on each other must lie in one block.
        statistic: of the rows of all blocks drawn, pooled.
        resamples: draws; those on which the statistic is not defined are left out.

    Raises:
        TooFewObservations: fewer than two blocks, or the statistic fails on more than half of the draws.
    """
    if len(blocks) < 2:
        raise TooFewObservations(f"blocks for a bootstrap: {len(blocks)} of the 2 needed")
    random = np.random.default_rng(seed)
    drawn: list[float] = []
    for _ in range(resamples):
        chosen = random.integers(len(blocks), size=len(blocks))
        try:
            drawn.append(statistic(np.concatenate([blocks[number] for number in chosen])))
        except TooFewObservations:
            continue
    if len(drawn) * 2 < resamples:
        raise TooFewObservations(f"blocks for a bootstrap: the statistic is defined on {len(drawn)} of {resamples} draws")
    return np.array(drawn)


def bootstrap_interval(blocks: Sequence[FloatArray], statistic: Statistic, *, resamples: int, seed: int) -> tuple[float, float]:
    """Return the 95 % percentile interval of `bootstrap_draws`."""
    low, high = np.percentile(bootstrap_draws(blocks, statistic, resamples=resamples, seed=seed), (LOW, HIGH))
    return float(low), float(high)
