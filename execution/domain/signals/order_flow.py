"""What came to and left the queues at the touch: Cont, Kukanov, Stoikov (2014), "The price impact of order book events"."""

import numpy as np

from execution.domain.signals.inputs import Floats, Quotes, at_once, last_values, share_within, sums_within
from execution.domain.signals.signal import Signal, saturating, sign_of, signal_of


def order_flow_events(quotes: Quotes) -> Floats:
    """Return e_n = q_b 1{b >= b'} - q_b' 1{b <= b'} - q_a 1{a <= a'} + q_a' 1{a >= a'} (primes: the row before), (T,).

    In the unit of the sizes; positive: demand. Not a number for the first row and where this row or the one before is not usable.
    """
    events = np.full(quotes.times.size, np.nan)
    usable = quotes.usable
    is_known = usable[1:] & usable[:-1]
    whole = quotes.whole
    bid, ask, bid_size, ask_size = whole.bid, whole.ask, whole.bid_size, whole.ask_size
    demand = np.where(bid[1:] >= bid[:-1], bid_size[1:], 0.0) - np.where(bid[1:] <= bid[:-1], bid_size[:-1], 0.0)
    supply = np.where(ask[1:] <= ask[:-1], ask_size[1:], 0.0) - np.where(ask[1:] >= ask[:-1], ask_size[:-1], 0.0)
    events[1:] = np.where(is_known, demand - supply, np.nan)
    return events


def order_flow_imbalance(quotes: Quotes, at: Floats, *, window_seconds: float) -> Floats:
    """Return the sum of e_n with times in (at - window, at], (A,); not a number where the last row is not usable.

    Steps over rows that are not usable add nothing: how many of the window's steps are known is the signal's coverage.
    """
    events = order_flow_events(quotes)
    sums = sums_within(quotes.times, np.where(np.isfinite(events), events, 0.0), at, window_seconds)
    return np.where(np.isfinite(last_values(quotes.times, quotes.mid, at)), sums, np.nan)


def mean_touch_size(quotes: Quotes, at: Floats, *, window_seconds: float) -> Floats:
    """Return the paper's average depth AD: mean of (q_b + q_a) / 2 over the usable rows in (at - window, at], (A,).

    Without such a row it is that of the last row; not a number where that is not usable.
    """
    whole, usable = quotes.whole, quotes.usable
    sizes = (whole.bid_size + whole.ask_size) / 2
    counted = sums_within(quotes.times, usable.astype(np.float64), at, window_seconds)
    sums = sums_within(quotes.times, np.where(usable, sizes, 0.0), at, window_seconds)
    return np.where(counted > 0, sums / np.maximum(counted, 1.0), last_values(quotes.times, sizes, at))


def order_flow_in_depths(quotes: Quotes, at: Floats, *, window_seconds: float) -> Floats:
    """Return order-flow imbalance / average depth, (A,): free of the unit of the sizes."""
    flow = order_flow_imbalance(quotes, at, window_seconds=window_seconds)
    return flow / mean_touch_size(quotes, at, window_seconds=window_seconds)


def order_flow_signal(quotes: Quotes, now: float, *, window_seconds: float) -> Signal:
    """Return the imbalance up to now in depths; direction is its sign, strength x / (1 + x), coverage the share of known steps."""
    at = at_once(now)
    value = float(order_flow_in_depths(quotes, at, window_seconds=window_seconds)[0])
    coverage = float(share_within(quotes.times, np.isfinite(order_flow_events(quotes)), at, window_seconds)[0])
    return signal_of(value=value, direction=sign_of(value), strength=saturating(value), coverage=coverage, age_seconds=quotes.age(now))
