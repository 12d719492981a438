"""Send committed requests to their venues, all at once, and return what each one proved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import structlog
from django.conf import settings

from dipmaster.domain.sides import Side
from execution.domain.venue_orders import (
    CancelOutcome,
    LookupOutcome,
    NewOrder,
    OrderType,
    PlaceOutcome,
    Rejected,
    TimeInForce,
    Unknown,
)
from execution.models import ChildOrder, Venue
from execution.venues import registry, session
from execution.venues.protocol import NOT_SENT, VenueClient
from risk.domain.decisions import Approved

log = structlog.get_logger()

Outcome = PlaceOutcome | CancelOutcome | LookupOutcome


class RequestKind(StrEnum):
    """What is asked of a venue about one child."""

    PLACE = "place"
    CANCEL = "cancel"
    LOOKUP = "lookup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One committed request. After `lease_until` another worker may hold the slice."""

    kind: RequestKind
    child: ChildOrder
    symbol: str
    side: Side
    lease_until: datetime | None
    approval: Approved | None = None
    """The risk gate's leave: nothing is placed without one."""


def send(requests: Sequence[Request], *, clock: Callable[[], datetime]) -> list[Outcome]:
    """Send the requests concurrently; return one outcome each, in order.

    An order is placed only while the lease outlasts the venue's time-out: whoever holds the slice next must be able to rely on it
    that nothing of ours is still to be sent.
    """
    clients = _clients(requests)
    results = session.run_all([_call(request, clients[request.child.venue_id], clock) for request in requests])
    return [_proven(result, request, clock()) for request, result in zip(requests, results, strict=True)]


def _clients(requests: Sequence[Request]) -> dict[int, VenueClient | Exception]:
    """Return the clients by venue id, or why a venue's row allows none: that is told, and holds up no other.

    The rows are read now: what the administrator has changed holds for the next order.
    """
    clients: dict[int, VenueClient | Exception] = {}
    asked = {request.child.venue_id for request in requests}
    for venue in Venue.objects.filter(pk__in=asked).select_related("credential"):
        try:
            clients[venue.pk] = registry.client(venue)
        except Exception as error:
            log.exception("venue_has_no_client", venue=venue.name)
            clients[venue.pk] = error
    return clients


def _outlasts(lease_until: datetime | None, now: datetime) -> bool:
    """Tell whether a request that leaves now will have ended before another worker may hold the slice."""
    return lease_until is not None and now + timedelta(seconds=settings.VENUE_TIMEOUT_SECONDS) < lease_until


def _not_sent(reason: str, now: datetime) -> Rejected:
    return Rejected(code=NOT_SENT, reason=reason, at=now)


def _unreachable(request: Request, error: Exception) -> str:
    return f"{request.child.venue.title} cannot be reached as it is set up: {error}"[:300]


async def _call(request: Request, client: VenueClient | Exception, clock: Callable[[], datetime]) -> Outcome:
    """Send one request. It begins on the venues' loop, so that a loop that lags cannot let an order out after its lease."""
    child = request.child
    if request.kind is RequestKind.PLACE:
        return await _place(request, client, clock)
    if isinstance(client, Exception):
        return Unknown(reason=_unreachable(request, client), at=clock())
    ask = client.cancel if request.kind is RequestKind.CANCEL else client.lookup
    return await ask(symbol=request.symbol, client_order_id=child.client_order_id, venue_order_id=child.venue_order_id or None)


async def _place(request: Request, client: VenueClient | Exception, clock: Callable[[], datetime]) -> Outcome:
    if request.approval is None or request.approval.quantity < request.child.quantity:
        return _not_sent("risk has not approved this quantity", clock())
    if isinstance(client, Exception):
        return _not_sent(_unreachable(request, client), clock())
    if not _outlasts(request.lease_until, clock()):
        return _not_sent("the lease ran out before the order was sent", clock())
    request.child.sent_at = clock()
    return await client.place(_new_order(request))


def _new_order(request: Request) -> NewOrder:
    child = request.child
    return NewOrder(
        symbol=request.symbol,
        side=request.side,
        order_type=OrderType(child.order_type),
        time_in_force=TimeInForce(child.time_in_force),
        quantity=child.quantity,
        price=child.price,
        client_order_id=child.client_order_id,
    )


def _proven(result: Outcome | BaseException, request: Request, now: datetime) -> Outcome:
    """Take an exception for what it is: no proof of anything."""
    if isinstance(result, BaseException):
        log.warning("venue_call_failed", kind=request.kind, child=request.child.client_order_id, error=repr(result))
        return Unknown(reason=f"{type(result).__name__}: {result}"[:200], at=now)
    return result
