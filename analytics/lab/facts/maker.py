"""What happens to the price after maker fills."""

import numpy as np

from analytics.lab.facts.observed import FloatArray, InvalidObservation, Observed


def maker_mark_rows(observed: Observed, times: FloatArray, signs: FloatArray, prices: FloatArray, *, horizon_seconds: float) -> FloatArray:
    """Maker mark: 10^4 s (mid after `horizon_seconds` - fill price) / fill price, bps, per maker fill. Its fact is the mean.

    s = +1 when the maker bought, -1 when it sold; negative: the price went against the maker (adverse selection); fees apart.
    Fills whose horizon lies beyond the observation are left out.

    Args: fill times in seconds from the start, signs, prices: one element a fill.
    """
    if not (times.shape == signs.shape == prices.shape):
        raise InvalidObservation(f"lengths of fills differ: {times.size}, {signs.size}, {prices.size}")
    at = np.round((times + horizon_seconds) / observed.grid_seconds).astype(np.int64)
    known = at < observed.bid.size
    marks = 1e4 * signs[known] * (observed.mid[at[known]] / prices[known] - 1)
    return marks.reshape(-1, 1)
