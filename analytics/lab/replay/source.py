"""Recordings as sources of markets: the paths of a symbol are its recordings from different times on."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from analytics.lab.finding import own_recordings, recorded_sessions
from analytics.lab.market import LabMarket


class RecordingTooShort(ValueError):
    """No recording of the symbol lasts as long as the order."""


class NotRecorded(ValueError):
    """There is no recording of the symbol."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """How recordings are replayed. Latencies in seconds, each way.

    Paths begin `every_seconds` apart, in an order drawn by the seed, and begin again when there are no more: neighbours share most
    of their minutes, so that results of many paths are less sure than their number suggests.
    """

    venue: str = "recorded"
    data_latency_seconds: float = 0.02
    order_latency_seconds: float = 0.02
    every_seconds: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSource:
    """Recordings of 2024 in the project's data folder."""

    name: str = "recorded"
    replayed: Replayed = field(default_factory=lambda: Replayed(venue="binance"))

    @property
    def symbols(self) -> Sequence[str]:
        """Return the symbols that are recorded: BTCUSDT, BTCUSDT-PERP.

        Raises:
            NoData: there is no data folder.
        """
        return tuple(recorded_sessions())

    def background(self, symbol: str, *, path: int, seed: int, minutes: float) -> None:
        """Return nothing: the recordings are too short to know more of than their orders see."""

    def open(self, symbol: str, *, path: int, seed: int, minutes: float) -> LabMarket:
        """Return the market of a path at its beginning.

        Raises:
            NotRecorded: nobody recorded the symbol.
            RecordingTooShort: its recordings are shorter than `minutes`.
            RecordingError: a recording is damaged; its kinds are in `reading`.
        """
        from analytics.lab.replay import paths  # who only asks for symbols need not load what compiles the replay

        found = recorded_sessions()
        if symbol not in found:
            raise NotRecorded(f"{symbol!r} is not recorded; there are: {', '.join(found)}")
        tapes = [paths.tape(session.paths) for session in found[symbol]]
        return paths.open_path(tapes, symbol, self.replayed, path=path, seed=seed, minutes=minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSource:
    """What the desk recorded itself: each recording stands for a symbol, by the name of its file without endings."""

    name: str = "own"
    replayed: Replayed = field(default_factory=Replayed)

    @property
    def symbols(self) -> Sequence[str]:
        """Return the names of the recordings."""
        return tuple(own_recordings())

    def background(self, symbol: str, *, path: int, seed: int, minutes: float) -> None:
        """Return nothing: the recordings are too short to know more of than their orders see."""

    def open(self, symbol: str, *, path: int, seed: int, minutes: float) -> LabMarket:
        """Return the market of a path at its beginning; fees are those of the kind that the recorded symbol's name says.

        Raises:
            NotRecorded: there is no recording of that name.
            RecordingTooShort: it is shorter than `minutes`.
            RecordingError: it is damaged; its kinds are in `reading`.
        """
        from analytics.lab.replay import paths

        found = own_recordings()
        if symbol not in found:
            raise NotRecorded(f"{symbol!r} is not recorded; there are: {', '.join(found) or 'none'}")
        tape = paths.tape((found[symbol],))
        return paths.open_path([tape], tape.symbol, self.replayed, path=path, seed=seed, minutes=minutes)
