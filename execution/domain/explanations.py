"""Why a child order went where, at which price and as which type: read from what its decision was made from, and decided again."""

from dataclasses import dataclass
from decimal import Decimal

from dipmaster.domain.books import Book, Level
from dipmaster.domain.instruments import Listing
from dipmaster.domain.money import BPS, fee_of
from execution.domain.actions import Place
from execution.domain.decisions import Decision, DecisionInputs, differences, outcome_of
from execution.domain.lifecycle import LIVE_CHILDREN
from execution.domain.routing import Leg, Rejected, RejectionReason, Route
from execution.domain.venue_orders import TimeInForce


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueAccount:
    """What a decision saw of one venue and what it did there. Prices and fees in quote currency, quantities in base currency.

    `touch_all_in`: the best price that the child's kind of order gets there, with its fee: of the opposite side with the taker fee where it
    crosses, of the own side with the maker fee where it rests; none where the book is not traded on.
    `expected_price`: average over the levels taken, or the order's own price.
    `excess_bps`: how much dearer its best all-in price is than the dearest one taken; only the router says it.
    """

    venue: str
    bid: Level | None
    ask: Level | None
    age_ms: float | None
    fee_bps: Decimal | None
    touch_all_in: Decimal | None
    quantity: Decimal | None = None
    price: Decimal | None = None
    expected_price: Decimal | None = None
    expected_fee: Decimal | None = None
    reason: str
    excess_bps: Decimal | None = None

    @property
    def is_chosen(self) -> bool:
        """Tell whether the decision sent an order there."""
        return self.quantity is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One child's order, the decision that it is part of, and what the program decides from the same inputs today.

    `route` is none for what rests, and when today's program decides otherwise. `venues`: chosen ones first, then the cheapest.
    """

    decision: Decision
    place: Place
    route: Route | None
    differences: tuple[str, ...]
    venues: tuple[VenueAccount, ...]

    @property
    def is_same(self) -> bool:
        """Tell whether today's program decides the same."""
        return not self.differences

    @property
    def is_crossing(self) -> bool:
        """Tell whether the order takes what stands in the book."""
        return _crosses(self.place)


def explain(decision: Decision, place: Place) -> Explanation:
    """Decide again and give an account of every venue that was looked at."""
    step = decision.inputs.decide()
    found = differences(decision.outcome, outcome_of(step))
    route = None if found or not _crosses(place) else step.route
    return Explanation(decision=decision, place=place, route=route, differences=found, venues=_accounts(decision, place, route))


def _crosses(place: Place) -> bool:
    return place.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)


def _accounts(decision: Decision, place: Place, route: Route | None) -> tuple[VenueAccount, ...]:
    books = {book.venue: book for book in decision.inputs.books}
    names = sorted({*books, *decision.inputs.listings, *decision.inputs.left})
    accounts = [_account(decision, name, books.get(name), place, route) for name in names]
    sign = decision.inputs.slice.side.sign
    return tuple(sorted(accounts, key=lambda one: (not one.is_chosen, one.touch_all_in is None, sign * (one.touch_all_in or 0))))


def _account(decision: Decision, venue: str, book: Book | None, place: Place, route: Route | None) -> VenueAccount:
    inputs, is_crossing = decision.inputs, _crosses(place)
    listing = inputs.listings.get(venue)
    fee_bps = None if listing is None else listing.taker_fee_bps if is_crossing else listing.maker_fee_bps
    sent = place if place.venue == venue else next((one for one in decision.outcome.places if one.venue == venue), None)
    leg = next((one for one in route.legs if one.venue == venue), None) if route else None
    rejected = next((one for one in route.rejected if one.venue == venue), None) if route else None
    return VenueAccount(
        venue=venue,
        bid=book.best_bid if book else None,
        ask=book.best_ask if book else None,
        age_ms=max(book.age(inputs.now).total_seconds() * 1000, 0.0) if book else None,
        fee_bps=fee_bps,
        touch_all_in=_touch_all_in(inputs, book, fee_bps, is_crossing),
        quantity=sent.quantity if sent else None,
        price=sent.price if sent else None,
        expected_price=_expected_price(sent, leg),
        expected_fee=_expected_fee(sent, leg, listing),
        reason=sent.reason if sent else _why_nothing(inputs, venue, book, rejected, is_crossing=is_crossing),
        excess_bps=rejected.excess_bps if rejected else None,
    )


def _touch_all_in(inputs: DecisionInputs, book: Book | None, fee_bps: Decimal | None, is_crossing: bool) -> Decimal | None:
    if book is None or fee_bps is None or not book.is_tradable(inputs.now, inputs.slice.max_book_age):
        return None
    side = inputs.slice.side
    levels = book.opposite(side) if is_crossing else book.own(side)
    return levels[0].price * (1 + side.sign * fee_bps / BPS)


def _expected_price(sent: Place | None, leg: Leg | None) -> Decimal | None:
    if sent is None or _crosses(sent):
        return leg.expected_price if leg else None
    return sent.price


def _expected_fee(sent: Place | None, leg: Leg | None, listing: Listing | None) -> Decimal | None:
    if sent is None or _crosses(sent):
        return leg.expected_fee if leg else None
    return fee_of(sent.quantity * sent.price, listing.maker_fee_bps) if sent.price is not None and listing else None


def _why_nothing(inputs: DecisionInputs, venue: str, book: Book | None, rejected: Rejected | None, *, is_crossing: bool) -> str:
    """Say why a venue got no order: in the router's words, or from what was known of it."""
    if rejected is not None:
        return rejected.reason
    if venue in inputs.left:
        return f"it was left out: {inputs.left[venue]}"
    if venue not in inputs.listings:
        return RejectionReason.NO_LISTING
    if book is None:
        return RejectionReason.NO_FRESH_BOOK
    if not book.is_tradable(inputs.now, inputs.slice.max_book_age):
        return "its book was crossed, one-sided or too old"
    return _why_not_asked(inputs, venue, is_crossing=is_crossing)


def _why_not_asked(inputs: DecisionInputs, venue: str, *, is_crossing: bool) -> str:
    """Say why a venue that could have been traded on was not."""
    if is_crossing:
        return "it is left alone for a while after it turned orders away"
    if any(child.venue == venue and child.state in LIVE_CHILDREN for child in inputs.slice.children):
        return "an order of the slice is there already"
    return "others come first, by fee, then by price; or its part would be below its smallest order"
