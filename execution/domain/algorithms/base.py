"""The contract of an execution algorithm: `plan(order, progress, market, now) -> Plan`.

An algorithm sends nothing and remembers nothing: it may be asked again at any time and answers from what it is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from dipmaster.domain.sides import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTerms:
    """What was asked for. Quantities in base currency, prices in quote currency."""

    side: Side
    quantity: Decimal
    limit_price: Decimal | None
    start_at: datetime
    end_at: datetime
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the order is. `committed_quantity` is the unfilled rest of slices that are released and still live."""

    filled_quantity: Decimal
    committed_quantity: Decimal
    committed_until: datetime | None
    """End of the last live slice, none when no slice is live."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What an algorithm may know of the market.

    `lot` is the common lot of the order's venues (the coarsest), `min_quantity` the smallest slice that some venue accepts at `mid`.
    """

    mid: Decimal
    lot: Decimal
    min_quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSlice:
    """A quantity to be done within [start_at, end_at)."""

    quantity: Decimal
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The slices still to be released, first to last, when to plan again (none: never), and why in plain words."""

    slices: tuple[PlannedSlice, ...]
    next_review_at: datetime | None
    reasons: tuple[str, ...]


class Algorithm(Protocol):
    """An execution algorithm."""

    def __call__(self, order: OrderTerms, progress: Progress, market: Market, now: datetime) -> Plan:
        """Plan what is neither filled nor committed."""
        ...
