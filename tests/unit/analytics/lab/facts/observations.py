"""Observations with known answers."""

from typing import Any

import numpy as np

from analytics.lab.facts.observed import FloatArray, Observed


def observed(mid: FloatArray | None = None, *, half_spread: float = 0.5, **changes: Any) -> Observed:
    """A market with these mids every 0.1 s, one USD on each side, and no trades unless given."""
    mids = np.full(6000, 100.0) if mid is None else mid
    none = np.empty(0)
    values: dict[str, Any] = {
        "seconds": mids.size / 10,
        "trade_times": none,
        "trade_signs": none,
        "trade_usd": none,
        "trade_prices": none,
        "bid": mids - half_spread,
        "ask": mids + half_spread,
        "bid_usd": np.ones(mids.size),
        "ask_usd": np.ones(mids.size),
    }
    return Observed(**(values | changes))


def trades(times: FloatArray, signs: FloatArray | None = None, usd: FloatArray | None = None) -> dict[str, FloatArray]:
    """Parents at these times, buys of one USD at 100 unless told otherwise."""
    ones = np.ones(times.size)
    return {
        "trade_times": times,
        "trade_signs": ones if signs is None else signs,
        "trade_usd": ones if usd is None else usd,
        "trade_prices": 100 * ones,
    }
