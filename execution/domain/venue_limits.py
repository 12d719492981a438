"""What an order may be at a venue: what the account there pays for, what the position limit leaves, the desk's largest order."""

from decimal import ROUND_FLOOR, Context, Decimal

from dipmaster.domain.books import Book
from dipmaster.domain.instruments import Listing
from dipmaster.domain.money import BPS
from dipmaster.domain.sides import Side
from execution.domain.pricing import COLLAR_BPS
from execution.domain.routing import VenueLimits

ZERO = Decimal(0)
LARGEST_MARGIN = Decimal("1.01")
"""The desk's largest order on a venue is taken this much lower: a sweep may pay that far beyond the mid."""
_DOWN = Context(prec=28, rounding=ROUND_FLOOR)


def venue_limits(
    side: Side, book: Book, listing: Listing, *, funds: Decimal | None, worst_case: Decimal | None, penalty_bps: Decimal = ZERO
) -> VenueLimits:
    """Return the limits of an order of `side` at a venue whose book has both sides.

    `funds`: what is free to pay with, quote currency for a buy and base currency for a sale; none: not known, no limit.
    `worst_case`: s P + R_s in base currency, the position there seen from the order's side if all that works on that side filled; none:
    not known, and then a venue with a position limit gets nothing.
    """
    mid = (book.bids[0].price + book.asks[0].price) / 2
    if mid <= 0:
        return VenueLimits(largest_order=ZERO)
    return VenueLimits(
        balance=None if funds is None else affordable_quantity(side, book, listing, funds),
        position_room=_position_room(listing.max_position_notional, mid, worst_case),
        largest_order=None if listing.max_notional is None else listing.max_notional / (mid * LARGEST_MARGIN),
        penalty_bps=penalty_bps,
    )


def fee_factor(listing: Listing) -> Decimal:
    """Return 1 + f for the higher of both fees: so much of a buy's notional a venue may hold back. Rebates are not counted on."""
    return 1 + max(listing.taker_fee_bps, listing.maker_fee_bps, ZERO) / BPS


def affordable_quantity(side: Side, book: Book, listing: Listing, funds: Decimal) -> Decimal:
    """Return the largest quantity that funds pay for at the limit price that taking it needs, fee included; never below zero.

    A buy of q is sent with the price p(q) of the level that q reaches, plus the collar c, and venues hold back price x q and the fee f:
    the largest q with p(q) (1 + c) (1 + f) q <= funds. An order that rests is priced lower. A sale pays with what it sells.
    """
    if funds <= 0:
        return ZERO
    if side is Side.SELL:
        return funds
    depth, most, paid_for = book.depth(side), ZERO, ZERO
    factor = (1 + COLLAR_BPS / BPS) * fee_factor(listing)
    for price, reached in zip(depth.prices, depth.reached[1:], strict=True):
        if price <= 0:
            continue
        paid_for = _DOWN.divide(funds, price * factor)
        if paid_for <= reached:
            return max(most, paid_for)
        most = reached
    return paid_for


def _position_room(max_position_notional: Decimal | None, mid: Decimal, worst_case: Decimal | None) -> Decimal | None:
    """Return what the limit (quote currency, at the mid) leaves; none without a limit, nothing while the position is not known."""
    if max_position_notional is None:
        return None
    return ZERO if worst_case is None else _DOWN.divide(max_position_notional, mid) - worst_case
