"""Order books as they were received."""

import heapq
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from operator import mul

from dipmaster.domain.sides import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One price of a book: price in quote currency, quantity in base currency."""

    price: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """One side of a book, added up from its best price on.

    `prices`: of each level, times the sign of the order that takes from it, so that they rise. `reached` and `values`: quantity in base and
    worth in quote currency (with the same sign) down to and with each level; they begin with zero and have one entry more.
    """

    prices: list[Decimal]
    reached: list[Decimal]
    values: list[Decimal]

    def levels(self, quantity: Decimal) -> int:
        """Return how many levels a quantity takes from."""
        return bisect_left(self.reached, quantity)

    def value(self, quantity: Decimal) -> Decimal:
        """Return what a quantity is worth at the prices of its levels, with their sign."""
        count = self.levels(quantity)
        return self.values[count] - (self.reached[count] - quantity) * self.prices[count - 1] if count else Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """One venue's book of one instrument, best prices first."""

    venue: str
    symbol: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    received_at: datetime
    _depths: dict[Side, Depth] = field(default_factory=dict, init=False, repr=False, compare=False)

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

    def depth(self, side: Side) -> Depth:
        """Return the levels that an order of `side` takes from, added up: once, since a book is routed over more often than it is read."""
        found = self._depths.get(side)
        if found is None:
            found = self._depths[side] = _depth(side, self.opposite(side))
        return found


def _depth(side: Side, levels: tuple[Level, ...]) -> Depth:
    prices = [level.price if side is Side.BUY else -level.price for level in levels]
    sizes = [level.quantity for level in levels]
    reached = list(accumulate(sizes, initial=Decimal(0)))
    return Depth(prices=prices, reached=reached, values=list(accumulate(map(mul, prices, sizes), initial=Decimal(0))))


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
