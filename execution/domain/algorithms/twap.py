"""TWAP: even over the time that is left, with randomised sizes and times.

The order's window is cut into slots once, from the terms and the seed alone, so every plan of one order uses the same slots. What is
neither filled nor committed is spread over the slots that are left; on schedule that gives the first plan again, to the lot.
"""

import random
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from dipmaster.domain.quantize import ceil_to_step, floor_to_step
from execution.domain.algorithms.base import Market, OrderTerms, Plan, PlannedSlice, Progress

SLICE_INTERVAL_SECONDS = 15.0
"""Long enough to rest about ten seconds and cross afterwards: joining the best price for ten seconds fills four fifths as maker."""
FEWEST_SLICES = 4
MOST_SLICES = 40
"""With 40 slices the order is never further than 2.5 % from the straight line; more rows would be rewritten at each plan for little."""
SHORTEST_SLICE_SECONDS = 3.0
"""A shorter slice leaves no time for an answer of the venue and a second attempt."""
DEFAULT_RANDOMISE = 0.2
DEFAULT_MAX_CATCH_UP = 3.0
_MICROSECOND = timedelta(microseconds=1)
_WEIGHT_UNIT = 1_000_000


class InvalidParameter(ValueError):
    """A parameter of the algorithm is out of range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parameters:
    slice_count: int
    randomise: float
    max_catch_up: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class _Schedule:
    """The slots of an order: `bounds` are its n + 1 times, `weights` the n + 1 cumulated weights from 0."""

    quantity: Decimal
    bounds: tuple[datetime, ...]
    weights: tuple[int, ...]

    def weight_at(self, at: datetime) -> int:
        """Return the cumulated weight at a time, linear within a slot."""
        if at >= self.bounds[-1]:
            return self.weights[-1]
        slot = max(bisect_right(self.bounds, at) - 1, 0)
        inside = (at - self.bounds[slot]) // _MICROSECOND
        length = (self.bounds[slot + 1] - self.bounds[slot]) // _MICROSECOND
        return self.weights[slot] + (self.weights[slot + 1] - self.weights[slot]) * max(inside, 0) // length

    def target_at(self, at: datetime) -> Decimal:
        """Return what should be done by a time, base currency."""
        return self.quantity * self.weight_at(at) / self.weights[-1]

    def slot(self, at: datetime) -> tuple[datetime, datetime]:
        """Return start and end of the slot that holds a time before the end."""
        following = bisect_right(self.bounds, at)
        return self.bounds[following - 1], self.bounds[following]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """What is left to plan: `rest` from `begin` on, no slice below `smallest`, none but the last above `largest`."""

    begin: datetime
    rest: Decimal
    done: Decimal
    lot: Decimal
    smallest: Decimal
    largest: Decimal


def default_slice_count(duration_seconds: float, interval_seconds: float = SLICE_INTERVAL_SECONDS) -> int:
    """Return one slice per interval, but at least 4 and at most 40."""
    return max(FEWEST_SLICES, min(MOST_SLICES, round(duration_seconds / interval_seconds)))


def plan(order: OrderTerms, progress: Progress, market: Market, now: datetime) -> Plan:
    """Spread what is neither filled nor committed evenly over the rest of the window.

    Parameters of the order: `slice_count` (default: one per 15 s), `randomise` (share of a slot's size and length, 0 to 0.5),
    `max_catch_up` (a slice is at most this multiple of the even size; the last takes what is left).

    Raises:
        InvalidParameter: a parameter is out of range.
    """
    parameters = _read(order)
    done = progress.filled_quantity + progress.committed_quantity
    rest = order.quantity - done
    smallest = ceil_to_step(max(market.min_quantity, market.lot), market.lot)
    begin = max(now, order.start_at, progress.committed_until or order.start_at)
    if rest <= 0:
        return _nothing(progress.committed_until, "Everything is filled or in a live slice.")
    if begin >= order.end_at:
        return _nothing(progress.committed_until if now < order.end_at else None, "No time is left to plan for.")
    if rest < smallest:
        review = progress.committed_until if progress.committed_quantity else order.end_at
        return _nothing(review, f"The rest of {_amount(rest)} is below the smallest order that a venue takes, {_amount(smallest)}.")
    schedule = _schedule(order, parameters, smallest)
    even = order.quantity / (len(schedule.bounds) - 1)
    largest = max(floor_to_step(even * parameters.max_catch_up, market.lot), smallest)
    begin = _after_a_finished_slot(schedule, begin, done, smallest)
    room = _Room(begin=begin, rest=rest, done=done, lot=market.lot, smallest=smallest, largest=largest)
    slices = tuple(_slices(schedule, room))
    return Plan(slices=slices, next_review_at=slices[0].end_at, reasons=_reasons(order, schedule, room, slices))


def _nothing(review: datetime | None, reason: str) -> Plan:
    return Plan(slices=(), next_review_at=review, reasons=(reason,))


def _read(order: OrderTerms) -> _Parameters:
    seconds = (order.end_at - order.start_at).total_seconds()
    given: Mapping[str, Any] = order.parameters
    count = given.get("slice_count")
    parameters = _Parameters(
        slice_count=default_slice_count(seconds) if count is None else int(count),
        randomise=float(given.get("randomise", DEFAULT_RANDOMISE)),
        max_catch_up=Decimal(str(given.get("max_catch_up", DEFAULT_MAX_CATCH_UP))),
    )
    if parameters.slice_count < 1:
        raise InvalidParameter(f"slice_count must be at least 1, not {count}")
    if not 0 <= parameters.randomise <= 0.5:
        raise InvalidParameter(f"randomise must be between 0 and 0.5, not {parameters.randomise}")
    if not parameters.max_catch_up >= 1:
        raise InvalidParameter(f"max_catch_up must be at least 1, not {parameters.max_catch_up}")
    return parameters


def _schedule(order: OrderTerms, parameters: _Parameters, smallest: Decimal) -> _Schedule:
    """Cut the window into slots, fewer where the minimum or the time forbids as many as were asked for."""
    length = order.end_at - order.start_at
    by_size = int(order.quantity * (1 - Decimal(str(parameters.randomise))) / smallest)
    if order.quantity >= 2 * smallest:
        by_size = max(by_size, 2)
    count = max(1, min(parameters.slice_count, by_size, int(length.total_seconds() / SHORTEST_SLICE_SECONDS)))
    draws = random.Random(order.seed)  # noqa: S311 - not cryptography: seeded, so that a plan can be audited
    jitter = [parameters.randomise * (2 * draws.random() - 1) for _ in range(2 * count)]
    bounds = [order.start_at + length * (i + jitter[i] / 2) / count for i in range(1, count)]
    weights = [0]
    for share in jitter[count:]:
        weights.append(weights[-1] + round(_WEIGHT_UNIT * (1 + share)))
    return _Schedule(quantity=order.quantity, bounds=(order.start_at, *bounds, order.end_at), weights=tuple(weights))


def _after_a_finished_slot(schedule: _Schedule, begin: datetime, done: Decimal, smallest: Decimal) -> datetime:
    """Wait for the next slot when this one's quantity is done: starting it at once would front-load the order.

    It counts as done when most of it is and the rest is too small for a slice.
    """
    start, end = schedule.slot(begin)
    missing = schedule.target_at(end) - done
    is_done = missing < smallest and done - schedule.target_at(start) >= missing
    return end if is_done and end < schedule.bounds[-1] else begin


def _slices(schedule: _Schedule, room: _Room) -> Iterator[PlannedSlice]:
    """Walk over the slots; a slot too small for a slice is joined to the next one."""
    start, left = room.begin, room.rest
    ends = _slot_ends(schedule, room.begin)
    for position, end in enumerate(ends, start=1):
        planned = room.rest - left
        due = floor_to_step(_planned_by(schedule, room, end), room.lot) - planned
        if position == len(ends) - 1 and planned == 0:
            due = max(due, room.smallest)  # else everything would go at once in the last slot
        quantity = left if position == len(ends) else _feasible(due, left, room)
        if quantity > 0:
            yield PlannedSlice(quantity=quantity, start_at=start, end_at=end)
            start, left = end, left - quantity


def _slot_ends(schedule: _Schedule, begin: datetime) -> list[datetime]:
    """Return the ends of the slots after a time; a piece much shorter than a slot is joined to the next one."""
    shortest = (schedule.bounds[-1] - schedule.bounds[0]) * 0.4 / (len(schedule.bounds) - 1)
    return [end for end in schedule.bounds[1:-1] if end - begin >= shortest] + [schedule.bounds[-1]]


def _planned_by(schedule: _Schedule, room: _Room, at: datetime) -> Decimal:
    """Return how much of the rest should be planned up to a time: the first schedule when on it, else the rest spread by weight."""
    if abs(schedule.target_at(room.begin) - room.done) < room.lot:
        return schedule.target_at(at) - room.done
    past = schedule.weight_at(room.begin)
    return room.rest * (schedule.weight_at(at) - past) / (schedule.weights[-1] - past)


def _feasible(due: Decimal, left: Decimal, room: _Room) -> Decimal:
    """Return the slice's quantity, within the cap and leaving enough for a slice after it; 0 when it would be too small."""
    most = floor_to_step(left - room.smallest, room.lot)
    quantity = min(due, room.largest, most)
    return quantity if quantity >= room.smallest else Decimal(0)


def _reasons(order: OrderTerms, schedule: _Schedule, room: _Room, slices: tuple[PlannedSlice, ...]) -> tuple[str, ...]:
    seconds = (order.end_at - room.begin).total_seconds()
    reasons = [f"TWAP: {_amount(room.rest)} in {len(slices)} slice{'s' if len(slices) > 1 else ''} over {seconds:,.0f} s."]
    gap = schedule.target_at(room.begin) - room.done
    if gap >= room.smallest:
        missing = floor_to_step(gap, room.lot)
        reasons.append(
            f"Behind schedule by {_amount(missing)}: caught up over the rest, at most {_amount(room.largest)} a slice before the last."
        )
    elif -gap >= room.smallest:
        reasons.append(f"Ahead of schedule by {_amount(floor_to_step(-gap, room.lot))}: what is left is spread over the rest.")
    return tuple(reasons)


def _amount(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
