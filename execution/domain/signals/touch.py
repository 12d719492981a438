"""What the queues at the best prices gained and lost from one row to the next."""

from collections.abc import Callable

import numpy as np

from execution.domain.signals.inputs import Floats, Quotes


def removed_from_touch(quotes: Quotes) -> Floats:
    """Return what the best bid's and ask's queues lost since the row before, (T, 2), taken or cancelled; a queue left behind wholly.

    0 for the first row and where this row or the one before is not usable.
    """
    return _of_both(quotes, _lost)


def added_to_touch(quotes: Quotes) -> Floats:
    """Return what the best bid's and ask's queues gained at an unchanged price since the row before, (T, 2).

    0 for the first row and where this row or the one before is not usable.
    """
    return _of_both(quotes, _gained)


def _of_both(quotes: Quotes, change: Callable[[Floats, Floats], Floats]) -> Floats:
    changes = np.zeros((quotes.times.size, 2))
    usable = quotes.usable
    whole = quotes.whole
    both = np.column_stack((change(whole.bid_size, np.diff(whole.bid)), change(whole.ask_size, -np.diff(whole.ask))))
    changes[1:] = np.where((usable[1:] & usable[:-1])[:, None], both, 0.0)
    return changes


def _lost(sizes: Floats, inward: Floats) -> Floats:
    """Return all of a queue whose price was left behind (inward < 0), and what it shrank by where its price stayed."""
    shrunk = np.maximum(sizes[:-1] - sizes[1:], 0.0)
    return np.where(inward < 0, sizes[:-1], np.where(inward == 0, shrunk, 0.0))


def _gained(sizes: Floats, inward: Floats) -> Floats:
    """Return what a queue grew by where its price stayed."""
    return np.where(inward == 0, np.maximum(sizes[1:] - sizes[:-1], 0.0), 0.0)
