"""What every venue client offers, the real ones and the simulated one alike."""

from datetime import datetime
from decimal import Decimal
from typing import Protocol

from dipmaster.domain.fills import Execution
from dipmaster.domain.instruments import Listing
from execution.domain.venue_orders import CancelOutcome, LookupOutcome, NewOrder, PlaceOutcome


class VenueClient(Protocol):
    """One account on one venue. Symbols are house symbols; no method is repeated by the client itself.

    `place`, `cancel` and `lookup` answer with an outcome and do not raise: what is not proven is `Unknown`.
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
        """Return the terms of every spot pair that the venue trades."""
        ...

    async def balances(self) -> dict[str, Decimal]:
        """Return what the account owns by currency, amounts in open orders included."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...
