"""How the stream of one book does."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class StreamState(StrEnum):
    """Whether there is a book to trade on, and if not, why."""

    OPENING = "opening"  # no book yet
    LIVE = "live"
    GAPPED = "gapped"  # changes were missed: a snapshot is on its way
    CROSSED = "crossed"  # best bid at or above best ask
    LOST = "lost"  # the connection ended


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamStatus:
    """One book's stream. Counts are since the feed started; times are when something was received, none when nothing was.

    `frames` counts messages about this book, `gaps` how often changes were missing, `resyncs` snapshots fetched over REST after the
    first, `crossed` how often the book became crossed, `connections` how often it was subscribed to.
    """

    venue: str
    symbol: str
    state: StreamState
    frames: int
    gaps: int
    resyncs: int
    crossed: int
    connections: int
    frame_at: datetime | None
    book_at: datetime | None

    def data_age(self, now: datetime) -> timedelta | None:
        """Return how old the newest book that could be traded on is; none when there never was one."""
        return None if self.book_at is None else max(now - self.book_at, timedelta(0))


@dataclass(slots=True, kw_only=True)
class StreamTally:
    """The same while it is counted; times in microseconds since 1970, 0 for none. One object outlives its connections."""

    state: StreamState = StreamState.OPENING
    frames: int = 0
    gaps: int = 0
    resyncs: int = 0
    crossed: int = 0
    connections: int = 0
    frame_us: int = 0
    book_us: int = 0

    def status(self, *, venue: str, symbol: str) -> StreamStatus:
        """Return what is counted so far."""
        return StreamStatus(
            venue=venue,
            symbol=symbol,
            state=self.state,
            frames=self.frames,
            gaps=self.gaps,
            resyncs=self.resyncs,
            crossed=self.crossed,
            connections=self.connections,
            frame_at=_moment(self.frame_us),
            book_at=_moment(self.book_us),
        )


def _moment(microseconds: int) -> datetime | None:
    return EPOCH + timedelta(microseconds=microseconds) if microseconds else None
