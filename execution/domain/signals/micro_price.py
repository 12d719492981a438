"""Where the mid is going, given queues and spread: Stoikov (2018), "The micro-price: a high-frequency estimator of future prices"."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from execution.domain.signals.imbalance import queue_imbalance
from execution.domain.signals.inputs import Floats, Quotes, at_once, last_values, require_positive
from execution.domain.signals.signal import BadInput, Signal, sign_of, signal_of

Integers = NDArray[np.int64]
FEWEST_SEEN = 20
"""Of a state that was seen less often nothing is known."""


def weighted_mid(quotes: Quotes) -> Floats:
    """Return (B a + A b) / (B + A), (T,), b and a the best prices, B and A the sizes there; not a number where not usable."""
    return quotes.mid + queue_imbalance(quotes) * quotes.spread / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class MicroPrice:
    """How far the mid is expected to go, in ticks, by spread (S rows: 1 .. S ticks, the last also all wider) and imbalance (N even bins).

    `adjustments` is antisymmetric: the same queues the other way round lean the other way. `seen` counts the fitted rows by state.
    """

    tick: float
    adjustments: Floats
    seen: Integers

    def price(self, quotes: Quotes) -> Floats:
        """Return mid + adjustment of the state, (T,), in quote currency.

        Not a number where not usable or the state was seen less than FEWEST_SEEN times.
        """
        state = _states(quotes, self.tick, self.adjustments.shape[0], self.adjustments.shape[1])
        known = state >= 0
        known[known] = self.seen.ravel()[state[known]] >= FEWEST_SEEN
        return np.where(known, quotes.mid + self.tick * self.adjustments.ravel()[np.where(known, state, 0)], np.nan)

    def signal(self, quotes: Quotes, now: float) -> Signal:
        """Return micro-price less mid as a share of half the spread; direction is its sign, strength its size up to 1."""
        lean = 2 * (self.price(quotes) - quotes.mid) / quotes.spread
        value = float(last_values(quotes.times, lean, at_once(now))[0])
        return signal_of(value=value, direction=sign_of(value), strength=abs(value), coverage=1.0, age_seconds=quotes.age(now))


def fit_micro_price(quotes: Quotes, *, tick: float, bins: int = 10, widest_ticks: int = 2) -> MicroPrice:
    """Fit the micro-price to a stretch of quotes.

    States x are (imbalance bin, spread). Of the steps from x, Q_xy are those to y without a change of the mid, T_xy those with one, K_x its
    mean. Then G1 = (1 - Q)^-1 K, B = (1 - Q)^-1 T and the expected move is sum over i >= 0 of B^i G1. As in the paper every step counts a
    second time with bid and ask exchanged, which makes the sum finite. Steps that no change of the mid follows, before the books end or
    one is not usable, say nothing and are left out.

    Args:
        tick: of the price.
        bins: of the imbalance from -1 to 1, even in number so that none holds both signs.
        widest_ticks: the spreads told apart.

    Raises:
        BadInput: a term makes no sense, or the mid never changes.
    """
    require_positive(tick=tick)
    if bins < 2 or bins % 2 or widest_ticks < 1:
        raise BadInput("bins must be even and positive, and there is at least one spread")
    steps = _steps(quotes, tick, bins, widest_ticks)
    count = bins * widest_ticks
    origins, ends, moves = steps
    seen = np.bincount(origins, minlength=count)
    share = 1 / np.maximum(seen, 1)
    still = moves == 0
    no_change = _transitions(origins[still], ends[still], count) * share[:, None]
    with_change = _transitions(origins[~still], ends[~still], count) * share[:, None]
    mean_move = np.bincount(origins, weights=moves, minlength=count) * share
    until_change = np.linalg.inv(np.eye(count) - no_change)
    first_move, after = until_change @ mean_move, until_change @ with_change
    total = np.linalg.lstsq(np.eye(count) - after, first_move, rcond=None)[0]
    table = total.reshape(widest_ticks, bins)
    return MicroPrice(tick=tick, adjustments=(table - table[:, ::-1]) / 2, seen=seen.reshape(widest_ticks, bins))


def _states(quotes: Quotes, tick: float, spreads: int, bins: int) -> Integers:
    """Return the state of each row: spread x bins + imbalance bin; -1 where not usable, (T,)."""
    usable = quotes.usable
    wide = np.where(usable, quotes.spread / tick, 1.0)
    spread = np.clip(np.rint(np.minimum(wide, spreads)).astype(np.int64), 1, spreads) - 1
    imbalance = np.where(usable, queue_imbalance(quotes), 0.0)
    return np.where(usable, spread * bins + _bins_of(imbalance, bins), -1)


def _bins_of(imbalance: Floats, bins: int) -> Integers:
    """Return even bins of -1 .. 1; edges belong to the bin nearer zero, so that exchanging sides mirrors them."""
    half = bins // 2
    away = np.clip(np.ceil(np.abs(imbalance) * half).astype(np.int64), 1, half) - 1
    return np.asarray(np.where(imbalance >= 0, half + away, half - 1 - away), dtype=np.int64)


def _steps(quotes: Quotes, tick: float, bins: int, spreads: int) -> tuple[Integers, Integers, Floats]:
    """Return (state before, state after, change of the mid in ticks) of every step that counts, once as is and once mirrored."""
    state, mid = _states(quotes, tick, spreads, bins), quotes.mid
    is_step = (state[1:] >= 0) & (state[:-1] >= 0)
    origins, ends = state[:-1][is_step], state[1:][is_step]
    moves = np.rint(2 * np.diff(mid)[is_step] / tick) / 2
    counts = _is_followed_by_a_change(np.cumsum(~is_step, dtype=np.int64)[is_step], moves)
    if not counts.any():
        raise BadInput("the mid never changes")
    origins, ends, moves = origins[counts], ends[counts], moves[counts]
    return np.append(origins, _mirror(origins, bins)), np.append(ends, _mirror(ends, bins)), np.append(moves, -moves)


def _is_followed_by_a_change(stretch: Integers, moves: Floats) -> NDArray[np.bool_]:
    """Tell which steps are, or come before, a change of the mid in their own stretch of usable rows."""
    changes = np.flatnonzero(moves)
    following = np.searchsorted(changes, np.arange(moves.size))
    stretches = np.append(stretch[changes], -1)
    return np.asarray(stretches[following] == stretch, dtype=np.bool_)


def _mirror(state: Integers, bins: int) -> Integers:
    return state - state % bins + bins - 1 - state % bins


def _transitions(origins: Integers, ends: Integers, count: int) -> Floats:
    return np.bincount(origins * count + ends, minlength=count * count).reshape(count, count).astype(np.float64)
