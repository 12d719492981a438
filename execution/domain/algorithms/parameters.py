"""What an algorithm can be told: one schema for ticket, API, admin, documentation, and for checking what came in."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from execution.domain.tactic_presets import PRESETS, UNLESS_CHOSEN


class InvalidParameter(ValueError):
    """A parameter is unknown, of the wrong kind or out of range; `name` says which."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message


class Kind(StrEnum):
    """What a parameter's value is. A share is a number from 0 to 1 that is shown in percent."""

    INTEGER = "integer"
    NUMBER = "number"
    SHARE = "share"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter. `default` none: the algorithm decides by itself. `is_mutable`: may change while the order works."""

    name: str
    title: str
    kind: Kind
    default: float | int | str | None
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()
    is_mutable: bool = True
    help: str = ""

    def read(self, value: Any) -> float | int | str | None:
        """Return a value as the algorithm takes it.

        Raises:
            InvalidParameter: it is of another kind or out of range.
        """
        if value is None or value == "":
            return self.default
        if self.kind is Kind.CHOICE:
            if value not in self.choices:
                raise InvalidParameter(self.name, f"choose one of: {', '.join(self.choices)}")
            return str(value)
        return self._number(value)

    def _number(self, value: Any) -> float | int:
        if isinstance(value, bool):
            raise InvalidParameter(self.name, "must be a number")
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise InvalidParameter(self.name, "must be a number") from None
        if not math.isfinite(number):
            raise InvalidParameter(self.name, "must be a finite number")
        if self.kind is Kind.INTEGER and number != int(number):
            raise InvalidParameter(self.name, "must be a whole number")
        low, high = self.minimum, self.maximum
        if (low is not None and number < low) or (high is not None and number > high):
            raise InvalidParameter(self.name, f"must be {self.range_in_words}, not {number:g}")
        return int(number) if self.kind is Kind.INTEGER else number

    @property
    def range_in_words(self) -> str:
        """Return the range: between 0 and 0.5, at least 1."""
        if self.minimum is not None and self.maximum is not None:
            return f"between {self.minimum:g} and {self.maximum:g}"
        if self.minimum is not None:
            return f"at least {self.minimum:g}"
        return "any number" if self.maximum is None else f"at most {self.maximum:g}"


def read_parameters(known: Sequence[Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return every known parameter's value: what was given, else its default.

    Raises:
        InvalidParameter: a value is wrong, or a name is unknown.
    """
    names = [parameter.name for parameter in known]
    for name in given:
        if name not in names:
            raise InvalidParameter(str(name)[:60], f"there is no such parameter; there are: {', '.join(names)}")
    return {parameter.name: parameter.read(given.get(parameter.name)) for parameter in known}


PATIENCE = Parameter(
    name="patience",
    title="Patience",
    kind=Kind.SHARE,
    default=0.7,
    minimum=0,
    maximum=1,
    help="Share of a slice's time that is spent resting before what is left of it is crossed. "
    "With all of it, nothing is crossed before the last slice, unless a slice is urgent; so it is from half on with the tactic "
    "named default, where resting is worth it.",
)
TACTIC = Parameter(
    name="tactic",
    title="Tactic",
    kind=Kind.CHOICE,
    default=UNLESS_CHOSEN.name,
    choices=tuple(PRESETS),
    help="How slices trade: join rests at the best price and crosses when patience ends; default rests only where fees and spread save "
    "more than a fill is expected to lose, and else takes at a good moment; owner pegs by the imbalance of the touch. "
    "Cost estimates are of join.",
)
MAX_VENUES = Parameter(
    name="max_venues",
    title="Venues at a time",
    kind=Kind.INTEGER,
    default=None,
    minimum=1,
    maximum=20,
    help="Most venues that a slice rests on or takes from at a time; left out, it rests on three and takes wherever it pays.",
)
RANDOMISE = Parameter(
    name="randomise",
    title="Randomise",
    kind=Kind.SHARE,
    default=0.2,
    minimum=0,
    maximum=0.5,
    help="By how much sizes and times of slices vary.",
)
SLICE_COUNT = Parameter(
    name="slice_count",
    title="Slices",
    kind=Kind.INTEGER,
    default=None,
    minimum=1,
    maximum=500,
    help="How many slices; left out, it follows time and liquidity.",
)
MAX_CATCH_UP = Parameter(
    name="max_catch_up",
    title="Catch-up",
    kind=Kind.NUMBER,
    default=3.0,
    minimum=1,
    maximum=100,
    unit="×",
    help="A slice is at most this multiple of its planned size when the order is behind; the last one takes what is left.",
)
PARTICIPATION_CAP = Parameter(
    name="participation_cap",
    title="Volume cap",
    kind=Kind.SHARE,
    default=None,
    minimum=0.001,
    maximum=0.9,
    help="Largest share of the expected market volume, own trades included, that a slice may be; not of the last, if the rest is crossed.",
)
