"""Calibrations that are kept for the lab's pages."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from analytics.lab.facts.bands import Band, Check
from analytics.lab.facts.kept import CalibrationUnreadable, KeptCalibration, calibration_of, keep, model_digest, read
from analytics.lab.facts.measure import Estimate
from analytics.lab.facts.report import Line

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BAND = Band(
    low=1.0, high=2.0, target=1.5, source="2024-07", rule="asked", checks=(Check(source="a", value=1.5), Check(source="b", value=3.0))
)


def line(value: float | None, low: float | None = None, high: float | None = None, band: Band | None = BAND) -> Line:
    estimate = None if value is None else Estimate(value=value, low=low, high=high, blocks=12)
    return Line(symbol="BTC", fact="spread_bps", estimate=estimate, band=band, problem="" if estimate else "too few")


def calibration(*lines: Line, seed: int = 1) -> KeptCalibration:
    return calibration_of(lines, hours=16.0, seed=seed, now=NOW)


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    found = calibration(line(1.5, 1.2, 1.8), line(2.5, 2.4, 2.6), line(2.1, 1.9, 2.3), line(None), line(7.0, band=None))
    keep({"BTC": found}, tmp_path / "lab" / "calibration.json")
    assert read(tmp_path / "lab" / "calibration.json") == {"BTC": found}
    assert [fact.verdict for fact in found.facts] == ["ok", "MISS", "MISS", "BROKEN", "no band"]
    assert [fact.is_surely_outside for fact in found.facts] == [False, True, False, True, False]
    assert [check.is_inside for check in found.facts[0].checks] == [True, False]
    assert found.model == model_digest()


def test_another_symbol_is_kept_beside_the_first_and_the_same_one_instead(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    for symbol, seed in (("BTC", 1), ("ETH", 2), ("BTC", 3)):
        keep({symbol: calibration(line(1.5), seed=seed)}, path)
    assert {symbol: each.seed for symbol, each in read(path).items()} == {"BTC": 3, "ETH": 2}


def test_a_figure_that_is_no_number_is_kept_as_none(tmp_path: Path) -> None:
    keep({"BTC": calibration(line(float("nan"), float("-inf"), 1.0))}, tmp_path / "calibration.json")
    (fact,) = read(tmp_path / "calibration.json")["BTC"].facts
    assert (fact.value, fact.low, fact.high, fact.verdict) == (None, None, 1.0, "BROKEN")


def test_where_nothing_was_kept_there_is_nothing(tmp_path: Path) -> None:
    assert read(tmp_path / "calibration.json") == {}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"BTC": 1}', b'{"BTC": {"hours": 1}}', b"\xff\xfe", b'{"BTC": null}'])
def test_a_damaged_file_is_named_and_written_anew_by_the_next_calibration(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "calibration.json"
    path.write_bytes(content)
    with pytest.raises(CalibrationUnreadable, match=r"calibration\.json"):
        read(path)
    keep({"BTC": calibration(line(1.5))}, path)
    assert list(read(path)) == ["BTC"]
