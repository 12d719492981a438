"""What an order not yet sent is expected to cost, and by how much that may be off.

    estimate(order, plan, market, fees=..., sweep=..., assumptions=...) -> CostEstimate

`order` are the terms with the complete parameters of the algorithm, `plan` what `AlgorithmSpec.plan` answers to them when nothing is done
yet, `market` what the algorithm was given. All costs are in bps of the order's value at the arrival mid, positive is cost; their sum is
what the lab measures as cost all in. What cannot be known is none, and `unknown` says why. `pretrade_book` has the fees and the sweep.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from execution.domain.algorithms.base import Market, OrderTerms, Plan, PlannedSlice
from execution.domain.impact_problem import PRICE, impact_problem, mean_cost_bps
from execution.domain.planning import patience_of
from execution.domain.pretrade_assumptions import DEFAULT_ASSUMPTIONS, ExecutionAssumptions
from execution.domain.schedule_problem import expected_cost_and_risk
from execution.domain.timing import LAST_CALL, ONE_CALL

FloatArray = NDArray[np.float64]
Sweep = Callable[[float], float | None]
"""What taking a quantity (base currency) at once pays above the mid on average, bps without fees; none beyond what the books show."""
_AT_ONCE = 1e-3
"""Seconds; a jump for the sum."""
_LEAST_VOLUME = 1e-3
"""Of the average: where nobody is expected to trade, the price of speed would have no end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees:
    """What the order's venues charge, bps of the value; negative is a rebate."""

    maker_bps: float
    taker_bps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CostEstimate:
    """What a plan is expected to cost, bps of the order's value at arrival; `deviation_bps` is one standard deviation of the total.

    `maker_share` is of what is planned. `participation` is the order's share of all trading until `finish_at`, `peak_participation` that of
    the slice with the largest, 1 when it takes everything at once. `planned_share` is below 1 when the plan leaves something over.
    """

    fee_bps: float
    spread_bps: float | None
    impact_bps: float | None
    timing_bps: float | None
    deviation_bps: float | None
    maker_share: float
    participation: float | None
    peak_participation: float | None
    slice_participations: tuple[float | None, ...]
    planned_share: float
    finish_at: datetime | None
    unknown: tuple[str, ...]

    @property
    def total_bps(self) -> float | None:
        """Return the sum of the four parts, none when one of them is not known."""
        if self.spread_bps is None or self.impact_bps is None or self.timing_bps is None:
            return None
        return self.fee_bps + self.spread_bps + self.impact_bps + self.timing_bps


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Schedule:
    """The plan in numbers, all (N,), seconds from the order's start. `rests`: how long each slice rests before it crosses, 0: at once."""

    quantities: FloatArray
    shares: FloatArray
    starts: FloatArray
    ends: FloatArray
    rests: FloatArray

    @property
    def is_immediate(self) -> NDArray[np.bool_]:
        """Tell which slices are taken at once."""
        return self.rests <= 0

    @property
    def last(self) -> float:
        """Return when the last slice is done at the latest, 0 without any."""
        return float(np.where(self.is_immediate, self.starts, self.ends).max(initial=0.0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Volume:
    """What others are expected to trade, base currency, at times in seconds from the order's start."""

    times: FloatArray
    cumulated: FloatArray

    def until(self, seconds: FloatArray) -> FloatArray:
        """Return what has been traded by each time."""
        return np.interp(seconds, self.times, self.cumulated)

    def between(self, starts: FloatArray, ends: FloatArray) -> FloatArray:
        """Return what is traded from each start to its end."""
        return self.until(ends) - self.until(starts)

    @property
    def total(self) -> float:
        """Return what is traded in the whole window."""
        return float(self.cumulated[-1])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Case:
    """Everything an estimate is made from; `window` in seconds."""

    order: OrderTerms
    market: Market
    schedule: _Schedule
    volume: _Volume | None
    window: float
    sweep: Sweep | None
    assumptions: ExecutionAssumptions


def estimate(
    order: OrderTerms,
    plan: Plan,
    market: Market,
    *,
    fees: Fees,
    sweep: Sweep | None = None,
    assumptions: ExecutionAssumptions = DEFAULT_ASSUMPTIONS,
) -> CostEstimate:
    """Return what the plan is expected to cost; see the head of this file."""
    case = _Case(
        order=order,
        market=market,
        schedule=_schedule(order, plan.slices),
        volume=_volume(order, plan.slices, market),
        window=(order.end_at - order.start_at).total_seconds(),
        sweep=sweep,
        assumptions=assumptions,
    )
    if not plan.is_paced:
        case = replace(case, schedule=_moved_up(case))
    fills, impact = _fills(case), _impact(case)
    made, taken, planned = float(fills.made.sum()), float(fills.taken.sum()), float(case.schedule.shares.sum())
    participations = _participations(case)
    return CostEstimate(
        fee_bps=made * fees.maker_bps + taken * fees.taker_bps,
        spread_bps=None if market.spread_bps is None else market.spread_bps / 2 * (taken - made),
        impact_bps=impact,
        timing_bps=_timing(case, fills),
        deviation_bps=_deviation(case, fills, impact),
        maker_share=made / planned if planned else 0.0,
        participation=_participation(case),
        peak_participation=max((share for share in participations if share is not None), default=None),
        slice_participations=participations,
        planned_share=min(planned, 1.0),
        finish_at=order.start_at + timedelta(seconds=case.schedule.last) if plan.slices else None,
        unknown=_unknown(case, impact),
    )


def _schedule(order: OrderTerms, slices: Sequence[PlannedSlice]) -> _Schedule:
    quantities = np.array([float(part.quantity) for part in slices])
    starts = np.array([(part.start_at - order.start_at).total_seconds() for part in slices])
    ends = np.array([(part.end_at - order.start_at).total_seconds() for part in slices])
    rests = np.array([_rest_seconds(order, part, is_last=part is slices[-1]) for part in slices])
    return _Schedule(quantities=quantities, shares=quantities / float(order.quantity), starts=starts, ends=ends, rests=rests)


def _rest_seconds(order: OrderTerms, part: PlannedSlice, *, is_last: bool) -> float:
    """Return how long a slice rests before what is left of it is crossed, as `tactics` does it; the whole of it when it never crosses."""
    length = (part.end_at - part.start_at).total_seconds()
    patience = patience_of(order.parameters, part.urgency)
    if patience >= 1 and not is_last:
        return length
    call = LAST_CALL if is_last else ONE_CALL
    return min(length * patience, length - min(call.total_seconds(), length / 2))


def _volume(order: OrderTerms, slices: Sequence[PlannedSlice], market: Market) -> _Volume | None:
    """Return the expected volume at every edge of the plan, none when nobody forecasts or nothing is expected."""
    if market.volume is None:
        return None
    times = sorted({order.start_at, order.end_at, *(at for part in slices for at in (part.start_at, part.end_at))})
    cumulated = np.concatenate(([0.0], np.cumsum(market.volume.expected(times))))
    seconds = np.array([(at - order.start_at).total_seconds() for at in times])
    return _Volume(times=seconds, cumulated=cumulated) if np.isfinite(cumulated[-1]) and cumulated[-1] > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fills:
    """How slices fill, all (N,): shares of the order made and taken, and how long what is made rests on average before it fills."""

    made: FloatArray
    taken: FloatArray
    waits: FloatArray


def _fill_rates(case: _Case) -> FloatArray:
    """Return how fast each slice fills while it rests, (N,): 1 / tau a second, or what the flow of others allows."""
    schedule = case.schedule
    rates: FloatArray = np.full(schedule.rests.shape, 1 / case.assumptions.fill_seconds)
    if case.volume is not None:
        flow = case.volume.between(schedule.starts, schedule.starts + schedule.rests) / np.maximum(schedule.rests, _AT_ONCE)
        rates = np.minimum(rates, case.assumptions.share_of_flow * flow / schedule.quantities)
    return np.maximum(rates, np.finfo(float).tiny)


def _moved_up(case: _Case) -> _Schedule:
    """Return when slices are expected to begin and to end that each begin as soon as the one before has filled."""
    schedule = case.schedule
    waits = np.clip(1 / _fill_rates(case), case.assumptions.following_seconds, case.window)
    resting = ~schedule.is_immediate
    moved = np.where(resting, np.minimum(schedule.starts, schedule.starts[:1] + np.cumsum(waits) - waits), schedule.starts)
    return replace(
        schedule,
        starts=moved,
        ends=np.where(resting, np.minimum(moved + waits, schedule.ends), schedule.ends),
        rests=schedule.rests + schedule.starts - moved,
    )


def _fills(case: _Case) -> _Fills:
    """Return what fills while it rests; the rest is taken. A slice that the flow fills piece by piece waits half as long as it takes."""
    schedule, rates = case.schedule, _fill_rates(case)
    makers = -np.expm1(-rates * schedule.rests)
    waits = makers / rates * np.where(rates < 1 / case.assumptions.fill_seconds, 0.5, 1.0)
    return _Fills(made=schedule.shares * makers, taken=schedule.shares * (1 - makers), waits=np.minimum(waits, schedule.rests))


def _impact(case: _Case) -> float | None:
    """Return the impact by the model that schedules are solved with, no less than what slices that are taken at once ask by themselves."""
    at_once = _impact_at_once(case)
    if case.schedule.is_immediate.tolist() == [True]:
        return at_once
    paced = _impact_of_pace(case)
    return None if paced is None or at_once is None else max(paced, at_once)


def _impact_of_pace(case: _Case) -> float | None:
    """Return the impact by the model that schedules are solved with."""
    schedule = case.schedule
    if case.market.impact is None or case.volume is None or case.market.minute_volatility_bps is None:
        return None
    minutes, sigma, quantity = case.window / 60, case.market.minute_volatility_bps, float(case.order.quantity)
    even = mean_cost_bps(case.market.impact, quantity=quantity, others=case.volume.total, minute_volatility_bps=sigma, minutes=minutes)
    bounds, quantities = _spread_out(schedule, case.window, case.assumptions.refill_seconds)
    if even <= 0 or len(bounds) < 2:
        return 0.0
    others = case.volume.between(bounds[:-1], bounds[1:])
    problem = impact_problem(
        quantity=quantity,
        rest=quantity,
        horizon_minutes=minutes,
        bounds_minutes=bounds / 60,
        others=np.maximum(others, case.volume.total / len(others) * _LEAST_VOLUME),
        others_in_all=case.volume.total,
        cost_bps=even,
        minute_volatility_bps=sigma,
    )
    return expected_cost_and_risk(problem, quantities, price=PRICE).expected_bps


def _impact_at_once(case: _Case) -> float | None:
    """Return what the slices that are taken at once cost, each by itself."""
    schedule, total = case.schedule, 0.0
    for quantity, share in zip(schedule.quantities[schedule.is_immediate], schedule.shares[schedule.is_immediate], strict=True):
        cost = _burst_cost(case, float(quantity))
        if cost is None:
            return None
        total += float(share) * cost
    return total


def _burst_cost(case: _Case, quantity: float) -> float | None:
    """Return what taking a quantity at once costs: what the books ask; beyond what they show, what bursts move the price by."""
    swept = None if case.sweep is None else case.sweep(quantity)
    if swept is not None:
        return max(swept - (case.market.spread_bps or 0.0) / 2, 0.0)
    if case.volume is None or case.market.minute_volatility_bps is None:
        return None
    minutes_of_volume = quantity / (case.volume.total / case.window * 60)
    return case.assumptions.burst_cost * case.market.minute_volatility_bps * minutes_of_volume


def _spread_out(schedule: _Schedule, window: float, refill_seconds: float) -> tuple[FloatArray, FloatArray]:
    """Return all edges of slices, (M + 1,), and what is traded between them, (M,); what is taken at once is spread over the refill time."""
    refill = min(refill_seconds, window)
    starts = _rounded(np.where(schedule.is_immediate, np.clip(schedule.starts, 0, window - refill), schedule.starts))
    ends = _rounded(np.where(schedule.is_immediate, starts + refill, schedule.ends))
    ends = np.maximum(ends, _rounded(starts + _AT_ONCE))
    bounds = np.unique(np.concatenate((starts, ends)))
    inside = (starts <= bounds[:-1, None]) & (bounds[1:, None] <= ends)
    rates = schedule.quantities / (ends - starts)
    return bounds, np.asarray((inside @ rates) * np.diff(bounds), dtype=np.float64)


def _rounded(seconds: FloatArray) -> FloatArray:
    """Return times to the millisecond, so that none are a rounding error apart."""
    return np.asarray(np.rint(seconds / _AT_ONCE) * _AT_ONCE, dtype=np.float64)


def _timing(case: _Case, fills: _Fills) -> float | None:
    """Return what resting loses: fills come when the price is about to pass, and it runs from what is crossed afterwards."""
    schedule, sigma = case.schedule, case.market.minute_volatility_bps
    if not schedule.rests.any():
        return 0.0
    if sigma is None:
        return None
    adverse = case.assumptions.adverse_selection * float(fills.made.sum())
    return sigma * (adverse + case.assumptions.running_away * float(np.sqrt(schedule.rests / 60) @ fills.taken))


def _deviation(case: _Case, fills: _Fills, impact: float | None) -> float | None:
    """Return sqrt(sigma^2 integral x(t)^2 dt + noise^2), x the part still to be done.

    What is made fills linearly, on average after its wait; what is taken goes at once after the rest.
    """
    schedule, sigma = case.schedule, case.market.minute_volatility_bps
    if sigma is None:
        return None
    starts = np.concatenate((schedule.starts, schedule.starts + schedule.rests))
    lengths = np.concatenate((np.minimum(2 * fills.waits, schedule.rests), np.zeros(len(schedule.rests))))
    lengths = np.maximum(lengths, _AT_ONCE)
    times = np.unique(np.concatenate(([0.0, case.window], starts, starts + lengths)))
    left = 1 - np.clip((times[:, None] - starts) / lengths, 0, 1) @ np.concatenate((fills.made, fills.taken))
    squared = (left[:-1] ** 2 + left[:-1] * left[1:] + left[1:] ** 2) / 3
    minutes = float(squared @ np.diff(times)) / 60
    noise = math.hypot(case.assumptions.execution_noise * sigma, case.assumptions.impact_noise * (impact or 0.0))
    return math.hypot(sigma * math.sqrt(minutes), noise)


def _participations(case: _Case) -> tuple[float | None, ...]:
    """Return each slice's share of all trading in its window; all of it for one that is taken at once."""
    schedule = case.schedule
    if case.volume is None:
        return tuple(1.0 if immediate else None for immediate in schedule.is_immediate)
    others = np.where(schedule.is_immediate, 0.0, case.volume.between(schedule.starts, schedule.ends))
    return tuple(float(share) for share in schedule.quantities / (schedule.quantities + others))


def _participation(case: _Case) -> float | None:
    if case.volume is None or not len(case.schedule.starts):
        return None
    own = float(case.schedule.quantities.sum())
    return own / (own + float(case.volume.until(np.array(case.schedule.last))))


def _unknown(case: _Case, impact: float | None) -> tuple[str, ...]:
    """Return why a figure is missing."""
    missing = (
        (case.volume is None, "No volume is forecast: the share of it is not known."),
        (case.market.minute_volatility_bps is None, "No volatility is known: timing and deviation are not known either."),
        (case.market.spread_bps is None, "No spread is known."),
        (impact is None, "Impact follows from volume, volatility and the symbol's coefficients: one of them is not known."),
    )
    return tuple(reason for is_missing, reason in missing if is_missing)
