"""Record what the venues answered."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings

from dipmaster.domain.fills import Execution
from execution.domain.lifecycle import LIVE_CHILDREN, LIVE_SLICES, ChildState, move_child
from execution.domain.venue_orders import Acknowledged, NotFound, Rejected, Unknown, VenueOrder, VenueOrderStatus
from execution.models import ChildOrder, Slice
from execution.services import claims, executions
from execution.services.change import Change, change
from execution.services.isolation import one_by_one
from execution.services.sending import Outcome, Request, RequestKind
from execution.venues import registry

log = structlog.get_logger()

NOT_AT_VENUE = "NOT_AT_VENUE"
FRUITLESS_LOOKUPS = 3
_FIELDS = [
    "state",
    "venue_order_id",
    "refusal_code",
    "refusal_reason",
    "sent_at",
    "acknowledged_at",
    "confirmed_at",
    "ended_at",
    "lookups",
]


def settle(requests: Sequence[Request], outcomes: Sequence[Outcome], *, epochs: dict[int, int], now: datetime) -> None:
    """Apply the outcomes and hand the slices back.

    Outcomes are facts and are applied even when the lease has passed on meanwhile; only the slice's next action is then left alone.
    """
    answers = list(zip(requests, outcomes, strict=True))
    one_by_one(answers, lambda some: _settle_batch(some, epochs, now), what="record answers")


def _settle_batch(answers: Sequence[tuple[Request, Outcome]], epochs: dict[int, int], now: datetime) -> list[ChildOrder]:
    with change({request.child.parent_id for request, _ in answers}, now=now) as changing:
        ids = [request.child.pk for request, _ in answers]
        children = {child.pk: child for child in ChildOrder.objects.filter(pk__in=ids).select_related("venue", "slice")}
        answered = [(request.kind, children[request.child.pk], outcome) for request, outcome in answers]
        for request, _ in answers:
            if request.kind is RequestKind.PLACE:
                children[request.child.pk].sent_at = request.child.sent_at
        executions.apply(changing, _executions(answered))
        for kind, child, outcome in answered:
            _apply(changing, kind, child, outcome)
        ChildOrder.objects.bulk_update(children.values(), _FIELDS)
        ended = {child.slice_id for child in children.values() if child.state not in LIVE_CHILDREN}
        # Only slices of locked parents: those that had nothing to send went back before, and may be anybody's by now.
        _hand_back(changing, ended, {child.slice_id: epochs[child.slice_id] for child in children.values()})
        return list(children.values())


def _executions(answered: Sequence[tuple[RequestKind, ChildOrder, Outcome]]) -> list[tuple[ChildOrder, Execution]]:
    return [
        (child, execution) for _, child, outcome in answered if isinstance(outcome, Acknowledged) for execution in outcome.order.executions
    ]


def _apply(changing: Change, kind: RequestKind, child: ChildOrder, outcome: Outcome) -> None:
    match outcome:
        case Acknowledged():
            _acknowledge(changing, kind, child, outcome)
        case Rejected():
            _reject(changing, child, outcome.code, outcome.reason)
        case NotFound():
            _not_found(changing, child, outcome)
        case Unknown():
            _unknown(changing, kind, child, outcome)


def _acknowledge(changing: Change, kind: RequestKind, child: ChildOrder, outcome: Acknowledged) -> None:
    order = changing.orders[child.parent_id]
    child.venue_order_id = outcome.order.venue_order_id
    child.confirmed_at = outcome.at
    child.lookups = 0
    if kind is RequestKind.PLACE:
        child.acknowledged_at = outcome.at
        milliseconds = (outcome.at - child.decided_at).total_seconds() * 1000
        text = f"{child} acknowledged by {child.venue.title} in {milliseconds:.0f} ms"
        changing.log(order, "child_acknowledged", text, child=str(child), latency_ms=round(milliseconds, 1))
    elif child.state == ChildState.UNKNOWN:
        text = f"{child} found at {child.venue.title}: {outcome.order.status}"
        changing.log(order, "child_resolved", text, child=str(child))
    _absorb(changing, child, outcome.order)


def _absorb(changing: Change, child: ChildOrder, told: VenueOrder) -> None:
    """Take over the venue's state once every fill it tells of is recorded; until then the child stays to be looked up."""
    if child.state not in LIVE_CHILDREN:
        if child.state == ChildState.REJECTED and told.status is VenueOrderStatus.OPEN:
            log.error("order_lives_although_given_up", child=child.client_order_id, venue=child.venue.name, code=child.refusal_code)
        return
    if told.status is VenueOrderStatus.OPEN:
        _move(child, ChildState.OPEN)
    elif child.filled_quantity < told.filled_quantity:
        _move(child, ChildState.UNKNOWN)
    elif told.status is VenueOrderStatus.REJECTED and child.filled_quantity == 0 and child.state != ChildState.OPEN:
        _reject(changing, child, "REJECTED", f"{child.venue.title} shows the order as rejected")
    else:
        filled = child.filled_quantity >= child.quantity
        _move(child, ChildState.FILLED if filled else ChildState.CANCELLED)
        child.ended_at = changing.now
        if not filled:
            changing.log(changing.orders[child.parent_id], "child_cancelled", f"{child} ended at {child.venue.title}", child=str(child))


def _reject(changing: Change, child: ChildOrder, code: str, reason: str) -> None:
    if child.state not in LIVE_CHILDREN:
        return
    _move(child, ChildState.REJECTED)
    child.ended_at = changing.now
    child.refusal_code, child.refusal_reason = code[:60], reason[:300]
    text = f"{child} rejected by {child.venue.title}: {code} {reason}"
    changing.log(changing.orders[child.parent_id], "child_rejected", text, child=str(child), code=code)


def may_still_arrive(child: ChildOrder, at: datetime) -> bool:
    """Tell whether a send of this child may take effect after `at`: its venue never confirmed it, and its requests were still valid."""
    arrives_within = registry.dialect_of(child.venue.ccxt_id).arrival_seconds(settings.VENUE_TIMEOUT_SECONDS)
    is_confirmed = child.confirmed_at is not None or child.acknowledged_at is not None
    return not is_confirmed and at <= child.decided_at + timedelta(seconds=settings.LEASE_SECONDS + arrives_within)


def _not_found(changing: Change, child: ChildOrder, denial: NotFound) -> None:
    """Believe the venue that an order never arrived only when it has said so repeatedly, after every send must have ended.

    What counts is when it was said: a batch is recorded only once its slowest answer is there. An order that the venue had confirmed
    before, by an answer or by a fill, stays unknown however often it is denied.
    """
    child.lookups = min(child.lookups + 1, 30_000)
    is_confirmed = child.confirmed_at is not None or child.acknowledged_at is not None
    if not is_confirmed and child.lookups >= FRUITLESS_LOOKUPS and not may_still_arrive(child, denial.at):
        _reject(changing, child, NOT_AT_VENUE, "looked up repeatedly: the order never arrived")
    elif child.state in LIVE_CHILDREN and child.state != ChildState.UNKNOWN:
        _move(child, ChildState.UNKNOWN)
        changing.log(changing.orders[child.parent_id], "child_unknown", f"{child} is not known at {child.venue.title}: looking it up")


def _unknown(changing: Change, kind: RequestKind, child: ChildOrder, outcome: Unknown) -> None:
    order = changing.orders[child.parent_id]
    if kind is RequestKind.PLACE and child.state in LIVE_CHILDREN:
        _move(child, ChildState.UNKNOWN)
        text = f"{child} at {child.venue.title}: outcome not proven ({outcome.reason}), looking it up"
        changing.log(order, "child_unknown", text, child=str(child))
    else:
        changing.touch(order)


def _move(child: ChildOrder, state: ChildState) -> None:
    child.state = move_child(ChildState(child.state), state)


def _hand_back(changing: Change, ended: set[int], epochs: dict[int, int]) -> None:
    """End the leases; a slice whose child has ended is looked at again at once."""
    locked = Slice.objects.select_for_update().filter(pk__in=epochs).order_by("pk")
    held = [part for part in locked if claims.holds(part, epochs[part.pk])]
    for part in held:
        if part.pk in ended and part.state in LIVE_SLICES:
            part.next_action_at = changing.now
    Slice.objects.bulk_update(held, ["next_action_at"])
    claims.give_back(held)
    changing.wake()
