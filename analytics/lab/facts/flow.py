"""Facts of parents: how many, how large, how their signs hang together, how prices go with them."""

import numpy as np

from analytics.lab.facts.observed import FloatArray, Observed

WINDOW_SECONDS = 10.0


def rate_rows(observed: Observed) -> FloatArray:
    """Parents a minute: one row a window of 10 s, (parents / window) scaled to a minute. Its fact is the mean."""
    return _per_minute(observed, np.ones(observed.trade_times.size))


def size_rows(observed: Observed) -> FloatArray:
    """Parent size: USD of each parent. Its fact is the mean."""
    return observed.trade_usd.reshape(-1, 1)


def volume_rows(observed: Observed) -> FloatArray:
    """Volume: USD traded in windows of 10 s, scaled to a minute. Its fact is the mean."""
    return _per_minute(observed, observed.trade_usd)


def sign_rows(observed: Observed, *, lag: int) -> FloatArray:
    """Sign autocorrelation: pairs (sign of parent n, sign of parent n + lag), in trade time. Its fact is their correlation.

    Positive: buys follow buys (Lillo and Farmer 2004). The lag counts parents, not seconds.
    """
    signs = observed.trade_signs
    return np.column_stack((signs[: max(signs.size - lag, 0)], signs[lag:]))


def kyle_rows(observed: Observed, *, window_seconds: float) -> FloatArray:
    """Price against flow: pairs (signed USD millions taken, mid return in bps) over the same window, windows side by side.

    Its fact is the slope in bps per USD million (Kyle 1985), of one venue's own flow: an order of magnitude while others trade too.
    """
    steps = round(window_seconds / observed.grid_seconds)
    edges = np.arange(0, observed.bid.size, steps)
    if edges.size < 2:
        return np.empty((0, 2))
    returns = 1e4 * np.diff(np.log(observed.mid[edges]))
    signed = np.r_[0.0, np.cumsum(observed.trade_signs * observed.trade_usd)]
    at = np.searchsorted(observed.trade_times, edges * observed.grid_seconds, side="right")
    return np.column_stack((np.diff(signed[at]) / 1e6, returns))


def _per_minute(observed: Observed, weights: FloatArray) -> FloatArray:
    """Return sums of weights over windows side by side, scaled to a minute; what is left over at the end is dropped."""
    windows = int(observed.seconds / WINDOW_SECONDS + 1e-9)
    number = (observed.trade_times / WINDOW_SECONDS).astype(np.int64)
    sums = np.bincount(number, weights=weights, minlength=windows)[:windows]
    return (sums * 60 / WINDOW_SECONDS).reshape(-1, 1)
