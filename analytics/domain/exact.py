"""Arithmetic without rounding, and rounding that keeps a sum."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal

EXACT = Context(prec=100, rounding=ROUND_HALF_EVEN)
"""Products of two stored amounts have at most 72 digits: sums of them are exact here."""

CENT = Decimal("0.01")
_RATIO_STEP = Decimal("1e-12")
_HALF = Decimal("0.5")


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


def round_to_sum(parts: Sequence[Decimal], step: Decimal, *, nearest: int | None = None) -> tuple[Decimal, ...]:
    """Round each part to a multiple of `step` so that they add up to their rounded sum.

    Largest remainder: each part is off by less than one step, and a part that needs no rounding stays. The part with the index
    `nearest` is rounded to the nearest step whenever the others can make up for it.
    """
    units = [EXACT.divide(part, step) for part in parts]
    floors = [unit.to_integral_value(rounding=ROUND_FLOOR) for unit in units]
    remainders = [EXACT.subtract(unit, floor) for unit, floor in zip(units, floors, strict=True)]
    to_raise = int(EXACT.subtract(total_of(units).to_integral_value(rounding=ROUND_HALF_EVEN), total_of(floors)))
    by_remainder = sorted((index for index in range(len(units)) if remainders[index]), key=lambda index: -remainders[index])
    raised = set(by_remainder[:to_raise])
    if nearest is not None and by_remainder:
        raised = _with_nearest(by_remainder, to_raise, nearest, is_up=remainders[nearest] > _HALF)
    return tuple(EXACT.multiply(EXACT.add(floor, int(index in raised)), step) for index, floor in enumerate(floors))


def _with_nearest(by_remainder: list[int], to_raise: int, nearest: int, *, is_up: bool) -> set[int]:
    """Choose which parts to raise so that one of them is rounded to the nearest step, if there are others to choose from."""
    others = [index for index in by_remainder if index != nearest]
    wanted = to_raise - is_up
    if nearest not in by_remainder or not 0 <= wanted <= len(others):
        return set(by_remainder[:to_raise])
    return {*others[:wanted], *([nearest] if is_up else [])}
