"""Writes positions and reservations, each change one atomic statement."""

from decimal import Decimal

from django.db.models import F

from dipmaster.domain.sides import Side
from risk.models import Exposure


class ReservationTooSmall(RuntimeError):
    """More would be taken from a reservation than is reserved: a fault in the caller, nothing was changed."""


def reserve(*, desk_id: int, symbol: str, side: Side, quantity: Decimal, mid: Decimal, max_position_notional: Decimal | None) -> bool:
    """Reserve room for an order if the worst case stays within the limit (USD, at `mid`); tell whether it was.

    The condition and the change are one UPDATE: a concurrent one waits for the row and judges it as it then is, so
    orders cannot pass a limit together.
    """
    _require_positive(quantity)
    column = _column(side)
    rows = Exposure.objects.filter(desk_id=desk_id, symbol=symbol)
    if max_position_notional is not None:
        worst_case = side.sign * F("position") + F(column) + quantity
        rows = rows.alias(worst_notional=worst_case * mid).filter(worst_notional__lte=max_position_notional)
    change = {column: F(column) + quantity}
    if rows.update(**change):
        return True
    _ensure_row(desk_id, symbol)  # only the first order of a desk in a symbol finds no row
    return rows.update(**change) == 1


def release(*, desk_id: int, symbol: str, side: Side, quantity: Decimal) -> None:
    """Give back the reservation of what an order will no longer trade.

    Raises:
        ReservationTooSmall: less than `quantity` is reserved.
    """
    if quantity == 0:
        return
    _require_positive(quantity)
    if not _take(desk_id, symbol, side, quantity, position_change=Decimal(0)):
        raise _too_small(desk_id, symbol, side, quantity)


def apply_fill(*, desk_id: int, symbol: str, side: Side, quantity: Decimal, reserved: Decimal) -> None:
    """Move a fill into the position and take `reserved` (less than `quantity` for an overfill) from its side's reservation.

    Raises:
        ReservationTooSmall: less than `reserved` is reserved.
    """
    _require_positive(quantity)
    if not 0 <= reserved <= quantity:
        raise ValueError(f"a fill of {quantity} cannot use a reservation of {reserved}")
    change = side.sign * quantity
    if _take(desk_id, symbol, side, reserved, position_change=change):
        return
    _ensure_row(desk_id, symbol)  # an overfill may be the first the desk ever hears of a symbol
    if not _take(desk_id, symbol, side, reserved, position_change=change):
        raise _too_small(desk_id, symbol, side, reserved)


def _take(desk_id: int, symbol: str, side: Side, quantity: Decimal, *, position_change: Decimal) -> bool:
    """Lower a reservation and move the position, unless the reservation is too small; tell whether it was done."""
    column = _column(side)
    rows = Exposure.objects.filter(desk_id=desk_id, symbol=symbol, **{f"{column}__gte": quantity})
    return rows.update(**{column: F(column) - quantity, "position": F("position") + position_change}) == 1


def _ensure_row(desk_id: int, symbol: str) -> None:
    Exposure.objects.bulk_create([Exposure(desk_id=desk_id, symbol=symbol)], ignore_conflicts=True)


def _column(side: Side) -> str:
    return "reserved_buy" if side is Side.BUY else "reserved_sell"


def _require_positive(quantity: Decimal) -> None:
    if not (quantity.is_finite() and quantity > 0):
        raise ValueError(f"a quantity must be a positive number, not {quantity}")


def _too_small(desk_id: int, symbol: str, side: Side, quantity: Decimal) -> ReservationTooSmall:
    return ReservationTooSmall(
        f"desk {desk_id} has less than {quantity} {symbol} reserved for {side} orders: something was given back twice"
    )
