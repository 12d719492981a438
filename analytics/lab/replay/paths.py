"""Paths of recordings: the same recording from one time or another on, as a market of the lab."""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import numpy as np

from analytics.lab.market import LabMarket
from analytics.lab.replay.comparison import FEES, PERPETUAL, SPOT
from analytics.lab.replay.market import RecordedMarket, listing_of
from analytics.lab.replay.reading import named_errors
from analytics.lab.replay.source import RecordingTooShort, Replayed
from analytics.lab.replay.sources import open_recording
from analytics.lab.replay.tape import Tape

SECOND_NS = 1_000_000_000
_PERPETUAL_SUFFIX = "-PERP"


def open_path(tapes: Sequence[Tape], symbol: str, replayed: Replayed, *, path: int, seed: int, minutes: float) -> LabMarket:
    """Return the market of a path at its beginning.

    Raises:
        RecordingTooShort: the recordings are shorter than `minutes`.
    """
    beginnings = [(tape, start) for tape in tapes for start in _starts(tape, minutes, replayed.every_seconds)]
    if not beginnings:
        longest = max(tape.seconds for tape in tapes) / 60
        raise RecordingTooShort(f"the longest recording of {symbol} lasts {longest:.1f} minutes, the order needs {minutes:g}")
    order = np.random.default_rng(seed).permutation(len(beginnings))
    tape, start_ns = beginnings[order[path % len(beginnings)]]
    fees = FEES[PERPETUAL if symbol.endswith(_PERPETUAL_SUFFIX) else SPOT]
    listing = listing_of(
        tape, venue=replayed.venue, symbol=symbol, maker_fee_bps=Decimal(repr(fees.maker_bps)), taker_fee_bps=Decimal(repr(fees.taker_bps))
    )
    delay = replayed.data_latency_seconds + replayed.order_latency_seconds
    return RecordedMarket(tape, listing, start_ns=start_ns, delay_seconds=delay)


def tape(paths: tuple[Path, ...]) -> Tape:
    """Return a recording, read again only when a file has changed.

    Raises:
        RecordingError: it is damaged; its kinds are in `reading`.
    """
    with named_errors(paths[0]):
        return _read(paths, tuple(path.stat().st_mtime_ns for path in paths))


@lru_cache(maxsize=8)
def _read(paths: tuple[Path, ...], changed_ns: tuple[int, ...]) -> Tape:
    return open_recording(paths)


def _starts(tape: Tape, minutes: float, every_seconds: float) -> range:
    last = tape.closes_ns - round(minutes * 60 * SECOND_NS)
    return range(tape.opens_ns + SECOND_NS, last, round(every_seconds * SECOND_NS))
