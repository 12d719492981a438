"""Leads are correlations of returns one step apart; bands follow from recordings that the lead was not tuned on."""

import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest

from analytics.lab.facts.derive import leads_of
from analytics.lab.facts.lead import LEAD_FACTS, Pair, measure_lead, rows_of
from analytics.lab.facts.lead_bands import FEBRUARY_2026, LEAD_FILES, lead_bands_of
from analytics.lab.facts.lead_modelled import observe_lead
from analytics.lab.facts.lead_recorded import observe_pair
from analytics.lab.facts.observed import FloatArray, InvalidObservation
from analytics.lab.facts.statistics import TooFewObservations
from execution.paper.recording import RecordingError

START_US = 1_723_161_253_000_000


def led(steps: int) -> Pair:
    """A perpetual that walks at random and a spot that repeats it so many steps later."""
    walk = np.exp(np.cumsum(np.random.default_rng(1).normal(0, 1e-4, 4000)))
    return Pair(perpetual=walk[10:], spot=walk[10 - steps : walk.size - steps])


def test_rows_stand_a_return_beside_the_next_of_the_other() -> None:
    perpetual, spot = (1e4 * np.log([1.0, 2.0, 6.0, 6.0]), 1e4 * np.log([5.0, 5.0, 10.0, 30.0]))
    pair = Pair(perpetual=np.exp(perpetual / 1e4), spot=np.exp(spot / 1e4))
    up = {factor: 1e4 * math.log(factor) for factor in (1, 2, 3)}
    assert rows_of(pair, seconds=0.1, lead=1) == pytest.approx(np.array([[up[2], up[2]], [up[3], up[3]]]))
    assert rows_of(pair, seconds=0.1, lead=0) == pytest.approx(np.array([[up[2], up[1]], [up[3], up[2]], [up[1], up[3]]]))
    assert rows_of(pair, seconds=0.1, lead=-1) == pytest.approx(np.array([[up[1], up[3]], [up[2], up[1]]]))


def test_what_spot_repeats_a_step_later_is_a_lead_of_the_perpetual() -> None:
    pair = led(1)
    assert measure_lead("lead_perpetual_spot_100ms", [pair], seed=1).value == pytest.approx(1)
    assert abs(measure_lead("lead_spot_perpetual_100ms", [pair], seed=1).value) < 0.05
    assert measure_lead("lead_together_1s", [pair], seed=1).value > 0.8


def test_swapped_mids_swap_the_lead() -> None:
    pair = led(1)
    swapped = Pair(perpetual=pair.spot, spot=pair.perpetual)
    assert measure_lead("lead_spot_perpetual_100ms", [swapped], seed=1).value == pytest.approx(1)


@pytest.mark.parametrize(
    ("perpetual", "spot"),
    [
        ([1.0, 1.1], [1.0]),
        ([1.0, math.nan], [1.0, 1.0]),
        ([1.0, 1.0], [1.0, math.inf]),
        ([1.0, 0.0], [1.0, 1.0]),
        ([1.0, 1.0], [-1.0, 1.0]),
    ],
)
def test_mids_that_cannot_be_compared_are_refused(perpetual: list[float], spot: list[float]) -> None:
    with pytest.raises(InvalidObservation, match="mid"):
        Pair(perpetual=np.array(perpetual), spot=np.array(spot))


@pytest.mark.parametrize("mids", [np.ones(0), np.ones(2), np.ones(500)])
def test_too_little_or_nothing_that_moves_has_no_lead(mids: FloatArray) -> None:
    for name in LEAD_FACTS:
        with pytest.raises(TooFewObservations):
            measure_lead(name, [Pair(perpetual=mids, spot=mids)], seed=1)


def write(path: Path, quotes: list[tuple[float, str, str]]) -> Path:
    lines = [
        f"{START_US + round(at * 1e6)} {json.dumps({'stream': 'btcusdt@bookTicker', 'data': {'b': bid, 'B': '1', 'a': ask, 'A': '1'}})}\n"
        for at, bid, ask in quotes
    ]
    path.write_bytes(gzip.compress("".join(lines).encode()))
    return path


def test_two_recordings_are_laid_on_one_clock(tmp_path: Path) -> None:
    perpetual = write(tmp_path / "perpetual.jsonl.gz", [(0.0, "99", "101"), (0.25, "101", "103"), (1.0, "103", "105")])
    spot = write(tmp_path / "spot.jsonl.gz", [(0.1, "97", "99"), (0.42, "99", "101"), (0.65, "95", "97")])
    pair = observe_pair([perpetual], [spot])
    assert pair.perpetual.tolist() == [100, 100, 102, 102, 102, 102]
    assert pair.spot.tolist() == [98, 98, 98, 98, 100, 100]


def test_recordings_of_different_times_are_refused(tmp_path: Path) -> None:
    first = write(tmp_path / "first.jsonl.gz", [(0.0, "99", "101"), (1.0, "99", "101")])
    second = write(tmp_path / "second.jsonl.gz", [(5.0, "99", "101"), (6.0, "99", "101")])
    with pytest.raises(InvalidObservation, match="no time in common"):
        observe_pair([first], [second])


def test_a_recording_without_quotes_and_one_that_is_cut_short_are_named(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.jsonl.gz", [(at / 10, str(99 + at), str(101 + at)) for at in range(500)])
    trades = tmp_path / "trades.jsonl"
    trades.write_text(f"{START_US} {json.dumps({'stream': 'btcusdt@trade', 'data': {'T': 1, 'p': '1', 'q': '1', 'm': True}})}\n")
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(whole.read_bytes()[:-40])
    with pytest.raises(InvalidObservation, match="holds no best quote"):
        observe_pair([whole], [trades])
    with pytest.raises(RecordingError, match="cannot be read to its end"):
        observe_pair([cut], [whole])


def test_a_joint_path_is_observed_whole_and_again_with_the_same_seed() -> None:
    first, again, other = (observe_lead("ETH", seed=np.random.SeedSequence(seed), seconds=30.0) for seed in (1, 1, 2))
    assert 300 <= first.perpetual.size == first.spot.size <= 301
    assert first.perpetual.tolist() == again.perpetual.tolist() != other.perpetual.tolist()


@pytest.mark.parametrize("symbol", ["BTC", "ETH", "SOL"])
def test_every_lead_has_a_finite_band_that_holds_its_target(symbol: str) -> None:
    bands = lead_bands_of(symbol)
    assert bands.keys() == LEAD_FACTS.keys()
    for name, band in bands.items():
        assert -1 <= band.low < band.high <= 1, name
        assert band.target is None or band.holds(band.target), name


def test_the_recording_that_was_tuned_on_gives_btc_no_band() -> None:
    bands = lead_bands_of("BTC")
    assert {band.source for band in bands.values()} == {"2024-08", "2024-08, 2026-02"}
    for name, (_, low, high) in LEAD_FILES["BTC 2024-08"].items():
        if name not in FEBRUARY_2026:
            assert (bands[name].low, bands[name].high) == (low, high)


def test_a_symbol_without_recordings_of_both_has_no_band() -> None:
    assert lead_bands_of("ALT") == {}


@pytest.mark.parametrize("name", list(LEAD_FILES))
def test_the_recorded_leads_are_found_again(data: Path | None, name: str) -> None:
    if data is None:
        return
    for fact, found in leads_of(data, name).items():
        assert (found.value, found.low, found.high) == pytest.approx(LEAD_FILES[name][fact], abs=0.002), fact
