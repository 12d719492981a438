"""What is known of the market that a previewed order would meet."""

import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings

from execution.domain.algorithms.base import Market
from execution.domain.impact import Estimate, ImpactCoefficients
from execution.domain.liquidity import liquidity_of, spread_bps
from execution.market import books as market_books
from execution.market import volumes
from execution.models import Instrument, Listing
from execution.selectors.depth import Touch, touches_of
from execution.selectors.quotes import price_of
from execution.selectors.work import OrderMarket
from execution.services.order_request import OrderRequest

ASSUMED_IMPACT = ImpactCoefficients(
    y=Estimate(value=0.6, standard_error=0.1), exponent=Estimate(value=0.5, standard_error=0.1), observations=0, source="assumed"
)
"""Of a symbol that nobody has fitted yet: the square-root law with a coefficient that is usual for liquid markets."""
_remembered = threading.local()


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
        market=OrderMarket(listings={listing.venue.name: listing.to_domain() for listing in listings}, books=fresh),
        touches=touches_of(listings, books, instrument.symbol, now),
        price=price_of(list(books.values()), now),
    )


def facts_of(scene: Scene, request: OrderRequest, quantity: Decimal | None, now: datetime) -> Market | None:
    """Return what algorithms and estimates may know; none without venues or a fresh price."""
    mid = scene.mid
    facts = None if mid is None else scene.market.for_planning(mid)
    if facts is None:
        return None
    activity = _activity(scene, now)
    return replace(
        facts,
        spread_bps=spread_bps(scene.market.books),
        liquidity=None if quantity is None else liquidity_of(scene.market.books, side=request.side, quantity=quantity),
        minute_volatility_bps=activity.minute_volatility_bps,
        volume=activity.forecast,
        impact=impact_of(scene.instrument.symbol),
    )


def impact_of(symbol: str) -> ImpactCoefficients:
    """Return a symbol's impact coefficients."""
    return ASSUMED_IMPACT


def _activity(scene: Scene, now: datetime) -> volumes.Activity:
    """Return volume and volatility of the order's venues; each thread remembers what it has read."""
    if not hasattr(_remembered, "activities"):
        _remembered.activities = volumes.Activities()
    wanted = volumes.Market(instrument_id=scene.instrument.pk, venue_ids=frozenset(listing.venue_id for listing in scene.listings))
    activities: volumes.Activities = _remembered.activities
    return activities.of([wanted], now)[wanted]


def _listings(instrument: Instrument, request: OrderRequest) -> list[Listing]:
    found = Listing.objects.with_terms().filter(instrument=instrument, is_enabled=True, venue__is_enabled=True)
    return [listing for listing in found.order_by("venue_id") if not request.venues or listing.venue.name in request.venues]
