"""VWAP: as much of the order as others trade of their volume, forecast anew at every plan from what they have traded so far.

What should be done by a time is the expected share of the interval's volume that others will have traded by then. Following a share of
what remains instead would never make good a past error. The curve binds, not a fixed share of volume: an order behind it catches up
within its caps, one ahead of it waits.
"""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from execution.domain.algorithms import slots
from execution.domain.algorithms.base import Market, OrderTerms, Plan, PlannedSlice, Progress, VolumeOutlook
from execution.domain.algorithms.parameters import (
    MAX_CATCH_UP,
    MAX_VENUES,
    PARTICIPATION_CAP,
    PATIENCE,
    RANDOMISE,
    SLICE_COUNT,
    TACTIC,
    Kind,
    Parameter,
    read_parameters,
)
from execution.domain.algorithms.slots import Room

TILT = Parameter(
    name="tilt",
    title="Tilt",
    kind=Kind.NUMBER,
    default=0.0,
    minimum=0,
    maximum=1,
    help="0 follows the volume most closely; more does less ahead of bursts of volume, which lowers the spread of slippage.",
)
BAND = Parameter(
    name="band",
    title="Band",
    kind=Kind.SHARE,
    default=0.03,
    minimum=0.001,
    maximum=0.5,
    help="How far behind its curve the order may fall before its next slice becomes urgent, as a share of the order.",
)
PARAMETERS = (SLICE_COUNT, PARTICIPATION_CAP, BAND, TILT, RANDOMISE, MAX_CATCH_UP, PATIENCE, TACTIC, MAX_VENUES)
BEHIND_URGENCY = 0.8
"""Of the next slice of an order that is further behind its curve than its band."""


def plan(order: OrderTerms, progress: Progress, market: Market, now: datetime) -> Plan:
    """Plan along the expected volume; evenly over time when nothing is known of it.

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
    ends = slots.ends_after(window, room.begin)
    others = None if market.volume is None else float(market.volume.expected((room.begin, order.end_at))[0])
    traded = progress.market_quantity or 0.0
    curve = _curve(market.volume, room, ends, others=others, traded=traded, at=max(now, order.start_at), tilt=given["tilt"])
    lots = int(order.quantity / room.lot)
    behind = float(curve[0]) - room.done / lots
    urgent: list[float | None] = [BEHIND_URGENCY if behind > given["band"] else None, *[None] * (len(ends) - 1)]
    by_volume = slots.participation_caps(room, ends, market, given["participation_cap"])
    caps = _caps(curve, lots / count, lots, given["max_catch_up"], by_volume=by_volume, smallest=room.smallest)
    factors = window.factors[-len(ends) :]
    slices = slots.fill(room, ends, _due(curve, factors, lots, room), caps, urgent)
    reasons = (_course(room, slices, others), *_against_the_curve(behind, given["band"]), *slots.beyond_the_cap(room, slices, by_volume))
    return Plan(slices=slices, next_review_at=slots.review_at(room, slices), reasons=reasons)


def _curve(
    volume: VolumeOutlook | None,
    room: Room,
    ends: Sequence[datetime],
    *,
    others: float | None,
    traded: float,
    at: datetime,
    tilt: float,
) -> NDArray[np.float64]:
    """Return the share of the order that should be done when the plan begins and by each slot's end."""
    order = room.order
    if volume is None or others is None:
        length = order.end_at - order.start_at
        return np.array([(time - order.start_at) / length for time in (room.begin, *ends)])
    curve = np.empty(len(ends) + 1)
    curve[0] = traded / (traded + others) if others > 0 else 1.0
    curve[1:] = volume.share_path(traded=traded, at=at, bounds=ends, tilt=tilt)
    return np.maximum.accumulate(curve)


def _due(curve: NDArray[np.float64], factors: Sequence[float], lots: int, room: Room) -> list[int]:
    """Return the lots of the rest that are due by each slot's end; half of a slot's variation moves its end's target."""
    ends = curve[1:].copy()
    ends[:-1] += (ends[:-1] - curve[:-2]) * (np.asarray(factors[:-1]) - 1) / 2
    ends[-1] = 1.0
    most = room.lots
    return [min(max(int(value), 0), most) for value in (ends * lots - room.done).tolist()]


def _caps(curve: NDArray[np.float64], even: float, lots: int, catch_up: float, *, by_volume: list[int] | None, smallest: int) -> list[int]:
    """Return the most lots of each slot: a multiple of what the curve has for it, at least of an even slot's, and what the cap allows.

    The curve's own steps get small when much has traded early, which is when there is most to catch up.
    """
    steps = np.maximum((curve[1:] - curve[:-1]) * lots, even)
    largest = [max(int(step), smallest) for step in (steps * catch_up).tolist()]
    return largest if by_volume is None else [min(own, cap) for own, cap in zip(largest, by_volume, strict=True)]


def _course(room: Room, slices: tuple[PlannedSlice, ...], others: float | None) -> str:
    number = f"{len(slices)} slice{'' if len(slices) == 1 else 's'}"
    if others is None:
        return f"VWAP: nothing is known of the volume yet, {slots.amount(room.rest)} in {number} evenly over time."
    share = float(room.rest) / (float(room.rest) + others)
    return f"VWAP: {slots.amount(room.rest)} in {number} along the expected volume, {share:.1%} of it."


def _against_the_curve(behind: float, band: float) -> tuple[str, ...]:
    if behind > band:
        return (f"Behind the volume curve by {behind:.1%} of the order: the next slice is urgent.",)
    if -behind > band:
        return (f"Ahead of the volume curve by {-behind:.1%} of the order: waits for it.",)
    return ()
