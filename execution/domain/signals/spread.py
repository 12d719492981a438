"""Whether the spread is wide or narrow for this market just now."""

from execution.domain.signals.inputs import BPS, Floats, Quotes, at_once, before, last_values, rank_among
from execution.domain.signals.signal import Signal, signal_of

LOOKBACK_SECONDS = 300.0
STEP_SECONDS = 1.0


def spread_bps(quotes: Quotes) -> Floats:
    """Return 10^4 (a - b) / mid, (T,), in bps; not a number where the book is not usable."""
    return BPS * quotes.spread / quotes.mid


def spread_rank(
    quotes: Quotes, at: Floats, *, lookback_seconds: float = LOOKBACK_SECONDS, step_seconds: float = STEP_SECONDS
) -> tuple[Floats, Floats]:
    """Return (rank, coverage), (A,) each: where the spread stands among its own samples every `step` of the last `lookback`.

    0: narrower than all of them, 1: wider, one half where all are equal; not a number where the spread now or all of them are unknown.
    """
    times = before(at, lookback_seconds=lookback_seconds, step_seconds=step_seconds)
    return rank_among(last_values(quotes.times, spread_bps(quotes), times))


def spread_signal(quotes: Quotes, now: float) -> Signal:
    """Return the spread now in bps; strength is its rank among its own last five minutes. It has no direction."""
    at = at_once(now)
    rank, coverage = spread_rank(quotes, at)
    value = float(last_values(quotes.times, spread_bps(quotes), at)[0])
    return signal_of(value=value, direction=0.0, strength=float(rank[0]), coverage=float(coverage[0]), age_seconds=quotes.age(now))
