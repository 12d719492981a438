"""Keep one venue's book of one instrument from a snapshot and the numbered changes after it, and notice when that fails.

Prices and quantities stay the venue's own strings. A float of the price orders the levels and is never shown: prices of up to
fifteen digits have floats of their own.
"""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Sequence
from enum import StrEnum
from math import inf
from typing import Protocol

MOST_BUFFERED = 2_000
"""Changes kept while there is no snapshot yet; a snapshot that is older than them is fetched again."""
MOST_LEVELS = 4_000
"""Levels a side that are kept at least; with twice as many the farthest half goes."""


class Update(Protocol):
    """A snapshot or a change; see `BookUpdate` for what the numbers mean."""

    @property
    def is_snapshot(self) -> bool:
        """Whether it replaces the book."""

    @property
    def first(self) -> int:
        """The number of the first change in it."""

    @property
    def last(self) -> int:
        """The number of the last change in it."""

    @property
    def bids(self) -> Sequence[tuple[str, str]]:
        """Prices and new quantities."""

    @property
    def asks(self) -> Sequence[tuple[str, str]]:
        """Prices and new quantities."""


class Outcome(StrEnum):
    """What became of an update."""

    APPLIED = "applied"
    OLD = "old"  # a repetition, or from before the snapshot
    WAITING = "waiting"  # kept until there is a snapshot
    GAP = "gap"  # changes are missing: the book is given up until the next snapshot
    TOO_OLD = "too old"  # a snapshot that the changes kept do not follow on: fetch another one


class Ladder:
    """One side: level texts `price quantity` by price, best first. `sign` is 1 for asks and -1 for bids."""

    __slots__ = ("_keys", "_levels", "_reach", "_sign")

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self.replace((), is_whole=True)

    def replace(self, levels: Sequence[tuple[str, str]], *, is_whole: bool) -> None:
        """Take a snapshot's levels; beyond its worst price nothing is known unless it is whole."""
        self._keys: list[float] = []
        self._levels: dict[float, str] = {}
        self.change(levels)
        self._reach = inf if is_whole or not self._keys else self._keys[-1]

    def change(self, levels: Sequence[tuple[str, str]]) -> None:
        """Set or remove levels.

        Raises:
            ValueError: a price is not positive, a quantity negative, or either no finite number.
        """
        keys, known, sign = self._keys, self._levels, self._sign
        for price, quantity in levels:
            size = float(quantity)
            key = float(price)
            if not (0.0 < key < inf and 0.0 <= size < inf):
                raise ValueError(f"not a level: price {price!r}, quantity {quantity!r}")
            key *= sign
            if size:
                if key not in known:
                    insort(keys, key)
                known[key] = f"{price} {quantity}"
            elif known.pop(key, None) is not None:
                del keys[bisect_left(keys, key)]
        if len(keys) > 2 * MOST_LEVELS:
            self._trim()

    def _trim(self) -> None:
        for key in self._keys[MOST_LEVELS:]:
            del self._levels[key]
        del self._keys[MOST_LEVELS:]
        self._reach = min(self._reach, self._keys[-1])

    @property
    def best(self) -> float:
        """Return the best price times `sign`; infinite without any."""
        return self._keys[0] if self._keys else inf

    @property
    def best_price(self) -> str | None:
        """Return the best price as the venue wrote it; none beyond what the snapshot reached."""
        best = self.best
        return self._levels[best].partition(" ")[0] if best <= self._reach and self._keys else None

    def top(self, count: int) -> list[str]:
        """Return the best levels, none beyond what the snapshot reached."""
        keys, known = self._keys, self._levels
        shown = keys[:count]
        if shown and shown[-1] > self._reach:
            del shown[bisect_right(shown, self._reach) :]
        return [known[key] for key in shown]

    def known(self) -> list[str]:
        """Return every level that is known, best first; some may be missing beyond what the snapshot reached."""
        return [self._levels[key] for key in self._keys]

    def hides(self, count: int) -> bool:
        """Tell whether one of the `count` best levels lies beyond what the snapshot reached."""
        keys = self._keys
        return bool(keys) and keys[min(count, len(keys)) - 1] > self._reach


class BookKeeper:
    """One book. `sequence` is the number it is at; none while it waits for a snapshot."""

    __slots__ = ("_buffered", "asks", "bids", "sequence")

    def __init__(self) -> None:
        self.bids, self.asks = Ladder(-1), Ladder(1)
        self.sequence: int | None = None
        self._buffered: deque[Update] = deque(maxlen=MOST_BUFFERED)

    @property
    def is_crossed(self) -> bool:
        """Tell whether the best bid is at or above the best ask."""
        return -self.bids.best >= self.asks.best

    def apply(self, update: Update) -> Outcome:
        """Take what the stream sent.

        Raises:
            ValueError: it holds no levels; the book cannot be relied on any more.
        """
        if update.is_snapshot:
            self._buffered.clear()  # on an ordered stream they are from before it
            return self._start(update, is_whole=True)
        sequence = self.sequence
        if sequence is None:
            self._buffered.append(update)
            return Outcome.WAITING
        if update.last <= sequence:
            return Outcome.OLD
        if update.first > sequence + 1:
            self.give_up()
            self._buffered.append(update)
            return Outcome.GAP
        self._change(update)
        return Outcome.APPLIED

    def load(self, snapshot: Update) -> Outcome:
        """Take a snapshot that was fetched beside the stream: it may be cut off, and older than the book.

        Raises:
            ValueError: it holds no levels.
        """
        if self.sequence is not None and snapshot.last < self.sequence:
            return Outcome.OLD
        newer = next((update for update in self._buffered if update.last > snapshot.last), None)
        if newer is not None and newer.first > snapshot.last + 1:
            return Outcome.TOO_OLD
        return self._start(snapshot, is_whole=False)

    def give_up(self) -> None:
        """Forget everything and wait for a snapshot."""
        self.sequence = None
        self._buffered.clear()

    def _start(self, snapshot: Update, *, is_whole: bool) -> Outcome:
        self.bids.replace(snapshot.bids, is_whole=is_whole)
        self.asks.replace(snapshot.asks, is_whole=is_whole)
        self.sequence = snapshot.last
        waiting = list(self._buffered)
        self._buffered.clear()
        for update in waiting:
            if self.apply(update) is Outcome.GAP:
                return Outcome.GAP
        return Outcome.APPLIED

    def _change(self, update: Update) -> None:
        self.bids.change(update.bids)
        self.asks.change(update.asks)
        self.sequence = update.last
