from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.domain.algorithms import registry, slots
from execution.domain.algorithms.parameters import PARTICIPATION_CAP, PATIENCE, RANDOMISE, SLICE_COUNT, InvalidParameter, Kind, Parameter
from execution.domain.algorithms.registry import AlgorithmSpec, UnknownAlgorithm, get_algorithm
from execution.domain.strategy import MODES, Conditions, Mode, decide

URGENCY = Parameter(name="urgency", title="Urgency", kind=Kind.SHARE, default=0.5, minimum=0, maximum=1)


def registered(monkeypatch: pytest.MonkeyPatch, name: str, *parameters: Parameter) -> None:
    """Have an algorithm of that name, whatever this version has."""
    plan = get_algorithm("twap").plan
    spec = AlgorithmSpec(name=name, title=name, summary="", plan=plan, parameters=(*parameters, PATIENCE), is_custom=False)
    monkeypatch.setitem(registry._ALGORITHMS, name, spec)


def absent(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    if name in registry._ALGORITHMS:
        monkeypatch.delitem(registry._ALGORITHMS, name)


def preset(**changes: Any) -> Mode:
    return replace(MODES["balanced"], algorithm="twap", **changes)


def test_the_modes_begin_as_the_product_promises() -> None:
    table = {name: (mode.algorithm, mode.participation, mode.risk_aversion) for name, mode in MODES.items()}
    assert table == {
        "conservative": ("twap", 0.10, 0.8),
        "balanced": ("vwap", 0.15, 0.5),
        "aggressive": ("shortfall", 0.25, 0.2),
        "stealth": ("participation", 0.05, 0.9),
    }


def test_the_more_urgent_mode_is_the_less_patient_one() -> None:
    patience = [MODES[mode].patience for mode in ("aggressive", "balanced", "conservative", "stealth")]
    assert patience == sorted(patience)


# Which algorithm.


def test_conservative_prefers_twap() -> None:
    assert decide(mode=MODES["conservative"], duration_seconds=600).reasons[0] == "Conservative prefers TWAP."


@pytest.mark.parametrize(
    ("mode", "algorithm", "reason"),
    [
        ("balanced", "vwap", "Balanced prefers vwap; this version executes it as TWAP."),
        ("aggressive", "shortfall", "Aggressive prefers shortfall; this version executes it as TWAP."),
        ("stealth", "participation", "Stealth prefers participation; this version executes it as TWAP."),
    ],
)
def test_a_mode_whose_algorithm_does_not_exist_says_so(monkeypatch: pytest.MonkeyPatch, mode: str, algorithm: str, reason: str) -> None:
    absent(monkeypatch, algorithm)
    strategy = decide(mode=MODES[mode], duration_seconds=600)
    assert strategy.algorithm == "twap"
    assert strategy.reasons[0] == reason


def test_vwap_follows_a_volume_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    registered(monkeypatch, "vwap")
    strategy = decide(mode=MODES["balanced"], duration_seconds=600, conditions=Conditions(expected_volume=100))
    assert (strategy.algorithm, strategy.reasons[0]) == ("vwap", "Balanced prefers vwap.")


def test_vwap_without_a_volume_becomes_twap_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    registered(monkeypatch, "vwap")
    strategy = decide(mode=MODES["balanced"], duration_seconds=600)
    assert strategy.algorithm == "twap"
    assert strategy.reasons[0] == "Balanced prefers vwap, but no volume forecast is at hand: TWAP spreads the order evenly instead."


def test_vwap_stays_when_a_parameter_of_its_own_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    registered(monkeypatch, "vwap", replace(URGENCY, name="lean"))
    strategy = decide(mode=MODES["balanced"], duration_seconds=600, overrides={"lean": 0.2})
    assert (strategy.algorithm, strategy.parameters["lean"]) == ("vwap", 0.2)


def test_an_algorithm_that_was_asked_for_wins_over_the_mode() -> None:
    strategy = decide(mode=MODES["balanced"], algorithm="twap", duration_seconds=600)
    assert (strategy.algorithm, strategy.reasons[0]) == ("twap", "TWAP was asked for by name.")


def test_an_unknown_algorithm_is_refused_with_the_names_that_exist() -> None:
    with pytest.raises(UnknownAlgorithm, match="'martingale' is not an algorithm; there are: twap"):
        decide(mode=MODES["balanced"], algorithm="martingale", duration_seconds=600)


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_duration_that_is_not_positive_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="duration must be positive"):
        decide(mode=MODES["balanced"], duration_seconds=seconds)


# Which parameters.


def test_a_mode_sets_participation_patience_and_randomness() -> None:
    parameters = decide(mode=MODES["conservative"], duration_seconds=600).parameters
    assert (parameters["participation_cap"], parameters["patience"], parameters["randomise"]) == (0.10, 0.8, 0.1)


def test_where_participation_is_the_aim_its_cap_is_the_algorithms_own() -> None:
    parameters = decide(mode=MODES["stealth"], duration_seconds=600).parameters
    assert (parameters["participation_rate"], parameters["participation_cap"]) == (0.05, None)


def test_what_a_mode_says_is_drawn_into_another_algorithms_range(monkeypatch: pytest.MonkeyPatch) -> None:
    registered(monkeypatch, "narrow", replace(PARTICIPATION_CAP, maximum=0.1), replace(RANDOMISE, minimum=0.3))
    parameters = decide(mode=MODES["balanced"], algorithm="narrow", duration_seconds=600).parameters
    assert (parameters["participation_cap"], parameters["randomise"]) == (0.1, 0.3)


def test_an_override_wins_over_the_mode_and_over_every_rule() -> None:
    conditions = Conditions(liquidity=0.1, spread_bps=50, quantity=1, min_quantity=1, imbalance=0.9)
    parameters = decide(
        mode=preset(), duration_seconds=60, overrides={"patience": "0.2", "slice_count": 7}, conditions=conditions
    ).parameters
    assert (parameters["patience"], parameters["slice_count"]) == (0.2, 7)


@pytest.mark.parametrize("nothing", [None, ""])
def test_an_override_that_is_empty_counts_as_not_given(nothing: object) -> None:
    assert decide(mode=MODES["conservative"], duration_seconds=600, overrides={"patience": nothing}).parameters["patience"] == 0.8


HOSTILE = [-0.1, 1.1, float("nan"), float("inf"), 10**400, "much", True, [0.5], {"a": 1}, "0x1", object()]


@pytest.mark.parametrize("value", HOSTILE, ids=[f"{str(value)[:20]}" if type(value) is not object else "object" for value in HOSTILE])
def test_an_override_out_of_range_is_refused_by_name(value: object) -> None:
    with pytest.raises(InvalidParameter) as refused:
        decide(mode=MODES["conservative"], duration_seconds=600, overrides={"patience": value})
    assert refused.value.name == "patience"


def test_an_unknown_override_is_refused_with_the_names_that_exist() -> None:
    with pytest.raises(InvalidParameter, match=r"there is no such parameter; there are: .*patience"):
        decide(mode=MODES["conservative"], duration_seconds=600, overrides={"speed": 1})


# The rules.


def test_two_minutes_balanced_are_eight_slices() -> None:
    strategy = decide(mode=preset(), duration_seconds=120)
    assert strategy.parameters["slice_count"] == 8
    assert strategy.reasons[-1].startswith("Up to 8 slices of about 15 s, times and sizes varied by 20%; each rests for 70%")


@pytest.mark.parametrize(("liquidity", "count"), [(0.95, 6), (0.9, 8), (0.8, 8), (0.7, 8), (0.69, 12), (None, 8)])
def test_shortfall_has_slices_by_liquidity(monkeypatch: pytest.MonkeyPatch, liquidity: float | None, count: int) -> None:
    registered(monkeypatch, "shortfall", SLICE_COUNT, URGENCY)
    strategy = decide(mode=MODES["aggressive"], duration_seconds=1800, conditions=Conditions(liquidity=liquidity))
    assert strategy.parameters["slice_count"] == count


def test_an_order_below_twice_the_minimum_is_one_slice() -> None:
    strategy = decide(mode=preset(), duration_seconds=600, conditions=Conditions(quantity=1.9, min_quantity=1))
    assert strategy.parameters["slice_count"] == 1
    assert "The order is below twice the venues' minimum: one slice is all of it." in strategy.reasons


def test_the_share_of_the_volume_is_told_with_the_time_that_the_cap_would_need() -> None:
    # 42 of 100: 58 by others in 20 minutes. At 15 % the order's 42 need 42 * 85 / 15 = 238 by others, 82 minutes.
    conditions = Conditions(quantity=42, expected_volume=58)
    reasons = decide(mode=preset(), duration_seconds=20 * 60, conditions=conditions).reasons
    assert "42% of the expected volume: a share of 15% would need 82 minutes." in reasons


def test_an_order_within_its_cap_is_told_its_share_alone() -> None:
    conditions = Conditions(quantity=1, expected_volume=99)
    assert "1.0% of the expected volume." in decide(mode=preset(), duration_seconds=600, conditions=conditions).reasons


def test_a_market_in_which_nobody_else_trades_is_told() -> None:
    reasons = decide(mode=preset(), duration_seconds=600, conditions=Conditions(quantity=1, expected_volume=0)).reasons
    assert "Nobody else is expected to trade: a share of 15% leaves no room before the end." in reasons


@pytest.mark.parametrize(
    ("conditions", "word"),
    [
        (Conditions(spread_bps=6), "The spread of 6.0 bps is wide:"),
        (Conditions(liquidity=0.5), "Liquidity is low (score 0.50):"),
        (Conditions(day_volume_share=0.3), "A quiet time, 30% of the day's average volume:"),
    ],
)
def test_a_thin_market_is_met_with_patience(conditions: Conditions, word: str) -> None:
    strategy = decide(mode=preset(), duration_seconds=600, conditions=conditions)
    assert strategy.parameters["patience"] == pytest.approx(0.85)
    assert any(reason.startswith(word) for reason in strategy.reasons)


@pytest.mark.parametrize("conditions", [Conditions(spread_bps=4), Conditions(liquidity=0.7, day_volume_share=0.6)])
def test_a_usual_market_changes_no_patience(conditions: Conditions) -> None:
    assert decide(mode=preset(), duration_seconds=600, conditions=conditions).parameters["patience"] == 0.7


@pytest.mark.parametrize(
    ("mode", "volatility", "urgency"), [("conservative", 16, 0.4), ("conservative", 15, 0.2), ("aggressive", 30, 0.8), ("stealth", 30, 0.4)]
)
def test_who_dislikes_risk_hurries_when_volatility_is_high(
    monkeypatch: pytest.MonkeyPatch, mode: str, volatility: float, urgency: float
) -> None:
    registered(monkeypatch, "shortfall", URGENCY)
    conditions = Conditions(minute_volatility_bps=volatility, usual_minute_volatility_bps=10)
    strategy = decide(mode=MODES[mode], algorithm="shortfall", duration_seconds=600, conditions=conditions)
    assert strategy.parameters["urgency"] == pytest.approx(urgency)
    assert any(reason.startswith("Volatility is") for reason in strategy.reasons) == (urgency != MODES[mode].urgency)


@pytest.mark.parametrize(("imbalance", "seconds", "patience"), [(0.7, 60, 0.525), (0.7, 600, 0.7), (0.5, 60, 0.7), (-0.9, 60, 0.7)])
def test_a_book_that_leans_against_a_short_order_makes_it_hurry(imbalance: float, seconds: float, patience: float) -> None:
    strategy = decide(mode=preset(), duration_seconds=seconds, conditions=Conditions(imbalance=imbalance))
    assert strategy.parameters["patience"] == pytest.approx(patience)


FIGURES = st.none() | st.floats(0, 1e9)


@given(
    mode=st.sampled_from(sorted(MODES)),
    algorithm=st.none() | st.sampled_from(registry.algorithm_names()),
    seconds=st.floats(1, 86_400),
    figures=st.fixed_dictionaries(
        {
            name: FIGURES
            for name in (
                "quantity", "min_quantity", "liquidity", "spread_bps", "minute_volatility_bps",
                "usual_minute_volatility_bps", "expected_volume", "day_volume_share",
            )
        }
    ),
    imbalance=st.none() | st.floats(-1, 1),
)  # fmt: skip
def test_whatever_the_market_the_parameters_are_complete_and_ones_that_the_algorithm_takes(
    mode: str, algorithm: str | None, seconds: float, figures: dict[str, float | None], imbalance: float | None
) -> None:
    if figures["quantity"] == 0:
        figures["quantity"] = None
    strategy = decide(
        mode=MODES[mode], algorithm=algorithm, duration_seconds=seconds, conditions=Conditions(**figures, imbalance=imbalance)
    )
    spec = get_algorithm(strategy.algorithm)
    assert spec.read(strategy.parameters) == strategy.parameters
    assert strategy.parameters.keys() == {parameter.name for parameter in spec.parameters}
    assert strategy.reasons
    assert all(reason and "None" not in reason and "nan" not in reason for reason in strategy.reasons)
    if "slice_count" in strategy.parameters and strategy.parameters["slice_count"] != 1:
        assert slots.FEWEST_SLICES <= strategy.parameters["slice_count"] <= slots.MOST_SLICES
