"""Split a quantity that takes liquidity over the venues' books at the best all-in price, exactly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from dipmaster.domain.books import Book, Level, consolidated_mid
from dipmaster.domain.instruments import Listing
from dipmaster.domain.money import fee_of, slippage_bps
from dipmaster.domain.sides import Side
from execution.domain.splitting import Grid

DISPLAYED_SHARE = Decimal("0.5")
"""Share of the displayed quantity that `Route.confidence` counts on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One venue's part. `quantity` in base; prices, `expected_fee` and `notional` in quote currency.

    `worst_price` is the price of the deepest level used, `expected_price` the average over the levels used, both without fee.
    """

    venue: str
    quantity: Decimal
    worst_price: Decimal
    expected_price: Decimal
    expected_fee: Decimal
    notional: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A split over venues; prices and `slippage_bps` are none when nothing could be routed.

    `quantity`, `unrouted_quantity`: base currency; together they are what was asked for.
    `average_price`: quote currency, without fees. `all_in_price`: with fees, above the average for a buy and below it for a sell.
    `total_fee`: quote currency. `slippage_bps`: 10^4 s (average - mid) / mid against the consolidated mid, without fees.
    `total_cost`: quote currency, s (notional - mid x quantity) + fees; positive is cost.
    `confidence`: 0 to 1, the share of the quantity asked for that the legs would still fill at their worst prices or better if only half of
    the displayed quantity were there when they arrive.
    """

    legs: tuple[Leg, ...]
    quantity: Decimal
    unrouted_quantity: Decimal
    average_price: Decimal | None
    all_in_price: Decimal | None
    total_fee: Decimal
    total_cost: Decimal
    slippage_bps: Decimal | None
    confidence: float


def find_best_route(
    *,
    side: Side,
    quantity: Decimal,
    books: Sequence[Book],
    listings: Mapping[str, Listing],
    worst_price: Decimal | None,
    max_venues: int | None = None,
    require_full_fill: bool = False,
) -> Route:
    """Route as much of `quantity` as books, lots, minimums and the worst price allow, at the best all-in price.

    `worst_price` limits the price without fee. Of all splits over at most `max_venues` venues that route the most, the cheapest is
    returned. With `require_full_fill` nothing is routed unless everything is, to the last digit. Crossed and one-sided books and
    venues without a listing are left out; the caller leaves out stale ones.
    """
    usable = [b for b in books if b.bids and b.asks and not b.is_crossed and b.venue in listings]
    taken = {b.venue: _within(b.opposite(side), side, quantity, worst_price) for b in usable}
    grid = Grid.of(side, quantity, [(levels, listings[venue]) for venue, levels in taken.items() if levels])
    split = grid.best_split(max_venues)
    if require_full_fill and sum(split.values(), Decimal(0)) != quantity:
        split = {}
    legs = tuple(_leg(listings[venue], amount, taken[venue]) for venue, amount in split.items())
    return _route(side, quantity, legs, taken, consolidated_mid(tuple(usable)))


def _within(levels: Sequence[Level], side: Side, quantity: Decimal, worst_price: Decimal | None) -> list[Level]:
    """Return the levels up to the worst price, no more of them than the quantity needs."""
    kept: list[Level] = []
    for level in levels:
        beyond = worst_price is not None and side.sign * (level.price - worst_price) > 0
        if beyond or quantity <= 0:
            break
        kept.append(level)
        quantity -= level.quantity
    return kept


def _leg(listing: Listing, quantity: Decimal, levels: Sequence[Level]) -> Leg:
    left, notional, worst = quantity, Decimal(0), levels[0].price
    for level in levels:
        if left <= 0:
            break
        part = min(left, level.quantity)
        notional, worst, left = notional + part * level.price, level.price, left - part
    return Leg(
        venue=listing.venue,
        quantity=quantity,
        worst_price=worst,
        expected_price=notional / quantity,
        expected_fee=fee_of(notional, listing.taker_fee_bps),
        notional=notional,
    )


def _route(side: Side, asked: Decimal, legs: tuple[Leg, ...], levels: Mapping[str, Sequence[Level]], mid: Decimal | None) -> Route:
    quantity = sum((leg.quantity for leg in legs), Decimal(0))
    notional = sum((leg.notional for leg in legs), Decimal(0))
    fee = sum((leg.expected_fee for leg in legs), Decimal(0))
    average = notional / quantity if quantity else None
    return Route(
        legs=legs,
        quantity=quantity,
        unrouted_quantity=asked - quantity,
        average_price=average,
        all_in_price=(notional + side.sign * fee) / quantity if quantity else None,
        total_fee=fee,
        total_cost=side.sign * (notional - mid * quantity) + fee if mid is not None else Decimal(0),
        slippage_bps=slippage_bps(side, average, mid) if average is not None and mid is not None else None,
        confidence=float(sum(_sure(leg, levels[leg.venue]) for leg in legs) / asked) if asked > 0 else 0.0,
    )


def _sure(leg: Leg, levels: Sequence[Level]) -> Decimal:
    """Return how much of the leg half of the displayed quantity covers, down to its worst price."""
    depth = Decimal(0)
    for level in levels:
        depth += level.quantity
        if level.price == leg.worst_price:
            break
    return min(leg.quantity, depth * DISPLAYED_SHARE)
