"""How much there is to trade with, as one number from 0 (nothing) to 1 (far more than is wanted, at no spread)."""

from collections.abc import Sequence
from decimal import Decimal

from dipmaster.domain.books import Book, consolidated_mid
from dipmaster.domain.money import BPS
from dipmaster.domain.sides import Side

BAND_BPS = 10.0
"""What stands further from the mid than this is not counted: a patient order does not reach it."""


def liquidity_score(*, depth: float, quantity: float, spread_bps: float) -> float:
    """Return depth / (depth + quantity) * BAND / (BAND + spread).

    `depth` is what stands within BAND_BPS of the mid on the side that is taken from, `quantity` what is wanted, both in base currency.
    Rises with the depth, falls with quantity and spread. Above 0.9: all that is wanted is less than a ninth of what stands there. Below
    0.7: it is more than three sevenths, or the spread is wider than 4 bps.

    Raises:
        ValueError: the quantity is not positive.
    """
    if not quantity > 0:
        raise ValueError(f"a quantity must be positive, not {quantity}")
    depth = max(depth, 0.0)
    return depth / (depth + quantity) * BAND_BPS / (BAND_BPS + max(spread_bps, 0.0))


def spread_bps(books: Sequence[Book]) -> float | None:
    """Return best ask less best bid over all books in basis points of the mid, 0 where venues cross one another; none without both."""
    mid = consolidated_mid(tuple(books))
    if mid is None:
        return None
    best_bid = max(book.bids[0].price for book in books if book.bids)
    best_ask = min(book.asks[0].price for book in books if book.asks)
    return float(max(best_ask - best_bid, Decimal(0)) / mid * BPS)


def liquidity_of(books: Sequence[Book], *, side: Side, quantity: Decimal) -> float | None:
    """Return the score of what an order of this size meets in these books; none without both sides of one.

    Raises:
        ValueError: the quantity is not positive.
    """
    mid, spread = consolidated_mid(tuple(books)), spread_bps(books)
    if mid is None or spread is None:
        return None
    edge = mid * (1 + side.sign * Decimal(str(BAND_BPS)) / BPS)
    within = (level.quantity for book in books for level in book.opposite(side) if side.sign * (edge - level.price) >= 0)
    return liquidity_score(depth=float(sum(within, Decimal(0))), quantity=float(quantity), spread_bps=spread)


def imbalance_of(books: Sequence[Book], side: Side) -> float | None:
    """Return (own - opposite) / (own + opposite) of the quantities at the touch, -1 to 1: above 0 the price leans away from the order."""
    own = sum((book.own(side)[0].quantity for book in books if book.own(side)), Decimal(0))
    opposite = sum((book.opposite(side)[0].quantity for book in books if book.opposite(side)), Decimal(0))
    return None if own + opposite <= 0 else float((own - opposite) / (own + opposite))
