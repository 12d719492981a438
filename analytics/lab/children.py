"""The children of a virtual desk, and what a market's events make of them."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from analytics.lab.market import EventKind, LabEvent, LabOrder
from dipmaster.domain.sides import Side
from execution.domain.actions import ChildView, Place
from execution.domain.lifecycle import ChildState, move_child


def intended(child_id: int, place: Place, now: datetime) -> ChildView:
    """Return a child that is being sent."""
    return ChildView(
        id=child_id,
        venue=place.venue,
        state=ChildState.INTENT,
        time_in_force=place.time_in_force,
        price=place.price,
        quantity=place.quantity,
        filled_quantity=Decimal(0),
        decided_at=now,
        confirmed_at=None,
        cancel_requested_at=None,
        nudged_at=None,
    )


def ordered(child_id: int, side: Side, place: Place) -> LabOrder:
    """Return the order that a market is sent for a placement."""
    return LabOrder(
        order_id=child_id,
        venue=place.venue,
        side=side,
        order_type=place.order_type,
        time_in_force=place.time_in_force,
        price=place.price,
        quantity=place.quantity,
    )


def after(child: ChildView, event: LabEvent, now: datetime) -> ChildView:
    """Return a child as it is after an event."""
    match event.kind:
        case EventKind.ACCEPTED:
            return replace(child, state=move_child(child.state, ChildState.OPEN), confirmed_at=now)
        case EventKind.REJECTED:
            return replace(child, state=move_child(child.state, ChildState.REJECTED))
        case EventKind.FILLED:
            return replace(child, filled_quantity=child.filled_quantity + (event.quantity or Decimal(0)))
        case EventKind.ENDED:
            end = ChildState.FILLED if child.filled_quantity >= child.quantity else ChildState.CANCELLED
            return replace(child, state=move_child(child.state, end))
