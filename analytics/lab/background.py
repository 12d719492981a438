"""What is known of a market before an order begins. Nothing of it comes from the order's own path."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from analytics.lab.market import LabMarket
from analytics.lab.watching import Watched
from execution.domain.volume_curve import VolumeCurve, flat_curve

Floats = NDArray[np.float64]

SCOUTED_PATHS = 40
SCOUTED_MINUTES = 20.0
OTHER_SEED = 1_000_003
"""Added to an experiment's seed for paths that no order is worked on."""
LEAST_OF_LEVEL = 1e-3
"""What a minute counts as at least, as a share of the usual one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Background:
    """What a desk knows: the usual volume of each minute of the day and the usual deviation of a minute, and the minutes that closed last.

    `minutes` are their volumes in base currency, `moves_bps` what the price moved in each, newest last.
    """

    curve: VolumeCurve
    minutes: Floats
    moves_bps: Floats
    minute_volatility_bps: float


def scouted(opened: Callable[[int], LabMarket]) -> Background:
    """Return what is usual on some other paths of a market that knows no time of day; `opened` returns a path by its number."""
    watched = [_watched(opened(path)) for path in range(SCOUTED_PATHS)]
    traded = np.concatenate([one.minute_quantities() for one in watched])
    moves = np.concatenate([one.minute_moves_bps() for one in watched])
    level = float(np.log(np.maximum(traded, traded.mean() * LEAST_OF_LEVEL)).mean())
    flat = flat_curve()
    return Background(
        curve=VolumeCurve(weekday=flat.weekday, weekend=flat.weekend, level=level, floor=float(np.exp(level)) * LEAST_OF_LEVEL, days=0),
        minutes=np.empty(0),
        moves_bps=np.empty(0),
        minute_volatility_bps=float(moves.std()),
    )


def _watched(market: LabMarket) -> Watched:
    length = timedelta(minutes=SCOUTED_MINUTES)
    watched = Watched(market, length)
    while watched.now < watched.start_at + length:
        watched.advance(watched.start_at + length)
    return watched
