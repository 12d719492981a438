"""How far an order was, against its plan."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from analytics.domain.exact import divide
from analytics.domain.fills import PricedFill


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A share of the ordered quantity, 0 to 1, at a time."""

    at: datetime
    share: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """Filled share minus planned share: positive is ahead."""

    at: datetime
    share: Decimal


def filled_points(fills: Sequence[PricedFill], quantity: Decimal, *, start: datetime, end: datetime) -> tuple[Point, ...]:
    """Return the filled share after each fill, from zero at `start` to its last value at `end`: a staircase."""
    points = [Point(at=start, share=Decimal(0))]
    done = Decimal(0)
    for fill in sorted(fills, key=lambda each: each.at):
        done += fill.quantity
        points.append(Point(at=fill.at, share=divide(done, quantity)))
    if end > points[-1].at:
        points.append(Point(at=end, share=points[-1].share))
    return tuple(points)


def planned_share(plan: Sequence[Point], at: datetime) -> Decimal:
    """Return the share that the plan has reached at a time: linear between its points, level outside them."""
    before = plan[0]
    for point in plan:
        if at < point.at:
            if at <= before.at:
                return before.share
            passed = divide(_microseconds(at - before.at), _microseconds(point.at - before.at))
            return before.share + (point.share - before.share) * passed
        before = point
    return before.share


def largest_deviation(plan: Sequence[Point], filled: Sequence[Point]) -> Deviation | None:
    """Return where the filled share was furthest from the plan; none without a plan.

    Both sides of each fill and the corners of the plan are looked at: between them the distance is linear.
    """
    if not plan or not filled:
        return None
    found = [Deviation(at=at, share=share - planned_share(plan, at)) for at, share in _corners(plan, filled)]
    return max(found, key=lambda each: abs(each.share))


def _corners(plan: Sequence[Point], filled: Sequence[Point]) -> Iterator[tuple[datetime, Decimal]]:
    before = Decimal(0)
    for point in filled:
        yield point.at, before
        yield point.at, point.share
        before = point.share
    for corner in plan:
        if filled[0].at <= corner.at <= filled[-1].at:
            yield corner.at, filled[bisect_right(filled, corner.at, key=lambda point: point.at) - 1].share


def _microseconds(duration: timedelta) -> Decimal:
    return Decimal(duration // timedelta(microseconds=1))
