"""Means, medians and their bootstrap intervals; paired differences; control variates. Everything is seeded."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
CONFIDENCE = 0.95
FEWEST_FOR_CONTROLS = 20
"""With fewer paths a regression on the controls adds more noise than it takes away."""
_BLOCK = 200
Floats = NDArray[np.float64]


class NothingMeasured(ValueError):
    """There is no value to summarise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean with its 95 % interval; none where one value allows no interval."""

    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Values of `count` paths: `raw` as they are, `reduced` after control variates; `deviation` is the standard deviation (n - 1)."""

    count: int
    raw: Estimate
    reduced: Estimate
    median: float
    deviation: float | None


def summarise(values: Sequence[float], controls: Sequence[Sequence[float]] = (), *, seed: int = 0) -> Summary:
    """Summarise values, one a path, with a row of controls for each path (none: reduced is raw).

    Raises:
        NothingMeasured: there are no values.
        ValueError: a value is no finite number, or the controls do not match.
    """
    found = _checked(values)
    table = np.asarray(controls, dtype=np.float64).reshape(len(found), -1) if len(controls) else np.empty((len(found), 0))
    if not np.isfinite(table).all():
        raise ValueError("a control is no finite number")
    draws = np.random.default_rng(seed).integers(0, len(found), size=(RESAMPLES, len(found)))
    return Summary(
        count=len(found),
        raw=_estimate(found, np.empty((len(found), 0)), draws),
        reduced=_estimate(found, table, draws),
        median=float(np.median(found)),
        deviation=float(found.std(ddof=1)) if len(found) > 1 else None,
    )


def paired(values: Sequence[float], others: Sequence[float], controls: Sequence[Sequence[float]] = (), *, seed: int = 0) -> Summary:
    """Summarise the differences value - other of the same paths.

    Raises:
        ValueError: there are not as many of one as of the other.
    """
    if len(values) != len(others):
        raise ValueError(f"{len(values)} values cannot be paired with {len(others)}")
    return summarise([one - other for one, other in zip(values, others, strict=True)], controls, seed=seed)


def _checked(values: Sequence[float]) -> Floats:
    found = np.asarray(values, dtype=np.float64)
    if not found.size:
        raise NothingMeasured("there is no value to summarise")
    if not np.isfinite(found).all():
        raise ValueError("a value is no finite number")
    return found


def _estimate(values: Floats, controls: Floats, draws: NDArray[np.int64]) -> Estimate:
    mean = float(_means(values, controls, np.arange(len(values))[None, :])[0])
    if len(values) < 2:
        return Estimate(mean=mean, low=None, high=None)
    blocks = (draws[start : start + _BLOCK] for start in range(0, len(draws), _BLOCK))
    means = np.concatenate([_means(values, controls, block) for block in blocks])
    low, high = np.quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(mean=mean, low=float(low), high=float(high))


def _means(values: Floats, controls: Floats, draws: NDArray[np.int64]) -> Floats:
    """Return the mean of each draw (row of indices), less b' mean(C) with b from that draw's regression of values on controls C.

    The controls' true mean is zero, so this estimates the same mean with what the controls explain taken away (Glasserman 2003, 4.1). With
    too few values the plain mean is returned.
    """
    chosen = values[draws]
    plain: Floats = chosen.mean(axis=1)
    used = controls[:, controls.std(axis=0) > 0] if len(controls) else controls
    if used.shape[1] == 0 or len(values) < FEWEST_FOR_CONTROLS:
        return plain
    explaining = used[draws]  # draws x values x controls
    centre = explaining.mean(axis=1)
    spread = explaining - centre[:, None, :]
    squares = np.einsum("dnk,dnl->dkl", spread, spread)
    products = np.einsum("dnk,dn->dk", spread, chosen - plain[:, None])
    slopes = np.einsum("dkl,dl->dk", np.linalg.pinv(squares, hermitian=True), products)
    reduced: Floats = plain - np.einsum("dk,dk->d", slopes, centre)
    return reduced
