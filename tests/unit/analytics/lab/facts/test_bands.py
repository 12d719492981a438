"""Bands are what was asked for, and follow from what was recorded."""

import math

import pytest

from analytics.lab.facts import targets
from analytics.lab.facts.bands import BANDS, Band, bands_of
from analytics.lab.facts.measure import FACTS


@pytest.mark.parametrize("symbol", ["BTC", "ETH"])
@pytest.mark.parametrize(
    ("fact", "factor"),
    [("spread_bps", 1.5), ("depth_5bps_usd", 1.5), ("depth_10bps_usd", 1.5), ("depth_25bps_usd", 1.5), ("parents_per_minute", 1.3)],
)
def test_the_book_and_the_rate_of_trades_have_the_factors_asked_for_around_july_2024(symbol: str, fact: str, factor: float) -> None:
    july = {"BTC": targets.BTC_JULY_2024, "ETH": targets.ETH_JULY_2024}[symbol][fact]
    band = bands_of(symbol)[fact]
    assert (band.low, band.high) == pytest.approx((july / factor, july * factor))


@pytest.mark.parametrize("symbol", ["BTC", "ETH", "SOL"])
def test_impact_and_maker_marks_have_the_limits_asked_for(symbol: str) -> None:
    bands = bands_of(symbol)
    assert (bands["impact_exponent"].low, bands["impact_exponent"].high) == (0.4, 0.65)
    assert {bands[f"impact_decay_{share}"].low for share in ("0.5%", "2.0%", "10.0%")} == {0.3}
    assert {(bands[f"maker_mark_{seconds}s_bps"].low, bands[f"maker_mark_{seconds}s_bps"].high) for seconds in (1, 5, 30)} == {(-1.5, -0.4)}


@pytest.mark.parametrize("symbol", list(BANDS))
def test_every_band_is_finite_and_holds_its_own_target(symbol: str) -> None:
    for fact, band in bands_of(symbol).items():
        assert math.isfinite(band.low) and math.isfinite(band.high) and band.low < band.high, fact
        assert band.target is None or band.holds(band.target), fact


@pytest.mark.parametrize("symbol", ["BTC", "ETH"])
def test_every_fact_of_a_recorded_symbol_has_a_band(symbol: str) -> None:
    assert FACTS.keys() <= bands_of(symbol).keys()


@pytest.mark.parametrize("symbol", ["BTC", "ETH", "SOL"])
def test_what_was_held_out_made_no_band(symbol: str) -> None:
    checks = [(fact, band, check) for fact, band in bands_of(symbol).items() for check in band.checks]
    assert checks
    for fact, band, check in checks:
        assert check.value not in (band.low, band.high, band.target), fact


def test_the_second_half_of_the_candles_confirms_volatility_and_volume() -> None:
    for symbol in ("BTC", "ETH", "SOL"):
        for fact in ("volatility_1m_bps", "volume_usd_per_minute"):
            band = bands_of(symbol)[fact]
            assert all(band.holds(check.value) for check in band.checks), (symbol, fact)


def test_another_recording_in_a_normal_regime_confirms_every_band_of_btc_that_it_speaks_of() -> None:
    for fact, band in bands_of("BTC").items():
        assert all(band.holds(check.value) for check in band.checks if check.source == "2026-02"), fact


def test_what_is_no_number_lies_in_no_band() -> None:
    assert not Band(low=0, high=1, target=None, source="", rule="asked").holds(math.nan)


def test_an_unknown_symbol_has_no_bands() -> None:
    with pytest.raises(KeyError, match="DOGE"):
        bands_of("DOGE")
