"""Where the marks of the ticket's charts stand, in percent of their boxes. The templates draw them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from dipmaster.templatetags.desk import number
from execution.domain.pretrade import CostEstimate
from execution.domain.pretrade_frontier import FrontierPoint
from execution.services.previews import Preview
from execution.services.previews_costs import Candidate, Outlook, SliceView

LARGE_SHARE = 0.3
MOST_LABELS = 8
RIGHT_FROM = 55.0
"""Labels of dots further right, in percent, stand at their left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A place on an axis and what is written there."""

    at: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRow:
    """One algorithm's cost; `low`, `high` and `middle` are places on the common scale, none without an estimate."""

    candidate: Candidate
    cost: CostEstimate | None
    value: Decimal | None
    low: float | None
    middle: float | None
    high: float | None
    is_large_share: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CostChart:
    """All algorithms on one scale."""

    rows: tuple[CostRow, ...]
    ticks: tuple[Tick, ...]
    zero: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A point of the frontier's chart; y counts from below. Without a label it is drawn alone."""

    x: float
    y: float
    label: str

    @property
    def is_right(self) -> bool:
        """Tell whether its label stands at its left."""
        return self.x > RIGHT_FROM


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontierChart:
    """Cost over risk: the curve as an SVG path, its labelled points, the other algorithms, and the order itself."""

    path: str
    points: tuple[Dot, ...]
    others: tuple[Dot, ...]
    chosen: Dot | None
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceBar:
    """A slice with the market behind it, heights in percent; `label_at` is where its share is written, empty label: nowhere."""

    part: SliceView
    left: float
    width: float
    height: float
    market_height: float
    label: str
    label_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleChart:
    """The slices over their window."""

    bars: tuple[SliceBar, ...]
    y_ticks: tuple[Tick, ...]
    x_ticks: tuple[Tick, ...]
    summary: str


def cost_chart(preview: Preview) -> CostChart | None:
    """Place the expected costs and their standard deviations on one scale."""
    if preview.outlook is None:
        return None
    candidates = preview.outlook.candidates
    spans = [span for candidate in candidates if (span := _span(candidate.cost)) is not None]
    if not spans:
        return CostChart(rows=tuple(_cost_row(preview, one, None) for one in candidates), ticks=(), zero=None)
    axis = _Axis.over([0.0, *(low for low, _, _ in spans), *(high for _, _, high in spans)])
    return CostChart(
        rows=tuple(_cost_row(preview, one, axis) for one in candidates),
        ticks=tuple(Tick(at=axis.place(value), label=_figure(value, axis.step)) for value in axis.ticks),
        zero=axis.place(0.0),
    )


def _cost_row(preview: Preview, candidate: Candidate, axis: "_Axis | None") -> CostRow:
    cost, span = candidate.cost, _span(candidate.cost)
    total = None if cost is None else cost.total_bps
    places = (None, None, None) if span is None or axis is None else tuple(axis.place(value) for value in span)
    peak = None if cost is None else cost.peak_participation
    return CostRow(
        candidate=candidate,
        cost=cost,
        value=None if total is None or preview.notional is None else preview.notional * Decimal(str(total)) / 10_000,
        low=places[0],
        middle=places[1],
        high=places[2],
        is_large_share=peak is not None and peak > LARGE_SHARE,
    )


def _span(cost: CostEstimate | None) -> tuple[float, float, float] | None:
    """Return the total less and plus one standard deviation; a total alone when no deviation is known."""
    if cost is None or cost.total_bps is None:
        return None
    deviation = cost.deviation_bps or 0.0
    return cost.total_bps - deviation, cost.total_bps, cost.total_bps + deviation


def frontier_chart(outlook: Outlook) -> FrontierChart | None:
    """Place the frontier, the algorithms and the order; none without a frontier."""
    if len(outlook.frontier) < 2:
        return None
    dearest = max(point.cost_bps for point in outlook.frontier)
    known = [(one, one.cost.deviation_bps, one.cost.total_bps) for one in outlook.candidates if one.cost is not None]
    placed = [
        (one, risk, cost) for one, risk, cost in known if risk is not None and cost is not None and (one.is_chosen or cost <= dearest)
    ]
    costs = [point.cost_bps for point in outlook.frontier] + [cost for _, _, cost in placed]
    risks = [point.deviation_bps for point in outlook.frontier] + [risk for _, risk, _ in placed]
    x, y = _Axis.over([0.0, *risks]), _Axis.over(costs)
    curve = [(x.place(point.deviation_bps), y.place(point.cost_bps), point.urgency) for point in outlook.frontier]
    mine = next(
        (
            Dot(x=x.place(risk), y=y.place(cost), label=f"{number(cost, 1)} ± {number(risk, 1)}")
            for one, risk, cost in placed
            if one.is_chosen
        ),
        None,
    )
    taken = [] if mine is None else [_room(replace(mine, label=f"this order {mine.label}"), above=3, height=7)]
    others = _labelled(
        [Dot(x=x.place(risk), y=y.place(cost), label=one.spec.title) for one, risk, cost in placed if not one.is_chosen], taken, above=-6
    )
    points = _labelled([Dot(x=at, y=up, label=f"{urgency:g}") for at, up, urgency in curve], taken, above=1)
    return FrontierChart(
        path=_smooth([(at, 100 - up) for at, up, _ in curve]),
        points=points,
        others=others,
        chosen=mine,
        x_ticks=tuple(Tick(at=x.place(value), label=_figure(value, x.step)) for value in x.ticks),
        y_ticks=tuple(Tick(at=y.place(value), label=_figure(value, y.step)) for value in y.ticks),
        summary=_frontier_in_words(outlook.frontier, mine),
    )


def _frontier_in_words(points: Sequence[FrontierPoint], mine: Dot | None) -> str:
    words = _("Cost against risk: %(cheap)s bps with a deviation of %(risky)s at urgency %(slow)s, %(dear)s and %(safe)s at %(fast)s.")
    first, last = points[0], points[-1]
    figures = {
        "cheap": f"{first.cost_bps:.1f}",
        "risky": f"{first.deviation_bps:.1f}",
        "slow": f"{first.urgency:g}",
        "dear": f"{last.cost_bps:.1f}",
        "safe": f"{last.deviation_bps:.1f}",
        "fast": f"{last.urgency:g}",
    }
    told = words % figures
    return told if mine is None else told + " " + _("This order: %(cost)s bps.") % {"cost": mine.label}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Label:
    """The room that a label takes."""

    left: float
    right: float
    bottom: float
    top: float

    def meets(self, other: "_Label") -> bool:
        """Tell whether two labels would cover one another."""
        return self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top


def _room(dot: Dot, *, above: float, height: float) -> _Label:
    """Return the room of a dot's label, which stands at its right, at its left near the right edge."""
    width = 2.2 * len(dot.label) + 3
    left = dot.x - width if dot.is_right else dot.x
    return _Label(left=left, right=left + width, bottom=dot.y + above, top=dot.y + above + height)


def _labelled(dots: Sequence[Dot], taken: list[_Label], *, above: float) -> tuple[Dot, ...]:
    """Keep the labels that have room beside those before them, and add theirs to what is taken."""
    kept: list[Dot] = []
    for dot in dots:
        room = _room(dot, above=above, height=5)
        is_free = not any(room.meets(other) for other in taken)
        kept.append(dot if is_free else replace(dot, label=""))
        if is_free:
            taken.append(room)
    return tuple(kept)


def _smooth(points: Sequence[tuple[float, float]]) -> str:
    """Return a curve through the points as an SVG path (Catmull and Rom's, as Bezier pieces)."""
    padded = [points[0], *points, points[-1]]
    pieces = [f"M{points[0][0]:.2f},{points[0][1]:.2f}"]
    for before, start, end, after in zip(padded, points, points[1:], padded[3:], strict=False):
        first = (start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6)
        second = (end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6)
        pieces.append("C" + " ".join(f"{x:.2f},{y:.2f}" for x, y in (first, second, end)))
    return "".join(pieces)


def schedule_chart(preview: Preview) -> ScheduleChart | None:
    """Place the slices and what others are expected to trade meanwhile; none without slices."""
    slices = preview.slices
    if not slices or preview.end_at is None:
        return None
    most = max(float(part.quantity) for part in slices)
    axis = _Axis.over([0.0, most])
    busiest = max((part.market_quantity or 0.0 for part in slices), default=0.0)
    labelled = _labelled_slices(slices)
    bars = []
    for index, part in enumerate(slices):
        height = axis.place(float(part.quantity))
        market = 96 * (part.market_quantity or 0.0) / busiest if busiest else 0.0
        share = "" if part.participation is None or index not in labelled else f"{part.participation * 100:.1f} %"
        bars.append(
            SliceBar(
                part=part,
                left=100 * part.left,
                width=100 * part.width,
                height=height,
                market_height=market,
                label=share,
                label_at=max(height, market),
            )
        )
    return ScheduleChart(
        bars=tuple(bars),
        y_ticks=tuple(Tick(at=axis.place(value), label=_figure(value, axis.step)) for value in axis.ticks),
        x_ticks=_times(preview.start_at, preview.end_at),
        summary=_("%(count)s slices, the largest %(most)s %(base)s; the table holds the figures.")
        % {"count": len(slices), "most": f"{most:g}", "base": preview.base},
    )


def _labelled_slices(slices: Sequence[SliceView]) -> set[int]:
    """Return which shares are written: all of a few, every second, third and so on of more."""
    return set(range(0, len(slices), math.ceil(len(slices) / MOST_LABELS)))


def _times(start: datetime, end: datetime) -> tuple[Tick, ...]:
    length = end - start
    pattern = "%H:%M" if length.total_seconds() >= 240 else "%H:%M:%S"
    return tuple(Tick(at=100 * share, label=f"{start + length * share:{pattern}}") for share in (0.0, 0.25, 0.5, 0.75, 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """A range with a few round ticks."""

    low: float
    high: float
    step: float

    @classmethod
    def over(cls, values: Sequence[float], count: int = 5) -> "_Axis":
        """Return an axis that holds all values between round numbers."""
        low, high = min(values), max(values)
        if high - low <= 1e-9 * max(abs(low), abs(high), 1.0):  # nothing to tell apart: around the value
            low, high = low - max(abs(low), 1.0) / 10, high + max(abs(high), 1.0) / 10
        rough = (high - low) / count
        scale = 10.0 ** math.floor(math.log10(rough))
        step = next(size * scale for size in (1.0, 2.0, 2.5, 5.0, 10.0) if size * scale >= rough * 0.999)
        return cls(low=math.floor(low / step + 1e-9) * step, high=math.ceil(high / step - 1e-9) * step, step=step)

    @property
    def ticks(self) -> list[float]:
        """Return the round numbers from one end to the other."""
        return [self.low + self.step * index for index in range(round((self.high - self.low) / self.step) + 1)]

    def place(self, value: float) -> float:
        """Return where a value stands, 0 to 100."""
        return 100 * (value - self.low) / (self.high - self.low)


def _figure(value: float, step: float) -> str:
    places = max(0, -math.floor(math.log10(step) + 1e-9)) + (1 if round(step / 10 ** math.floor(math.log10(step)), 6) == 2.5 else 0)
    text = f"{abs(value):,.{places}f}"
    return f"−{text}" if value < -step / 1e6 else text
