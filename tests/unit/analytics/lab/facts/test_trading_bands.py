"""Trading on nothing may gain nothing; posting no more than on the recordings."""

import math
from pathlib import Path

import pytest

from analytics.lab.facts import targets
from analytics.lab.facts.bands import MARK_SECONDS
from analytics.lab.facts.derive import posting_on
from analytics.lab.facts.trading_bands import gain_name, posting_name, trading_bands


@pytest.mark.parametrize("symbol", ["BTC", "ETH", "SOL", "ALT"])
def test_no_trading_on_nothing_may_gain(symbol: str) -> None:
    gains = [band for name, band in trading_bands(symbol).items() if not name.startswith("two_sided")]
    assert len(gains) == 20
    assert {band.high for band in gains} == {0.0}
    assert all(band.is_missed_for_certain and math.isfinite(band.low) for band in gains)


@pytest.mark.parametrize("symbol", ["BTC", "ETH", "SOL"])
def test_posting_has_a_limit_that_made_use_of_nothing_held_out(symbol: str) -> None:
    for seconds in MARK_SECONDS:
        band = trading_bands(symbol)[posting_name(seconds)]
        calibrates = [figures[seconds] for name, figures in targets.POSTING.items() if not name.endswith("08")]
        assert band.high in [high for _, _, high in calibrates]
        assert band.low < band.high


def test_posting_in_a_coin_unlike_any_recorded_has_no_band() -> None:
    assert posting_name(1) not in trading_bands("ALT")


@pytest.mark.parametrize(("usd", "label"), [(500.0, "500"), (1e3, "1k"), (3e5, "300k"), (1e6, "1M")])
def test_sizes_are_named_short(usd: float, label: str) -> None:
    assert gain_name("round_trip", usd) == f"round_trip_{label}_bps"


@pytest.mark.parametrize("name", list(targets.POSTING))
def test_what_posting_gains_on_the_recordings_is_found_again(data: Path | None, name: str) -> None:
    if data is None:
        return
    for seconds, found in posting_on(data, name).items():
        assert (found.value, found.low, found.high) == pytest.approx(targets.POSTING[name][seconds], abs=0.001)
