"""What present books and venues' terms say about costs: fees that are to be expected, and the price of taking everything at once."""

from collections.abc import Mapping, Sequence

import numpy as np

from dipmaster.domain.books import Book
from dipmaster.domain.instruments import Listing
from dipmaster.domain.money import BPS
from dipmaster.domain.sides import Side
from execution.domain.pretrade import Fees, Sweep
from execution.domain.tactics import MOST_RESTING_VENUES


def fees_of(side: Side, listings: Mapping[str, Listing], books: Sequence[Book]) -> Fees | None:
    """Return the fees to expect: the lowest maker fees, where slices rest, and the taker fee of the best price all in."""
    if not listings:
        return None
    lowest = sorted(float(listing.maker_fee_bps) for listing in listings.values())[:MOST_RESTING_VENUES]
    offers = [
        (book.opposite(side)[0].price, listings[book.venue].taker_fee_bps)
        for book in books
        if book.venue in listings and book.opposite(side)
    ]
    takers = [min(offers, key=lambda offer: side.sign * offer[0] * (1 + side.sign * offer[1] / BPS))[1]] if offers else []
    takers = takers or [min(listing.taker_fee_bps for listing in listings.values())]
    return Fees(maker_bps=sum(lowest) / len(lowest), taker_bps=float(takers[0]))


def sweep_of(side: Side, books: Sequence[Book], mid: float) -> Sweep:
    """Return what taking a quantity at once pays beyond the mid on average, from all books together; none beyond what they show."""
    levels = sorted((level for book in books for level in book.opposite(side)), key=lambda level: side.sign * level.price)
    quantities = np.cumsum([float(level.quantity) for level in levels])
    notionals = np.cumsum([float(level.quantity * level.price) for level in levels])

    def cost_bps(quantity: float) -> float | None:
        if not levels or quantity <= 0 or quantity > quantities[-1] or mid <= 0:
            return None
        paid = np.interp(quantity, (0.0, *quantities), (0.0, *notionals))
        return float(side.sign * (paid / quantity / mid - 1) * float(BPS))

    return cost_bps
