"""Read recorded one-minute candles (parquet) into arrays, gaps said, days counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

MINUTES_A_DAY = 1440
_TIMES = ("date", "timestamp")
_PRICES = ("open", "high", "low", "close")


class CandleError(ValueError):
    """Say why candles cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candles:
    """One-minute candles in order of time.

    `minutes` counts whole minutes since 1970-01-01 UTC (a candle's OPEN time); prices in quote currency; `usd` is the minute's
    notional: volume times the mean of high, low and close, unless the file itself gives it.
    """

    minutes: NDArray[np.int64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    usd: NDArray[np.float64]

    @property
    def start(self) -> datetime:
        """Return the open time of the first candle."""
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=int(self.minutes[0]))

    def days(self) -> tuple["Candles", ...]:
        """Return the complete UTC days, in order; a day with a minute missing is left out."""
        day = self.minutes // MINUTES_A_DAY
        numbers, starts, counts = np.unique(day, return_index=True, return_counts=True)
        whole = (slice(first, first + count) for _, first, count in zip(numbers, starts, counts, strict=True) if count == MINUTES_A_DAY)
        return tuple(self[part] for part in whole)

    def returns_bps(self) -> NDArray[np.float64]:
        """Return log returns of closes between neighbouring minutes, in bps; returns across a gap are left out."""
        is_next = np.diff(self.minutes) == 1
        moves: NDArray[np.float64] = 1e4 * np.diff(np.log(self.close))[is_next]
        return moves

    def __getitem__(self, part: slice) -> "Candles":
        return Candles(**{name: getattr(self, name)[part] for name in self.__slots__})

    def __len__(self) -> int:
        return self.minutes.size


def read_candles(path: Path) -> Candles:
    """Read a parquet file of candles: `date` or `timestamp`, open, high, low, close, volume in base coin (or quote_volume).

    Raises:
        CandleError: the file is not parquet, lacks a column, is empty, holds a value that is no number, or repeats a minute.
    """
    import pyarrow as pa  # as large as numba: only who reads candles loads it
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise CandleError(f"{path.name} cannot be read as parquet: {error}") from error
    columns = set(table.schema.names)
    missing = [name for name in (*_PRICES, "volume") if name not in columns]
    times = [name for name in _TIMES if name in columns]
    if missing or not times:
        raise CandleError(f"{path.name} lacks {', '.join(missing or _TIMES)}")
    if not table.num_rows:
        raise CandleError(f"{path.name} holds no candle")
    return _checked(path.name, _candles(table, times[0]))


def join(parts: Sequence[Candles]) -> Candles:
    """Return candles of several stretches as one, in the order given."""
    if not parts:
        raise CandleError("no candles to join")
    return Candles(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in Candles.__slots__})


def _candles(table: "pa.Table", time: str) -> Candles:
    import pyarrow as pa
    import pyarrow.compute as pc

    seconds = pc.cast(pc.cast(table[time], pa.timestamp("ns")), pa.int64()).to_numpy() // 1_000_000_000
    price = {name: _numbers(table, name) for name in _PRICES}
    if "quote_volume" in table.schema.names:
        usd = _numbers(table, "quote_volume")
    else:
        usd = _numbers(table, "volume") * (price["high"] + price["low"] + price["close"]) / 3
    order = np.argsort(seconds, kind="stable")
    return Candles(minutes=seconds[order] // 60, usd=usd[order], **{name: values[order] for name, values in price.items()})


def _numbers(table: "pa.Table", name: str) -> NDArray[np.float64]:
    return np.asarray(table[name].to_numpy(zero_copy_only=False), dtype=np.float64)


def _checked(name: str, candles: Candles) -> Candles:
    if (np.diff(candles.minutes) == 0).any():
        raise CandleError(f"{name} holds a minute twice")
    for column in (*_PRICES, "usd"):
        values = getattr(candles, column)
        if not np.isfinite(values).all() or (values < 0).any() or (column != "usd" and (values == 0).any()):
            raise CandleError(f"{name}: column {column} holds a value that is no {'amount' if column == 'usd' else 'price'}")
    return candles
