"""The page that says how honest the market model is."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client

from analytics.lab.facts import kept
from analytics.lab.facts.bands import BANDS, Band
from analytics.lab.facts.measure import Estimate
from analytics.lab.facts.report import Line
from analytics.lab.facts.trading_bands import trading_bands
from analytics.reports.lab_market import short
from dipmaster.accounts.models import User
from tests.integration.web.test_lab_pages import stored, words

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where calibrations are kept: nothing yet."""
    monkeypatch.setattr(kept, "var_dir", lambda: tmp_path)
    return kept.calibration_file()


def line(fact: str, value: float, half: float = 0.0, band: Band | None = None) -> Line:
    estimate = Estimate(value=value, low=value - half, high=value + half, blocks=12)
    return Line(symbol="BTC", fact=fact, estimate=estimate, band=band or BANDS["BTC"][fact])


def calibrate(file: Path, *lines: Line, symbol: str = "BTC") -> None:
    kept.keep({symbol: kept.calibration_of(lines, hours=16.0, seed=1, now=NOW)}, file)


def test_before_the_first_calibration_the_page_says_how_to_make_one(visitor: Client) -> None:
    shown = words(visitor, "/lab/market/")
    assert "Not measured here yet" in shown
    assert "make calibrate" in shown


def test_every_fact_is_shown_with_its_band_and_verdict_misses_first(visitor: Client, file: Path) -> None:
    calibrate(file, line("spread_bps", 0.016), line("impact_exponent", 0.7, 0.01), line("impact_decay_10.0%", 0.29, 0.02))
    shown = words(visitor, "/lab/market/")
    assert "BTC: 1 of 3 facts inside their band" in shown
    for text in (
        "Impact exponent 0.700 0.690 to 0.710 0.400 to 0.650 outside the lab",
        "Impact decay at 10 % of volume 0.290 0.270 to 0.310 0.300 to 1.00 outside, not surely the lab",
        "Spread bps 0.0160 0.0160 to 0.0160 0.0104 to 0.0234 inside 2024-07",
        "16 hours of paths, seed 1, 2026-11-21 12:00 UTC",
    ):
        assert text in shown
    assert shown.index("Impact exponent") < shown.index("Spread")
    assert "has changed" not in shown


def test_what_trading_on_nothing_gains_is_shown_with_how_far_chance_may_have_led(visitor: Client, file: Path) -> None:
    gains = (("random_trading_1M_bps", 0.06, 0.1), ("round_trip_300k_bps", 0.2, 0.1))
    bands = trading_bands("BTC")
    calibrate(file, *(line(fact, value, half, bands[fact]) for fact, value, half in gains))
    shown = words(visitor, "/lab/market/")
    assert "Gain of random trades of USD 1m bps 0.060 −0.0400 to 0.160 −7.40 to 0.100 inside" in shown
    assert "Gain of round trips of USD 300k bps 0.200 0.100 to 0.300 −7.40 to 0.100 outside the lab" in shown


def test_a_calibration_of_another_model_says_so(visitor: Client, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "model_digest", lambda: "another")
    calibrate(file, line("spread_bps", 0.016))
    assert "The market model has changed since this was measured" in words(visitor, "/lab/market/")


def test_another_symbol_can_be_chosen_and_nonsense_is_the_first(visitor: Client, file: Path) -> None:
    calibrate(file, line("spread_bps", 0.016))
    calibrate(file, line("spread_bps", 0.5), symbol="ETH")
    assert "ETH: 0 of 1" in words(visitor, "/lab/market/?symbol=ETH")
    assert "BTC: 1 of 1" in words(visitor, "/lab/market/?symbol=<b>")


def test_a_damaged_file_is_told_without_a_trace(visitor: Client, file: Path, trader: User) -> None:
    file.parent.mkdir()
    file.write_text("{")
    answer = visitor.get("/lab/market/")
    assert answer.status_code == 200
    assert "cannot be read" in answer.content.decode()
    assert visitor.get(f"/lab/{stored(trader).pk}/").status_code == 200


def test_results_tell_the_calibration_of_their_own_symbol_and_lead_to_it(visitor: Client, file: Path, trader: User) -> None:
    calibrate(file, line("spread_bps", 0.016), line("impact_exponent", 0.7))
    page = visitor.get(f"/lab/{stored(trader).pk}/").content.decode()
    assert "1 of 2 facts inside their band" in page
    assert re.search(r'href="/lab/market/\?symbol=BTC"', page)
    other = stored(trader, given={"symbols": ("SOL",)})
    assert "facts inside" not in visitor.get(f"/lab/{other.pk}/").content.decode()


def test_results_on_a_recording_lead_to_no_calibration(visitor: Client, file: Path, trader: User) -> None:
    calibrate(file, line("spread_bps", 0.016))
    experiment = stored(trader, given={"sources": ("recorded",)})
    assert "/lab/market/" not in visitor.get(f"/lab/{experiment.pk}/").content.decode()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0156, "0.0156"),
        (0.0, "0.0000"),
        (-0.4, "−0.400"),
        (1.234, "1.23"),
        (12.34, "12.3"),
        (581.7, "582"),
        (5_059_979, "5.1m"),
    ],
)
def test_figures_have_three_digits(value: float | None, text: str) -> None:
    assert short(value) == text
