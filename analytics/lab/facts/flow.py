"""Facts of parents: how many, how large, how their signs hang together, how prices go with them."""

import numpy as np

from analytics.lab.facts.observed import FloatArray, Observed


def rate_rows(observed: Observed) -> FloatArray:
    """Parents a minute: one row for the stretch, (parents / minutes). Its fact is the mean over stretches of equal length."""
    return np.array([[observed.trade_times.size / observed.minutes]])


def size_rows(observed: Observed) -> FloatArray:
    """Parent size: USD of each parent. Its fact is the mean."""
    return observed.trade_usd.reshape(-1, 1)


def volume_rows(observed: Observed) -> FloatArray:
    """Volume: USD traded a minute, one row for the stretch. Its fact is the mean over stretches of equal length."""
    return np.array([[observed.trade_usd.sum() / observed.minutes]])


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
