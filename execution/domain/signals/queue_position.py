"""How much stands ahead of an order of ours: from what its price's queue shows and what traded there."""

from dataclasses import dataclass

import numpy as np

from execution.domain.signals.inputs import Floats, require_columns
from execution.domain.signals.signal import BadInput, Signal, signal_of


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueHistory:
    """The queue at our order's price since it was placed, (T,) each; the first row is the moment of placing.

    `shown` is the size the venue shows there without our order, `traded` what traded at the price since the row before.

    Raises:
        BadInput: no row, lengths differ, times go back, or a size is negative or not finite.
    """

    times: Floats
    shown: Floats
    traded: Floats

    def __post_init__(self) -> None:
        require_columns(times=self.times, shown=self.shown, traded=self.traded)
        if not self.times.size:
            raise BadInput("a queue's history begins with the placing of the order")
        if not all((np.isfinite(column) & (column >= 0)).all() for column in (self.shown, self.traded)):
            raise BadInput("a size in the queue is negative or not finite")


def size_ahead(history: QueueHistory) -> tuple[Floats, Floats]:
    """Return (expected, at most) ahead of our order after each row, (T,) each, in the unit of the sizes; 0: ours is next.

    All that was shown when we came is ahead. Trades take from the front. What left beside them, shown before - shown now - traded, was
    cancelled: expected evenly over the queue, so that the share ahead / (shown before - traded) of it was ahead of us; at worst all of it
    behind us. Neither ever exceeds what is shown. Source: the probabilistic queue of Rigtorp (2013) with an even share.
    """
    expected, most = np.empty(history.times.size), np.empty(history.times.size)
    ahead = worst = float(history.shown[0])
    expected[0] = most[0] = ahead
    for row in range(1, history.times.size):
        shown, traded = float(history.shown[row]), float(history.traded[row])
        stood = max(float(history.shown[row - 1]) - traded, 0.0)
        kept = min(shown / stood, 1.0) if stood > 0 else 0.0
        ahead = min(max(ahead - traded, 0.0) * kept, shown)
        worst = min(max(worst - traded, 0.0), shown)
        expected[row], most[row] = ahead, worst
    return expected, most


def queue_position_signal(history: QueueHistory, now: float) -> Signal:
    """Return what is expected ahead of our order now; strength is 1 - ahead / what was ahead at first. It has no direction.

    Coverage is 1 - (at most - expected) / what was ahead at first: how far the two accounts of cancels agree.
    """
    expected, most = size_ahead(history)
    row = int(np.searchsorted(history.times, now, side="right")) - 1
    first = float(history.shown[0])
    if row < 0:
        return signal_of(value=np.nan, direction=0.0, strength=0.0, coverage=0.0, age_seconds=np.inf)
    value = float(expected[row])
    apart = (float(most[row]) - value) / first if first > 0 else 0.0
    strength = 1 - value / first if first > 0 else 1.0
    return signal_of(value=value, direction=0.0, strength=strength, coverage=1 - apart, age_seconds=now - float(history.times[row]))
