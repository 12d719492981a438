"""What is known of the market that a previewed order would meet."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings

from execution.domain.algorithms.base import Market
from execution.market import books as market_books
from execution.models import Instrument, Listing
from execution.selectors.depth import Touch, touches_of
from execution.selectors.knowledge import with_knowledge
from execution.selectors.quotes import price_of
from execution.selectors.work import OrderMarket, order_market
from execution.services.order_request import OrderRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The order's venues now: their terms, the fresh books, and the last price with its age."""

    instrument: Instrument
    listings: tuple[Listing, ...]
    market: OrderMarket
    touches: tuple[Touch, ...]
    price: tuple[Decimal, timedelta] | None

    @property
    def mid(self) -> Decimal | None:
        """Return the mid of the fresh books, none without any."""
        return self.market.mid


def look(instrument: Instrument, request: OrderRequest, now: datetime) -> Scene:
    """Return what the order's venues show."""
    listings = _listings(instrument, request)
    books = market_books.read(venues=[listing.venue.name for listing in listings], symbols=[instrument.symbol])
    oldest = timedelta(seconds=settings.BOOK_MAX_AGE_SECONDS)
    fresh = tuple(book for book in books.values() if book.is_tradable(now, oldest))
    return Scene(
        instrument=instrument,
        listings=tuple(listings),
        market=order_market(instrument, listings, fresh),
        touches=touches_of(listings, books, instrument.symbol, now),
        price=price_of(list(books.values()), now),
    )


def facts_of(scene: Scene, request: OrderRequest, quantity: Decimal | None, now: datetime) -> Market | None:
    """Return what algorithms and estimates may know; none without venues or a fresh price."""
    mid = scene.mid
    if mid is None:
        return None
    (market,) = with_knowledge([(scene.market, None)], now)
    return market.for_planning(mid, side=request.side, quantity=quantity)


def _listings(instrument: Instrument, request: OrderRequest) -> list[Listing]:
    found = Listing.objects.with_terms().filter(instrument=instrument, is_enabled=True, venue__is_enabled=True)
    return [listing for listing in found.order_by("venue_id") if not request.venues or listing.venue.name in request.venues]
