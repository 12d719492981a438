"""The books of an order's venues laid over one another, with the order's own size marked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from dipmaster.domain.books import Book, ConsolidatedBook, consolidate
from dipmaster.domain.quantize import ceil_to_step, floor_to_step
from dipmaster.domain.sides import Side
from execution.domain.health import HealthState
from execution.domain.lifecycle import ChildState
from execution.market import books as market_books
from execution.market import health as market_health
from execution.market.health import VenueHealth
from execution.models import ChildOrder, Listing, ParentOrder
from execution.selectors.quotes import Places, places_of, price_of

LEVELS = 8
_ROUND_STEPS = (Decimal(1), Decimal(2), Decimal(5))
Sizes = dict[tuple[Side, Decimal], Decimal]
"""Quantities in base currency by side and price step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One price step of the joined book. `own` rests there by acknowledgement, `unknown` is not proven. `share`: of the widest rung."""

    price: Decimal
    quantity: Decimal
    total: Decimal
    share: Decimal
    own: Decimal
    unknown: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """One venue's best prices and their age; none without a book."""

    venue: str
    bid: Decimal | None
    ask: Decimal | None
    age: timedelta | None
    freshness: str
    note: str = ""
    """Switched off, down or degraded; empty when nothing is known against the venue."""
    reason: str = ""
    is_used: bool = True
    """False of a venue that is down or switched off: its prices are nobody's business now."""

    @property
    def mid(self) -> Decimal | None:
        """Return the middle of the touch, if there are both sides."""
        return None if self.bid is None or self.ask is None else (self.bid + self.ask) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """The joined book of the fresh venues: asks from the highest shown down to the best, bids from the best down."""

    asks: tuple[Rung, ...]
    bids: tuple[Rung, ...]
    step: Decimal
    mid: Decimal | None
    age: timedelta | None
    spread: Decimal | None
    venues: tuple[Touch, ...]
    places: Places

    @property
    def used_venues(self) -> int:
        """Return how many venues new orders may go to."""
        return sum(touch.is_used for touch in self.venues)

    @property
    def noted(self) -> tuple[Touch, ...]:
        """Return the venues that something is known against."""
        return tuple(touch for touch in self.venues if touch.note)

    @property
    def size_places(self) -> int:
        """Return decimals that show the sizes with about four digits."""
        largest = max((rung.total for rung in (*self.asks, *self.bids)), default=Decimal(0))
        return min(max(2 - largest.adjusted(), 0), self.places.quantity) if largest else self.places.quantity

    @property
    def own_places(self) -> int:
        """Return decimals for the order's own sizes, which are smaller than the book's."""
        return min(self.size_places + 2, self.places.quantity)

    @property
    def freshness(self) -> str:
        """Return how the joined price's age is to be shown."""
        return freshness_of(self.age)

    @property
    def spread_bps(self) -> Decimal | None:
        """Return the spread in basis points of the mid; negative while venues cross one another."""
        return None if self.spread is None or not self.mid else self.spread / self.mid * 10_000


def freshness_of(age: timedelta | None) -> str:
    """Return fresh, ageing from one second, stale from the age at which a book is no longer traded on, or none."""
    if age is None:
        return "none"
    seconds = age.total_seconds()
    if seconds >= settings.BOOK_MAX_AGE_SECONDS:
        return "stale"
    return "ageing" if seconds >= 1 else "fresh"


def touches_of(listings: Iterable[Listing], books: Mapping[tuple[str, str], Book], symbol: str, now: datetime) -> tuple[Touch, ...]:
    """Return each venue's best prices, and what is known against it: one round trip."""
    listed = list(listings)
    judged = market_health.known_states([listing.venue.name for listing in listed], now)
    return tuple(_touch(listing, books.get((listing.venue.name, symbol)), judged[listing.venue.name], now) for listing in listed)


def _touch(listing: Listing, book: Book | None, judged: VenueHealth | None, now: datetime) -> Touch:
    note, reason = _note(listing, judged)
    age = None if book is None else max(book.age(now), timedelta(0))
    return Touch(
        venue=listing.venue.title,
        bid=book.bids[0].price if book and book.bids else None,
        ask=book.asks[0].price if book and book.asks else None,
        age=age,
        freshness=freshness_of(age),
        note=note,
        reason=reason,
        is_used=_is_used(listing, judged),
    )


def _is_used(listing: Listing, judged: VenueHealth | None) -> bool:
    is_down = judged is not None and judged.health.state is HealthState.DOWN
    return listing.is_enabled and listing.venue.is_enabled and not is_down


def _note(listing: Listing, judged: VenueHealth | None) -> tuple[str, str]:
    if not listing.venue.is_enabled:
        return _("switched off"), _("An administrator has switched this venue off.")
    if not listing.is_enabled:
        return _("switched off"), _("An administrator has switched this instrument off on this venue.")
    if judged is None or judged.health.state is HealthState.UP:
        return "", ""
    return {HealthState.DOWN: _("down"), HealthState.DEGRADED: _("degraded")}[judged.health.state], judged.health.reason


def depth_of(order: ParentOrder, now: datetime) -> Depth:
    """Return the joined book of the order's venues: two queries, two round trips."""
    symbol = order.instrument.symbol
    listed = [
        listing
        for listing in Listing.objects.filter(instrument=order.instrument).select_related("venue").order_by("venue_id")
        if not order.venue_names or listing.venue.name in order.venue_names
    ]
    listings = [listing for listing in listed if listing.is_enabled and listing.venue.is_enabled]
    books = market_books.read(venues=[listing.venue.name for listing in listings], symbols=[symbol])
    oldest = timedelta(seconds=settings.BOOK_MAX_AGE_SECONDS)
    fresh = [book for book in books.values() if book.is_tradable(now, oldest)]
    priced = price_of(list(books.values()), now)
    mid = priced[0] if priced else None
    step = _step(mid, max((listing.tick for listing in listings), default=Decimal("0.01")))
    own, unknown = _own(order, step)
    joined = consolidate(fresh)
    asks, bids = _rungs(joined, Side.SELL, step, own, unknown), _rungs(joined, Side.BUY, step, own, unknown)
    widest = max((rung.quantity for rung in (*asks, *bids)), default=Decimal(1)) or Decimal(1)
    return Depth(
        asks=tuple(_scaled(rung, widest) for rung in reversed(asks)),
        bids=tuple(_scaled(rung, widest) for rung in bids),
        step=step,
        mid=mid,
        age=priced[1] if priced else None,
        spread=joined.spread,
        venues=touches_of(listed, books, symbol, now),
        places=places_of([symbol]).get(symbol, Places(price=2, quantity=8)),
    )


def _step(mid: Decimal | None, tick: Decimal) -> Decimal:
    """Return a round price step of about a tenth of a basis point, a multiple of the tick."""
    if mid is None or mid <= 0:
        return tick
    wanted = mid / 100_000
    if wanted <= tick:
        return tick
    magnitude = Decimal(1).scaleb(wanted.adjusted())
    step = next((factor * magnitude for factor in _ROUND_STEPS if factor * magnitude >= wanted), 10 * magnitude)
    return ceil_to_step(step, tick)


def _rungs(joined: ConsolidatedBook, side: Side, step: Decimal, own: Sizes, unknown: Sizes) -> list[Rung]:
    """Join levels into steps, best first. Bids fall to the step below, asks rise to the step above: no size looks better than it is."""
    sizes: dict[Decimal, Decimal] = {}
    for level in joined.own(side):
        price = _stepped(level.price, side, step)
        sizes[price] = sizes.get(price, Decimal(0)) + level.quantity
    rungs, total = [], Decimal(0)
    for price in sorted(sizes, reverse=side is Side.BUY)[:LEVELS]:
        total += sizes[price]
        key = (side, price)
        rungs.append(
            Rung(
                price=price,
                quantity=sizes[price],
                total=total,
                share=Decimal(0),
                own=own.get(key, Decimal(0)),
                unknown=unknown.get(key, Decimal(0)),
            )
        )
    return rungs


def _stepped(price: Decimal, side: Side, step: Decimal) -> Decimal:
    return floor_to_step(price, step) if side is Side.BUY else ceil_to_step(price, step)


def _scaled(rung: Rung, widest: Decimal) -> Rung:
    return Rung(
        price=rung.price, quantity=rung.quantity, total=rung.total, share=rung.quantity / widest, own=rung.own, unknown=rung.unknown
    )


def _own(order: ParentOrder, step: Decimal) -> tuple[Sizes, Sizes]:
    """Return the order's own resting and unproven quantities by side and price step."""
    side = Side(order.side)
    own: Sizes = {}
    unknown: Sizes = {}
    rows = ChildOrder.objects.filter(parent=order, state__in=[ChildState.OPEN, ChildState.UNKNOWN], price__isnull=False)
    for child in rows:
        if child.price is None:
            continue
        sums = own if child.state == ChildState.OPEN else unknown
        key = (side, _stepped(child.price, side, step))
        sums[key] = sums.get(key, Decimal(0)) + child.remaining_quantity
    return own, unknown
