"""Order books as they were received."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from dipmaster.domain.sides import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One price of a book: price in quote currency, quantity in base currency."""

    price: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """One venue's book of one instrument, best prices first."""

    venue: str
    symbol: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    received_at: datetime

    @property
    def best_bid(self) -> Level | None:
        """Return the highest bid, if any."""
        return self.bids[0] if self.bids else None

    @property
    def best_ask(self) -> Level | None:
        """Return the lowest ask, if any."""
        return self.asks[0] if self.asks else None

    @property
    def mid(self) -> Decimal | None:
        """Return the middle of the touch; none when a side is empty."""
        if not self.bids or not self.asks:
            return None
        return (self.bids[0].price + self.asks[0].price) / 2

    @property
    def is_crossed(self) -> bool:
        """Tell whether the touch is locked or crossed: such a book is never traded on."""
        return bool(self.bids and self.asks) and self.bids[0].price >= self.asks[0].price

    def age(self, now: datetime) -> timedelta:
        """Return how long ago the book was received."""
        return now - self.received_at

    def is_tradable(self, now: datetime, max_age: timedelta) -> bool:
        """Tell whether both sides exist, the touch is not crossed and the book is fresh."""
        return bool(self.bids and self.asks) and not self.is_crossed and self.age(now) <= max_age

    def opposite(self, side: Side) -> tuple[Level, ...]:
        """Return the levels that an order of `side` takes from."""
        return self.asks if side is Side.BUY else self.bids

    def own(self, side: Side) -> tuple[Level, ...]:
        """Return the levels that an order of `side` rests among."""
        return self.bids if side is Side.BUY else self.asks


def consolidated_mid(books: tuple[Book, ...]) -> Decimal | None:
    """Return the middle between the best bid and the best ask over all books.

    Venues' books may cross one another for a moment; the middle is still between the two best prices. None without both sides.
    """
    bids = [book.bids[0].price for book in books if book.bids]
    asks = [book.asks[0].price for book in books if book.asks]
    if not bids or not asks:
        return None
    return (max(bids) + min(asks)) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueLevel:
    """One price of one venue's book: price in quote currency, quantity in base currency."""

    venue: str
    price: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsolidatedBook:
    """Several venues' books of one instrument laid over one another, best prices first; equal prices in the order of the books.

    Venues may cross one another for a moment: `spread` is then negative.
    """

    bids: tuple[VenueLevel, ...]
    asks: tuple[VenueLevel, ...]

    @property
    def mid(self) -> Decimal | None:
        """Return the middle between the best bid and the best ask; none when a side is empty."""
        if not self.bids or not self.asks:
            return None
        return (self.bids[0].price + self.asks[0].price) / 2

    @property
    def spread(self) -> Decimal | None:
        """Return best ask less best bid; none when a side is empty."""
        return self.asks[0].price - self.bids[0].price if self.bids and self.asks else None

    def opposite(self, side: Side) -> tuple[VenueLevel, ...]:
        """Return the levels that an order of `side` takes from."""
        return self.asks if side is Side.BUY else self.bids

    def own(self, side: Side) -> tuple[VenueLevel, ...]:
        """Return the levels that an order of `side` rests among."""
        return self.bids if side is Side.BUY else self.asks


def consolidate(books: Iterable[Book]) -> ConsolidatedBook:
    """Lay books of one instrument over one another; the caller leaves out stale and crossed ones."""
    found = tuple(books)
    bids = heapq.merge(*(_of_venue(book.venue, book.bids) for book in found), key=lambda level: -level.price)
    asks = heapq.merge(*(_of_venue(book.venue, book.asks) for book in found), key=lambda level: level.price)
    return ConsolidatedBook(bids=tuple(bids), asks=tuple(asks))


def _of_venue(venue: str, levels: tuple[Level, ...]) -> list[VenueLevel]:
    return [VenueLevel(venue=venue, price=level.price, quantity=level.quantity) for level in levels]
