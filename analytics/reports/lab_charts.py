"""The lab's charts as SVG: pure functions of figures, a size and a theme. Values are bps; positive is cost."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext as _

from analytics.reports.charts import Look
from analytics.reports.drawing import AXIS_SIZE, Axis, Theme, axis_of, halo, line, write

TARGET_BPS = 10.0
ROW_HEIGHT, STEP_HEIGHT, NAME_HEIGHT = 14, 14, 16
NARROW = 480
_LOG_RATIO = 8.0
"""Values whose largest is this many times their smallest are not read on a linear axis."""
_RADIUS = 4.0
_ROOM = 1.06
_TARGET_ROOM = 38.0
_EDGE, _FOOT = 8.0, 36.0
_GAP, _HALF_LINE = 10.0, 6.5
_OFFSETS = tuple(13.0 * step * sign for step in range(9) for sign in (-1, 1))
_LEADER_FROM = 20.0
"""A label further up or down than this is led to its mark by a line."""
_LINE_STEP = 6.0
Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean with its interval (its ends are the mean when there is none), and which size it is of; `text` is written beside it."""

    size: int
    mean: float
    low: float
    high: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One algorithm: its name and an estimate per size. A baseline is drawn grey."""

    label: str
    is_baseline: bool
    estimates: tuple[Estimate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One algorithm in cost against risk: `risk` across, `cost` with its interval upwards; nothing dominates one on the frontier."""

    label: str
    is_baseline: bool
    risk: float
    cost: float
    low: float
    high: float
    is_on_frontier: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LogAxis:
    """A logarithmic axis over values above zero."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def share(self, value: float) -> float:
        """Return where a value lies between the ends, 0 to 1."""
        return math.log(value / self.low) / math.log(self.high / self.low)

    def label(self, tick: float) -> str:
        """Write a tick."""
        return f"{tick:g}"


def cost_axis(values: Sequence[float]) -> Axis | LogAxis:
    """Return a linear axis that holds zero, or a logarithmic one when all values are above zero and far apart."""
    if values and min(values) > 0 and max(values) / min(values) >= _LOG_RATIO:
        return _log_axis(min(values), max(values))
    return axis_of(values or [0.0])


def _log_axis(least: float, most: float) -> LogAxis:
    room = (most / least) ** 0.04
    low, high = least / room, most * room
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1,), (1, 3), (1, 2, 5), (1, 2, 3, 5)):
        ticks = tuple(factor * 10.0**power for power in powers for factor in factors if low <= factor * 10.0**power <= high)
        if len(ticks) >= 3:
            break
    return LogAxis(low=low, high=high, ticks=ticks)


def height_of(groups: Sequence[Group], sizes: int, *, is_narrow: bool, least: int = 0) -> int:
    """Return how high the chart of intervals has to be, `least` at least."""
    natural = 2 * 22 + len(groups) * (sizes * STEP_HEIGHT + (NAME_HEIGHT if is_narrow else 0) + ROW_HEIGHT)
    return max(natural, least)


def intervals(groups: Sequence[Group], sizes: Sequence[str], look: Look) -> str:
    """Draw a row per algorithm with a marker and a 95 % interval per size, the target as a dashed line."""
    theme, is_narrow = look.theme, look.width < NARROW
    left, right, top, bottom = (8 if is_narrow else 172), 40, 22, 22
    row = (look.height - top - bottom) / max(len(groups), 1)
    axis = cost_axis([value for group in groups for each in group.estimates for value in (each.low, each.high)])

    def x(value: float) -> float:
        return left + axis.share(value) * (look.width - left - right)

    foot = look.height - bottom
    target = x(TARGET_BPS) if axis.low < TARGET_BPS < axis.high else None
    drawn = [part for tick in axis.ticks for part in _upright((x(tick), axis.label(tick)), tick == 0, (top, foot), target, theme)]
    drawn.append(line(0, foot, look.width, foot, theme.axis))
    drawn += [] if target is None else _target(target, (top, foot), theme)
    drawn += _legend(sizes, left, theme)
    for number, group in enumerate(groups):
        upper = top + number * row
        drawn += _group(group, (upper, row), x, look, has_rule=number > 0)
    return look.picture(drawn)


def cost_against_risk(spots: Sequence[Spot], look: Look) -> str:
    """Draw mean cost with its interval over the standard deviation of cost, those that nothing dominates joined."""
    theme, left, right, top, bottom = look.theme, 34, 16, 24, 36
    across = axis_of([_ROOM * spot.risk for spot in spots] or [0.0])
    upwards = axis_of([_ROOM * value for spot in spots for value in (spot.low, spot.high)] or [0.0])

    def x(value: float) -> float:
        return left + across.share(value) * (look.width - left - right)

    def y(value: float) -> float:
        return look.height - bottom - upwards.share(value) * (look.height - top - bottom)

    drawn = [part for tick in upwards.ticks for part in _level(tick, upwards, y(tick), left, look)]
    foot = y(min(upwards.ticks, default=0.0))
    drawn += [write(x(tick), look.height - bottom + 16, across.label(tick), theme.soft, size=AXIS_SIZE) for tick in across.ticks]
    drawn.append(line(x(0), foot, look.width - right, foot, theme.axis))
    joined = sorted((x(spot.risk), y(spot.cost)) for spot in spots if spot.is_on_frontier)
    drawn += _frontier(joined, theme)
    whiskers = [(x(spot.risk) - 6, y(spot.high), x(spot.risk) + 6, y(spot.low)) for spot in spots]
    taken = [(x(spot.risk) - 6, y(spot.cost) - 6, x(spot.risk) + 6, y(spot.cost) + 6) for spot in spots] + _boxes_along(joined)
    for spot in spots:
        drawn += _spot(spot, x(spot.risk), (y(spot.low), y(spot.cost), y(spot.high)), theme)
    for spot in sorted(spots, key=lambda each: each.is_baseline):
        drawn.append(_spot_label(spot, x(spot.risk), y(spot.cost), look, (taken, whiskers)))
    return look.picture(drawn)


def marker(shape: int, x: float, y: float, colour: str, ground: str) -> str:
    """Draw a size's marker: ring, disc, diamond, square, triangle, then again."""
    r = _RADIUS
    corners: tuple[tuple[float, float], ...]
    match shape % 5:
        case 0:
            return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r}" fill="{ground}" stroke="{colour}" stroke-width="1.8"/>'
        case 1:
            return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r + 0.6}" fill="{colour}"/>'
        case 2:
            corners = ((0, -r - 1.5), (r + 1.5, 0), (0, r + 1.5), (-r - 1.5, 0))
        case 3:
            corners = ((-r, -r), (r, -r), (r, r), (-r, r))
        case _:
            corners = ((0, -r - 1), (r + 1, r), (-r - 1, r))
    points = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)
    return f'<polygon points="{points}" fill="{colour}"/>'


def _upright(tick: tuple[float, str], is_zero: bool, span: tuple[float, float], target: float | None, theme: Theme) -> Iterator[str]:
    """Draw a tick of the value axis, its label unless that of the target stands there."""
    x, label = tick
    yield line(x, span[0], x, span[1], theme.axis if is_zero else theme.line)
    if target is None or abs(x - target) > _TARGET_ROOM:
        yield write(x, span[1] + 16, label, theme.soft, size=AXIS_SIZE)


def _level(tick: float, axis: Axis, y: float, left: int, look: Look) -> Iterator[str]:
    yield line(left, y, look.width - 16, y, look.theme.axis if tick == 0 else look.theme.line)
    yield write(left - 8, y + 4, axis.label(tick), look.theme.soft, size=AXIS_SIZE, anchor="end")


def _legend(sizes: Sequence[str], left: float, theme: Theme) -> Iterator[str]:
    at = left + 6
    for number, size in enumerate(sizes):
        yield marker(number, at, 8, theme.plan, theme.ground)
        yield write(at + 10, 12, size, theme.plan, size=AXIS_SIZE, anchor="start")
        at += 26 + _wide(size, AXIS_SIZE)


def _group(group: Group, place: tuple[float, float], x: Callable[[float], float], look: Look, *, has_rule: bool) -> Iterator[str]:
    (upper, height), theme, is_narrow = place, look.theme, look.width < NARROW
    colour = theme.cost if group.is_baseline else theme.ours
    if has_rule:
        yield line(0, upper, look.width, upper, theme.line)
    middle = upper + (NAME_HEIGHT if is_narrow else height / 2 + 4)
    weight, ink = (400, theme.plan) if group.is_baseline else (600, theme.text)
    yield halo(write(4, middle, group.label, ink, anchor="start", weight=weight), theme.ground)
    sizes = 1 + max((each.size for each in group.estimates), default=0)
    first = upper + (height + (NAME_HEIGHT if is_narrow else 0) - (sizes - 1) * STEP_HEIGHT) / 2
    for each in group.estimates:
        level = first + each.size * STEP_HEIGHT
        yield f'<line x1="{x(each.low):.1f}" y1="{level:.1f}" x2="{x(each.high):.1f}" y2="{level:.1f}" stroke="{colour}" stroke-width="2"/>'
        yield marker(each.size, x(each.mean), level, colour, theme.ground)
        value = write(max(x(each.high), x(each.mean) + _RADIUS) + 7, level + 4, each.text, theme.text, size=AXIS_SIZE, anchor="start")
        yield halo(value, theme.ground)


def _target(x: float, span: tuple[float, float], theme: Theme) -> Iterator[str]:
    """Draw the target, named among the ticks."""
    yield line(x, span[0], x, span[1], theme.plan, is_dashed=True)
    yield write(x, span[1] + 16, _("target %(bps)g") % {"bps": TARGET_BPS}, theme.plan, size=AXIS_SIZE)


def _frontier(points: Sequence[tuple[float, float]], theme: Theme) -> Iterator[str]:
    """Join points from left to right; one alone makes no line."""
    if len(points) > 1:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        yield f'<polyline points="{path}" fill="none" stroke="{theme.ours}" stroke-width="1.5"/>'


def _spot(spot: Spot, x: float, levels: tuple[float, float, float], theme: Theme) -> Iterator[str]:
    lower, middle, upper = levels
    colour = theme.cost if spot.is_baseline else theme.ours
    yield f'<line x1="{x:.1f}" y1="{lower:.1f}" x2="{x:.1f}" y2="{upper:.1f}" stroke="{colour}" stroke-width="2"/>'
    yield marker(0 if spot.is_baseline else 1, x, middle, colour, theme.ground)


def _boxes_along(points: Sequence[tuple[float, float]]) -> list[Box]:
    """Return small boxes along a line, for labels to keep off."""
    boxes = []
    for (left, upper), (right, lower) in pairwise(points):
        steps = max(1, math.ceil(math.hypot(right - left, lower - upper) / _LINE_STEP))
        spots = [(left + (right - left) * step / steps, upper + (lower - upper) * step / steps) for step in range(steps + 1)]
        boxes += [(x - 1, y - 1, x + 1, y + 1) for x, y in spots]
    return boxes


def _spot_label(spot: Spot, x: float, y: float, look: Look, drawn: tuple[list[Box], list[Box]]) -> str:
    """Write a name where it covers nothing, or if need be a whisker: as near as can be, right of its mark rather than left."""
    taken, whiskers = drawn
    width = _wide(spot.label, AXIS_SIZE)
    places = [(side, y + offset) for offset in _OFFSETS for side in ("start", "end")]
    boxes = {place: _label_box(place, x, width) for place in places}
    inside = [place for place in places if _is_inside(boxes[place], look)]
    free = [place for place in inside if not any(_overlap(boxes[place], other) for other in taken)]
    clear = [place for place in free if not any(_overlap(boxes[place], other) for other in whiskers)]
    anchor, level = (clear or free or inside or places)[0]
    taken.append(boxes[anchor, level])
    colour = look.theme.plan if spot.is_baseline else look.theme.ours
    at = x + _GAP if anchor == "start" else x - _GAP
    leader = line(x, y, at - math.copysign(2, at - x), level, look.theme.axis) if abs(level - y) > _LEADER_FROM else ""
    return leader + halo(write(at, level + 4, spot.label, colour, size=AXIS_SIZE, anchor=anchor, weight=500), look.theme.ground)


def _label_box(place: tuple[str, float], x: float, width: float) -> Box:
    anchor, level = place
    left = x + _GAP if anchor == "start" else x - _GAP - width
    return (left, level - _HALF_LINE, left + width, level + _HALF_LINE)


def _is_inside(box: Box, look: Look) -> bool:
    return box[0] >= _EDGE and box[2] <= look.width - _EDGE and box[1] >= _EDGE and box[3] <= look.height - _FOOT


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _wide(text: str, size: int) -> float:
    """Return about how wide a text is, in pixels."""
    return len(text) * size * 0.62
