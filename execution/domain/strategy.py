"""Which algorithm a mode means, and with which parameters."""

from dataclasses import dataclass
from typing import Any

from execution.domain.algorithms import slots
from execution.domain.algorithms.registry import algorithm_names, get_algorithm

FALLBACK = "twap"


class UnknownMode(ValueError):
    """No mode has that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """A preset. `patience` is the share of a slice's window spent resting; `slice_interval_seconds` the time per slice.

    The mode's participation and risk aversion are added with the algorithms that use them.
    """

    title: str
    algorithm: str
    patience: float
    slice_interval_seconds: float
    randomise: float


MODES: dict[str, Mode] = {
    "conservative": Mode(
        title="Conservative",
        algorithm="twap",
        patience=0.8,
        slice_interval_seconds=15,
        randomise=0.1,
    ),
    "balanced": Mode(
        title="Balanced",
        algorithm="vwap",
        patience=0.7,
        slice_interval_seconds=15,
        randomise=0.2,
    ),
    "aggressive": Mode(
        title="Aggressive",
        algorithm="shortfall",
        patience=0.35,
        slice_interval_seconds=10,
        randomise=0.1,
    ),
    "stealth": Mode(
        title="Stealth",
        algorithm="participation",
        patience=0.85,
        slice_interval_seconds=20,
        randomise=0.4,
    ),
}
ALGORITHM_TITLES = {"twap": "TWAP", "vwap": "VWAP", "shortfall": "Implementation Shortfall", "participation": "participation rate (POV)"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """The decision: an algorithm, its parameters, and why in plain words."""

    algorithm: str
    parameters: dict[str, Any]
    reasons: tuple[str, ...]


def decide(*, mode: str, algorithm: str | None, duration_seconds: float) -> Strategy:
    """Choose the algorithm and its parameters; an algorithm that was asked for wins over the mode's.

    Raises:
        UnknownMode: no mode has that name.
        UnknownAlgorithm: the algorithm that was asked for does not exist.
        ValueError: the duration is not positive.
    """
    preset = MODES.get(mode)
    if preset is None:
        raise UnknownMode(f"{mode!r} is not a mode; there are: {', '.join(MODES)}")
    if not duration_seconds > 0:
        raise ValueError(f"the duration must be positive, not {duration_seconds}")
    name, reason = _choose(preset, algorithm)
    spec = get_algorithm(name)
    count = slots.default_slice_count(duration_seconds, preset.slice_interval_seconds)
    wanted = {"patience": preset.patience, "randomise": preset.randomise, "slice_count": count}
    known = {parameter.name for parameter in spec.parameters}
    return Strategy(
        algorithm=name,
        parameters=spec.read({key: value for key, value in wanted.items() if key in known}),
        reasons=(reason, _pace(preset, count, duration_seconds)),
    )


def _choose(preset: Mode, asked: str | None) -> tuple[str, str]:
    if asked is not None:
        get_algorithm(asked)
        return asked, f"{_title(asked)} was asked for by name."
    if preset.algorithm in algorithm_names():
        return preset.algorithm, f"{preset.title} prefers {_title(preset.algorithm)}."
    return FALLBACK, f"{preset.title} prefers {_title(preset.algorithm)}; this version executes it as {_title(FALLBACK)}."


def _title(name: str) -> str:
    return ALGORITHM_TITLES.get(name, name)


def _pace(preset: Mode, count: int, duration_seconds: float) -> str:
    return (
        f"Up to {count} slices of about {duration_seconds / count:,.0f} s, times and sizes varied by {preset.randomise:.0%}; "
        f"each rests for {preset.patience:.0%} of its time, then crosses."
    )
