from dataclasses import replace

import pytest

from execution.domain.algorithms import registry, slots
from execution.domain.algorithms.registry import UnknownAlgorithm, get_algorithm
from execution.domain.strategy import MODES, UnknownMode, decide


def test_conservative_prefers_twap():
    assert decide(mode="conservative", algorithm=None, duration_seconds=600).reasons[0] == "Conservative prefers TWAP."


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("balanced", "Balanced prefers VWAP; this version executes it as TWAP."),
        ("aggressive", "Aggressive prefers Implementation Shortfall; this version executes it as TWAP."),
    ],
)
def test_a_mode_whose_algorithm_does_not_exist_yet_says_so(mode, reason):
    strategy = decide(mode=mode, algorithm=None, duration_seconds=600)
    assert strategy.algorithm == "twap"
    assert strategy.reasons[0] == reason


def test_a_mode_uses_its_own_algorithm_once_that_exists(monkeypatch):
    monkeypatch.setitem(registry._ALGORITHMS, "vwap", replace(get_algorithm("twap"), name="vwap"))
    strategy = decide(mode="balanced", algorithm=None, duration_seconds=600)
    assert (strategy.algorithm, strategy.reasons[0]) == ("vwap", "Balanced prefers VWAP.")


def test_stealth_follows_the_volume():
    strategy = decide(mode="stealth", algorithm=None, duration_seconds=600)
    assert (strategy.algorithm, strategy.reasons[0]) == ("participation", "Stealth prefers participation rate (POV).")


def test_an_algorithm_that_was_asked_for_wins_over_the_mode():
    strategy = decide(mode="balanced", algorithm="twap", duration_seconds=600)
    assert (strategy.algorithm, strategy.reasons[0]) == ("twap", "TWAP was asked for by name.")


def test_an_unknown_algorithm_is_refused_with_the_names_that_exist():
    with pytest.raises(UnknownAlgorithm, match="'vwap' is not an algorithm; there are: twap"):
        decide(mode="balanced", algorithm="vwap", duration_seconds=600)


def test_an_unknown_mode_is_refused_with_the_names_that_exist():
    with pytest.raises(UnknownMode, match="'reckless' is not a mode; there are: conservative, balanced, aggressive, stealth"):
        decide(mode="reckless", algorithm=None, duration_seconds=600)


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_duration_that_is_not_positive_is_refused(seconds):
    with pytest.raises(ValueError, match="duration must be positive"):
        decide(mode="balanced", algorithm=None, duration_seconds=seconds)


def test_two_minutes_balanced_are_eight_slices():
    strategy = decide(mode="balanced", algorithm=None, duration_seconds=120)
    assert strategy.parameters["slice_count"] == 8
    assert strategy.reasons[1].startswith("Up to 8 slices of about 15 s")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seconds", [1, 60, 900, 86_400])
def test_the_parameters_are_ones_that_twap_takes(mode, seconds):
    parameters = decide(mode=mode, algorithm="twap", duration_seconds=seconds).parameters
    assert slots.FEWEST_SLICES <= parameters["slice_count"] <= slots.MOST_SLICES
    assert 0 <= parameters["randomise"] <= 0.5
    assert 0 <= parameters["patience"] <= 1


def test_the_more_urgent_mode_is_the_less_patient_one():
    patience = [MODES[mode].patience for mode in ("aggressive", "balanced", "conservative", "stealth")]
    assert patience == sorted(patience)
