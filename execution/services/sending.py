"""Send committed requests to their venues, all at once, and return what each one proved."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

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
from execution.models import ChildOrder
from execution.venues import registry, session
from execution.venues.protocol import VenueClient

log = structlog.get_logger()

Outcome = PlaceOutcome | CancelOutcome | LookupOutcome
NOT_SENT = "NOT_SENT"


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


def send(requests: Sequence[Request], *, clock: Callable[[], datetime]) -> list[Outcome]:
    """Send the requests concurrently; return one outcome each, in order.

    An order is placed only while the lease outlasts the venue's time-out: whoever holds the slice next must be able to rely on it
    that nothing of ours is still to be sent.
    """
    clients = _clients(requests)  # before the lease is looked at: making one takes time
    latest = clock() + timedelta(seconds=settings.VENUE_TIMEOUT_SECONDS)
    outcomes = [_unsent(request, clients, latest, clock()) for request in requests]
    waiting = [index for index, outcome in enumerate(outcomes) if outcome is None]
    for index in waiting:
        if requests[index].kind is RequestKind.PLACE:
            requests[index].child.sent_at = clock()
    results = session.run_all([_call(requests[index], clients) for index in waiting])
    for index, result in zip(waiting, results, strict=True):
        outcomes[index] = _proven(result, requests[index], clock())
    return [outcome for outcome in outcomes if outcome is not None]


def _clients(requests: Sequence[Request]) -> dict[int, VenueClient]:
    """Return the clients by venue id; a venue whose row allows none is told, left out, and holds up no other."""
    clients: dict[int, VenueClient] = {}
    for venue in {request.child.venue_id: request.child.venue for request in requests}.values():
        try:
            clients[venue.pk] = registry.client(venue)
        except Exception:
            log.exception("venue_has_no_client", venue=venue.name)
    return clients


def _unsent(request: Request, clients: dict[int, VenueClient], latest: datetime, now: datetime) -> Outcome | None:
    """Return the outcome of a request that is not to be sent, none for one that is."""
    if request.child.venue_id not in clients:
        reason = f"{request.child.venue.title} cannot be reached as it is set up"
        return _not_sent(reason, now) if request.kind is RequestKind.PLACE else Unknown(reason=reason, at=now)
    return None if _may_send(request, latest) else _not_sent("the lease ran out before the order was sent", now)


def _may_send(request: Request, latest: datetime) -> bool:
    return request.kind is not RequestKind.PLACE or (request.lease_until is not None and latest < request.lease_until)


def _not_sent(reason: str, now: datetime) -> Rejected:
    return Rejected(code=NOT_SENT, reason=reason, at=now)


def _call(request: Request, clients: dict[int, VenueClient]) -> Coroutine[Any, Any, Outcome]:
    child = request.child
    client = clients[child.venue_id]
    venue_order_id = child.venue_order_id or None
    if request.kind is RequestKind.PLACE:
        return client.place(_new_order(request))
    ask = client.cancel if request.kind is RequestKind.CANCEL else client.lookup
    return ask(symbol=request.symbol, client_order_id=child.client_order_id, venue_order_id=venue_order_id)


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
