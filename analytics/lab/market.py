"""What a market offers to an experiment: books, orders, events, on a virtual clock.

Prices and quantities that cross this line are Decimal on the listing's tick and lot; times are UTC on the market's own clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from dipmaster.domain.books import Book
from dipmaster.domain.instruments import Listing
from dipmaster.domain.sides import Side
from execution.domain.venue_orders import OrderType, TimeInForce


class EventKind(StrEnum):
    """What a venue tells of one of our orders.

    Each order is `accepted` or `rejected` first. An accepted one is then `filled` any number of times, in parts or whole, and `ended`
    exactly once: filled, withdrawn, or, for what may not rest, on arrival. A post-only order that would trade is `rejected`.
    """

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FILLED = "filled"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabOrder:
    """A child order. `order_id` is chosen by the desk, unique in one market; `price` is none for a market order."""

    order_id: int
    venue: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    price: Decimal | None
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LabEvent:
    """What happened to one of our orders. `at`: when it happened at the venue; the desk hears it at the market's `now`.

    `price` (quote currency) and `quantity` (base currency) are those of one fill, none for the other kinds. What took several levels at
    once may come as one fill at their average price, which then need not be on the tick.
    """

    order_id: int
    kind: EventKind
    at: datetime
    price: Decimal | None = None
    quantity: Decimal | None = None
    is_maker: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Traded:
    """What others traded among themselves since the market began, all venues: `quantity` in base currency, `notional` in quote currency.

    Own trades are left out: this is what interval VWAP and participation are measured against.
    """

    quantity: float
    notional: float


class LabMarket(Protocol):
    """One instrument on several venues, seen and acted on by one desk."""

    @property
    def listings(self) -> Mapping[str, Listing]:
        """Return the terms by venue; the first venue is the main one."""
        ...

    @property
    def now(self) -> datetime:
        """Return the desk's time."""
        ...

    def books(self) -> Sequence[Book]:
        """Return what the desk sees now: delayed by the data latency, the best 20 levels or so a side, `received_at` at most `now`."""
        ...

    def mid(self) -> float:
        """Return the mid of the main venue, undelayed: for measuring only, no decision may use it."""
        ...

    def place(self, order: LabOrder) -> None:
        """Send an order; it reaches its venue after the order latency."""
        ...

    def cancel(self, order_id: int) -> None:
        """Ask for the end of an order, after the order latency; nothing is told of one that has ended before."""
        ...

    def advance(self, until: datetime) -> Sequence[LabEvent]:
        """Let time pass to `until`, or to when the desk first hears of one of its orders; return all that it hears at that moment.

        Events of one moment come together, in the order in which they happened. A time that is past changes nothing.
        """
        ...

    def traded(self) -> Traded:
        """Return what others have traded up to now."""
        ...
