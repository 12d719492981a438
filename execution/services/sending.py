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
    latest = clock() + timedelta(seconds=settings.VENUE_TIMEOUT_SECONDS)
    outcomes: list[Outcome | None] = [None if _may_send(request, latest) else _not_sent(clock()) for request in requests]
    waiting = [index for index, outcome in enumerate(outcomes) if outcome is None]
    for index in waiting:
        if requests[index].kind is RequestKind.PLACE:
            requests[index].child.sent_at = clock()
    results = session.run_all([_call(requests[index]) for index in waiting])
    for index, result in zip(waiting, results, strict=True):
        outcomes[index] = _proven(result, requests[index], clock())
    return [outcome for outcome in outcomes if outcome is not None]


def _may_send(request: Request, latest: datetime) -> bool:
    return request.kind is not RequestKind.PLACE or (request.lease_until is not None and latest < request.lease_until)


def _not_sent(now: datetime) -> Rejected:
    return Rejected(code=NOT_SENT, reason="the lease ran out before the order was sent", at=now)


def _call(request: Request) -> Coroutine[Any, Any, Outcome]:
    child = request.child
    client = registry.client(child.venue)
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
