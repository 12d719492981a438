"""Which queue at the touch is longer."""

import numpy as np

from execution.domain.signals.inputs import Floats, Quotes, at_once, last_values
from execution.domain.signals.signal import BadInput, Signal, signal_of


def imbalance_of_sizes(bid_size: Floats, ask_size: Floats) -> Floats:
    """Return (B - A) / (B + A), -1 to 1, of the shape of both; positive: more is bid, the price leans up.

    Not a number where a size is negative or not finite, or both are zero. Source: Gould and Bonart
    (2016), "Queue imbalance as a one-tick-ahead price predictor in a limit order book".
    """
    larger = np.maximum(bid_size, ask_size)
    is_known = (np.minimum(bid_size, ask_size) >= 0) & np.isfinite(larger) & (larger > 0)
    exponent = -np.frexp(np.where(is_known, larger, 1.0))[1]  # sizes near the largest float must not overflow
    bids, asks = np.ldexp(np.where(is_known, bid_size, 1.0), exponent), np.ldexp(np.where(is_known, ask_size, 1.0), exponent)
    return np.where(is_known, (bids - asks) / (bids + asks), np.nan)


def queue_imbalance(quotes: Quotes) -> Floats:
    """Return (B - A) / (B + A) of the sizes at the touch, (T,); not a number where the book is not usable."""
    return np.where(quotes.usable, imbalance_of_sizes(quotes.bid_size, quotes.ask_size), np.nan)


def own_side_pressure(imbalance: Floats, side_sign: int) -> Floats:
    """Return own size / opposite size = (1 + s I) / (1 - s I): for a buy (s = 1) bid / ask size; infinite where nothing stands opposite.

    Raises:
        BadInput: the sign is neither 1 nor -1.
    """
    if side_sign not in (1, -1):
        raise BadInput(f"a side's sign is 1 or -1, not {side_sign}")
    opposite = 1 - side_sign * imbalance
    return np.where(opposite == 0, np.inf, (1 + side_sign * imbalance) / np.where(opposite == 0, 1.0, opposite))


def queue_imbalance_signal(quotes: Quotes, now: float) -> Signal:
    """Return the imbalance of the last quotes; direction is the imbalance, strength its size."""
    value = float(last_values(quotes.times, queue_imbalance(quotes), at_once(now))[0])
    return signal_of(value=value, direction=value, strength=abs(value), coverage=1.0, age_seconds=quotes.age(now))
