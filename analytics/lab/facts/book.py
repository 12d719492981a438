"""Facts of the resting book."""

import numpy as np

from analytics.lab.facts.observed import FloatArray, Observed

DEPTH_BPS = (5, 10, 25)
PACE_SECONDS = 1.0
IMMEDIATE_USD = (100_000, 500_000, 1_000_000, 5_000_000)


class ShallowBook(ValueError):
    """Say that a book is too shallow for a size."""


def spread_rows(observed: Observed) -> FloatArray:
    """Spread: 10^4 (ask - bid) / mid in bps, once a second. Its fact is the median (a tick wide on liquid listings)."""
    spread = 1e4 * (observed.ask - observed.bid) / observed.mid
    return _column(spread[:: max(round(PACE_SECONDS / observed.grid_seconds), 1)])


def depth_rows(observed: Observed, *, bps: int) -> FloatArray:
    """Depth: USD resting within `bps` of the mid, mean of both sides, per sample. Its fact is the median."""
    return _column(observed.depth_usd.get(bps, np.empty(0)))


def immediate_cost_rows(observed: Observed, *, usd: int) -> FloatArray:
    """Immediate cost: bps against the mid of taking `usd` at once, mean of both sides, positive = cost, before fees. Fact: median."""
    return _column(observed.immediate_cost_bps.get(usd, np.empty(0)))


def depth_within(prices: FloatArray, usd: FloatArray, *, mid: float, bps: float) -> float:
    """Return the USD resting within `bps` of the mid on one side (prices and USD of its levels, in any order)."""
    return float(usd[np.abs(prices / mid - 1) <= bps * 1e-4 * (1 + 1e-12)].sum())


def immediate_cost_bps(prices: FloatArray, usd: FloatArray, *, mid: float, size_usd: float) -> float:
    """Return the cost against the mid, in bps and positive, of taking `size_usd` from one side's levels, best first.

    cost = 10^4 |average / mid - 1|; size is counted in USD paid or received, so average = size / sum(usd_i / price_i).

    Raises:
        ShallowBook: the levels hold less than the size.
    """
    if usd.sum() < size_usd:
        raise ShallowBook(f"{usd.sum():.0f} USD on the side, {size_usd:.0f} wanted")
    before = np.cumsum(usd) - usd
    taken = np.clip(size_usd - before, 0, usd)
    return float(1e4 * abs(size_usd / (taken / prices).sum() / mid - 1))


def _column(values: FloatArray) -> FloatArray:
    return values.reshape(-1, 1)
