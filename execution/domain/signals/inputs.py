"""What signals are measured on: best quotes and trades over time, and how they are looked up.

Times are seconds on one clock of the caller's choice. Sizes are all in one unit, base or quote currency. A value at time t is made of rows
with times <= t only.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from execution.domain.signals.signal import BadInput

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
BPS = 1e4
SMALLEST, LARGEST = 1e-15, 1e15
"""Prices and sizes of markets lie between; sums and ratios of them are numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotes:
    """The touch after each change (or on a grid), (T,) each: several rows may have one time, the last of them counts.

    A row whose book is one-sided, locked, crossed, without size, or has a price or size outside [SMALLEST, LARGEST], stays in its place and
    is not `usable`: nothing is measured on it.

    Raises:
        BadInput: not five float64 arrays of one length, or times go back or are not finite.
    """

    times: Floats
    bid: Floats
    ask: Floats
    bid_size: Floats
    ask_size: Floats

    def __post_init__(self) -> None:
        require_columns(times=self.times, bid=self.bid, ask=self.ask, bid_size=self.bid_size, ask_size=self.ask_size)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Tell which rows show a whole book, (T,)."""
        columns = np.array((self.bid, self.ask, self.bid_size, self.ask_size))
        return np.asarray(((columns >= SMALLEST) & (columns <= LARGEST)).all(axis=0) & (self.ask > self.bid), dtype=np.bool_)

    @property
    def whole(self) -> "Quotes":
        """Return the same rows, those that are not usable with no number in any column: what is computed of them is none either."""
        usable = self.usable
        bid, ask, bid_size, ask_size = (np.where(usable, one, np.nan) for one in (self.bid, self.ask, self.bid_size, self.ask_size))
        return Quotes(times=self.times, bid=bid, ask=ask, bid_size=bid_size, ask_size=ask_size)

    @property
    def mid(self) -> Floats:
        """Return the mid, (T,); not a number where not usable."""
        whole = self.whole
        return whole.bid + (whole.ask - whole.bid) / 2

    @property
    def spread(self) -> Floats:
        """Return best ask less best bid, (T,), in quote currency; not a number where not usable."""
        whole = self.whole
        return whole.ask - whole.bid

    def age(self, now: float) -> float:
        """Return seconds since the last row that is not after `now`; infinite without one."""
        return age_at(self.times, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trades:
    """Trades in order, (N,) each; `signs` +1 where the taker bought, -1 where it sold.

    Raises:
        BadInput: not three float64 arrays of one length, times go back, a sign is neither, a size is negative or above LARGEST.
    """

    times: Floats
    signs: Floats
    sizes: Floats

    def __post_init__(self) -> None:
        require_columns(times=self.times, signs=self.signs, sizes=self.sizes)
        if not np.isin(self.signs, (-1.0, 1.0)).all():
            raise BadInput("a trade's sign is neither 1 nor -1")
        if not ((self.sizes >= 0) & (self.sizes <= LARGEST)).all():
            raise BadInput("a trade's size is negative or no size")


def require_columns(*, times: Floats, **columns: Floats) -> None:
    """Refuse what is not float64 arrays of one dimension and length, and times that go back or are not finite.

    Raises:
        BadInput: named after the column.
    """
    for name, column in {"times": times, **columns}.items():
        if not isinstance(column, np.ndarray) or column.dtype != np.float64 or column.ndim != 1:
            raise BadInput(f"{name} is no float64 array of one dimension")
        if column.size != times.size:
            raise BadInput(f"{name} has {column.size} rows, times has {times.size}")
    if not np.isfinite(times).all():
        raise BadInput("a time is not finite")
    if (np.diff(times) < 0).any():
        raise BadInput("times go back")


def require_positive(**terms: float) -> None:
    """Refuse terms that are not positive, finite numbers.

    Raises:
        BadInput: named after the term.
    """
    for name, value in terms.items():
        if not (math.isfinite(value) and value > 0):
            raise BadInput(f"{name} must be a positive number, not {value}")


def at_once(now: float) -> Floats:
    """Return the one time `now` as an array.

    Raises:
        BadInput: it is not finite.
    """
    if not math.isfinite(now):
        raise BadInput("now is not finite")
    return np.array([now])


def age_at(times: Floats, now: float) -> float:
    """Return seconds from the last of `times` that is not after `now`; infinite without one."""
    row = int(np.searchsorted(times, now, side="right")) - 1
    return float(now - times[row]) if row >= 0 else math.inf


def last_values(times: Floats, values: Floats, at: Floats) -> Floats:
    """Return the value of the last row with a time <= each of `at`, of the shape of `at`; not a number before the first row."""
    padded = np.concatenate(([np.nan], values))
    return np.asarray(padded[np.searchsorted(times, at, side="right")], dtype=np.float64)


def rows_within(times: Floats, at: Floats, seconds: float) -> tuple[Rows, Rows]:
    """Return (first, end) of the rows with times in (at - seconds, at], each of the shape of `at`.

    Raises:
        BadInput: the window is not positive.
    """
    require_positive(seconds=seconds)
    return np.searchsorted(times, at - seconds, side="right"), np.searchsorted(times, at, side="right")


def sums_within(times: Floats, values: Floats, at: Floats, seconds: float) -> Floats:
    """Return the sum of `values` (N,) with times in (at - seconds, at], (A,) as `at`; 0 where there is none.

    Each window is summed on its own, so that a value does not depend on rows outside it.
    """
    first, end = rows_within(times, at, seconds)
    edges = np.column_stack((first, end)).ravel()
    sums = np.add.reduceat(np.append(values, 0.0), edges)[::2] if edges.size else np.empty(0)
    return np.where(end > first, sums, 0.0)


def share_within(times: Floats, is_there: NDArray[np.bool_], at: Floats, seconds: float) -> Floats:
    """Return the share of the rows with times in (at - seconds, at] for which `is_there` holds, (A,); 0 where there is no row."""
    first, end = rows_within(times, at, seconds)
    found = sums_within(times, is_there.astype(np.float64), at, seconds)
    return np.asarray(found / np.maximum(end - first, 1), dtype=np.float64)


def before(at: Floats, *, lookback_seconds: float, step_seconds: float) -> Floats:
    """Return the times at, at - step, ... , at - lookback, (A, K + 1) with K = round(lookback / step).

    Raises:
        BadInput: a term is not positive, or there is no whole step.
    """
    require_positive(lookback_seconds=lookback_seconds, step_seconds=step_seconds)
    count = round(lookback_seconds / step_seconds)
    if count < 1:
        raise BadInput(f"{lookback_seconds} s hold no step of {step_seconds} s")
    return np.asarray(at[:, None] - np.arange(count + 1) * step_seconds, dtype=np.float64)


def rank_among(history: Floats) -> tuple[Floats, Floats]:
    """Return (rank, coverage) of the first column (A, K + 1) among the others, (A,) each.

    rank = (those below + half of those equal) / those known, 0 to 1, one half when all are equal; not a number where the first column is
    not or no other is. coverage = those known / K.
    """
    newest, others = history[:, :1], history[:, 1:]
    is_known = np.isfinite(others)
    known = is_known.sum(axis=1)
    below = ((others < newest) & is_known).sum(axis=1) + ((others == newest) & is_known).sum(axis=1) / 2
    rank = np.where((known > 0) & np.isfinite(newest[:, 0]), below / np.maximum(known, 1), np.nan)
    return rank, np.asarray(known / others.shape[1], dtype=np.float64)
