"""The report as a page: the document, and each chart in the two sizes that screens need."""

from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe

from analytics.models import Report
from analytics.reports import illustrations
from analytics.reports.document import Document, document_of
from analytics.reports.drawing import PAGE
from analytics.reports.illustrations import Size
from analytics.services.reports import content_from

WIDE_WATERFALL, NARROW_WATERFALL = Size(width=660, height=300), 330
WIDE_TRACK, NARROW_TRACK = Size(width=460, height=280), Size(width=330, height=220)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The same chart for wide and narrow screens."""

    wide: SafeString
    narrow: SafeString


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the page's template shows."""

    document: Document
    waterfall: Chart
    trajectory: Chart


def page_of(report: Report) -> Page:
    """Return what the page shows."""
    content = content_from(report)
    return Page(
        document=document_of(report),
        waterfall=_chart(
            illustrations.waterfall(content, WIDE_WATERFALL, PAGE), illustrations.waterfall_rows(content, NARROW_WATERFALL, PAGE)
        ),
        trajectory=_chart(illustrations.trajectory(content, WIDE_TRACK, PAGE), illustrations.trajectory(content, NARROW_TRACK, PAGE)),
    )


def _chart(wide: str, narrow: str) -> Chart:
    """Mark our own drawings as safe: every text in them was escaped when it was written."""
    return Chart(wide=mark_safe(wide), narrow=mark_safe(narrow))  # noqa: S308
