"""What takers do, and where the mid went: flow and momentum of the last seconds."""

import numpy as np

from execution.domain.signals.inputs import BPS, Floats, Quotes, Trades, age_at, at_once, last_values, require_positive, sums_within
from execution.domain.signals.signal import Signal, saturating, sign_of, signal_of


def signed_volume(trades: Trades, at: Floats, *, window_seconds: float) -> Floats:
    """Return sum of sign x size with times in (at - window, at], (A,), in the unit of the sizes; positive: takers bought."""
    return sums_within(trades.times, trades.signs * trades.sizes, at, window_seconds)


def trade_imbalance(trades: Trades, at: Floats, *, window_seconds: float) -> Floats:
    """Return (bought - sold) / (bought + sold) in (at - window, at], -1 to 1, (A,); not a number where nothing traded."""
    total = sums_within(trades.times, trades.sizes, at, window_seconds)
    net = signed_volume(trades, at, window_seconds=window_seconds)
    return np.where(total > 0, np.clip(net / np.where(total > 0, total, 1.0), -1, 1), np.nan)


def momentum_bps(quotes: Quotes, at: Floats, *, window_seconds: float) -> Floats:
    """Return 10^4 ln(mid at / mid at - window), (A,), in bps; not a number where one of both mids is not known."""
    require_positive(window_seconds=window_seconds)
    mid = quotes.mid
    return BPS * np.log(last_values(quotes.times, mid, at) / last_values(quotes.times, mid, at - window_seconds))


def trade_flow_signal(trades: Trades, now: float, *, window_seconds: float) -> Signal:
    """Return the takers' imbalance up to now; direction is the imbalance, strength its size, age that of the last trade."""
    value = float(trade_imbalance(trades, at_once(now), window_seconds=window_seconds)[0])
    return signal_of(value=value, direction=value, strength=abs(value), coverage=1.0, age_seconds=age_at(trades.times, now))


def momentum_signal(quotes: Quotes, now: float, *, window_seconds: float, usual_bps: float) -> Signal:
    """Return the move up to now in bps; direction is its sign, strength x / (1 + x) of the move against a usual one of that time.

    Raises:
        BadInput: the window or the usual move is not positive.
    """
    require_positive(usual_bps=usual_bps)
    value = float(momentum_bps(quotes, at_once(now), window_seconds=window_seconds)[0])
    strength = saturating(value / usual_bps)
    return signal_of(value=value, direction=sign_of(value), strength=strength, coverage=1.0, age_seconds=quotes.age(now))
