"""What the queues at the best prices gained and lost from one row to the next."""

from collections.abc import Callable

import numpy as np

from execution.domain.signals.inputs import Floats, Quotes


def removed_from_touch(quotes: Quotes) -> Floats:
    """Return what both best queues lost since the row before, (T,), taken or cancelled; a queue that is left behind wholly.

    0 for the first row and where this row or the one before is not usable.
    """
    return _of_both(quotes, _lost)


def added_to_touch(quotes: Quotes) -> Floats:
    """Return what both best queues gained since the row before, (T,); the whole queue of a better price.

    0 for the first row and where this row or the one before is not usable.
    """
    return _of_both(quotes, _gained)


def _of_both(quotes: Quotes, change: Callable[[Floats, Floats], Floats]) -> Floats:
    changes = np.zeros(quotes.times.size)
    usable = quotes.usable
    whole = quotes.whole
    both = change(whole.bid_size, np.diff(whole.bid)) + change(whole.ask_size, -np.diff(whole.ask))
    changes[1:] = np.where(usable[1:] & usable[:-1], both, 0.0)
    return changes


def _lost(sizes: Floats, inward: Floats) -> Floats:
    """Return all of a queue whose price was left behind (inward < 0), and what it shrank by where its price stayed."""
    shrunk = np.maximum(sizes[:-1] - sizes[1:], 0.0)
    return np.where(inward < 0, sizes[:-1], np.where(inward == 0, shrunk, 0.0))


def _gained(sizes: Floats, inward: Floats) -> Floats:
    """Return all of a queue at a better price (inward > 0), and what it grew by where its price stayed."""
    grown = np.maximum(sizes[1:] - sizes[:-1], 0.0)
    return np.where(inward > 0, sizes[1:], np.where(inward == 0, grown, 0.0))
