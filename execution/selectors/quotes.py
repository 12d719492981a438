"""Prices of what is traded here, each with its age."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Min

from dipmaster.domain.books import Book, consolidated_mid
from dipmaster.domain.quantize import decimal_places
from execution.market import books as market_books
from execution.models import Listing


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The middle of the best prices over all venues, quote currency; none without a book. `age` is that of the older touch."""

    symbol: str
    base: str
    mid: Decimal | None
    age: timedelta | None
    price_places: int


def quotes(now: datetime) -> tuple[Quote, ...]:
    """Return every enabled instrument's price: one query, one round trip."""
    listings: dict[str, list[Listing]] = {}
    rows = Listing.objects.filter(is_enabled=True, venue__is_enabled=True, instrument__is_enabled=True)
    for row in rows.select_related("venue", "instrument").order_by("instrument__symbol"):
        listings.setdefault(row.instrument.symbol, []).append(row)
    venues = {listing.venue.name for listed in listings.values() for listing in listed}
    books = market_books.read(venues=venues, symbols=listings)
    return tuple(_quote(symbol, listed, books, now) for symbol, listed in listings.items())


def _quote(symbol: str, listed: list[Listing], books: Mapping[tuple[str, str], Book], now: datetime) -> Quote:
    found = [book for listing in listed if (book := books.get((listing.venue.name, symbol))) is not None]
    priced = price_of(found, now)
    return Quote(
        symbol=symbol,
        base=listed[0].instrument.base,
        mid=priced[0] if priced else None,
        age=priced[1] if priced else None,
        price_places=max(decimal_places(listing.tick) for listing in listed),
    )


def price_of(books: Collection[Book], now: datetime) -> tuple[Decimal, timedelta] | None:
    """Return mid and age: of the fresh books together, else of the youngest alone so that its age shows; none without any."""
    usable = [book for book in books if book.bids and book.asks and not book.is_crossed]
    if not usable:
        return None
    oldest = timedelta(seconds=settings.BOOK_MAX_AGE_SECONDS)
    fresh = [book for book in usable if book.age(now) <= oldest] or [max(usable, key=lambda book: book.received_at)]
    mid = consolidated_mid(tuple(fresh))
    if mid is None:
        return None
    bid_book = max(fresh, key=lambda book: book.bids[0].price)
    ask_book = min(fresh, key=lambda book: book.asks[0].price)
    return mid, max(now - min(bid_book.received_at, ask_book.received_at), timedelta(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Decimals of an instrument's prices and quantities."""

    price: int
    quantity: int


def places_of(symbols: Collection[str]) -> dict[str, Places]:
    """Return how many decimals each symbol's prices and quantities have, from the finest tick and lot of its venues."""
    rows = Listing.objects.filter(instrument__symbol__in=symbols).values("instrument__symbol").annotate(tick=Min("tick"), lot=Min("lot"))
    return {row["instrument__symbol"]: Places(price=decimal_places(row["tick"]), quantity=decimal_places(row["lot"])) for row in rows}
