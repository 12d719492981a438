"""The parent order of an experiment, what it may know, and what became of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from analytics.domain.fills import PricedFill
from analytics.lab.market import LabEvent
from analytics.lab.watching import Series, Watched
from dipmaster.domain.instruments import Listing
from dipmaster.domain.money import fee_of
from dipmaster.domain.sides import Side
from execution.domain.pretrade import CostEstimate

LONGEST_ANSWER = timedelta(seconds=60)
"""A market that has not answered for an order so long after the parent's end never will."""


class MarketDidNotAnswer(RuntimeError):
    """A market left an order of ours without an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabParent:
    """What is to be bought or sold, quantity in base currency, from `start_at` to `end_at`."""

    side: Side
    quantity: Decimal
    start_at: datetime
    end_at: datetime
    seed: int
    limit_price: Decimal | None = None
    max_slippage_bps: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """What came of an order: its fills in the order in which they were heard, how many orders were sent and refused by the risk gate."""

    fills: tuple[PricedFill, ...]
    children: int
    refusals: int = 0
    expected: CostEstimate | None = None
    """What pre-trade would have said when the order began; none for what is no algorithm of the product."""


Executor = Callable[[Watched, LabParent, Series], Worked]
"""Work a parent order against a market. The series is the same path without the order; only an oracle may look at it."""


def priced(event: LabEvent, listing: Listing, mid: float) -> PricedFill:
    """Return a fill event with its fee by the venue's terms, and the mid of its time.

    Raises:
        ValueError: the event is no fill.
    """
    if event.price is None or event.quantity is None:
        raise ValueError(f"the event {event.kind} of order {event.order_id} is no fill")
    rate = listing.maker_fee_bps if event.is_maker else listing.taker_fee_bps
    return PricedFill(
        at=event.at,
        venue=listing.venue,
        price=event.price,
        quantity=event.quantity,
        fee=fee_of(event.price * event.quantity, rate),
        mid=Decimal(repr(float(mid))),
        is_maker=event.is_maker,
    )
