"""What planning and working need to know, loaded for a whole batch in a fixed number of queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings

from dipmaster.domain.books import Book, consolidated_mid
from dipmaster.domain.instruments import Listing
from execution.domain.algorithms.base import Market
from execution.domain.health import Health, left_out
from execution.domain.planning import market_for_planning
from execution.market import books as market_books
from execution.market import health as market_health
from execution.market.health import VenueHealth, state_of
from execution.models import Listing as ListingRow
from execution.models import ParentOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMarket:
    """The venues an order may use: terms by venue, those books that are fresh and not crossed, and who gets no new orders."""

    listings: Mapping[str, Listing]
    books: tuple[Book, ...]
    left_out: Mapping[str, Health] = field(default_factory=dict)

    @property
    def open_books(self) -> tuple[Book, ...]:
        """Return the books that new orders may go to; a venue that is left out still tells what the market is."""
        return tuple(book for book in self.books if book.venue not in self.left_out)

    @property
    def mid(self) -> Decimal | None:
        """Return the middle of the best prices, none without a tradable book on both sides."""
        return consolidated_mid(self.books)

    def for_planning(self, mid: Decimal) -> Market | None:
        """Return what an algorithm may know; none when no enabled venue lists the instrument."""
        return market_for_planning(self.listings, mid)


def markets_of(orders: Iterable[ParentOrder], now: datetime) -> dict[int, OrderMarket]:
    """Return each order's market: one query for the terms, one round trip for the books, one for the venues' health."""
    orders = list(orders)
    rows = ListingRow.objects.with_terms().filter(
        instrument_id__in={order.instrument_id for order in orders}, is_enabled=True, venue__is_enabled=True
    )
    terms: dict[str, dict[str, Listing]] = {}
    for row in rows:
        terms.setdefault(row.instrument.symbol, {})[row.venue.name] = row.to_domain()
    venues = {venue for listed in terms.values() for venue in listed}
    books = market_books.read(venues=venues, symbols=terms)
    judged = market_health.known_states(venues, now)
    return {order.pk: _market_of(order, terms.get(order.instrument.symbol, {}), books, judged, now) for order in orders}


def _market_of(
    order: ParentOrder,
    terms: Mapping[str, Listing],
    books: Mapping[tuple[str, str], Book],
    judged: Mapping[str, VenueHealth | None],
    now: datetime,
) -> OrderMarket:
    allowed = {venue: listing for venue, listing in terms.items() if not order.venue_names or venue in order.venue_names}
    oldest = timedelta(seconds=settings.BOOK_MAX_AGE_SECONDS)
    usable = (books.get((venue, order.instrument.symbol)) for venue in allowed)
    fresh = tuple(book for book in usable if book is not None and book.is_tradable(now, oldest))
    out = left_out({venue: state_of(judged[venue]) for venue in allowed}, fresh={book.venue for book in fresh})
    return OrderMarket(listings=allowed, books=fresh, left_out={venue: found.health for venue in out if (found := judged[venue])})
