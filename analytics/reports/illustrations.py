"""The charts of a report, in the theme and the size that page or PDF ask for."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from analytics.domain.content import ReportContent
from analytics.domain.shortfall import Part
from analytics.domain.trajectory import filled_points
from analytics.reports import charts
from analytics.reports.charts import Bar, Look, Track
from analytics.reports.document import trajectory_caption
from analytics.reports.drawing import Theme
from analytics.reports.figures import NONE, Figures, number, percent, signed
from analytics.reports.tables import part_names

ROW_HEIGHT = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int


def waterfall(content: ReportContent, size: Size, theme: Theme) -> str:
    """Draw where the cost came from, as columns."""
    bars = _bars(content)
    return charts.waterfall(bars, _waterfall_look(bars, size, theme))


def waterfall_rows(content: ReportContent, width: int, theme: Theme) -> str:
    """Draw where the cost came from, as rows."""
    bars = _bars(content)
    return charts.waterfall_rows(bars, _waterfall_look(bars, Size(width=width, height=ROW_HEIGHT * len(bars)), theme))


def trajectory(content: ReportContent, size: Size, theme: Theme) -> str:
    """Draw the filled share over the plan."""
    order = content.order
    filled = filled_points(
        [fill.priced for fill in content.fills], order.quantity, start=order.started_at or order.decided_at, end=order.ended_at
    )
    track = Track(
        plan=[(point.at, float(point.share)) for point in content.plan],
        filled=[(point.at, float(point.share)) for point in filled],
        tolerance=None if content.tolerance is None else float(content.tolerance),
        label=_("%(share)s filled") % {"share": percent(content.fill_rate, 1)},
    )
    summary = trajectory_caption(content)
    return charts.trajectory(
        track, Look(width=size.width, height=size.height, theme=theme, title=_("Trajectory, % filled"), summary=summary)
    )


def _bars(content: ReportContent) -> list[Bar]:
    figures, names = Figures(content), part_names()
    return [
        Bar(
            label=names[part.name][0],
            value=None if part.rounded_bps is None else float(part.rounded_bps),
            text=_text(part),
            note=NONE if part.rounded is None else figures.short_money(part.rounded),
            is_total=part.name == "total",
        )
        for part in content.shortfall.parts
    ]


def _text(part: Part) -> str:
    if part.rounded_bps is None:
        return _("not known")
    return number(part.rounded_bps, 2) if part.name == "total" else signed(part.rounded_bps, 2)


def _waterfall_look(bars: list[Bar], size: Size, theme: Theme) -> Look:
    summary = "; ".join(f"{bar.label} {bar.text} bps, {bar.note}" for bar in bars)
    return Look(
        width=size.width, height=size.height, theme=theme, title=_("Where the cost came from, bps of decision value"), summary=summary
    )
