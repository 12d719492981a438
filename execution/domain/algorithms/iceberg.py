"""Iceberg: shows no more than a part of the order at a time; the next part follows as soon as one is filled.

Parts rest and do not cross as long as the order keeps up with its time. When it is more than one part behind an even pace, a part is
crossed once its patience is over, and the last one takes what is left, both only if the order's rest is to be crossed.
"""

import math
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from execution.domain.algorithms import slots
from execution.domain.algorithms.base import Market, OrderTerms, Plan, PlannedSlice, Progress, Remainder
from execution.domain.algorithms.parameters import MAX_VENUES, PATIENCE, RANDOMISE, TACTIC, Kind, Parameter, read_parameters
from execution.domain.algorithms.slots import Room

DISPLAY_QUANTITY = Parameter(
    name="display_quantity",
    title="Shown at most",
    kind=Kind.NUMBER,
    default=None,
    minimum=0,
    unit="base currency",
    help="The most that rests at a time, never less than the smallest order that a venue takes; left out, a twentieth of the order.",
)
CATCHING_UP = replace(PATIENCE, help="Share of a part's time that is spent resting before it is crossed, when the order is behind.")
PARAMETERS = (DISPLAY_QUANTITY, RANDOMISE, CATCHING_UP, TACTIC, MAX_VENUES)
SHOWN_SHARE = Decimal("0.05")
MOST_PARTS = 200
"""More parts would be rewritten at each plan for little: later ones are planned when these are done."""
LAST_SECONDS = 8.0
"""A last part that is larger than may be shown is not shown but crossed, this long before the end."""


def plan(order: OrderTerms, progress: Progress, market: Market, now: datetime) -> Plan:
    """Plan parts of the size that is shown, one after another, evenly over the time that is left.

    Raises:
        InvalidParameter: a parameter is out of range.
    """
    given = read_parameters(PARAMETERS, order.parameters)
    room = slots.open_room(order, progress, market, now, is_paced=False)
    if isinstance(room, Plan):
        return room
    wanted = order.quantity * SHOWN_SHARE if given["display_quantity"] is None else Decimal(repr(given["display_quantity"]))
    shown = max(int(min(wanted, order.quantity) / room.lot), room.smallest)
    parts, left = _parts(room, shown, given["randomise"])
    slices, rest = _slices(room, shown, parts, left)
    reasons = [f"Iceberg: {slots.amount(room.rest)}, of which at most {slots.amount(shown * room.lot)} is shown at a time."]
    if rest:
        crossed = f"the last {LAST_SECONDS:.0f} s take it" if order.remainder is Remainder.CROSS else "it is left"
        reasons.append(f"Should parts not fill early, {slots.amount(rest)} has no place before the end: {crossed}.")
    return Plan(slices=slices, next_review_at=slots.review_at(room, slices), reasons=tuple(reasons), is_paced=False)


def _parts(room: Room, shown: int, randomise: float) -> tuple[list[int], int]:
    """Return the first parts in lots, and how many lots are left after them; a size follows from the seed and what is done before it."""
    parts, left = list[int](), room.lots
    while left and len(parts) < MOST_PARTS:
        draw = slots.draw(room.order.seed, room.done + room.lots - left) if randomise else 0.0
        part = max(int(shown * (1 - randomise * draw)), room.smallest)
        if left - part < room.smallest:  # what would be left is less than any venue takes
            part = left if left <= shown or left < 2 * room.smallest else left - room.smallest
        parts.append(part)
        left -= part
    return parts, left


def _slices(room: Room, shown: int, parts: list[int], left: int) -> tuple[tuple[PlannedSlice, ...], Decimal]:
    """Return the slices and the rest for which there is no part in the time that is left."""
    end_at, crosses = room.order.end_at, room.order.remainder is Remainder.CROSS
    span = end_at - room.begin
    needed = len(parts) + math.ceil(left * len(parts) / (room.lots - left))
    shortest = timedelta(seconds=slots.SHORTEST_SLICE_SECONDS)
    if not left and (needed == 1 or span / needed >= shortest):
        return _one_after_another(room, shown, parts, span / needed, end_at), Decimal(0)
    step = max(span / needed, shortest)
    close = end_at - timedelta(seconds=LAST_SECONDS) if crosses else end_at
    place = max(int((close - room.begin) / step), 0 if crosses else 1)
    parts = parts[:place]
    rest = room.rest - sum(parts) * room.lot
    if rest < room.smallest * room.lot and parts:  # as much of the last part as a venue takes goes with it
        rest += parts.pop() * room.lot
    slices = _one_after_another(room, shown, parts, step, min(room.begin + step * len(parts), end_at))
    if not crosses:
        return slices, rest
    start = max(room.begin, close) if parts else room.begin
    return (*slices, PlannedSlice(quantity=rest, start_at=start, end_at=end_at, urgency=1.0)), rest


def _one_after_another(room: Room, shown: int, parts: list[int], step: timedelta, last_end: datetime) -> tuple[PlannedSlice, ...]:
    """Return a slice for each part; what is finer than a lot goes with the part that completes the order."""
    order, done, start = room.order, room.done, room.begin
    total, length = int(order.quantity / room.lot), order.end_at - order.start_at
    slices = list[PlannedSlice]()
    for number, part in enumerate(parts, start=1):
        is_behind = total * ((start - order.start_at) / length) - done > shown and order.remainder is Remainder.CROSS
        done += part
        planned = done - room.done
        quantity = part * room.lot if planned < room.lots else room.rest - (planned - part) * room.lot
        end = last_end if number == len(parts) else room.begin + step * number
        slices.append(PlannedSlice(quantity=quantity, start_at=start, end_at=end, urgency=None if is_behind else 0.0))
        start = end
    return tuple(slices)
