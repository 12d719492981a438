"""How much the mid moves just now."""

import numpy as np

from execution.domain.signals.inputs import BPS, Floats, Quotes, at_once, before, last_values, require_positive
from execution.domain.signals.signal import Signal, saturating, signal_of


def short_volatility_bps(quotes: Quotes, at: Floats, *, window_seconds: float, step_seconds: float) -> tuple[Floats, Floats]:
    """Return (volatility, coverage), (A,) each: sqrt(mean r^2 / step) with r the log returns of the mid every `step` of the last window.

    In bps per square root of a second, mean return taken as zero. Source: realised volatility, Andersen, Bollerslev, Diebold and Labys
    (2001). Returns with an unknown mid are left out; coverage is the share of those that are known.
    """
    times = before(at, lookback_seconds=window_seconds, step_seconds=step_seconds)
    return volatility_of_mids_bps(last_values(quotes.times, quotes.mid, times), step_seconds=step_seconds)


def volatility_of_mids_bps(mids: Floats, *, step_seconds: float) -> tuple[Floats, Floats]:
    """Return the same, (A,) each, of mids `step_seconds` apart, (A, K + 1); not a number where one is not known."""
    returns = BPS * np.diff(np.log(mids), axis=1)
    is_known = np.isfinite(returns)
    known = is_known.sum(axis=1)
    squares = np.where(is_known, returns, 0.0) ** 2
    volatility = np.where(known > 0, np.sqrt(squares.sum(axis=1) / np.maximum(known, 1) / step_seconds), np.nan)
    return volatility, known / returns.shape[1]


def volatility_signal(quotes: Quotes, now: float, *, window_seconds: float, step_seconds: float, usual_bps: float) -> Signal:
    """Return the volatility now in bps per square root of a second; strength is x / (1 + x) of it against the usual. It has no direction.

    Raises:
        BadInput: a term is not positive.
    """
    require_positive(usual_bps=usual_bps)
    found, coverage = short_volatility_bps(quotes, at_once(now), window_seconds=window_seconds, step_seconds=step_seconds)
    value = float(found[0])
    strength = saturating(value / usual_bps)
    return signal_of(value=value, direction=0.0, strength=strength, coverage=float(coverage[0]), age_seconds=quotes.age(now))
