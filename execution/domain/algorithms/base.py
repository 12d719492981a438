"""The contract of an execution algorithm: `plan(order, progress, market, now) -> Plan`.

An algorithm sends nothing and remembers nothing: it may be asked again at any time and answers from what it is given. Asked twice with
the same, it answers the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from dipmaster.domain.sides import Side


class Remainder(StrEnum):
    """What becomes of what is left at the end: take it then at any size, or leave it unfilled."""

    CROSS = "cross"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTerms:
    """What was asked for. Quantities in base currency, prices in quote currency; `parameters` complete and within their ranges."""

    side: Side
    quantity: Decimal
    limit_price: Decimal | None
    would_price: Decimal | None = None
    """At this price or a better one everything that is left is wanted at once."""
    arrival_mid: Decimal | None = None
    start_at: datetime
    end_at: datetime
    remainder: Remainder = Remainder.CROSS
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the order is. `committed_quantity` is the unfilled rest of slices that are released and still live."""

    filled_quantity: Decimal
    committed_quantity: Decimal
    committed_until: datetime | None
    """End of the last live slice, none when no slice is live."""
    paced_until: datetime | None = None
    """End of the last slice that filled before its time: what follows it waits for that, else quick fills would front-load the order."""
    market_quantity: float | None = None
    """What others have traded since the order's start on its venues, base currency; none when nobody counts."""

    @property
    def done(self) -> Decimal:
        """Return what needs no plan any more."""
        return self.filled_quantity + self.committed_quantity


class VolumeOutlook(Protocol):
    """What others are expected to trade on the order's venues, own trades excluded, base currency."""

    def expected(self, bounds: Sequence[datetime]) -> NDArray[np.float64]:
        """Return the expected quantity between each two of n + 1 times that follow one another, n numbers."""
        ...

    def share_path(self, *, traded: float, at: datetime, bounds: Sequence[datetime], tilt: float = 0.0) -> NDArray[np.float64]:
        """Return the share of an order that should be done by each time after `at`, never falling; the last is its end, with 1.

        `traded` is what others have traded since the order's start, up to `at`. `tilt` 0 follows the volume as closely as can be; more
        of it does less before bursts, which costs closeness and saves slippage.
        """
        ...


class Impact(Protocol):
    """What trading does to the price."""

    def expected_impact_bps(self, *, quantity: float, market_quantity: float, volatility_bps: float) -> float:
        """Return the mean price paid above the undisturbed one for a quantity done while others trade theirs.

        `volatility_bps` is the standard deviation of the price over the same time.
        """
        ...


VOLATILITY_HALF_LIFE_MINUTES: Final = 30.0
"""Returns lose half of their weight in the volatility of the moment in this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What an algorithm may know of the market; none: not known.

    `lot` is the common lot of the order's venues (the coarsest), `min_quantity` the smallest slice that some venue accepts at `mid`.
    """

    mid: Decimal
    lot: Decimal
    min_quantity: Decimal
    spread_bps: float | None = None
    liquidity: float | None = None
    """Score from 0 (nothing to trade with) to 1 (the deepest books)."""
    minute_volatility_bps: float | None = None
    """Standard deviation of the mid over one minute."""
    usual_minute_volatility_bps: float | None = None
    """The same on an ordinary day."""
    volume: VolumeOutlook | None = None
    impact: Impact | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSlice:
    """A quantity to be done within [start_at, end_at)."""

    quantity: Decimal
    start_at: datetime
    end_at: datetime
    urgency: float | None = None
    """From 0 (rest as long as the window lasts) to 1 (cross at once); none: as patient as the order's parameters say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The slices still to be released, first to last, when to plan again at the latest (none: never), and why in plain words.

    `is_paced`: what follows a slice that filled early waits for its time; otherwise it is planned anew and begins at once.
    """

    slices: tuple[PlannedSlice, ...]
    next_review_at: datetime | None
    reasons: tuple[str, ...]
    is_paced: bool = True


class Algorithm(Protocol):
    """An execution algorithm."""

    def __call__(self, order: OrderTerms, progress: Progress, market: Market, now: datetime) -> Plan:
        """Plan what is neither filled nor committed."""
        ...
