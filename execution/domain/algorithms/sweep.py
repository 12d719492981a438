"""Sweep: everything at once, no worse than a collar around the arrival mid.

What the collar keeps out rests at its edge and is tried again until the order's end.
"""

from dataclasses import replace
from datetime import datetime

from execution.domain.algorithms import slots
from execution.domain.algorithms.base import Market, OrderTerms, Plan, PlannedSlice, Progress
from execution.domain.algorithms.parameters import MAX_VENUES, PATIENCE, TACTIC, Kind, Parameter, read_parameters

COLLAR_BPS = Parameter(
    name="collar_bps",
    title="Collar",
    kind=Kind.NUMBER,
    default=25.0,
    minimum=0.1,
    maximum=1000,
    unit="bps",
    help="The order pays at most this much more than the mid at its start, and receives at most this much less.",
)
PARAMETERS = (
    COLLAR_BPS,
    replace(PATIENCE, help="Without effect here: a sweep crosses at once."),
    replace(TACTIC, help="Without effect here: a sweep crosses at once."),
    MAX_VENUES,
)


def plan(order: OrderTerms, progress: Progress, market: Market, now: datetime) -> Plan:
    """Take all that is left at once.

    Raises:
        InvalidParameter: a parameter is out of range.
    """
    given = read_parameters(PARAMETERS, order.parameters)
    room = slots.open_room(order, progress, market, now, is_paced=False)
    if isinstance(room, Plan):
        return room
    everything = PlannedSlice(quantity=room.rest, start_at=room.begin, end_at=order.end_at, urgency=1.0)
    reason = f"Sweep: {slots.amount(room.rest)} at once, at most {given['collar_bps']:g} bps from the arrival mid."
    return Plan(slices=(everything,), next_review_at=slots.review_at(room, (everything,)), reasons=(reason,))
