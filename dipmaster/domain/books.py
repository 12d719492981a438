"""Order books as they were received."""

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
