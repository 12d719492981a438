"""What the scheduling algorithms share: what is left to plan, the slots of an order's window, and slices that venues take.

Quantities are counted in whole lots here; what is finer than a lot goes with the last slice.
"""

import random
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal

from execution.domain.algorithms.base import Market, OrderTerms, Plan, PlannedSlice, Progress, Remainder

SLICE_INTERVAL_SECONDS = 15.0
"""Long enough to rest about ten seconds and cross afterwards: joining the best price for ten seconds fills four fifths as maker."""
FEWEST_SLICES = 4
MOST_SLICES = 40
"""With 40 slices the order is never further than 2.5 % from its curve; more rows would be rewritten at each plan for little."""
SHORTEST_SLICE_SECONDS = 3.0
"""A shorter slice leaves no time for an answer of the venue and a second attempt."""
WOULD_PRICE_INTERVAL = timedelta(seconds=1)
"""How often an order with a would price looks at the market."""
WOULD_PRICE_SECONDS = 5.0
"""How long all that is left is offered at the would price before the schedule goes on with what did not fill."""
NOTHING_DUE_INTERVAL = timedelta(seconds=30)
"""When to plan again while volume or caps leave nothing to plan."""
UNLIMITED = 1 << 62
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What is left to plan from `begin` on: `rest`, in base currency; `done` and `smallest` in lots, `smallest` being the least slice."""

    order: OrderTerms
    now: datetime
    begin: datetime
    rest: Decimal
    done: int
    lot: Decimal
    smallest: int

    @property
    def lots(self) -> int:
        """Return the rest in whole lots."""
        return int(self.rest / self.lot)


def open_room(order: OrderTerms, progress: Progress, market: Market, now: datetime, *, is_paced: bool = True) -> Room | Plan:
    """Return what is left to plan, or the plan that is to be had without an algorithm: nothing, or all of it at the would price.

    `is_paced`: what follows a slice that filled early waits for the end of its time, unless that is the order's.
    """
    rest = order.quantity - progress.done
    begin = max(now, order.start_at, progress.committed_until or order.start_at)
    if is_paced and progress.paced_until is not None and progress.paced_until < order.end_at:
        begin = max(begin, progress.paced_until)
    until = progress.committed_until
    live_end = until if until is not None and now < until else None  # a slice that takes longer asks for a review when it ends
    if rest <= 0:
        return nothing(live_end, "Everything is filled or in a live slice.")
    if begin >= order.end_at:
        return nothing(live_end if now < order.end_at else None, "No time is left to plan for.")
    smallest = max(in_lots_up(market.min_quantity, market.lot), 1)
    if rest < smallest * market.lot:
        review = live_end if progress.committed_quantity else order.end_at
        least = smallest * market.lot
        return nothing(review, f"The rest of {amount(rest)} is below the smallest order that a venue takes, {amount(least)}.")
    if would_be_done(order, market.mid) and now >= order.start_at:
        return _everything_at_the_would_price(order, rest, now)
    done = int(progress.done / market.lot)
    return Room(order=order, now=now, begin=begin, rest=rest, done=done, lot=market.lot, smallest=smallest)


def _everything_at_the_would_price(order: OrderTerms, rest: Decimal, now: datetime) -> Plan:
    """Offer all that is left for a few seconds. It rests; what stands at the would price or better is taken by the tactic, and no more."""
    end_at = min(now + timedelta(seconds=WOULD_PRICE_SECONDS), order.end_at)
    everything = PlannedSlice(quantity=rest, start_at=now, end_at=end_at, urgency=0.0)
    reason = f"The market is at the would price {amount(order.would_price or Decimal(0))}: all that is left is wanted now."
    return Plan(slices=(everything,), next_review_at=end_at, reasons=(reason,))


def nothing(review: datetime | None, reason: str) -> Plan:
    """Return a plan without slices."""
    return Plan(slices=(), next_review_at=review, reasons=(reason,))


def would_be_done(order: OrderTerms, mid: Decimal) -> bool:
    """Tell whether the mid has reached the would price."""
    return order.would_price is not None and order.side.sign * (order.would_price - mid) >= 0


def review_at(room: Room, slices: Sequence[PlannedSlice], every: timedelta | None = None) -> datetime:
    """Return when to plan again at the latest: when the first slice ends, sooner by `every` or when a would price is watched."""
    times = [slices[0].end_at if slices else min(room.now + NOTHING_DUE_INTERVAL, room.order.end_at)]
    if every is not None:
        times.append(room.now + every)
    if room.order.would_price is not None:
        times.append(room.now + WOULD_PRICE_INTERVAL)
    return min(times)


def default_slice_count(duration_seconds: float, interval_seconds: float = SLICE_INTERVAL_SECONDS) -> int:
    """Return one slice per interval, but at least 4 and at most 40."""
    return max(FEWEST_SLICES, min(MOST_SLICES, round(duration_seconds / interval_seconds)))


def adapted_to_liquidity(count: int, liquidity: float | None) -> int:
    """Return a slice count in the owner's proportion: 6 of 8 above a liquidity score of 0.9, 12 of 8 below 0.7."""
    if liquidity is None or 0.7 <= liquidity <= 0.9:
        return count
    return max(1, round(count * (6 if liquidity > 0.9 else 12) / 8))


def count_by_time(order: OrderTerms, asked: int | None, liquidity: float | None) -> int:
    """Return the slice count that was asked for, else one that follows the order's time and the market's liquidity."""
    if asked is not None:
        return asked
    return adapted_to_liquidity(default_slice_count((order.end_at - order.start_at).total_seconds()), liquidity)


def feasible_count(order: OrderTerms, count: int, smallest: Decimal, randomise: float) -> int:
    """Return as many slices as were asked for, fewer where the minimum or the time forbids them."""
    by_size = int(order.quantity * (1 - Decimal(str(randomise))) / smallest)
    if order.quantity >= 2 * smallest:
        by_size = max(by_size, 2)
    by_time = int((order.end_at - order.start_at).total_seconds() / SHORTEST_SLICE_SECONDS)
    return max(1, min(count, by_size, by_time))


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """A window cut into n slots: n + 1 times, and by which factor each slot's size varies."""

    bounds: tuple[datetime, ...]
    factors: tuple[float, ...]


def cut(order: OrderTerms, count: int, randomise: float) -> Slots:
    """Cut the order's window, by its terms and seed alone, so that every plan of one order uses the same slots."""
    start, slot_microseconds = order.start_at, (order.end_at - order.start_at) / MICROSECOND / count
    draw = random.Random(order.seed).random  # noqa: S311 - not cryptography: seeded, so that a plan can be audited
    jitter = [randomise * (2 * draw() - 1) for _ in range(2 * count)]
    inner = [start + round((i + jitter[i] / 2) * slot_microseconds) * MICROSECOND for i in range(1, count)]
    return Slots(bounds=(start, *inner, order.end_at), factors=tuple([1 + share for share in jitter[count:]]))


def ends_after(slots: Slots, begin: datetime) -> list[datetime]:
    """Return the ends of the slots after a time; a piece much shorter than a slot is joined to the next one."""
    bounds = slots.bounds
    earliest = begin + (bounds[-1] - bounds[0]) * 0.4 / (len(bounds) - 1)
    return [*bounds[bisect_left(bounds, earliest, 1, len(bounds) - 1) : -1], bounds[-1]]


def participation_caps(room: Room, ends: Sequence[datetime], market: Market, share: float | None) -> list[int] | None:
    """Return the most lots for each slot that keep to a share of the volume, own trades included; none without cap or forecast."""
    if share is None or market.volume is None:
        return None
    lots_per_unit = share / (1 - share) / float(room.lot)
    quantities = (market.volume.expected((room.begin, *ends)) * lots_per_unit).tolist()
    return [int(countable(quantity)) for quantity in quantities]


def countable(quantity: float) -> float:
    """Return a quantity that can be counted with: from 0 to very much, nothing where it is no number."""
    return min(quantity, 1e15) if quantity > 0 else 0.0


def fill(
    room: Room,
    ends: Sequence[datetime],
    due: Sequence[int],
    caps: Sequence[int] | None = None,
    urgencies: Sequence[float | None] | None = None,
) -> tuple[PlannedSlice, ...]:
    """Return slices that have done `due[i]` lots of the rest by `ends[i]`, as far as minimums and caps allow.

    A slot too small for a slice is joined to the next one, its cap added. What a cap keeps out is carried on; the last slice takes
    everything that is left when the order's rest is to be crossed, and keeps to what is due and to its cap when it is to be left. What
    goes beyond its cap so waits for the last slot.
    """
    slices: list[PlannedSlice] = []
    start, lot, smallest, left, planned, cap = room.begin, room.lot, room.smallest, room.lots, 0, 0
    crosses, last = room.order.remainder is Remainder.CROSS, len(ends) - 1
    for index, end in enumerate(ends):
        cap = UNLIMITED if caps is None else cap + max(caps[index], 0)
        taken = due[index] - planned
        if index == last - 1 and planned == 0 and crosses and taken < smallest:
            taken = smallest  # else everything would go at once in the last slot
        taken = min(taken, cap)
        if index == last and crosses:
            start = max(start, ends[index - 1]) if left > cap and index else start
            taken = left
        elif taken > left:
            taken = left
        elif left - smallest < taken < left and index < last:
            taken = left - smallest  # what is left must be enough for another slice
        if taken < smallest:
            continue
        planned, left = planned + taken, left - taken
        quantity = taken * lot if left else room.rest - (planned - taken) * lot
        slices.append(PlannedSlice(quantity=quantity, start_at=start, end_at=end, urgency=None if urgencies is None else urgencies[index]))
        start, cap = end, 0
    return tuple(slices)


def beyond_the_cap(room: Room, slices: Sequence[PlannedSlice], caps: Sequence[int] | None) -> tuple[str, ...]:
    """Say what the volume cap leaves to a last slice that takes it all the same; nothing when it keeps to its cap."""
    if caps is None or not slices or room.order.remainder is not Remainder.CROSS or slices[-1].end_at < room.order.end_at:
        return ()
    last = slices[-1].quantity
    if last <= max(caps[-1], room.smallest) * room.lot:
        return ()
    share = float(last / room.order.quantity)
    return (f"The volume cap leaves {amount(last)}, {share:.0%} of the order, to the last slice, which takes it whatever the volume.",)


def draw(seed: int, number: int) -> float:
    """Return a number from 0 to 1 that seed and position give, without drawing those before it (the mixing of splitmix64)."""
    mixed = (seed + (number + 1) * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return (mixed ^ (mixed >> 31)) / 0xFFFFFFFFFFFFFFFF


def in_lots_up(quantity: Decimal, lot: Decimal) -> int:
    """Return the least number of lots that is not below a quantity."""
    return int((quantity / lot).to_integral_value(rounding=ROUND_CEILING))


def amount(quantity: Decimal) -> str:
    """Return a quantity as it is read: 0.25."""
    return f"{quantity.normalize():f}"
