"""Facts of the mid price: its volatility and what the imbalance at the touch says of it."""

import numpy as np

from analytics.lab.facts.observed import FloatArray, Observed

MINUTE_SECONDS = 60.0
PACE_SECONDS = 1.0


def minute_return_rows(observed: Observed) -> FloatArray:
    """Minute returns: 10^4 log(mid at the minute's end / at its start), side by side. Facts: deviation (bps), excess kurtosis."""
    return _returns(observed, MINUTE_SECONDS, MINUTE_SECONDS).reshape(-1, 1)


def imbalance_rows(observed: Observed, *, horizon_seconds: float) -> FloatArray:
    """Imbalance against return: pairs (imbalance now, mid return in bps over the next `horizon_seconds`), every second.

    imbalance = (bid_usd - ask_usd) / (bid_usd + ask_usd) at the touch, in [-1, 1]. Its fact is the correlation: positive when a
    heavier bid comes before a rise.
    """
    returns = _returns(observed, horizon_seconds, PACE_SECONDS)
    step = round(PACE_SECONDS / observed.grid_seconds)
    both = observed.bid_usd + observed.ask_usd
    imbalance = np.divide(observed.bid_usd - observed.ask_usd, both, out=np.zeros_like(both), where=both > 0)
    return np.column_stack((imbalance[::step][: returns.size], returns))


def _returns(observed: Observed, horizon_seconds: float, pace_seconds: float) -> FloatArray:
    """Return log returns in bps over a horizon, one started every `pace_seconds`, as far as both ends are on the grid."""
    horizon, pace = round(horizon_seconds / observed.grid_seconds), round(pace_seconds / observed.grid_seconds)
    logs = np.log(observed.mid)
    starts = np.arange(0, max(logs.size - horizon, 0), pace)
    moves: FloatArray = 1e4 * (logs[starts + horizon] - logs[starts])
    return moves
