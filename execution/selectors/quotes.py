"""Prices of what is traded here, each with its age."""

from collections.abc import Collection, Iterable, Mapping
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
    rows = list(
        Listing.objects.filter(is_enabled=True, venue__is_enabled=True, instrument__is_enabled=True)
        .values("instrument__symbol", "instrument__base", "venue__name", "tick")
        .order_by("instrument__symbol")
    )
    books = market_books.read(venues={row["venue__name"] for row in rows}, symbols={row["instrument__symbol"] for row in rows})
    return tuple(_quote(symbol, [row for row in rows if row["instrument__symbol"] == symbol], books, now) for symbol in _symbols(rows))


def _symbols(rows: Iterable[Mapping[str, str]]) -> list[str]:
    return list(dict.fromkeys(row["instrument__symbol"] for row in rows))


def _quote(symbol: str, rows: list[dict[str, object]], books: Mapping[tuple[str, str], Book], now: datetime) -> Quote:
    found = [book for row in rows if (book := books.get((str(row["venue__name"]), symbol))) is not None]
    priced = price_of(found, now)
    return Quote(
        symbol=symbol,
        base=str(rows[0]["instrument__base"]),
        mid=priced[0] if priced else None,
        age=priced[1] if priced else None,
        price_places=max(decimal_places(Decimal(str(row["tick"]))) for row in rows),
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
    return {
        row["instrument__symbol"]: Places(price=decimal_places(row["tick"]), quantity=decimal_places(row["lot"])) for row in rows
    }
