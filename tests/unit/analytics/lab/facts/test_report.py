"""The report hides nothing: misses are named, what cannot be measured is broken, the last line can be read."""

import json
import math

import pytest

from analytics.lab.facts.bands import Band, Check
from analytics.lab.facts.measure import Estimate
from analytics.lab.facts.report import Line, lines_of, summary, table

BAND = Band(low=1.0, high=2.0, target=1.5, source="2024-07", rule="asked", checks=(Check(source="2024-08", value=2.5),))


def value(number: float, low: float | None = None, high: float | None = None) -> Estimate:
    return Estimate(value=number, low=low, high=high, blocks=12)


def line(result: Estimate | str, band: Band | None = BAND) -> Line:
    (only,) = lines_of("BTC", {"spread_bps": result}, {} if band is None else {"spread_bps": band})
    return only


@pytest.mark.parametrize(("number", "verdict"), [(1.0, "ok"), (2.0, "ok"), (0.99, "MISS"), (2.01, "MISS"), (math.nan, "BROKEN")])
def test_a_value_is_judged_by_its_band_ends_included(number: float, verdict: str) -> None:
    assert line(value(number)).verdict == verdict


def test_a_fact_with_a_band_that_could_not_be_measured_is_broken_and_says_why() -> None:
    broken = line("no trades")
    assert broken.is_broken
    assert "BROKEN (no trades)" in table([broken])


def test_a_fact_that_nothing_recorded_speaks_of_is_shown_without_a_verdict_and_breaks_nothing() -> None:
    free = line(value(7.0), band=None)
    assert not free.is_broken
    assert "nothing recorded" in table([free])
    assert json.loads(summary([free]).removeprefix("CALIBRATION ")) == {}


def test_a_band_whose_fact_was_not_measured_at_all_is_broken() -> None:
    (only,) = lines_of("BTC", {}, {"spread_bps": BAND})
    assert only.is_broken


def test_a_miss_is_named_with_its_distance() -> None:
    told = table([line(value(2.5)), line(value(1.5))])
    assert "1 of 2 facts inside their band: spread_bps MISS (2.5 is above 2)" in told


def test_a_held_out_figure_outside_the_band_is_named() -> None:
    assert "0 of 1 held-out figures inside their band: all but spread_bps 2024-08" in table([line(value(1.5))])


def test_the_last_line_gives_value_limits_and_verdict_by_symbol_and_fact() -> None:
    told = summary([line(value(2.5)), *lines_of("ETH", {"spread_bps": value(math.nan)}, {"spread_bps": BAND})])
    assert json.loads(told.removeprefix("CALIBRATION ")) == {
        "BTC": {"spread_bps": {"value": 2.5, "low": 1.0, "high": 2.0, "ok": False}},
        "ETH": {"spread_bps": {"value": None, "low": 1.0, "high": 2.0, "ok": False}},
    }
    assert "\n" not in told


@pytest.mark.parametrize(
    ("estimate", "is_outside"),
    [(value(2.5, 2.1, 2.9), True), (value(2.5, 1.9, 2.9), False), (value(2.5), False), (value(1.5, 0.0, 9.0), False)],
)
def test_a_value_is_surely_outside_when_its_interval_is(estimate: Estimate, is_outside: bool) -> None:
    assert line(estimate).is_surely_outside is is_outside


FORGIVING = Band(low=-9.0, high=0.0, target=None, source="", rule="certain", is_missed_for_certain=True)


@pytest.mark.parametrize(
    ("estimate", "verdict"),
    [(value(0.2, -0.1, 0.5), "ok"), (value(0.2, 0.1, 0.3), "MISS"), (value(-0.2, -0.3, -0.1), "ok"), (value(0.2), "MISS")],
)
def test_what_is_missed_for_certain_only_is_ok_while_its_interval_reaches_the_band(estimate: Estimate, verdict: str) -> None:
    judged = line(estimate, FORGIVING)
    assert judged.verdict == verdict
    told = json.loads(summary([judged]).removeprefix("CALIBRATION "))["BTC"]["spread_bps"]
    assert (told["low"] <= told["value"] <= told["high"]) == told["ok"] == (verdict == "ok")


def test_a_section_is_told_above_its_lines() -> None:
    traded = lines_of("BTC", {"gain_bps": value(1.5)}, {"gain_bps": BAND}, section="trading on nothing")
    told = table([line(value(1.5)), *traded]).splitlines()
    assert told.index("-- trading on nothing") == next(place for place, row in enumerate(told) if row.startswith("gain_bps")) - 1
