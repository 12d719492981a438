"""The report as PDF, laid out by Typst. The layout gets text and pictures as data: nothing in them is read as markup."""

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from analytics.domain.content import ReportContent
from analytics.models import Report
from analytics.reports import illustrations
from analytics.reports.document import Document, document_of
from analytics.reports.drawing import PRINT
from analytics.reports.illustrations import Size
from analytics.services.reports import content_from

_HERE = Path(__file__).parent
TEMPLATE = _HERE / "report.typ"
FONTS = _HERE / "fonts"
CHART = Size(width=640, height=330)
TRACK = Size(width=640, height=250)


def render(report: Report) -> bytes:
    """Return the report as a PDF document."""
    data = _data(document_of(report), content_from(report))
    document: bytes = typst.compile(
        TEMPLATE,
        font_paths=_fonts(),
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=report.computed_at.replace(microsecond=0),  # Typst takes whole seconds only
    )
    return document


@cache
def _fonts() -> typst.Fonts:
    """Find the fonts once: ours first, the machine's for scripts that ours lack."""
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True, font_paths=[str(FONTS)])


def _data(document: Document, content: ReportContent) -> dict[str, Any]:
    return asdict(document) | {
        "computed_at": document.computed_at.isoformat(),
        "language": (get_language() or "en").split("-")[0],
        "waterfall": illustrations.waterfall(content, CHART, PRINT),
        "trajectory": illustrations.trajectory(content, TRACK, PRINT),
        "words": _words(content),
    }


def _words(content: ReportContent) -> dict[str, str]:
    """Return the fixed words of the layout."""
    return {
        "kind": _("Transaction cost analysis"),
        "paper": _("PAPER"),
        "paper_title": _("Paper trading."),
        "paper_note": _("Orders were executed on a simulated exchange. The figures measure the method, not money paid."),
        "live": _("LIVE"),
        "notes": _("Notes"),
        "hash": _("SHA-256"),
        "summary": _("Summary"),
        "trajectory": _("Trajectory"),
        "shortfall": _("Where the cost came from"),
        "shortfall_note": _(
            "Implementation shortfall from the decision price to the end of the order, in basis points of the decision value."
        ),
        "reading": _("How to read it"),
        "reading_note": _(
            "Delay, spread, fees and opportunity are measured from prices and fills. So is the drift of the mid from arrival; "
            "what of it is our own impact and what the market's move is not told apart yet. A negative part is a gain."
        ),
        "inputs": _("Inputs"),
        "benchmarks": _("Against benchmarks"),
        "alphas": _("Execution alpha"),
        "alphas_note": _(
            "What was saved against taking the same quantity at once, fees included, on the books of the order's own decisions: "
            "positive is saved. The market's reaction to the order compared with is not counted."
        ),
        "venues": _("Venues, maker and taker"),
        "venues_note": _("Spread against the mid at each fill: positive is cost, negative is earned."),
        "violations": _("Violations"),
        "no_violations": _("None: no limit was reached and nothing was refused."),
        "missing": _("Not measured"),
        "children": _("Child orders"),
        "children_note": _("Every order that was sent to a venue; ms is the time from decision to acknowledgement."),
        "fills": _("Fills"),
        "no_fills": _("Nothing filled."),
        "no_children": _("No order was sent."),
        "of": _("of"),
        "page_title": f"{content.order.reference} TCA",
    }
