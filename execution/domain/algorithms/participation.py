"""Participation (POV): a steady share of what others trade, as long as it takes.

A share r of all trading is r / (1 - r) of what others trade; own trades are never counted as volume. Two things make up a slice:

- what others are expected to trade during it, so that the order trades with the volume and not after it;
- what the order is behind or ahead of its share of all that others traded since its start, spread over the next minute.

The share of a slice stays between floor and cap. So one large print raises the next slices a little instead of being chased, and after
a quiet spell the order goes on at its floor instead of standing still. Nothing is remembered between plans: both parts follow from
what others traded, what is done, and the forecast. Where nobody forecasts, the pace of others since the start is taken.

The order ends when it is done. When its rest is to be crossed and its share would not complete it, the share rises, at most to the cap,
and the last slice takes what is left; a rest that is to be left stays.
"""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from execution.domain.algorithms import slots
from execution.domain.algorithms.base import Market, OrderTerms, Plan, Progress, Remainder
from execution.domain.algorithms.parameters import (
    MAX_VENUES,
    PARTICIPATION_CAP,
    PATIENCE,
    RANDOMISE,
    TACTIC,
    Kind,
    Parameter,
    read_parameters,
)
from execution.domain.algorithms.slots import Room

PARTICIPATION_RATE = Parameter(
    name="participation_rate",
    title="Share of volume",
    kind=Kind.SHARE,
    default=0.1,
    minimum=0.001,
    maximum=0.5,
    help="The order's share of all trading while it works, own trades included.",
)
PARTICIPATION_FLOOR = Parameter(
    name="participation_floor",
    title="Least share",
    kind=Kind.SHARE,
    default=None,
    minimum=0,
    maximum=0.5,
    help="Least share of a slice, also when the order is ahead; left out, half of the share. It is never above the volume cap.",
)
SHARE_CAP = replace(
    PARTICIPATION_CAP, help="Largest share of a slice, also when the order is behind; left out, one and a half times the share. It wins."
)
PARAMETERS = (PARTICIPATION_RATE, PARTICIPATION_FLOOR, SHARE_CAP, RANDOMISE, PATIENCE, TACTIC, MAX_VENUES)

SLOT_SECONDS = 12.0
"""The share is checked five times a minute; a slice rests about eight seconds of it and crosses afterwards."""
MEMORY_SECONDS = 60.0
"""Over this time a deviation is made good: shorter chases single prints, longer lags behind the market."""
FINE_SLOTS = 10
"""So many slots are planned one by one, later ones in growing steps: they are only a preview, each review plans them again."""
RETRY = timedelta(seconds=5)
"""How often volume is looked for while none is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rates:
    """Multiples of others' volume: aimed at, least, and most."""

    target: float
    least: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clock:
    """The order's window in slots of about the same length, each edge moved by the seed."""

    order: OrderTerms
    length: timedelta
    randomise: float

    def edge(self, number: int) -> datetime:
        """Return when a slot begins; they stay in order since an edge moves by a quarter of a slot at most."""
        if number <= 0:
            return self.order.start_at
        moved = self.order.start_at + self.length * (number + self.randomise * (slots.draw(self.order.seed, number) - 0.5))
        return min(moved, self.order.end_at)

    def number(self, at: datetime) -> int:
        """Return the slot that holds a time."""
        near = int((at - self.order.start_at) / self.length)
        return max(number for number in (0, near - 1, near, near + 1) if self.edge(number) <= at)

    def ends(self, begin: datetime) -> list[datetime]:
        """Return when the planned slices end: slot by slot, then in growing steps, the last slot of the window by itself."""
        end_at = self.order.end_at
        last = end_at - self.length * 0.7
        number, step, ends = self.number(begin) + 1, 1, list[datetime]()
        while (edge := self.edge(number)) < last:
            if edge - begin >= self.length * 0.4:
                ends.append(edge)
            step = 1 if len(ends) < FINE_SLOTS else math.ceil(step * 1.3)
            number += step
        if step > 1 and (edge := self.edge(int((last - self.order.start_at) / self.length))) > ends[-1] and edge < end_at:
            ends.append(edge)
        return [*ends, end_at]


def plan(order: OrderTerms, progress: Progress, market: Market, now: datetime) -> Plan:
    """Plan a share of what others trade.

    Raises:
        InvalidParameter: a parameter is out of range.
    """
    given = read_parameters(PARAMETERS, order.parameters)
    room = slots.open_room(order, progress, market, now)
    if isinstance(room, Plan):
        return room
    seconds = (order.end_at - order.start_at).total_seconds()
    length = max(slots.SHORTEST_SLICE_SECONDS, min(SLOT_SECONDS, seconds / slots.FEWEST_SLICES))
    clock = _Clock(order=order, length=timedelta(seconds=length), randomise=given["randomise"])
    traded = _traded(progress, now, order.start_at)
    outlook = _Outlook(market=market, traded=traded, now=now, order=order)
    if not outlook.is_known:
        return _wait(room, clock, now)
    rates = _rates(given["participation_rate"], given["participation_floor"], given["participation_cap"])
    gap = _gap(room, outlook, rates, now)
    return _follow(room, clock, outlook, rates, gap)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outlook:
    """What others have traded since the start, and what they are expected to."""

    market: Market
    traded: float | None
    now: datetime
    order: OrderTerms

    @property
    def is_known(self) -> bool:
        return self.market.volume is not None or self._pace is not None

    @property
    def _pace(self) -> float | None:
        """Return what others trade a second, as they did since the start; none before anybody traded."""
        elapsed = (self.now - self.order.start_at).total_seconds()
        return self.traded / elapsed if self.traded and elapsed > 0 else None

    def expected(self, begin: datetime, ends: list[datetime]) -> list[float]:
        """Return what others are expected to trade from `begin` to each end, from each end to the next."""
        if self.market.volume is not None:
            quantities = self.market.volume.expected((begin, *ends)).tolist()
        else:
            pace = self._pace or 0.0
            quantities = [pace * (end - start).total_seconds() for start, end in zip((begin, *ends), ends, strict=False)]
        return [slots.countable(quantity) for quantity in quantities]


def _follow(room: Room, clock: _Clock, outlook: _Outlook, rates: _Rates, gap: float) -> Plan:
    """Plan each slot's share of the expected volume, and what the order is behind within the bounds."""
    ends = clock.ends(room.begin)
    lot = float(room.lot)
    others = [quantity / lot for quantity in outlook.expected(room.begin, ends)]
    rate = rates.target
    if room.order.remainder is Remainder.CROSS and rate * sum(others) + gap < room.lots:
        rate = min(rates.most, max(rate, room.lots / sum(others))) if sum(others) > 0 else rate
    due, caps, total, made_good = list[int](), list[int](), 0.0, 0.0
    for end, quantity in zip(ends, others, strict=True):
        passed = min((end - room.begin).total_seconds() / MEMORY_SECONDS, 1.0)
        wanted = rate * quantity + gap * (passed - made_good)
        made_good = passed
        total += max(min(wanted, rates.most * quantity), rates.least * quantity)
        due.append(int(min(total + 1e-9, room.lots)))
        caps.append(int(slots.countable(rates.most * quantity)))
    slices = slots.fill(room, ends, due, caps)
    return Plan(slices=slices, next_review_at=slots.review_at(room, slices, clock.length), reasons=_reasons(room, rates, rate, gap, due))


def _rates(share: float, floor: float | None, cap: float | None) -> _Rates:
    """Return multiples of others' volume; the cap wins over the floor, and both over the share."""
    most = min(1.5 * share, 0.9) if cap is None else cap
    least = min(share / 2 if floor is None else floor, most)
    target = min(max(share, least), most)
    return _Rates(target=target / (1 - target), least=least / (1 - least), most=most / (1 - most))


def _traded(progress: Progress, now: datetime, start_at: datetime) -> float | None:
    if progress.market_quantity is not None:
        return slots.countable(progress.market_quantity)
    return 0.0 if now <= start_at else None


def _gap(room: Room, outlook: _Outlook, rates: _Rates, now: datetime) -> float:
    """Return how many lots the order is behind its share when the plan begins, less than 0 when ahead; 0 when nobody counts."""
    if outlook.traded is None:
        return 0.0
    until_begin = sum(outlook.expected(now, [room.begin])) if room.begin > max(now, room.order.start_at) else 0.0
    return rates.target * (outlook.traded + until_begin) / float(room.lot) - room.done


def _wait(room: Room, clock: _Clock, now: datetime) -> Plan:
    """Ask again soon; a rest that is to be crossed is spread over the second half of the time if nobody tells the volume until then."""
    order = room.order
    again = max(now, order.start_at) + RETRY
    if order.remainder is Remainder.LEAVE:
        return slots.nothing(min(again, order.end_at), "No volume of others is known yet: waits for it.")
    half = order.start_at + (order.end_at - order.start_at) / 2
    room = replace(room, begin=max(room.begin, clock.edge(clock.number(half))))
    ends = clock.ends(room.begin)
    length = (order.end_at - room.begin) / timedelta(seconds=1)
    due = [int(room.lots * ((end - room.begin).total_seconds() / length)) for end in ends]
    slices = slots.fill(room, ends, due)
    reason = f"No volume of others is known: waits for it until {room.begin:%H:%M:%S}, then goes evenly over the time that is left."
    return Plan(slices=slices, next_review_at=min(again, slots.review_at(room, slices)), reasons=(reason,))


def _reasons(room: Room, rates: _Rates, rate: float, gap: float, due: list[int]) -> tuple[str, ...]:
    reasons = [f"Participation: {slots.amount(room.rest)} at {rates.target / (1 + rates.target):.1%} of all trading."]
    if abs(gap) >= room.smallest:
        side = "Behind" if gap > 0 else "Ahead of"
        reasons.append(f"{side} its share by {slots.amount(int(abs(gap)) * room.lot)}: made good over a minute, within floor and cap.")
    if rate > rates.target:
        reasons.append(f"To end in time its share rises to {rate / (1 + rate):.1%}.")
    if due[-1] < room.lots:
        rest = slots.amount((room.lots - due[-1]) * room.lot)
        last = "the last slice takes it" if room.order.remainder is Remainder.CROSS else "it is left"
        reasons.append(f"The expected volume leaves {rest} undone at the end: {last}.")
    return tuple(reasons)
