"""Charts as SVG, the same for page and PDF: pure functions of figures, a size and a theme."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from analytics.reports.drawing import AXIS_SIZE, Axis, Theme, axis_of, block, halo, line, outline, picture, write

Scale = Callable[[float], float]
Series = Sequence[tuple[datetime, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One step of a waterfall. `value` is none when it is not known; `text` and `note` are what is written at it."""

    label: str
    value: float | None
    text: str
    note: str
    is_total: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """What a trajectory shows: shares of one by time. `tolerance` is none without a plan; `label` is written at the end."""

    plan: Series
    filled: Series
    tolerance: float | None
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Size in pixels, colours, and the words for those who do not see the picture."""

    width: int
    height: int
    theme: Theme
    title: str
    summary: str

    def picture(self, drawn: Sequence[str]) -> str:
        """Return the whole image."""
        return picture(drawn, width=self.width, height=self.height, theme=self.theme, title=self.title, summary=self.summary)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    bar: Bar
    start: float
    end: float


def waterfall(bars: Sequence[Bar], look: Look) -> str:
    """Draw costs as columns that each start where the one before ended; the first and the total start at zero."""
    steps, axis = _steps_on_axis(bars)
    theme, left, top, bottom = look.theme, 34, 26, 44
    column = (look.width - left - 6) / max(len(steps), 1)

    def y(value: float) -> float:
        return look.height - bottom - axis.share(value) * (look.height - top - bottom)

    drawn = [part for tick in axis.ticks for part in _rule(tick, axis, y, look, left)]
    for index, step in enumerate(steps):
        middle = left + (index + 0.5) * column
        if index and step.bar.value is not None:
            level = y(step.end if step.bar.is_total else step.start)
            drawn.append(line(middle - column * 0.72, level, middle - column * 0.28, level, theme.soft, is_dashed=True))
        drawn.append(_column(step, middle, column * 0.56, y, theme))
        weight = 600 if step.bar.is_total else 500
        drawn.append(write(middle, look.height - bottom + 18, step.bar.label, theme.text, weight=weight))
        drawn.append(write(middle, look.height - bottom + 34, step.bar.note, theme.soft, size=AXIS_SIZE))
    return look.picture(drawn)


def waterfall_rows(bars: Sequence[Bar], look: Look) -> str:
    """Draw the same costs as rows, for narrow screens."""
    steps, axis = _steps_on_axis(bars)
    theme, left, right, row = look.theme, 90, 126, look.height / max(len(bars), 1)

    def x(value: float) -> float:
        return left + axis.share(value) * (look.width - left - right)

    drawn = [line(x(0), 0, x(0), look.height, theme.axis)]
    for index, step in enumerate(steps):
        middle = (index + 0.5) * row
        start, end = sorted((x(step.start), x(step.end)))
        weight = 600 if step.bar.is_total else 400
        if step.bar.value is not None:
            drawn.append(block(start, middle - 8, max(end - start, 1.5), 16, _colour(step.bar, theme)))
        drawn.append(write(0, middle + 4, step.bar.label, theme.text, anchor="start", weight=weight))
        drawn.append(write(look.width - right + 54, middle + 4, step.bar.text, theme.text, anchor="end", weight=600))
        drawn.append(write(look.width, middle + 4, step.bar.note, theme.soft, size=AXIS_SIZE, anchor="end"))
    return look.picture(drawn)


def trajectory(track: Track, look: Look) -> str:
    """Draw the filled share as a staircase over the plan (dashed) and its tolerance; the axis is percent, at the right."""
    theme, left, right, top, bottom = look.theme, 14, 36, 28, 24
    times = [at for at, _ in (*track.plan, *track.filled)]
    start, end = min(times), max(times)
    seconds = max((end - start).total_seconds(), 0.001)
    highest = max([1.0, *(share for _, share in track.filled)])

    def x(at: datetime) -> float:
        return left + (at - start).total_seconds() / seconds * (look.width - left - right)

    def y(share: float) -> float:
        return look.height - bottom - share / highest * (look.height - top - bottom)

    drawn = [_band(track, x, y, theme)]
    for percent in (0, 25, 50, 75, 100):
        level = y(percent / 100)
        drawn.append(line(left, level, look.width - right, level, theme.axis if percent == 0 else theme.line))
        drawn.append(write(look.width - right + 7, level + 4, str(percent), theme.soft, size=AXIS_SIZE, anchor="start"))
    drawn += [write(x(at), look.height - 6, text, theme.soft, size=AXIS_SIZE) for at, text in _times(start, end, look.width)]
    drawn.append(_path(((x(at), y(share)) for at, share in track.plan), theme.plan, 'stroke-width="1.4" stroke-dasharray="4 3"'))
    drawn.append(_path(_staircase(track.filled, x, y), theme.ours, 'stroke-width="2" stroke-linejoin="round"'))
    drawn.append(_end_label(track, x, y, theme))
    return look.picture(drawn)


def _steps_on_axis(bars: Sequence[Bar]) -> tuple[list[_Step], Axis]:
    steps: list[_Step] = []
    done = 0.0
    for bar in bars:
        start = 0.0 if bar.is_total else done
        done = start + (bar.value or 0.0)
        steps.append(_Step(bar=bar, start=start, end=done))
    return steps, axis_of([0.0, *(step.end for step in steps)])


def _rule(tick: float, axis: Axis, y: Scale, look: Look, left: int) -> Iterator[str]:
    theme = look.theme
    yield line(left, y(tick), look.width - 6, y(tick), theme.axis if tick == 0 else theme.line)
    yield write(left - 8, y(tick) + 4, axis.label(tick), theme.soft, size=AXIS_SIZE, anchor="end")


def _column(step: _Step, middle: float, width: float, y: Scale, theme: Theme) -> str:
    """Draw a column with its value above; a value that is not known is a dashed box."""
    upper, lower = sorted((y(step.start), y(step.end)))
    if step.bar.value is None:
        upper = max(upper - 18, 26)  # its text stays inside the picture
        shape = outline(middle - width / 2, upper, width, 18, theme.soft)
    else:
        shape = block(middle - width / 2, upper, width, max(lower - upper, 1.5), _colour(step.bar, theme))
    return shape + write(middle, upper - 7, step.bar.text, theme.text, weight=600)


def _colour(bar: Bar, theme: Theme) -> str:
    if bar.is_total:
        return theme.ours
    return theme.gain if (bar.value or 0) < 0 else theme.cost


def _band(track: Track, x: Callable[[datetime], float], y: Scale, theme: Theme) -> str:
    """Draw the plan with its tolerance to both sides, within what is possible."""
    if not track.plan or not track.tolerance:
        return ""
    tolerance = track.tolerance
    upper = [(x(at), y(min(share + tolerance, 1.0))) for at, share in track.plan]
    lower = [(x(at), y(max(share - tolerance, 0.0))) for at, share in reversed(track.plan)]
    corners = " ".join(f"{a:.1f},{b:.1f}" for a, b in upper + lower)
    return f'<polygon points="{corners}" fill="{theme.band}"/>'


def _staircase(filled: Series, x: Callable[[datetime], float], y: Scale) -> Iterator[tuple[float, float]]:
    """Yield the corners of the filled share; of several fills within half a pixel the last one stays."""
    level = y(0)
    drawn_at = None
    for index, (at, share) in enumerate(filled):
        here = x(at)
        is_last = index == len(filled) - 1
        if drawn_at is None or is_last or here - drawn_at >= 0.5:
            yield here, level
            yield here, y(share)
            drawn_at, level = here, y(share)


def _path(points: Iterator[tuple[float, float]], colour: str, style: str) -> str:
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{corners}" fill="none" stroke="{colour}" {style}/>' if corners else ""


def _end_label(track: Track, x: Callable[[datetime], float], y: Scale, theme: Theme) -> str:
    """Mark the end of the staircase and name its value above it, where the staircase never is."""
    at, share = track.filled[-1]
    dot = f'<circle cx="{x(at):.1f}" cy="{y(share):.1f}" r="3.5" fill="{theme.ours}"/>'
    anchor = "end" if x(at) > 100 else "start"
    label = write(x(at) + (4 if anchor == "end" else -4), y(share) - 10, track.label, theme.ours, anchor=anchor, weight=600)
    return dot + halo(label, theme.ground)


def _times(start: datetime, end: datetime, width: int) -> Iterator[tuple[datetime, str]]:
    """Yield round times of day, with seconds where the distance needs them, far enough apart to be read."""
    seconds = max((end - start).total_seconds(), 1.0)
    most = max(2, width // 80)
    steps = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
    step = next((each for each in steps if seconds / each <= most), steps[-1] * round(seconds / steps[-1] / most + 0.5))
    midnight = start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    at = midnight + timedelta(seconds=-(-(start - midnight).total_seconds() // step) * step)
    while at <= end:
        share = (at - start).total_seconds() / seconds
        if 0.03 <= share <= 0.97:  # nothing is cut off at the edges
            yield at, f"{at:%H:%M:%S}" if step < 60 else f"{at:%H:%M}"
        at += timedelta(seconds=step)
