"""Observe a recorded perpetual and the recorded spot beside it, on the clock of the recorder that wrote both."""

import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from analytics.lab.facts.lead import Pair
from analytics.lab.facts.observed import FloatArray, InvalidObservation
from execution.paper.recording import RecordingError, play, symbol_of

GRID_SECONDS = 0.1
RECORDINGS: Mapping[str, tuple[str, str]] = {
    "BTC 2023-04": ("binance_usdm_btcusdt_20230405", "binance_spot_btcusdt_20230405"),
    "BTC 2024-08": ("binance_usdm_btcusdt_20240808", "binance_spot_btcusdt_20240808"),
    "ETH 2024-08": ("binance_usdm_ethusdt_20240808", "binance_spot_ethusdt_20240808"),
}
"""A day of both: USD-M, spot."""


def observe_recorded_pair(folder: Path, name: str) -> Pair:
    """Observe two recordings by their name in RECORDINGS."""
    perpetual, spot = (folder / "hftbacktest" / f"{file}.jsonl.gz" for file in RECORDINGS[name])
    return observe_pair([perpetual], [spot])


def observe_pair(perpetual: Sequence[Path], spot: Sequence[Path]) -> Pair:
    """Observe the mids of two recordings while both last.

    Raises:
        RecordingError: a file cannot be read.
        InvalidObservation: one has no best quote, or they have no time in common.
    """
    first, second = _mids(perpetual), _mids(spot)
    start, end = max(first[0, 0], second[0, 0]), min(first[-1, 0], second[-1, 0])
    if end <= start:
        raise InvalidObservation(f"{perpetual[0].name} and {spot[0].name} have no time in common")
    grid = np.arange(start, end, GRID_SECONDS)
    return Pair(perpetual=_on(grid, first), spot=_on(grid, second), grid_seconds=GRID_SECONDS)


def _mids(paths: Sequence[Path]) -> FloatArray:
    """Return (time in seconds, mid) of each best quote."""
    try:
        symbol, _ = symbol_of(paths[0])
        quotes = [(message.time_us / 1e6, message.data) for message in play(symbol, paths) if message.event == "bookTicker"]
    except (EOFError, OSError, zlib.error) as error:
        raise RecordingError(f"{paths[0].name} cannot be read to its end: {error}") from error
    if not quotes:
        raise InvalidObservation(f"{paths[0].name} holds no best quote")
    return np.array([(time, (float(data["b"]) + float(data["a"])) / 2) for time, data in quotes])


def _on(grid: FloatArray, mids: FloatArray) -> FloatArray:
    """Return the mid that was last heard of at each time."""
    heard: FloatArray = mids[np.searchsorted(mids[:, 0], grid, side="right") - 1, 1]
    return heard
