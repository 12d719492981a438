"""Rounding to ticks and lots, always with Decimal and always in the stated direction."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from dipmaster.domain.sides import Side


def floor_to_step(value: Decimal, step: Decimal) -> Decimal:
    """Return the largest multiple of `step` that is not above `value`."""
    return (value / step).to_integral_value(rounding=ROUND_FLOOR) * step


def ceil_to_step(value: Decimal, step: Decimal) -> Decimal:
    """Return the smallest multiple of `step` that is not below `value`."""
    return (value / step).to_integral_value(rounding=ROUND_CEILING) * step


def is_multiple(value: Decimal, step: Decimal) -> bool:
    """Tell whether `value` is a whole number of steps."""
    return value % step == 0


def passive_price(price: Decimal, tick: Decimal, side: Side) -> Decimal:
    """Round a price to the tick, away from the market: down for a buy, up for a sell."""
    return floor_to_step(price, tick) if side is Side.BUY else ceil_to_step(price, tick)


def decimal_places(step: Decimal) -> int:
    """Return how many digits after the point a multiple of `step` can have."""
    exponent = step.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
