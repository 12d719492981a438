"""What one measure says at one time."""

import math
from dataclasses import dataclass

STALE_AFTER_SECONDS = 5.0
"""What is older says nothing any more; until then confidence falls evenly with age."""


class BadInput(ValueError):
    """Say why arrays cannot be measured, or which term makes no sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One measure at one time, its unit and sign as the measure says.

    `value` is None where nothing is known. `direction` is from -1 (the price leans down) to 1 (up), 0 for measures without one.
    `strength` is how much of it there is, 0 to 1. `confidence` is the share of the data that the measure needs which there was, times
    1 - age / STALE_AFTER_SECONDS. `age_seconds` is that of the newest data used.

    Raises:
        BadInput: a figure lies outside its range, or something is said without a value.
    """

    value: float | None
    direction: float
    strength: float
    confidence: float
    age_seconds: float

    def __post_init__(self) -> None:
        in_range = -1 <= self.direction <= 1 and 0 <= self.strength <= 1 and 0 <= self.confidence <= 1 and self.age_seconds >= 0
        if not in_range or (self.value is not None and not math.isfinite(self.value)):
            raise BadInput(f"{self} is no signal")
        if self.value is None and (self.direction or self.strength or self.confidence):
            raise BadInput("what is not known has no direction, strength or confidence")


NOTHING = Signal(value=None, direction=0.0, strength=0.0, confidence=0.0, age_seconds=math.inf)
"""The signal of a measure that had nothing to go by."""


def signal_of(*, value: float, direction: float, strength: float, coverage: float, age_seconds: float) -> Signal:
    """Return the signal of a measured value; one without a value where it is not finite, is stale, or nothing covers it.

    Args:
        coverage: the share of the data needed that there was, 0 to 1.
        age_seconds: now less the time of the newest data; a negative or undefined age is no age.
    """
    is_fresh = 0 <= age_seconds < STALE_AFTER_SECONDS
    if not (is_fresh and coverage > 0 and math.isfinite(value) and math.isfinite(direction) and math.isfinite(strength)):
        return NOTHING
    return Signal(
        value=value,
        direction=min(max(direction, -1.0), 1.0),
        strength=min(max(strength, 0.0), 1.0),
        confidence=min(coverage, 1.0) * (1 - age_seconds / STALE_AFTER_SECONDS),
        age_seconds=age_seconds,
    )


def saturating(value: float) -> float:
    """Return |x| / (1 + |x|): 0 at 0, one half at 1, 1 far out."""
    return 1.0 if math.isinf(value) else abs(value) / (1 + abs(value))


def sign_of(value: float) -> float:
    """Return -1, 0 or 1; not a number stays one."""
    return value if math.isnan(value) else float((value > 0) - (value < 0))
