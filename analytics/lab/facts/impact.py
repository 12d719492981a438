"""Facts of metaorders: how far they push the price and how much of it comes back.

Rows: one a pair of paths (with and without the metaorder, the same random numbers), signed so that with the order is positive:
the mid's shift in bps when the metaorder ends for each size, then its shift one horizon later for each size, (pairs, 2 sizes).
"""

import numpy as np

from analytics.lab.facts.observed import FloatArray
from analytics.lab.facts.statistics import TooFewObservations, require


class NoImpact(TooFewObservations):
    """Say that the mean shift of a size is not positive, so that it has no exponent and no decay."""


def impact_exponent(rows: FloatArray, *, volume_shares: FloatArray) -> float:
    """Return delta of peak ~ (Q/V)^delta: least squares of log mean peak on log share, over the sizes.

    Args:
        volume_shares: Q/V of each size, V the volume expected over the execution. About 0.5 in markets (Toth et al. 2011).
    """
    peaks = _means(rows, volume_shares.size)[0]
    return float(np.polyfit(np.log(volume_shares), np.log(peaks), 1)[0])


def impact_y(rows: FloatArray, *, size: int, volume_share: float, volatility_bps: float) -> float:
    """Return Y of peak = Y sigma sqrt(Q/V) for one size (its number), sigma the volatility in bps over the execution."""
    peaks = _means(rows, rows.shape[1] // 2 if rows.ndim == 2 else 0)[0]
    return float(peaks[size] / (volatility_bps * np.sqrt(volume_share)))


def impact_decay(rows: FloatArray, *, size: int) -> float:
    """Return the share of a size's peak that is gone one horizon after its end: 1 - mean later shift / mean peak."""
    peaks, later = _means(rows, rows.shape[1] // 2 if rows.ndim == 2 else 0)
    return float(1 - later[size] / peaks[size])


def _means(rows: FloatArray, sizes: int) -> tuple[FloatArray, FloatArray]:
    require(rows, 2, "pairs of paths")
    if not np.isfinite(rows).all():
        raise TooFewObservations("pairs of paths: a shift is not finite")
    means = rows.mean(axis=0)
    if (means[:sizes] <= 0).any():
        raise NoImpact(f"mean peak shifts of {np.round(means[:sizes], 4).tolist()} bps have no logarithm")
    return means[:sizes], means[sizes:]
