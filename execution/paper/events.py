"""What happened on a venue, in no venue's own words: gateways put it on their private streams."""

from dataclasses import dataclass
from enum import StrEnum

from execution.paper.accounts import FundingPayment, Order, Trade
from execution.paper.refusals import Reason


class Change(StrEnum):
    """What happened to an order."""

    NEW = "new"
    TRADE = "trade"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    PREVENTED = "prevented"  # expired because it would have traded with an order of the same account
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent:
    """One change of one order; `order` is a copy as it was right after the change."""

    account: str
    change: Change
    order: Order
    trade: Trade | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingsEvent:
    """Balances of these assets and positions in these symbols (house names) changed, `funding` says by what payment.

    The new values are read from the venue (`wallet`, `positions`).
    """

    account: str
    assets: tuple[str, ...]
    symbols: tuple[str, ...] = ()
    funding: FundingPayment | None = None


Event = OrderEvent | HoldingsEvent
