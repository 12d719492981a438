"""What every venue client offers, the real ones and the simulated one alike, and what it asks of those who watch over venues."""

from datetime import datetime
from decimal import Decimal
from typing import Protocol

from dipmaster.domain.fills import Execution
from dipmaster.domain.instruments import Listing
from execution.domain.venue_orders import CancelOutcome, LookupOutcome, NewOrder, PlaceOutcome, VenuePosition
from execution.venues.dialect import KeyRights

NOT_SENT = "not_sent"
"""Begins the code of every rejection that is our own: nothing has left for the venue."""


class NoRoom(RuntimeError):
    """The venue's rate budget has no room for a request that can wait: it was not sent."""


class VenueClient(Protocol):
    """One account on one venue. Symbols are house symbols; no method is repeated by the client itself.

    `place`, `cancel` and `lookup` answer with an outcome and do not raise: what is not proven is `Unknown`. The others raise what
    went wrong.
    """

    async def place(self, order: NewOrder) -> PlaceOutcome:
        """Send a new order once."""
        ...

    async def cancel(self, *, symbol: str, client_order_id: str, venue_order_id: str | None) -> CancelOutcome:
        """Withdraw an order; one that had already ended is looked up and acknowledged as it ended."""
        ...

    async def lookup(self, *, symbol: str, client_order_id: str, venue_order_id: str | None) -> LookupOutcome:
        """Return what the venue knows of an order, with its executions."""
        ...

    async def executions_since(self, *, symbol: str, since: datetime) -> tuple[Execution, ...]:
        """Return the account's executions from `since` on, oldest first."""
        ...

    async def listings(self) -> tuple[Listing, ...]:
        """Return the terms of every spot pair and linear perpetual that the venue trades."""
        ...

    async def balances(self) -> dict[str, Decimal]:
        """Return what the account owns by currency, amounts in open orders included."""
        ...

    async def futures_balances(self) -> dict[str, Decimal]:
        """Return what of the balances lies in a wallet of its own for perpetuals, and so pays for nothing on spot."""
        ...

    async def positions(self) -> dict[str, VenuePosition]:
        """Return the open perpetual positions by house symbol."""
        ...

    async def key_rights(self) -> KeyRights | None:
        """Return what the API key may do; none where the venue cannot tell."""
        ...

    async def server_time(self) -> datetime:
        """Return the venue's time."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class Observe(Protocol):
    """Takes note of a call; `execution.market.health.observe` is one."""

    async def __call__(self, venue: str, *, kind: str, outcome: str, seconds: float) -> None:
        """Note how a place, cancel or lookup came out: acknowledged, rejected, unknown or not_found. Never raises."""
        ...


class Offset(Protocol):
    """How far a venue's clock is ahead of ours; `execution.market.health.ClockOffset` is one."""

    @property
    def milliseconds(self) -> float:
        """Return the venue's time minus ours."""
        ...


class ReadClock(Protocol):
    """Tells a venue's clock offset as it was measured last; `execution.market.health.clock_offset` is one."""

    async def __call__(self, venue: str) -> Offset | None:
        """Return the offset, none when it was never measured. Never raises."""
        ...


class Budget(Protocol):
    """The rate budget that all processes share; `execution.venues.budget` is one."""

    async def acquire(self, venue: str, kind: str, weight: int | None = None) -> bool:
        """Count a request and tell whether there is room; always true of cancels and lookups. Never raises."""
        ...

    async def block(self, venue: str, seconds: float) -> None:
        """Leave the venue alone for a while, cancels and lookups excepted."""
        ...
