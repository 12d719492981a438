"""The strategy decision: a mode, what was asked for and what is known of the market become an algorithm, its parameters and reasons."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from execution.domain.algorithms import slots
from execution.domain.algorithms.parameters import Parameter
from execution.domain.algorithms.registry import AlgorithmSpec, algorithm_names, get_algorithm

FALLBACK = "twap"
VOLUME_DRIVEN = frozenset({"vwap"})
"""Algorithms that have nothing to follow when no volume is expected."""
SHORTFALL = "shortfall"
SHORTFALL_SLICES = 8
"""Of the owner's profile; 6 in deep markets, 12 in thin ones."""
WIDE_SPREAD_BPS = 5.0
"""From here on a spread is wide."""
THIN_LIQUIDITY = 0.7
QUIET_VOLUME = 0.5
"""Of the day's average: an interval with less is quiet."""
HIGH_VOLATILITY = 1.5
"""Multiple of the usual volatility from which on the regime is high."""
RISK_AVERSE = 0.5
URGENCY_STEP = 0.2
LEANING_BOOK = 0.6
BOOK_MATTERS_SECONDS = 120.0
"""The balance of the touch says something about the next seconds: for a longer order it is over before it counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """A preset. Shares from 0 to 1: `participation` caps the share of the volume, `patience` is the part of a slice spent resting.

    `risk_aversion` is the desk's label for its appetite; how fast an order goes follows from `urgency`, which high volatility raises for
    the risk averse.
    """

    title: str
    algorithm: str
    participation: float
    risk_aversion: float
    urgency: float
    patience: float
    slice_interval_seconds: float
    randomise: float
    summary: str = ""

    @property
    def parameters(self) -> dict[str, float]:
        """Return what the mode says about parameters, by the parameters' names."""
        return {
            "participation_rate": self.participation,
            "participation_cap": self.participation,
            "urgency": self.urgency,
            "patience": self.patience,
            "randomise": self.randomise,
        }


MODES: dict[str, Mode] = {
    "conservative": Mode(
        title="Conservative",
        algorithm="twap",
        participation=0.10,
        risk_aversion=0.8,
        urgency=0.2,
        patience=0.8,
        slice_interval_seconds=15,
        randomise=0.1,
        summary="Risk before speed: large, low urgency",
    ),
    "balanced": Mode(
        title="Balanced",
        algorithm="vwap",
        participation=0.15,
        risk_aversion=0.5,
        urgency=0.5,
        patience=0.7,
        slice_interval_seconds=15,
        randomise=0.2,
        summary="Cost against risk: the default",
    ),
    "aggressive": Mode(
        title="Aggressive",
        algorithm="shortfall",
        participation=0.25,
        risk_aversion=0.2,
        urgency=0.8,
        patience=0.35,
        slice_interval_seconds=10,
        randomise=0.1,
        summary="Speed before cost: urgent, trend following",
    ),
    "stealth": Mode(
        title="Stealth",
        algorithm="participation",
        participation=0.05,
        risk_aversion=0.9,
        urgency=0.2,
        patience=0.85,
        slice_interval_seconds=20,
        randomise=0.4,
        summary="Concealment before speed: large, avoid detection",
    ),
}
"""What the desk's modes begin as; the desk's own are rows that its administrator keeps."""
DEFAULT_MODE = "balanced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What is known of the market over the order's time; none: not known.

    `imbalance` from -1 to 1 is above 0 when the touch leans against the order. `expected_volume` is what others are expected to trade
    during the order, `day_volume_share` the same against the average of the day (1: as usual). Quantities in base currency.
    """

    quantity: float | None = None
    min_quantity: float | None = None
    liquidity: float | None = None
    spread_bps: float | None = None
    minute_volatility_bps: float | None = None
    usual_minute_volatility_bps: float | None = None
    imbalance: float | None = None
    expected_volume: float | None = None
    day_volume_share: float | None = None

    @property
    def volume_share(self) -> float | None:
        """Return the order's share of the expected volume, its own quantity included."""
        if self.quantity is None or self.expected_volume is None:
            return None
        return self.quantity / (self.quantity + max(self.expected_volume, 0.0))

    @property
    def volatility_ratio(self) -> float | None:
        """Return the volatility against the usual one."""
        if self.minute_volatility_bps is None or not self.usual_minute_volatility_bps:
            return None
        return self.minute_volatility_bps / self.usual_minute_volatility_bps


UNKNOWN = Conditions()
NOTHING_ASKED: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """The decision: an algorithm, its parameters, and why in plain words."""

    algorithm: str
    parameters: dict[str, Any]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A decision in the making. `asked` names the parameters that were given by hand: no rule changes them."""

    spec: AlgorithmSpec
    preset: Mode
    seconds: float
    conditions: Conditions
    asked: frozenset[str]
    values: Mapping[str, Any]
    reasons: tuple[str, ...] = field(default=())

    def may_set(self, name: str) -> bool:
        """Tell whether a rule may set a parameter: the algorithm has it and nobody gave it by hand."""
        return name not in self.asked and any(parameter.name == name for parameter in self.spec.parameters)

    def with_value(self, name: str, value: Any, *reasons: str) -> "_Draft":
        """Return the draft with a parameter changed."""
        return replace(self, values={**self.values, name: value}, reasons=(*self.reasons, *reasons))

    def because(self, reason: str) -> "_Draft":
        """Return the draft with one more reason."""
        return replace(self, reasons=(*self.reasons, reason))


def decide(
    *,
    mode: Mode,
    algorithm: str | None = None,
    duration_seconds: float,
    overrides: Mapping[str, Any] = NOTHING_ASKED,
    conditions: Conditions = UNKNOWN,
) -> Strategy:
    """Choose the algorithm and its parameters; what was asked for wins over the mode, and no rule changes it.

    An override that is none or empty counts as not given.

    Raises:
        UnknownAlgorithm: the algorithm that was asked for does not exist.
        InvalidParameter: an override is unknown or out of range.
        ValueError: the duration is not positive.
    """
    if not duration_seconds > 0:
        raise ValueError(f"the duration must be positive, not {duration_seconds}")
    asked = {key: value for key, value in overrides.items() if value is not None and value != ""}
    name, reasons = _choose(mode, algorithm, conditions, asked)
    spec = get_algorithm(name)
    spec.read(asked)  # before any rule reads them
    draft = _Draft(
        spec=spec,
        preset=mode,
        seconds=duration_seconds,
        conditions=conditions,
        asked=frozenset(asked),
        values={**_of_mode(mode, spec), **asked},
        reasons=reasons,
    )
    for rule in _RULES:
        draft = rule(draft)
    complete = spec.read(dict(draft.values))
    return Strategy(algorithm=name, parameters=complete, reasons=(*draft.reasons, *_pace(complete, duration_seconds)))


def _choose(preset: Mode, algorithm: str | None, conditions: Conditions, asked: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Take the algorithm that was asked for, else the mode's; TWAP where that one has nothing to go by.

    Parameters that TWAP does not have were meant for the mode's algorithm, which then stays.
    """
    if algorithm is not None:
        get_algorithm(algorithm)
        return algorithm, (f"{title_of(algorithm)} was asked for by name.",)
    wanted, prefers = preset.algorithm, f"{preset.title} prefers {title_of(preset.algorithm)}"
    if wanted not in algorithm_names():
        return FALLBACK, (f"{prefers}; this version executes it as {title_of(FALLBACK)}.",)
    takes = {parameter.name for parameter in get_algorithm(FALLBACK).parameters}
    if wanted in VOLUME_DRIVEN and conditions.expected_volume is None and takes >= asked.keys():
        return FALLBACK, (f"{prefers}, but no volume forecast is at hand: {title_of(FALLBACK)} spreads the order evenly instead.",)
    return wanted, (f"{prefers}.",)


def title_of(algorithm: str) -> str:
    """Return what people call an algorithm; one that is not registered has only its name."""
    return get_algorithm(algorithm).title if algorithm in algorithm_names() else algorithm


def _of_mode(preset: Mode, spec: AlgorithmSpec) -> dict[str, Any]:
    """Return what the mode says about this algorithm's parameters, drawn into their ranges: another algorithm's may be narrower."""
    wanted = preset.parameters
    if any(parameter.name == "participation_rate" for parameter in spec.parameters):
        del wanted["participation_cap"]  # the share that is aimed at is no cap: there must be room to catch up
    return {parameter.name: _within(parameter, wanted[parameter.name]) for parameter in spec.parameters if parameter.name in wanted}


def _within(parameter: Parameter, value: float) -> float:
    low = value if parameter.minimum is None else parameter.minimum
    high = value if parameter.maximum is None else parameter.maximum
    return min(max(value, low), high)


# The rules, in the order in which they are told. Each changes one parameter at most, or only says what the desk should know.


def _slices_by_time_or_liquidity(draft: _Draft) -> _Draft:
    """Cut the owner's profile by liquidity, every other schedule by time."""
    if not draft.may_set("slice_count"):
        return draft
    if draft.spec.name != SHORTFALL:
        return draft.with_value("slice_count", slots.default_slice_count(draft.seconds, draft.preset.slice_interval_seconds))
    liquidity = draft.conditions.liquidity
    count = slots.adapted_to_liquidity(SHORTFALL_SLICES, liquidity)
    why = "" if liquidity is None else f"Liquidity scores {liquidity:.2f}: {count} slices."
    return draft.with_value("slice_count", count, *([why] if why else []))


def _one_slice_for_a_small_order(draft: _Draft) -> _Draft:
    """Send what can't be cut in two as one slice."""
    quantity, smallest = draft.conditions.quantity, draft.conditions.min_quantity
    if quantity is None or smallest is None or quantity >= 2 * smallest:
        return draft
    reason = "The order is below twice the venues' minimum: one slice is all of it."
    return draft.with_value("slice_count", 1, reason) if draft.may_set("slice_count") else draft.because(reason)


def _share_of_the_volume(draft: _Draft) -> _Draft:
    """Say what share of the expected volume the order is, and how long its cap would need."""
    share = draft.conditions.volume_share
    if share is None:
        return draft
    cap = draft.values.get("participation_cap") or draft.values.get("participation_rate")
    if cap is None or not 0 < float(cap) < share:
        return draft.because(f"{share:.1%} of the expected volume.")
    if share >= 1:
        return draft.because(f"Nobody else is expected to trade: a share of {float(cap):.0%} leaves no room before the end.")
    minutes = draft.seconds / 60 * (share / (1 - share)) * (1 - float(cap)) / float(cap)
    return draft.because(f"{share:.0%} of the expected volume: a share of {float(cap):.0%} would need {minutes:,.0f} minutes.")


def _patience_in_a_thin_market(draft: _Draft) -> _Draft:
    """Rest half of the remaining time too where crossing is dear: a wide spread, little depth, or a quiet time of the day."""
    why = _why_thin(draft.conditions)
    if not why or not draft.may_set("patience"):
        return draft
    before = float(draft.values["patience"])
    after = (1 + before) / 2
    return draft.with_value("patience", after, f"{why}: rests {after:.0%} of each slice's time instead of {before:.0%}.")


def _why_thin(conditions: Conditions) -> str:
    spread = conditions.spread_bps
    if spread is not None and spread > WIDE_SPREAD_BPS:
        return f"The spread of {spread:.1f} bps is wide"
    if conditions.liquidity is not None and conditions.liquidity < THIN_LIQUIDITY:
        return f"Liquidity is low (score {conditions.liquidity:.2f})"
    quiet = conditions.day_volume_share
    return f"A quiet time, {quiet:.0%} of the day's average volume" if quiet is not None and quiet < QUIET_VOLUME else ""


def _urgency_in_high_volatility(draft: _Draft) -> _Draft:
    """Go faster where waiting is risky, for those who dislike risk."""
    ratio = draft.conditions.volatility_ratio
    if ratio is None or ratio <= HIGH_VOLATILITY or draft.preset.risk_aversion < RISK_AVERSE or not draft.may_set("urgency"):
        return draft
    before = float(draft.values["urgency"])
    after = round(min(before + URGENCY_STEP, 1.0), 3)
    return draft.with_value("urgency", after, f"Volatility is {ratio:.1f} times the usual: urgency {after:g} instead of {before:g}.")


def _hurry_when_the_book_leans(draft: _Draft) -> _Draft:
    """Rest less in a short order when the touch leans against it."""
    leaning = draft.conditions.imbalance
    if leaning is None or leaning < LEANING_BOOK or draft.seconds > BOOK_MATTERS_SECONDS or not draft.may_set("patience"):
        return draft
    before = float(draft.values["patience"])
    after = before * 0.75
    rests = f"rests {after:.0%} of each slice's time instead of {before:.0%}"
    return draft.with_value("patience", after, f"The touch leans against the order ({leaning:+.2f}): {rests}.")


_RULES: tuple[Callable[[_Draft], _Draft], ...] = (
    _slices_by_time_or_liquidity,
    _one_slice_for_a_small_order,
    _share_of_the_volume,
    _patience_in_a_thin_market,
    _urgency_in_high_volatility,
    _hurry_when_the_book_leans,
)


def _pace(parameters: Mapping[str, Any], duration_seconds: float) -> tuple[str, ...]:
    rest = f"rests for {parameters['patience']:.0%} of its time, then crosses." if "patience" in parameters else ""
    count = parameters.get("slice_count")
    if count is None or count == 1:
        return (f"Each slice {rest}",) if rest else ()
    varied = f", times and sizes varied by {parameters['randomise']:.0%}" if parameters.get("randomise") else ""
    slices = f"Up to {count} slices of about {duration_seconds / count:,.0f} s{varied}"
    return (f"{slices}; each {rest}",) if rest else (f"{slices}.",)
