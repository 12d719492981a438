"""What is asked of a venue and what it answers.

A request whose effect is not proven is `Unknown`: it is looked up by id and never sent again blindly.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from dipmaster.domain.fills import Execution
from dipmaster.domain.sides import Side


class OrderType(StrEnum):
    """Kinds of child orders."""

    LIMIT = "limit"
    MARKET = "market"


class TimeInForce(StrEnum):
    """How long a child order stays; POST_ONLY rests or is refused."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    POST_ONLY = "PO"


class VenueOrderStatus(StrEnum):
    """State of an order as its venue tells it."""

    OPEN = "open"
    FILLED = "filled"
    CANCELLED = "cancelled"  # also expired, for example the rest of an IOC
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """An order to be placed. Prices in quote currency, quantities in base currency, both already on tick and lot."""

    symbol: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal
    price: Decimal | None
    client_order_id: str
    reduce_only: bool = False
    """Perpetuals: never opens or adds to a position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueOrder:
    """An order as the venue has it. `executions` holds what came with the answer; their sum may lag `filled_quantity`."""

    client_order_id: str
    venue_order_id: str
    status: VenueOrderStatus
    filled_quantity: Decimal
    executions: tuple[Execution, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VenuePosition:
    """A perpetual position as its venue tells it: `quantity` in base currency, negative when short; profit in quote currency."""

    symbol: str
    quantity: Decimal
    entry_price: Decimal
    leverage: Decimal | None
    unrealised: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """The venue has, or had, the order."""

    order: VenueOrder
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The venue's own whitelisted code proves that the request had no effect."""

    code: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound:
    """The venue answers that it knows no such order."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Timeout, 5xx, bad body, lost connection: nothing is proven."""

    reason: str
    at: datetime


PlaceOutcome = Acknowledged | Rejected | Unknown
CancelOutcome = Acknowledged | NotFound | Unknown
LookupOutcome = Acknowledged | NotFound | Unknown
