"""How dangerous resting is just now: the desk's score of four features, each against its own recent values (SPEC section 6).

The specification names the features and the range of the score, not how they are combined. Here each is replaced by its rank among its own
samples of the last minutes, which needs no scale of the market's, and the score is the mean of the four ranks: one half is as usual, above
0.8 and below 0.3 are the owner's thresholds.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from execution.domain.signals.inputs import (
    BPS,
    Floats,
    Quotes,
    Trades,
    at_once,
    before,
    last_values,
    rank_among,
    require_positive,
    sums_within,
)
from execution.domain.signals.order_flow import mean_touch_size
from execution.domain.signals.signal import Signal, signal_of
from execution.domain.signals.touch import removed_from_touch
from execution.domain.signals.trade_flow import signed_volume, trade_imbalance

FEATURES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ToxicityTerms:
    """Over how long the features are measured, after how long the price has answered a trade, and what they are compared with.

    Raises:
        BadInput: a term is not positive.
    """

    window_seconds: float = 10.0
    horizon_seconds: float = 1.0
    lookback_seconds: float = 120.0
    step_seconds: float = 2.0

    def __post_init__(self) -> None:
        require_positive(
            window_seconds=self.window_seconds,
            horizon_seconds=self.horizon_seconds,
            lookback_seconds=self.lookback_seconds,
            step_seconds=self.step_seconds,
        )


def price_impact_bps(quotes: Quotes, trades: Trades, at: Floats, *, window_seconds: float, horizon_seconds: float) -> Floats:
    """Return the size-weighted mean of 10^4 s (m after - m before) / m before over the trades of (at - horizon - window, at - horizon].

    (A,), in bps. `m before` is the last mid strictly before the trade, `m after` the one `horizon` later, which is not after `at`.
    Positive: the price goes with the takers. Not a number without a trade whose two mids are known.
    """
    require_positive(horizon_seconds=horizon_seconds)
    mid = quotes.mid
    earlier = np.concatenate(([np.nan], mid))[np.searchsorted(quotes.times, trades.times, side="left")]
    moves = BPS * trades.signs * (last_values(quotes.times, mid, trades.times + horizon_seconds) - earlier) / earlier
    weights = np.where(np.isfinite(moves), trades.sizes, 0.0)
    answered = trades.times + horizon_seconds
    total = sums_within(answered, weights, at, window_seconds)
    sums = sums_within(answered, weights * np.where(np.isfinite(moves), moves, 0.0), at, window_seconds)
    return np.where(total > 0, sums / np.where(total > 0, total, 1.0), np.nan)


def volume_imbalance(trades: Trades, at: Floats, *, window_seconds: float) -> Floats:
    """Return |bought - sold| / (bought + sold) in (at - window, at], 0 to 1, (A,); not a number where nothing traded."""
    return np.abs(trade_imbalance(trades, at, window_seconds=window_seconds))


def cancellation_rate(quotes: Quotes, trades: Trades, at: Floats, *, window_seconds: float) -> Floats:
    """Return max(0, removed - traded) / removed in (at - window, at], 0 to 1, (A,): the share of what left the touch that nobody took.

    `removed` is what the queues at the best prices lost, a queue that is left behind wholly. Quotes and trades must have the same unit of
    size. Not a number where nothing was removed.
    """
    removed = sums_within(quotes.times, removed_from_touch(quotes).sum(axis=1), at, window_seconds)
    traded = sums_within(trades.times, trades.sizes, at, window_seconds)
    return np.where(removed > 0, np.maximum(removed - traded, 0.0) / np.where(removed > 0, removed, 1.0), np.nan)


def inventory_pressure(quotes: Quotes, trades: Trades, at: Floats, *, window_seconds: float) -> Floats:
    """Return |bought - sold| in (at - window, at] / mean size of a queue at the touch, (A,), 0 and more: what makers had to take in."""
    size = mean_touch_size(quotes, at, window_seconds=window_seconds)
    return np.abs(signed_volume(trades, at, window_seconds=window_seconds)) / size


def toxicity_score(quotes: Quotes, trades: Trades, at: Floats, terms: ToxicityTerms | None = None) -> tuple[Floats, Floats]:
    """Return (score, coverage), (A,) each: the mean of the four features' ranks among their own recent samples, 0 to 1.

    Coverage is the mean over the features of the share of recent samples that are known, 0 for a feature not known now. Not a number where
    no feature is known.
    """
    terms = terms or ToxicityTerms()
    window = terms.window_seconds
    features: tuple[Callable[[Floats], Floats], ...] = (
        lambda when: price_impact_bps(quotes, trades, when, window_seconds=window, horizon_seconds=terms.horizon_seconds),
        lambda when: volume_imbalance(trades, when, window_seconds=window),
        lambda when: cancellation_rate(quotes, trades, when, window_seconds=window),
        lambda when: inventory_pressure(quotes, trades, when, window_seconds=window),
    )
    times = before(at, lookback_seconds=terms.lookback_seconds, step_seconds=terms.step_seconds)
    measured = [rank_among(feature(times.ravel()).reshape(times.shape)) for feature in features]
    ranks = np.array([rank for rank, _ in measured])
    is_known = np.isfinite(ranks)
    known = is_known.sum(axis=0)
    score = np.where(known > 0, np.where(is_known, ranks, 0.0).sum(axis=0) / np.maximum(known, 1), np.nan)
    covered = np.where(is_known, np.array([coverage for _, coverage in measured]), 0.0).sum(axis=0) / FEATURES
    return score, covered


def toxicity_signal(quotes: Quotes, trades: Trades, now: float, terms: ToxicityTerms | None = None) -> Signal:
    """Return the score now; strength is the score. It has no direction: both sides of the book are meant."""
    score, coverage = toxicity_score(quotes, trades, at_once(now), terms)
    value = float(score[0])
    return signal_of(value=value, direction=0.0, strength=value, coverage=float(coverage[0]), age_seconds=quotes.age(now))
