"""Candles are read whole, gaps and nonsense named."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.lab.candles import MINUTES_A_DAY, CandleError, join, read_candles

DAY = int(datetime(2025, 5, 4, tzinfo=UTC).timestamp()) // 60


def write(folder: Path, minutes: list[int] | np.ndarray, *, name: str = "candles.parquet", time: str = "date", **columns: Any) -> Path:
    count = len(minutes)
    times = pa.array([int(minute) * 60_000_000 for minute in minutes], pa.timestamp("us", tz="UTC"))
    values: dict[str, Any] = {column: np.full(count, 100.0) for column in ("open", "high", "low", "close")}
    values |= {"volume": np.full(count, 2.0)} | columns
    path = folder / name
    pq.write_table(pa.table({time: times, **{column: part for column, part in values.items() if part is not None}}), path)
    return path


def test_a_candle_has_its_minute_prices_and_notional(tmp_path: Path) -> None:
    candles = read_candles(write(tmp_path, [DAY, DAY + 1], high=np.array([103.0, 100.0]), low=np.array([97.0, 100.0])))
    assert candles.start == datetime(2025, 5, 4, tzinfo=UTC)
    assert candles.usd.tolist() == [200, 200]
    assert candles.high.tolist() == [103, 100]


def test_a_files_own_notional_is_preferred(tmp_path: Path) -> None:
    candles = read_candles(write(tmp_path, [DAY], time="timestamp", quote_volume=np.array([7.0])))
    assert candles.usd.tolist() == [7]


def test_candles_come_in_order_of_time(tmp_path: Path) -> None:
    candles = read_candles(write(tmp_path, [DAY + 1, DAY], close=np.array([102.0, 101.0])))
    assert candles.close.tolist() == [101, 102]


def test_returns_are_in_bps_and_skip_gaps(tmp_path: Path) -> None:
    candles = read_candles(write(tmp_path, [DAY, DAY + 1, DAY + 5], close=100 * np.exp([0.0, 0.001, 0.5])))
    assert candles.returns_bps().tolist() == pytest.approx([10])


def test_only_complete_days_count(tmp_path: Path) -> None:
    minutes = np.delete(np.arange(DAY - 5, DAY + 2 * MINUTES_A_DAY), 100 + 5)
    days = read_candles(write(tmp_path, minutes)).days()
    assert [day.start for day in days] == [datetime(2025, 5, 5, tzinfo=UTC)]
    assert len(join(days)) == MINUTES_A_DAY


def test_no_days_cannot_be_joined() -> None:
    with pytest.raises(CandleError, match="no candles"):
        join(())


@pytest.mark.parametrize(
    ("minutes", "columns", "message"),
    [
        ([], {}, "holds no candle"),
        ([DAY, DAY], {}, "a minute twice"),
        ([DAY], {"close": np.array([np.nan])}, "close holds a value that is no price"),
        ([DAY], {"low": np.array([0.0])}, "low holds a value that is no price"),
        ([DAY], {"volume": np.array([-1.0])}, "usd holds a value that is no amount"),
        ([DAY], {"volume": None}, "lacks volume"),
        ([DAY], {"time": "when"}, "lacks date, timestamp"),
    ],
)
def test_candles_that_cannot_be_are_refused_by_name(tmp_path: Path, minutes: list[int], columns: dict[str, Any], message: str) -> None:
    with pytest.raises(CandleError, match=message):
        read_candles(write(tmp_path, minutes, **columns))


def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, list(range(DAY, DAY + 500)))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CandleError, match=r"candles\.parquet cannot be read"):
        read_candles(path)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CandleError, match="cannot be read"):
        read_candles(tmp_path / "absent.parquet")
