"""Arithmetic without rounding, and rounding that keeps a sum."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal

EXACT = Context(prec=100, rounding=ROUND_HALF_EVEN)
"""Products of two stored amounts have at most 72 digits: sums of them are exact here."""

CENT = Decimal("0.01")
_RATIO_STEP = Decimal("1e-12")


def tidy(value: Decimal) -> Decimal:
    """Return the same number without trailing zeros or exponent."""
    return Decimal(f"{EXACT.normalize(value):f}")


def total_of(values: Iterable[Decimal]) -> Decimal:
    """Return the exact sum."""
    total = Decimal(0)
    for value in values:
        total = EXACT.add(total, value)
    return total


def divide(part: Decimal, whole: Decimal) -> Decimal:
    """Return part / whole as it is stored: rounded to twelve places."""
    return as_ratio(EXACT.divide(part, whole))


def as_ratio(value: Decimal) -> Decimal:
    """Round a price, a share or basis points to twelve places."""
    return tidy(EXACT.quantize(value, _RATIO_STEP))


def round_to_sum(parts: Sequence[Decimal], step: Decimal) -> tuple[Decimal, ...]:
    """Round each part to a multiple of `step` so that they add up to their rounded sum.

    Largest remainder: each part is off by less than one step, and a part that needs no rounding stays.
    """
    units = [EXACT.divide(part, step) for part in parts]
    floors = [unit.to_integral_value(rounding=ROUND_FLOOR) for unit in units]
    total = total_of(units).to_integral_value(rounding=ROUND_HALF_EVEN)
    missing = int(EXACT.subtract(total, total_of(floors)))
    by_remainder = sorted(range(len(units)), key=lambda index: EXACT.subtract(units[index], floors[index]), reverse=True)
    raised = set(by_remainder[:missing])
    return tuple(EXACT.multiply(EXACT.add(floor, int(index in raised)), step) for index, floor in enumerate(floors))
