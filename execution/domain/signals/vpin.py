"""Volume-synchronised probability of informed trading: Easley, Lopez de Prado, O'Hara (2012), "Flow toxicity and liquidity"."""

import math

import numpy as np

from execution.domain.signals.inputs import Floats, Trades, age_at, at_once, last_values, require_positive
from execution.domain.signals.signal import BadInput, Signal, signal_of

_WHOLE = 1e-9
"""A bucket that lacks this share of its volume is full: sums of decimals are not exact."""


def vpin(trades: Trades, *, bucket_size: float, bucket_count: int) -> tuple[Floats, Floats]:
    """Return (times, VPIN), (M,) each: mean over the last n buckets of |bought - sold| / V at the end of each bucket from the n-th on.

    Buckets hold a volume V each, from the first trade on; a trade that overflows one is split. 0: balanced, 1: one-sided. Sides are the
    takers' own, so nothing has to be classified in bulk. Nothing is returned before n buckets are full.

    Args:
        bucket_size: V, in the unit of the sizes. The paper takes a fiftieth of a day's volume.
        bucket_count: n; the paper takes 50.

    Raises:
        BadInput: a bucket holds nothing, there are none, or the trades fill more than can be counted.
    """
    require_positive(bucket_size=bucket_size)
    if bucket_count < 1:
        raise BadInput("there must be at least one bucket")
    volume = np.cumsum(trades.sizes) / bucket_size
    full = float(volume[-1]) if volume.size else 0.0
    if not full < 1e8:
        raise BadInput(f"buckets of {bucket_size} are too small for these trades")
    buckets = math.floor(full + _WHOLE)
    if buckets < bucket_count:
        return np.empty(0), np.empty(0)
    bought = np.append(0.0, np.cumsum(np.where(trades.signs > 0, trades.sizes, 0.0)) / bucket_size)
    edges = np.arange(buckets + 1, dtype=np.float64)
    one_sided = np.abs(2 * np.diff(np.interp(edges, np.append(0.0, volume), bought)) - 1)
    sums = np.lib.stride_tricks.sliding_window_view(np.clip(one_sided, 0, 1), bucket_count).mean(axis=1)
    ends = np.minimum(np.searchsorted(volume, edges[bucket_count:] - _WHOLE), volume.size - 1)
    return trades.times[ends], sums


def vpin_signal(trades: Trades, now: float, *, bucket_size: float, bucket_count: int) -> Signal:
    """Return the last VPIN that is not after now; strength is its value, age that of the last trade. It has no direction."""
    times, values = vpin(trades, bucket_size=bucket_size, bucket_count=bucket_count)
    value = float(last_values(times, values, at_once(now))[0])
    return signal_of(value=value, direction=0.0, strength=value, coverage=1.0, age_seconds=age_at(trades.times, now))
