"""Split a quantity that takes liquidity over the venues' books at the best all-in price, exactly."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from dipmaster.domain.books import Book, Level, consolidated_mid
from dipmaster.domain.instruments import Listing
from dipmaster.domain.money import BPS, bps_of, fee_of, slippage_bps
from dipmaster.domain.sides import Side
from execution.domain.pricing import smallest_quantity
from execution.domain.splitting import ZERO, Ladder, best_split

DISPLAYED_SHARE = Decimal("0.5")
"""Share of the displayed quantity that `Route.confidence` counts on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueLimits:
    """What the desk adds to a venue's listing for one order. Quantities in base currency; none is no limit.

    `balance`: what the venue's balance pays for. `position_room`: what the position limit leaves. `largest_order`: the desk's own.
    `penalty_bps`: what an order there is expected to lose beyond price and fee, by delay, staleness, rejects or missed fills. It ranks
    venues, and is in no reported price or cost.
    """

    balance: Decimal | None = None
    position_room: Decimal | None = None
    largest_order: Decimal | None = None
    penalty_bps: Decimal = ZERO

    def most(self, otherwise: Decimal) -> Decimal:
        """Return the most that an order may be under all limits, at most `otherwise`; never below zero."""
        own = [most for most in (self.balance, self.position_room, self.largest_order) if most is not None]
        return max(min(otherwise, *own), ZERO) if own else otherwise


NO_LIMITS = VenueLimits()


class RejectionReason(StrEnum):
    """Why a venue got nothing."""

    NO_LISTING = "it does not list the instrument"
    LEFT_OUT = "it does not serve well enough to be traded with"
    NO_FRESH_BOOK = "it has no fresh book"
    EMPTY_BOOK = "its book lacks a side, a quantity or a price"
    CROSSED_BOOK = "its book is crossed"
    BEYOND_WORST_PRICE = "its best price is beyond the worst allowed"
    NO_BALANCE = "its balance does not pay for its smallest order"
    NO_POSITION_ROOM = "its position limit leaves less than its smallest order"
    ORDER_TOO_SMALL = "the quantity is below its smallest order"
    TOO_THIN = "it shows less than its smallest order"
    LARGEST_TOO_SMALL = "the largest order allowed there is below its smallest"
    TOO_DEAR = "it is no cheaper than what was taken"
    BELOW_MINIMUM = "its part would be below its smallest order"
    TOO_MANY_VENUES = "the quantity goes to fewer venues"
    NOT_IN_FULL = "the venues together do not fill the quantity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A venue that got nothing. `excess_bps`: its best all-in price, penalty included, beyond the dearest one taken."""

    venue: str
    reason: RejectionReason
    excess_bps: Decimal | None = None


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
    `rejected`: the venues whose books were given and that got nothing, and why.
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
    rejected: tuple[Rejected, ...]


def find_best_route(
    *,
    side: Side,
    quantity: Decimal,
    books: Sequence[Book],
    listings: Mapping[str, Listing],
    worst_price: Decimal | None,
    limits: Mapping[str, VenueLimits] = MappingProxyType({}),
    max_venues: int | None = None,
    require_full_fill: bool = False,
) -> Route:
    """Route as much of `quantity` as books, lots, minimums and limits allow, at the best all-in price.

    `worst_price` limits the price without fee. Of all splits over at most `max_venues` venues that route the most, the cheapest is
    returned. With `require_full_fill` nothing is routed unless everything is, to the last digit. Empty, crossed and one-sided books and
    venues without a listing are left out; the caller leaves out stale ones.
    """
    usable: list[Book] = []
    ladders: list[Ladder] = []
    rejected: list[Rejected] = []
    for book in {book.venue: book for book in books}.values():
        reason = _unusable(book) if book.venue in listings else RejectionReason.NO_LISTING
        if reason is None:
            usable.append(book)
            terms = listings[book.venue], limits.get(book.venue, NO_LIMITS)
            found = _ladder(book, *terms, side=side, quantity=quantity, worst_price=worst_price)
            if isinstance(found, Ladder):
                ladders.append(found)
                continue
            reason = found
        rejected.append(Rejected(venue=book.venue, reason=reason))
    amounts = best_split(ladders, quantity, max_venues)
    if require_full_fill and sum(amounts) != quantity:
        rejected.extend(Rejected(venue=ladder.venue, reason=RejectionReason.NOT_IN_FULL) for ladder in ladders)
        ladders, amounts = [], ()
    used = [(ladder, amount) for ladder, amount in zip(ladders, amounts, strict=True) if amount]
    if len(used) < len(ladders):
        rejected.extend(_left_out(ladders, used, max_venues))
    legs = tuple([_leg(listings[ladder.venue], ladder, amount) for ladder, amount in used])
    sure = sum([_sure(ladder, amount) for ladder, amount in used], ZERO)
    return _route(side, quantity, legs, sure, mid=consolidated_mid(tuple(usable)), rejected=tuple(rejected))


def _unusable(book: Book) -> RejectionReason | None:
    """Tell why a book is not traded on. A touch without quantity or price is no touch."""
    if not book.bids or not book.asks or _is_void(book.bids[0]) or _is_void(book.asks[0]):
        return RejectionReason.EMPTY_BOOK
    return RejectionReason.CROSSED_BOOK if book.is_crossed else None


def _is_void(level: Level) -> bool:
    return level.quantity <= 0 or level.price <= 0


def _ladder(
    book: Book, listing: Listing, limits: VenueLimits, *, side: Side, quantity: Decimal, worst_price: Decimal | None
) -> Ladder | RejectionReason:
    """Return what the venue offers down to the worst price, or why it can get nothing."""
    depth = book.depth(side)
    levels = len(depth.prices) if worst_price is None else bisect_right(depth.prices, side.sign * worst_price)
    if not levels:
        return RejectionReason.BEYOND_WORST_PRICE
    deepest = abs(depth.prices[max(0, min(levels, depth.levels(quantity)) - 1)])
    if deepest <= 0:
        return RejectionReason.EMPTY_BOOK
    least = smallest_quantity(listing, min(book.opposite(side)[0].price, deepest))
    allowed = _allowed(quantity, depth.reached[levels], listing, limits)
    most = min(allowed)
    if most < least:
        return next(reason for reason, most in zip(_ALLOWED, allowed, strict=True) if most < least)
    return Ladder(
        venue=book.venue,
        depth=depth,
        factor=1 + side.sign * (listing.taker_fee_bps + limits.penalty_bps) / BPS,
        levels=levels,
        lot=listing.lot,
        least=least,
        most=most - most % listing.lot,
    )


_ALLOWED = (
    RejectionReason.ORDER_TOO_SMALL,
    RejectionReason.TOO_THIN,
    RejectionReason.LARGEST_TOO_SMALL,
    RejectionReason.LARGEST_TOO_SMALL,
    RejectionReason.NO_BALANCE,
    RejectionReason.NO_POSITION_ROOM,
)


def _allowed(quantity: Decimal, shown: Decimal, listing: Listing, limits: VenueLimits) -> list[Decimal]:
    """Return the quantities that the venue's order must not exceed, in the order of `_ALLOWED`."""
    own = (limits.largest_order, limits.balance, limits.position_room)
    return [quantity, shown, listing.max_quantity, *(quantity if most is None else most for most in own)]


def _left_out(ladders: Sequence[Ladder], used: Sequence[tuple[Ladder, Decimal]], max_venues: int | None) -> Iterator[Rejected]:
    """Say of each ladder without a part why it has none."""
    takers = {ladder.venue for ladder, _ in used}
    last_rate = max((ladder.last_rate(amount) for ladder, amount in used), default=None)
    for ladder in ladders:
        if ladder.venue in takers:
            continue
        if last_rate is not None and ladder.best_rate >= last_rate:
            excess_bps = bps_of(ladder.best_rate - last_rate, abs(last_rate))
            yield Rejected(venue=ladder.venue, reason=RejectionReason.TOO_DEAR, excess_bps=excess_bps)
        elif max_venues is not None and len(takers) >= max_venues:
            yield Rejected(venue=ladder.venue, reason=RejectionReason.TOO_MANY_VENUES)
        else:
            yield Rejected(venue=ladder.venue, reason=RejectionReason.BELOW_MINIMUM)


def _leg(listing: Listing, ladder: Ladder, quantity: Decimal) -> Leg:
    depth = ladder.depth
    notional = abs(depth.value(quantity))
    return Leg(
        venue=ladder.venue,
        quantity=quantity,
        worst_price=abs(depth.prices[depth.levels(quantity) - 1]),
        expected_price=notional / quantity,
        expected_fee=fee_of(notional, listing.taker_fee_bps),
        notional=notional,
    )


def _route(
    side: Side, asked: Decimal, legs: tuple[Leg, ...], sure: Decimal, *, mid: Decimal | None, rejected: tuple[Rejected, ...]
) -> Route:
    quantity = sum([leg.quantity for leg in legs], ZERO)
    notional = sum([leg.notional for leg in legs], ZERO)
    fee = sum([leg.expected_fee for leg in legs], ZERO)
    average = notional / quantity if quantity else None
    return Route(
        legs=legs,
        quantity=quantity,
        unrouted_quantity=asked - quantity,
        average_price=average,
        all_in_price=(notional + side.sign * fee) / quantity if quantity else None,
        total_fee=fee,
        total_cost=side.sign * (notional - mid * quantity) + fee if mid is not None else ZERO,
        slippage_bps=slippage_bps(side, average, mid) if average is not None and mid is not None else None,
        confidence=float(sure / asked) if asked > 0 else 0.0,
        rejected=rejected,
    )


def _sure(ladder: Ladder, quantity: Decimal) -> Decimal:
    """Return how much of a leg half of the displayed quantity covers, down to its worst price."""
    return min(quantity, ladder.depth.reached[ladder.depth.levels(quantity)] * DISPLAYED_SHARE)
