"""Basis points and fees."""

from decimal import Decimal

from dipmaster.domain.sides import Side

BPS = Decimal(10_000)


def bps_of(part: Decimal, whole: Decimal) -> Decimal:
    """Return `part` in basis points of `whole`.

    Raises:
        ZeroDivisionError: `whole` is zero.
    """
    if whole == 0:
        raise ZeroDivisionError("basis points of zero are not defined")
    return part / whole * BPS


def fee_of(notional: Decimal, fee_bps: Decimal) -> Decimal:
    """Return the fee on a notional, both in quote currency."""
    return notional * fee_bps / BPS


def slippage_bps(side: Side, price: Decimal, benchmark: Decimal) -> Decimal:
    """Return 10^4 s (P - B) / B: positive is cost (Kissell)."""
    return side.sign * bps_of(price - benchmark, benchmark)
