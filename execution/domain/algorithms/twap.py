"""TWAP: even over the time that is left, with randomised sizes and times.

The order's window is cut into slots once, from the terms and the seed alone, so every plan of one order uses the same slots. What is
neither filled nor committed is spread over the slots that are left; on schedule that gives the first plan again, to the lot.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from execution.domain.algorithms import slots
from execution.domain.algorithms.base import Market, OrderTerms, Plan, PlannedSlice, Progress
from execution.domain.algorithms.parameters import (
    MAX_CATCH_UP,
    MAX_VENUES,
    PARTICIPATION_CAP,
    PATIENCE,
    RANDOMISE,
    SLICE_COUNT,
    TACTIC,
    read_parameters,
)
from execution.domain.algorithms.slots import Room, Slots

PARAMETERS = (SLICE_COUNT, PARTICIPATION_CAP, RANDOMISE, MAX_CATCH_UP, PATIENCE, TACTIC, MAX_VENUES)
_WEIGHT_UNIT = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Schedule:
    """The whole order over its slots: `weights` are n + 1 cumulated weights from 0."""

    lots: int
    bounds: tuple[datetime, ...]
    weights: tuple[int, ...]

    def weight_at(self, at: datetime) -> int:
        """Return the cumulated weight at a time, linear within a slot."""
        if at >= self.bounds[-1]:
            return self.weights[-1]
        slot = max(bisect_right(self.bounds, at) - 1, 0)
        inside = (at - self.bounds[slot]) // slots.MICROSECOND
        length = (self.bounds[slot + 1] - self.bounds[slot]) // slots.MICROSECOND
        return self.weights[slot] + (self.weights[slot + 1] - self.weights[slot]) * max(inside, 0) // length

    def gap_at(self, at: datetime, done: int) -> float:
        """Return how many lots are missing at a time, less than 0 when more is done than should be."""
        return self.lots * self.weight_at(at) / self.weights[-1] - done

    def slot(self, at: datetime) -> tuple[datetime, datetime]:
        """Return start and end of the slot that holds a time before the end."""
        following = bisect_right(self.bounds, at)
        return self.bounds[following - 1], self.bounds[following]


def plan(order: OrderTerms, progress: Progress, market: Market, now: datetime) -> Plan:
    """Spread what is neither filled nor committed evenly over the rest of the window.

    Raises:
        InvalidParameter: a parameter is out of range.
    """
    given = read_parameters(PARAMETERS, order.parameters)
    room = slots.open_room(order, progress, market, now)
    if isinstance(room, Plan):
        return room
    count = slots.count_by_time(order, given["slice_count"], market.liquidity)
    count = slots.feasible_count(order, count, room.smallest * room.lot, given["randomise"])
    window = slots.cut(order, count, given["randomise"])
    schedule = _schedule(order, room, window)
    room = _after_a_finished_slot(schedule, room)
    ends = slots.ends_after(window, room.begin)
    largest = max(int(schedule.lots / count * given["max_catch_up"]), room.smallest)
    caps = _caps(slots.participation_caps(room, ends, market, given["participation_cap"]), largest, len(ends))
    slices = slots.fill(room, ends, _due(schedule, room, ends), caps)
    return Plan(slices=slices, next_review_at=slots.review_at(room, slices), reasons=_reasons(schedule, room, slices, largest))


def _schedule(order: OrderTerms, room: Room, window: Slots) -> _Schedule:
    weights = accumulate((round(_WEIGHT_UNIT * factor) for factor in window.factors), initial=0)
    return _Schedule(lots=int(order.quantity / room.lot), bounds=window.bounds, weights=tuple(weights))


def _after_a_finished_slot(schedule: _Schedule, room: Room) -> Room:
    """Wait for the next slot when this one's quantity is done: starting it at once would front-load the order.

    It counts as done when most of it is and the rest is too small for a slice.
    """
    start, end = schedule.slot(room.begin)
    missing = schedule.gap_at(end, room.done)
    is_done = missing < room.smallest and -schedule.gap_at(start, room.done) >= missing
    if not is_done or end >= schedule.bounds[-1]:
        return room
    return Room(order=room.order, now=room.now, begin=end, rest=room.rest, done=room.done, lot=room.lot, smallest=room.smallest)


def _due(schedule: _Schedule, room: Room, ends: list[datetime]) -> list[int]:
    """Return how much of the rest should be done by each time: the first schedule when on it, else the rest spread by weight."""
    total = schedule.weights[-1]
    weights = schedule.weights[-len(ends) :]  # the ends are the last bounds
    if abs(schedule.gap_at(room.begin, room.done)) < 1:
        return [schedule.lots * weight // total - room.done for weight in weights]
    past = schedule.weight_at(room.begin)
    left, lots = total - past, room.lots
    return [lots * (weight - past) // left for weight in weights]


def _caps(by_volume: list[int] | None, largest: int, count: int) -> list[int]:
    return [largest] * count if by_volume is None else [min(largest, cap) for cap in by_volume]


def _reasons(schedule: _Schedule, room: Room, slices: tuple[PlannedSlice, ...], largest: int) -> tuple[str, ...]:
    seconds = (room.order.end_at - room.begin).total_seconds()
    reasons = [f"TWAP: {slots.amount(room.rest)} in {len(slices)} slice{'' if len(slices) == 1 else 's'} over {seconds:,.0f} s."]
    gap = int(schedule.gap_at(room.begin, room.done))
    if gap >= room.smallest:
        missing, most = slots.amount(gap * room.lot), slots.amount(largest * room.lot)
        reasons.append(f"Behind schedule by {missing}: caught up over the rest, at most {most} a slice before the last.")
    elif -gap >= room.smallest:
        reasons.append(f"Ahead of schedule by {slots.amount(-gap * room.lot)}: what is left is spread over the rest.")
    return tuple(reasons)
