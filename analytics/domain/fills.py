"""Fills as the analysis sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from analytics.domain.exact import EXACT, divide, total_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedFill:
    """One fill: price, fee and mid in quote currency, quantity in base currency.

    `mid` is none when no fresh book was there, `fee` when it was charged in a currency whose rate nobody measured.
    """

    at: datetime
    venue: str
    price: Decimal
    quantity: Decimal
    fee: Decimal | None
    mid: Decimal | None
    is_maker: bool


def quantity_of(fills: Sequence[PricedFill]) -> Decimal:
    """Return the filled quantity, base currency."""
    return total_of(fill.quantity for fill in fills)


def notional_of(fills: Sequence[PricedFill]) -> Decimal:
    """Return the filled value, quote currency, exact."""
    total = Decimal(0)
    for fill in fills:
        total = EXACT.fma(fill.quantity, fill.price, total)
    return total


def mid_notional_of(fills: Sequence[PricedFill]) -> Decimal | None:
    """Return the value of the fills at the mid of their time, exact; none when a fill has no mid."""
    total = Decimal(0)
    for fill in fills:
        if fill.mid is None:
            return None
        total = EXACT.fma(fill.quantity, fill.mid, total)
    return total


def fees_of(fills: Sequence[PricedFill]) -> Decimal | None:
    """Return the fees in quote currency; none when one is not known."""
    fees = [fill.fee for fill in fills if fill.fee is not None]
    return total_of(fees) if len(fees) == len(fills) else None


def average_price(fills: Sequence[PricedFill]) -> Decimal | None:
    """Return the average fill price, if anything filled."""
    quantity = quantity_of(fills)
    return divide(notional_of(fills), quantity) if quantity else None
