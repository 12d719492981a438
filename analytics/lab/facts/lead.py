"""Whether the perpetual leads spot: correlations of the two mids' returns, same time and one step apart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from analytics.lab.facts.measure import BLOCKS, RESAMPLES, Estimate, blocks_of, estimate
from analytics.lab.facts.observed import FloatArray, InvalidObservation
from analytics.lab.facts.statistics import correlation


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Mids of a perpetual and of spot on one grid of `grid_seconds`.

    Raises:
        InvalidObservation: lengths differ, or a mid is not a positive number.
    """

    perpetual: FloatArray
    spot: FloatArray
    grid_seconds: float = 0.1

    def __post_init__(self) -> None:
        if self.perpetual.size != self.spot.size:
            raise InvalidObservation(f"{self.perpetual.size} mids of the perpetual, {self.spot.size} of spot")
        for mids in (self.perpetual, self.spot):
            if not (np.isfinite(mids).all() and (mids > 0).all()):
                raise InvalidObservation("a mid is not a positive number")


def rows_of(pair: Pair, *, seconds: float, lead: int) -> FloatArray:
    """Return pairs of returns over `seconds`, one after the other without overlap.

    lead 1: (perpetual, spot one step later); 0: (perpetual, spot) at the same time; -1: (spot, perpetual one step later).
    """
    step = round(seconds / pair.grid_seconds)
    perpetual, spot = (np.diff(np.log(mids[::step])) * 1e4 for mids in (pair.perpetual, pair.spot))
    first, second = (spot, perpetual) if lead < 0 else (perpetual, spot)
    return np.column_stack((first[:-1], second[1:]) if lead else (first, second))


_LEADS = {"perpetual_spot": 1, "together": 0, "spot_perpetual": -1}
LEAD_FACTS: Mapping[str, Callable[[Pair], FloatArray]] = {
    f"lead_{name}_{label}": partial(rows_of, seconds=seconds, lead=lead)
    for label, seconds in (("100ms", 0.1), ("1s", 1.0))
    for name, lead in _LEADS.items()
}
"""The fact of each is the correlation of its rows; lead_perpetual_spot above lead_spot_perpetual: the perpetual leads."""


def measure_lead(name: str, pairs: Sequence[Pair], *, seed: int, resamples: int = RESAMPLES) -> Estimate:
    """Measure a fact of LEAD_FACTS over pairs, pooled; blocks are those of `measure`.

    Raises:
        TooFewObservations: too little was observed, or a mid never changed.
    """
    rows = [LEAD_FACTS[name](pair) for pair in pairs]
    blocks = rows if len(rows) >= BLOCKS else [block for part in rows for block in blocks_of(part)]
    return estimate(blocks, correlation, seed=seed, resamples=resamples)
