"""Build the report of a finished order, once per version of it."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import structlog
from django.db import transaction
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.functions import TruncDay

from analytics.domain.content import SCHEMA, ReportContent
from analytics.models import Report
from analytics.selectors.records import DAY, close_of_day, records_of
from analytics.services.contents import content_of
from execution.domain.lifecycle import LIVE_ORDERS, OrderState
from execution.models import ParentOrder

log = structlog.get_logger()

BARS_SETTLE = timedelta(seconds=4)
"""Trades of a second are stored up to about three seconds after it began."""

_WITHOUT_REPORT = sorted(state.value for state in LIVE_ORDERS | {OrderState.REJECTED})


class NoReport(ValueError):
    """The order is not finished, or nothing of it was ever executed because risk refused it."""


def build(*, order_id: int, now: datetime) -> Report:
    """Return the report of an order as it is now; computed only when the order changed or its close became known.

    Raises:
        NoReport: the order has none.
    """
    order = ParentOrder.objects.select_related("instrument", "desk", "trader").get(pk=order_id)
    if order.state in _WITHOUT_REPORT or order.completed_at is None:
        raise NoReport(f"{order.reference} is {order.state}: it has no report")
    known = Report.objects.filter(parent=order).first()
    if known is not None and known.order_version >= order.version and not _waits_for_close(known, order.completed_at, now):
        return known
    content = content_of(records_of(order, close_known_after=BARS_SETTLE, now=now))
    return _store(order, content, now)


def settles_at(order_id: int) -> datetime | None:
    """Return when the last trades of a finished order's time are stored; none while the order lives or is unknown."""
    ended = ParentOrder.objects.filter(pk=order_id).values_list("completed_at", flat=True).first()
    return None if ended is None else ended + BARS_SETTLE


def due(now: datetime) -> QuerySet[ParentOrder]:
    """Return finished orders without a report, with an outdated one, or whose close has become known since."""
    ended = ParentOrder.objects.exclude(state__in=_WITHOUT_REPORT).filter(completed_at__lte=now - BARS_SETTLE)
    midnight = TruncDay("completed_at", tzinfo=UTC) + Value(DAY + BARS_SETTLE, DurationField())
    outdated = Q(report__isnull=True) | Q(report__order_version__lt=F("version"))
    closed = Q(report__computed_at__lt=F("close_known_at"), close_known_at__lte=now)
    return ended.annotate(close_known_at=ExpressionWrapper(midnight, DateTimeField())).filter(outdated | closed).order_by("pk")


def content_from(report: Report) -> ReportContent:
    """Read a stored content back; one of another schema is computed again from the order, as of when it was, and replaced."""
    return _decoded(report) or _renewed(report)


def canonical(content: dict[str, Any]) -> str:
    """Return the text that the hash covers: sorted keys, no spaces."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _waits_for_close(report: Report, ended_at: datetime, now: datetime) -> bool:
    """Tell whether the close became known after the report was computed."""
    return report.computed_at < close_of_day(ended_at) + BARS_SETTLE <= now


def _decoded(report: Report) -> ReportContent | None:
    """Return the stored content; none when another version of the program wrote it."""
    try:
        content = msgspec.convert(report.content, ReportContent)
    except msgspec.ValidationError as error:
        log.warning("report_not_readable", order=report.parent_id, error=str(error))
        return None
    return content if content.schema == SCHEMA else None


def _renewed(report: Report) -> ReportContent:
    """Replace a content that can't be read; the given report is updated in place, so that its hash is that of what is shown."""
    order = ParentOrder.objects.select_related("instrument", "desk", "trader").get(pk=report.parent_id)
    content = content_of(records_of(order, close_known_after=BARS_SETTLE, now=report.computed_at))
    _store(order, content, report.computed_at)
    report.refresh_from_db(fields=["computed_at", "order_version", "content", "sha256"])
    return content


def _store(order: ParentOrder, content: ReportContent, now: datetime) -> Report:
    """Store the report unless a newer one was stored meanwhile."""
    plain: dict[str, Any] = msgspec.to_builtins(content)
    digest = hashlib.sha256(canonical(plain).encode()).hexdigest()
    with transaction.atomic():
        fields = {"computed_at": now, "order_version": order.version, "content": plain, "sha256": digest}
        report, is_new = Report.objects.select_for_update().get_or_create(parent=order, defaults=fields)
        if not is_new and report.order_version <= order.version:
            for name, value in fields.items():
                setattr(report, name, value)
            report.save()
    return report
