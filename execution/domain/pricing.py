"""Prices that child orders carry, and the smallest and even quantities that venues take."""

from collections.abc import Sequence
from decimal import Decimal

from dipmaster.domain.books import Book
from dipmaster.domain.instruments import Listing
from dipmaster.domain.money import BPS
from dipmaster.domain.quantize import ceil_to_step, floor_to_step, passive_price
from dipmaster.domain.sides import Side

COLLAR_BPS = Decimal(2)
"""How far a crossing order may pay beyond the level it aims at: the touch moves less than this in the time of a request."""


FARTHEST_BPS = Decimal(200)
"""Nothing rests further than this from the mid: venues refuse prices far from the market, and nothing trades there soon."""


def is_far(price: Decimal, mid: Decimal | None) -> bool:
    """Tell whether a resting order would be too far from the market to be worth sending."""
    return mid is not None and abs(price - mid) * BPS > FARTHEST_BPS * mid


def is_beyond(side: Side, price: Decimal, worst_price: Decimal | None) -> bool:
    """Tell whether a price is worse for the side than the worst allowed."""
    return worst_price is not None and side.sign * (price - worst_price) > 0


def resting_price(
    side: Side, book: Book, listing: Listing, worst_price: Decimal | None, *, inside: Decimal = Decimal(0), ticks_away: int = 0
) -> Decimal:
    """Return the own side's best price, so much inside the spread (less than 0: behind it), some ticks away from the market if asked.

    On the tick and never beyond the worst price, nor at the other side's best price: on an uncrossed book it cannot trade on arrival.
    """
    price = book.own(side)[0].price + side.sign * inside
    latest = book.opposite(side)[0].price - side.sign * listing.tick
    price = (latest if is_beyond(side, price, latest) else price) - side.sign * ticks_away * listing.tick
    if is_beyond(side, price, worst_price) and worst_price is not None:
        price = worst_price
    return passive_price(price, listing.tick, side)


def crossing_price(side: Side, level_price: Decimal, listing: Listing, worst_price: Decimal | None) -> Decimal:
    """Return the deepest level's price plus a collar, never beyond the worst price; on the tick."""
    price = level_price * (1 + side.sign * COLLAR_BPS / BPS)
    if is_beyond(side, price, worst_price) and worst_price is not None:
        price = worst_price
    return passive_price(price, listing.tick, side)


def smallest_quantity(listing: Listing, price: Decimal | None) -> Decimal:
    """Return the smallest quantity that the venue takes at a price; without a price its minimum notional is not counted."""
    least = max(listing.min_quantity, listing.lot)
    if price is not None:
        least = max(least, listing.min_notional / price)
    return ceil_to_step(least, listing.lot)


def even_parts(quantity: Decimal, offers: Sequence[tuple[Listing, Decimal]], most_venues: int) -> list[tuple[str, Decimal]]:
    """Spread a quantity evenly over the first venues that can take their part; the first one takes the odd lots.

    `offers` are listings with the price to be posted there, best first. Fewer venues are used when parts would be too small; what is beyond
    a venue's largest order is left over.
    """
    for count in range(min(most_venues, len(offers)), 0, -1):
        share = quantity / count
        fit = [listing for listing, price in offers if smallest_quantity(listing, price) <= _capped(share, listing)][:count]
        if len(fit) == count:
            others = [(listing, _capped(share, listing)) for listing in fit[1:]]
            first = _capped(quantity - sum((part for _, part in others), Decimal(0)), fit[0])
            return [(listing.venue, part) for listing, part in ((fit[0], first), *others)]
    return []


def _capped(quantity: Decimal, listing: Listing) -> Decimal:
    return floor_to_step(min(quantity, listing.max_quantity), listing.lot)
