"""Execution alpha: what an order saved against taking the same quantity at once, on the books that its own decisions saw.

alpha = 10^4 s (B - P) / B, with P and B the values with fees of the same quantity: ours, and that of the order compared with. Positive is
saved, the other way round than cost. The order compared with walks the books that a decision was made from, the cheapest level of all
venues first by price and taker fee (the best it can do: it may cut lots and minimums), and moves nothing: there is no delay and no
reaction of the market.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from analytics.domain.benchmarks import NotMeasured
from analytics.domain.exact import EXACT, divide, tidy, total_of
from analytics.domain.fills import PricedFill, fees_of, notional_of, quantity_of
from dipmaster.domain.books import Book
from dipmaster.domain.instruments import Listing
from dipmaster.domain.money import BPS
from dipmaster.domain.sides import Side

NOTHING_FILLED = "Nothing filled."
NO_FEE = "A fee was charged in a currency whose rate was not measured."
TOO_THIN = "The books kept of the decision at {at:%H:%M:%S} UTC hold less than the quantity compared."
NO_MOMENT = "What the order's children were decided from was not kept, or cannot be read."


class AlphaName(StrEnum):
    """What an order is compared with."""

    MARKET_ORDER = "market_order"  # all at once, on the books of the first decision
    EQUAL_CLIPS = "equal_clips"  # equal parts, each at once, on the books of each slice's first decision
    OWN_MOMENTS = "own_moments"  # what each child filled, at once, on the books of its own decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The tradable books of a decision, and the venues' terms."""

    at: datetime
    books: tuple[Book, ...]
    listings: Mapping[str, Listing]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alpha:
    """One comparison. `quantity` in base currency: what filled, or what of it could be compared.

    `own`, `benchmark`: values with fees, quote currency, paid for a buy and received for a sale. `saved`: quote currency. `moments`: on how
    many decisions' books.
    """

    name: AlphaName
    quantity: Decimal
    own: Decimal
    benchmark: Decimal
    saved: Decimal
    bps: Decimal
    moments: int


def against_clips(name: AlphaName, *, side: Side, fills: Sequence[PricedFill], moments: Sequence[Moment]) -> Alpha:
    """Compare fills with taking the same quantity in equal parts, one at each moment.

    Raises:
        NotMeasured: nothing filled, a fee is not known, there is no moment, or its books do not hold its part.
    """
    quantity = quantity_of(fills)
    if not quantity:
        raise NotMeasured(NOTHING_FILLED)
    if not moments:
        raise NotMeasured(NO_MOMENT)
    part = EXACT.divide(quantity, len(moments))
    benchmark = total_of(taken_at_once(side, part, moment) for moment in moments)
    return _alpha(name, side=side, quantity=quantity, own=_value(side, fills), benchmark=benchmark, moments=len(moments))


def sum_of(name: AlphaName, *, side: Side, alphas: Sequence[Alpha]) -> Alpha:
    """Return several comparisons as one.

    Raises:
        NotMeasured: there are none.
    """
    if not alphas:
        raise NotMeasured(NO_MOMENT)
    quantity, own, benchmark = (total_of(getattr(each, part) for each in alphas) for part in ("quantity", "own", "benchmark"))
    return _alpha(name, side=side, quantity=quantity, own=own, benchmark=benchmark, moments=sum(each.moments for each in alphas))


def taken_at_once(side: Side, quantity: Decimal, moment: Moment) -> Decimal:
    """Return what taking a quantity pays (or brings, for a sale), taker fees included, quote currency.

    Raises:
        NotMeasured: the books hold less.
    """
    offers = [
        (EXACT.multiply(level.price, 1 + side.sign * moment.listings[book.venue].taker_fee_bps / BPS), level.quantity)
        for book in moment.books
        for level in book.opposite(side)
    ]
    value, left = Decimal(0), quantity
    for price, size in sorted(offers, reverse=side is Side.SELL):
        taken = min(left, size)
        value, left = EXACT.fma(price, taken, value), EXACT.subtract(left, taken)
        if left <= 0:
            return value
    raise NotMeasured(TOO_THIN.format(at=moment.at))


def _value(side: Side, fills: Sequence[PricedFill]) -> Decimal:
    fees = fees_of(fills)
    if fees is None:
        raise NotMeasured(NO_FEE)
    return EXACT.fma(Decimal(side.sign), fees, notional_of(fills))


def _alpha(name: AlphaName, *, side: Side, quantity: Decimal, own: Decimal, benchmark: Decimal, moments: int) -> Alpha:
    saved = EXACT.multiply(side.sign, EXACT.subtract(benchmark, own))
    bps = divide(EXACT.multiply(saved, BPS), benchmark)
    return Alpha(
        name=name, quantity=tidy(quantity), own=_money(own), benchmark=_money(benchmark), saved=_money(saved), bps=bps, moments=moments
    )


def _money(value: Decimal) -> Decimal:
    return divide(value, Decimal(1))
