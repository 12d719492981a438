"""Implementation shortfall: what waiting risks against what hurrying costs, solved exactly on the slots that are left.

Urgency says how much the risk weighs. In its middle the desk's own front-to-back profile is followed; outside of it, or when asked for,
each plan solves Almgren and Chriss' problem with power-law temporary and decaying lasting impact anew, from what is left of the order,
with the volatility, volume and liquidity of the moment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from execution.domain.algorithms import slots
from execution.domain.algorithms.base import Impact, Market, OrderTerms, Plan, Progress, VolumeOutlook
from execution.domain.algorithms.parameters import (
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
from execution.domain.bounded_newton import NoOptimum
from execution.domain.impact import BadImpactInput
from execution.domain.impact_problem import even_cost_bps, impact_problem, mean_cost_bps
from execution.domain.schedule_problem import BadProblem
from execution.domain.schedule_solver import solve_schedule
from execution.domain.urgency import scaled_speed

URGENCY = Parameter(
    name="urgency",
    title="Urgency",
    kind=Kind.NUMBER,
    default=0.5,
    minimum=0,
    maximum=1,
    help="0: lowest cost, highest risk; 1: nearly everything at once.",
)
PROFILE = Parameter(
    name="profile",
    title="Profile",
    kind=Kind.CHOICE,
    default="auto",
    choices=("auto", "desk", "optimal"),
    is_mutable=False,
    help="The desk's own front-to-back profile, or the solved optimum; auto takes the desk's at medium urgency.",
)
PRICE_ADAPTATION = Parameter(
    name="price_adaptation",
    title="Price adaptation",
    kind=Kind.CHOICE,
    default="none",
    choices=("none", "aggressive", "passive"),
    help="Aggressive in the money hurries after the price has moved the order's way, passive in the money slows down.",
)
PARAMETERS = (URGENCY, PROFILE, PARTICIPATION_CAP, SLICE_COUNT, PRICE_ADAPTATION, RANDOMISE, PATIENCE, TACTIC, MAX_VENUES)

DESK_SLICES = 8
DESK_SHARES = (0.35 / 3,) * 3 + (0.385 / 3,) * 3 + (0.265 / 2,) * 2
"""What the desk's eight slices are of the order, front to back."""
DESK_URGENCIES = (0.8, 0.75, 0.7, 0.6, 0.55, 0.5, 0.4, 0.3)
MEDIUM = (0.4, 0.6)
"""Urgencies that the desk's profile is made for."""
ADAPTATION = 0.25
"""By how much urgency moves when the price is many standard deviations away from arrival."""


def plan(order: OrderTerms, progress: Progress, market: Market, now: datetime) -> Plan:
    """Plan what is left, by the desk's profile or by the solved optimum.

    Raises:
        InvalidParameter: a parameter is out of range.
    """
    given = read_parameters(PARAMETERS, order.parameters)
    room = slots.open_room(order, progress, market, now)
    if isinstance(room, Plan):
        return room
    count = given["slice_count"] or slots.adapted_to_liquidity(DESK_SLICES, market.liquidity)
    window = slots.cut(order, slots.feasible_count(order, count, room.smallest * room.lot, given["randomise"]), given["randomise"])
    ends = slots.ends_after(window, room.begin)
    urgency = _adapted(order, market, now, given)
    caps = slots.participation_caps(room, ends, market, given["participation_cap"])
    if _follows_the_desk(given["profile"], urgency):
        course = _desk_course(room, ends)
    else:
        course = _optimal_course(room, ends, _Known.of(market, progress), urgency, caps)
    weights = course.weights * np.asarray(window.factors[-len(ends) :])
    total = weights.sum()
    due = np.minimum(np.cumsum(weights) / total, 1.0) * room.lots if total > 0 else np.zeros(len(ends))  # nothing fits in the caps
    slices = slots.fill(room, ends, [int(lots) for lots in due], caps, course.urgencies)
    reasons = (*course.reasons, *slots.beyond_the_cap(room, slices, caps))
    return Plan(slices=slices, next_review_at=slots.review_at(room, slices), reasons=reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Course:
    """What each slot is to get, in any unit, and how urgent it is."""

    weights: NDArray[np.float64]
    urgencies: list[float | None]
    reasons: tuple[str, ...]


def _follows_the_desk(profile: str, urgency: float) -> bool:
    return profile == "desk" or (profile == "auto" and MEDIUM[0] <= urgency <= MEDIUM[1])


def _desk_course(room: Room, ends: Sequence[datetime], why: str = "") -> _Course:
    """Deal out the rest in the profile's proportions, whatever the number of slots."""
    times = _shares_of_time(room.order, (room.begin, *ends))
    grid = np.linspace(0, 1, DESK_SLICES + 1)
    done = np.interp(times, grid, np.concatenate([[0.0], np.cumsum(DESK_SHARES)]))
    middles = (times[1:] + times[:-1]) / 2
    urgencies = np.interp(middles, (grid[1:] + grid[:-1]) / 2, DESK_URGENCIES)
    reason = f"Shortfall: {slots.amount(room.rest)} along the desk's profile, urgent at first and patient at the end."
    reasons = (reason, why) if why else (reason,)
    return _Course(weights=np.diff(done), urgencies=[float(one) for one in urgencies], reasons=reasons)


def _optimal_course(room: Room, ends: Sequence[datetime], known: "_Known | None", urgency: float, caps: list[int] | None) -> _Course:
    if known is None:
        return _desk_course(room, ends, "No optimum without volatility, volume and impact, which are not all known yet.")
    order = room.order
    horizon = (order.end_at - order.start_at) / timedelta(minutes=1)
    others = known.volume.expected((room.begin, *ends))
    if not 0 < float(others.sum()) < np.inf:
        return _desk_course(room, ends, "No optimum: nobody else is expected to trade.")
    others = np.maximum(others, max(float(others.mean()), np.finfo(float).tiny) * 1e-3)
    quantity, in_all = float(order.quantity), float(others.sum()) + known.traded
    try:
        cost = mean_cost_bps(known.impact, quantity=quantity, others=in_all, minute_volatility_bps=known.volatility, minutes=horizon)
    except BadImpactInput as error:
        return _desk_course(room, ends, f"No optimum: {error}.")
    if cost <= 0:
        return _desk_course(room, ends, "No optimum: no impact is expected.")
    weight = _speed(urgency) ** 2 * even_cost_bps(horizon, cost) / (known.volatility**2 * quantity * horizon)
    try:
        problem = impact_problem(
            quantity=quantity,
            rest=float(room.rest),
            horizon_minutes=horizon,
            bounds_minutes=_shares_of_time(order, (room.begin, *ends)) * horizon,
            others=others,
            others_in_all=in_all,
            cost_bps=cost,
            minute_volatility_bps=known.volatility,
            caps=None if caps is None else np.asarray(caps, dtype=np.float64) * float(room.lot),
        )
        quantities = solve_schedule(problem, risk_aversion=weight).quantities
    except (BadProblem, NoOptimum) as error:
        return _desk_course(room, ends, f"No optimum: {error}.")
    first = quantities[0] / max(float(quantities.sum()), np.finfo(float).tiny)
    reason = f"Shortfall: {slots.amount(room.rest)} by the optimum at urgency {urgency:.2f}, {first:.0%} of it in the first slice."
    return _Course(weights=quantities, urgencies=[urgency] * len(ends), reasons=(reason,))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the optimum needs to know."""

    volatility: float
    volume: VolumeOutlook
    impact: Impact
    traded: float

    @classmethod
    def of(cls, market: Market, progress: Progress) -> "_Known | None":
        """Return it, none when a part is missing or the price does not move."""
        if not market.minute_volatility_bps or market.volume is None or market.impact is None:
            return None
        traded = progress.market_quantity or 0.0
        return cls(volatility=market.minute_volatility_bps, volume=market.volume, impact=market.impact, traded=traded)


def _adapted(order: OrderTerms, market: Market, now: datetime, given: Mapping[str, Any]) -> float:
    """Return the urgency, moved by how far the price has gone the order's way in standard deviations of the time since the start."""
    urgency = float(given["urgency"])
    minutes = (now - order.start_at) / timedelta(minutes=1)
    if given["price_adaptation"] == "none" or order.arrival_mid is None or not market.minute_volatility_bps or minutes <= 0:
        return urgency
    gain_bps = -order.side.sign * 10_000 * float(market.mid / order.arrival_mid - 1)
    moved = float(np.tanh(gain_bps / (market.minute_volatility_bps * np.sqrt(minutes))))
    direction = 1 if given["price_adaptation"] == "aggressive" else -1
    return min(max(urgency + direction * ADAPTATION * moved, 0.0), 1.0)


def _shares_of_time(order: OrderTerms, times: Sequence[datetime]) -> NDArray[np.float64]:
    length = (order.end_at - order.start_at).total_seconds()
    return np.array([(at - order.start_at).total_seconds() for at in times]) / length


@lru_cache(maxsize=256)
def _speed(urgency: float) -> float:
    return scaled_speed(urgency)
