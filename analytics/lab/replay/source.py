"""Recordings as a source of markets: the paths of a symbol are its recordings from different times on."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import numpy as np

from analytics.lab.market import LabMarket
from analytics.lab.replay.comparison import FEES, MARKETS, PERPETUAL
from analytics.lab.replay.market import RecordedMarket, listing_of
from analytics.lab.replay.sources import data_folder, open_recording, sessions
from analytics.lab.replay.tape import Tape

SECOND_NS = 1_000_000_000
VENUE = "binance"
YEAR = "_2024"


class RecordingTooShort(ValueError):
    """No recording of the symbol lasts as long as the order."""


class NotRecorded(ValueError):
    """There is no recording of the symbol."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSource:
    """Recordings of 2024 in the project's data folder. Latencies in seconds, each way.

    Paths begin `every_seconds` apart, in an order drawn by the seed, and begin again when there are no more: neighbours share most
    of their minutes, so that results of many paths are less sure than their number suggests.
    """

    name: str = "recorded"
    data_latency_seconds: float = 0.02
    order_latency_seconds: float = 0.02
    every_seconds: float = 5.0

    @property
    def symbols(self) -> Sequence[str]:
        """Return the symbols that are recorded: BTCUSDT, BTCUSDT-PERP.

        Raises:
            NoData: there is no data folder.
        """
        return tuple(_recorded())

    def open(self, symbol: str, *, path: int, seed: int, minutes: float) -> LabMarket:
        """Return the market of a path at its beginning.

        Raises:
            NotRecorded: nobody recorded the symbol.
            RecordingTooShort: its recordings are shorter than `minutes`.
            RecordingError: a recording is damaged; its kinds are in `reading`.
        """
        recorded = _recorded().get(symbol)
        if recorded is None:
            raise NotRecorded(f"{symbol!r} is not recorded; there are: {', '.join(_recorded())}")
        market, files = recorded
        beginnings = [(tape, start) for tape in map(_tape, files) for start in self._starts(tape, minutes)]
        if not beginnings:
            longest = max(_tape(paths).seconds for paths in files) / 60
            raise RecordingTooShort(f"the longest recording of {symbol} lasts {longest:.1f} minutes, the order needs {minutes:g}")
        order = np.random.default_rng(seed).permutation(len(beginnings))
        tape, start_ns = beginnings[order[path % len(beginnings)]]
        fees = FEES[MARKETS[market]]
        listing = listing_of(
            tape, venue=VENUE, symbol=symbol, maker_fee_bps=Decimal(repr(fees.maker_bps)), taker_fee_bps=Decimal(repr(fees.taker_bps))
        )
        return RecordedMarket(tape, listing, start_ns=start_ns, delay_seconds=self.data_latency_seconds + self.order_latency_seconds)

    def _starts(self, tape: Tape, minutes: float) -> range:
        last = tape.closes_ns - round(minutes * 60 * SECOND_NS)
        return range(tape.opens_ns + SECOND_NS, last, round(self.every_seconds * SECOND_NS))


def _recorded() -> dict[str, tuple[str, list[tuple[Path, ...]]]]:
    """Return market and recordings by symbol."""
    found: dict[str, tuple[str, list[tuple[Path, ...]]]] = {}
    for session in sessions(data_folder() / "hftbacktest"):
        if session.market in MARKETS and YEAR in session.name:
            symbol = session.symbol + ("-PERP" if MARKETS[session.market] == PERPETUAL else "")
            found.setdefault(symbol, (session.market, []))[1].append(session.paths)
    return found


@lru_cache(maxsize=8)
def _tape(paths: tuple[Path, ...]) -> Tape:
    return open_recording(paths)
