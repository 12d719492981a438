"""Books and listings for tests of the domain."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from dipmaster.domain.books import Book, Level
from dipmaster.domain.instruments import Listing

NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)


def listing(venue, **terms):
    """A listing with a cent tick, a lot of a hundredth and no minimums, unless said otherwise."""
    usual = {"tick": "0.01", "lot": "0.01", "min_quantity": "0", "max_quantity": "1000", "min_notional": "0"}
    fees = {"maker_fee_bps": "0", "taker_fee_bps": "0"}
    return Listing(venue=venue, symbol="BTCUSDT", **{name: Decimal(str(value)) for name, value in {**usual, **fees, **terms}.items()})


def listings(*of):
    return {one.venue: one for one in of}


def levels(pairs: Iterable[tuple[object, object]]):
    return tuple(Level(price=Decimal(str(price)), quantity=Decimal(str(quantity))) for price, quantity in pairs)


def book(venue, bids, asks, received_at=NOW):
    return Book(venue=venue, symbol="BTCUSDT", bids=levels(bids), asks=levels(asks), received_at=received_at)
