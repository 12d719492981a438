"""The lab's charts as SVG: pure functions of figures, a size and a theme. Values are bps; positive is cost."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from analytics.reports.charts import Look
from analytics.reports.drawing import AXIS_SIZE, Axis, Theme, axis_of, halo, line, write

TARGET_BPS = 10.0
ROW_HEIGHT, STEP_HEIGHT = 14, 14
NARROW = 480
_LOG_RATIO = 8.0
"""Values whose largest is this many times their smallest are not read on a linear axis."""
_RADIUS = 4.0
_ROOM = 1.06


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
    """One algorithm in cost against risk: `risk` across, `cost` with its interval upwards."""

    label: str
    is_baseline: bool
    risk: float
    cost: float
    low: float
    high: float


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


def height_of(groups: Sequence[Group], sizes: int, *, is_narrow: bool) -> int:
    """Return how high the chart of intervals has to be."""
    return round(2 * 22 + len(groups) * _row(sizes, is_narrow=is_narrow))


def intervals(groups: Sequence[Group], sizes: Sequence[str], look: Look) -> str:
    """Draw a row per algorithm with a marker and a 95 % interval per size, the target as a dashed line."""
    theme, is_narrow = look.theme, look.width < NARROW
    left, right, top, bottom = (8 if is_narrow else 172), 40, 22, 22
    row = _row(len(sizes), is_narrow=is_narrow)
    axis = cost_axis([value for group in groups for each in group.estimates for value in (each.low, each.high)])

    def x(value: float) -> float:
        return left + axis.share(value) * (look.width - left - right)

    foot = look.height - bottom
    drawn = [part for tick in axis.ticks for part in _upright(tick, axis, x(tick), (top, foot), theme)]
    drawn.append(line(0, foot, look.width, foot, theme.axis))
    drawn += _legend(sizes, left, theme)
    for number, group in enumerate(groups):
        upper = top + number * row
        drawn += _group(group, (upper, row), x, look, has_rule=number > 0)
    drawn += _target(axis, x, (top, foot), look)
    return look.picture(drawn)


def cost_against_risk(spots: Sequence[Spot], look: Look) -> str:
    """Draw mean cost with its interval over the standard deviation of cost."""
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
    taken = [(x(spot.risk) - 6, y(spot.high), x(spot.risk) + 6, y(spot.low)) for spot in spots]
    for spot in spots:
        drawn += _spot(spot, x(spot.risk), (y(spot.low), y(spot.cost), y(spot.high)), theme)
    for spot in sorted(spots, key=lambda each: each.is_baseline):
        drawn.append(_spot_label(spot, x(spot.risk), y(spot.cost), look, taken))
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


def _row(sizes: int, *, is_narrow: bool) -> float:
    return sizes * STEP_HEIGHT + (ROW_HEIGHT if not is_narrow else ROW_HEIGHT + 16)


def _upright(tick: float, axis: Axis | LogAxis, x: float, span: tuple[float, float], theme: Theme) -> Iterator[str]:
    yield line(x, span[0], x, span[1], theme.axis if tick == 0 else theme.line)
    yield write(x, span[1] + 16, axis.label(tick), theme.soft, size=AXIS_SIZE)


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
    middle = upper + (16 if is_narrow else height / 2 + 4)
    weight, ink = (400, theme.plan) if group.is_baseline else (600, theme.text)
    yield halo(write(4, middle, group.label, ink, anchor="start", weight=weight), theme.ground)
    for each in group.estimates:
        level = upper + (16 if is_narrow else 0) + ROW_HEIGHT / 2 + (each.size + 0.5) * STEP_HEIGHT
        yield f'<line x1="{x(each.low):.1f}" y1="{level:.1f}" x2="{x(each.high):.1f}" y2="{level:.1f}" stroke="{colour}" stroke-width="2"/>'
        yield marker(each.size, x(each.mean), level, colour, theme.ground)
        value = write(max(x(each.high), x(each.mean) + _RADIUS) + 7, level + 4, each.text, theme.text, size=AXIS_SIZE, anchor="start")
        yield halo(value, theme.ground)


def _target(axis: Axis | LogAxis, x: Callable[[float], float], span: tuple[float, float], look: Look) -> Iterator[str]:
    """Draw the target where the axis reaches it; behind what it is compared with."""
    if not axis.low <= TARGET_BPS <= axis.high:
        return
    at = x(TARGET_BPS)
    yield line(at, span[0] - 2, at, span[1], look.theme.plan, is_dashed=True)
    label = write(at + 5, span[1] - 5, f"target {TARGET_BPS:g}", look.theme.plan, size=AXIS_SIZE, anchor="start")
    yield halo(label, look.theme.ground)


def _spot(spot: Spot, x: float, levels: tuple[float, float, float], theme: Theme) -> Iterator[str]:
    lower, middle, upper = levels
    colour = theme.cost if spot.is_baseline else theme.ours
    yield f'<line x1="{x:.1f}" y1="{lower:.1f}" x2="{x:.1f}" y2="{upper:.1f}" stroke="{colour}" stroke-width="2"/>'
    yield marker(0 if spot.is_baseline else 1, x, middle, colour, theme.ground)


def _spot_label(spot: Spot, x: float, y: float, look: Look, taken: list[tuple[float, float, float, float]]) -> str:
    """Write a name where it covers nothing: right, left, above or below; right when every place is taken."""
    width = _wide(spot.label, AXIS_SIZE)
    places = [
        (x + 10, y + 4, "start", (x + 9, y - 7, x + 11 + width, y + 6)),
        (x - 10, y + 4, "end", (x - 11 - width, y - 7, x - 9, y + 6)),
        (x + 10, y - 9, "start", (x + 9, y - 20, x + 11 + width, y - 7)),
        (x + 10, y + 17, "start", (x + 9, y + 6, x + 11 + width, y + 19)),
        (x - 10, y - 9, "end", (x - 11 - width, y - 20, x - 9, y - 7)),
        (x - 10, y + 17, "end", (x - 11 - width, y + 6, x - 9, y + 19)),
    ]
    inside = [place for place in places if place[3][0] >= 0 and place[3][2] <= look.width]
    free = [place for place in inside if not any(_overlap(place[3], other) for other in taken)]
    at, level, anchor, box = (free or inside or places)[0]
    taken.append(box)
    colour = look.theme.plan if spot.is_baseline else look.theme.ours
    return halo(write(at, level, spot.label, colour, size=AXIS_SIZE, anchor=anchor, weight=500), look.theme.ground)


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _wide(text: str, size: int) -> float:
    """Return about how wide a text is, in pixels."""
    return len(text) * size * 0.56
