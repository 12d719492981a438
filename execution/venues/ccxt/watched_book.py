"""One book of a connection: kept from its updates, judged, and shown or hidden."""

import time
from typing import Protocol

from execution.domain.book_keeping import BookKeeper, Outcome
from execution.domain.streams import StreamState, StreamTally
from execution.venues.dialect import BookUpdate, PublicTrade

LEVELS = 50
LEAST_LEVELS = LEVELS // 2
"""With fewer levels a side inside what the snapshot reached, and others beyond, a new snapshot is due."""


class MarketSink(Protocol):
    """Where one venue's books and trades go; nothing in it waits."""

    def show(self, symbol: str, book: BookKeeper, received_us: int) -> None:
        """Take a book that may be traded on, received at `received_us` (microseconds since 1970)."""

    def hide(self, symbol: str) -> None:
        """Forget a book: it must not be traded on."""

    def count(self, trade: PublicTrade) -> None:
        """Take a public trade."""


class WatchedBook:
    """One symbol's book as long as its connection lasts."""

    def __init__(self, symbol: str, *, tally: StreamTally, sink: MarketSink) -> None:
        self.symbol = symbol
        self.keeper = BookKeeper()
        self.tally = tally
        self.missing_since: float | None = time.monotonic()
        """Since when there is no book, crossed or not; none while there is one."""
        self.crossed_since: float | None = None
        self._sink = sink
        tally.connections += 1
        tally.state = StreamState.OPENING

    @property
    def is_narrow(self) -> bool:
        """Tell whether prices have moved so far that the snapshot covers too little of what is to be shown."""
        return any(side.hides(LEVELS) and len(side.top(LEVELS)) < LEAST_LEVELS for side in (self.keeper.bids, self.keeper.asks))

    def take(self, update: BookUpdate, received_us: int) -> Outcome:
        """Apply an update of the stream.

        Raises:
            ValueError: it holds no levels.
        """
        tally = self.tally
        tally.frames += 1
        tally.frame_us = received_us
        outcome = self.keeper.apply(update)
        if outcome is Outcome.APPLIED:
            self._judge(received_us)
        elif outcome is Outcome.GAP:
            tally.gaps += 1
            self._lack()
        return outcome

    def load(self, snapshot: BookUpdate, received_us: int) -> bool:
        """Apply a fetched snapshot; return whether there is a book now."""
        outcome = self.keeper.load(snapshot)
        if outcome is Outcome.APPLIED:
            self._judge(received_us)
        return self.keeper.sequence is not None

    def give_up(self) -> None:
        """Stop relying on the book until the next snapshot."""
        self.keeper.give_up()
        self._lack()

    def _lack(self) -> None:
        self.missing_since = time.monotonic()
        self.hide(StreamState.GAPPED)

    def hide(self, state: StreamState) -> None:
        """Have the book forgotten by those who trade."""
        self.tally.state = state
        self.crossed_since = None
        self._sink.hide(self.symbol)

    def _judge(self, received_us: int) -> None:
        """Show a sound book; hide a crossed one from its first moment on."""
        self.missing_since = None
        if not self.keeper.is_crossed:
            self.crossed_since = None
            self.tally.state = StreamState.LIVE
            self.tally.book_us = received_us
            self._sink.show(self.symbol, self.keeper, received_us)
        elif self.crossed_since is None:
            self.tally.crossed += 1
            self.hide(StreamState.CROSSED)
            self.crossed_since = time.monotonic()
