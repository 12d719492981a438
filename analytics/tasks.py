"""Celery's entry points; they may run twice or never, the sweep makes up for both."""

from datetime import UTC, datetime

from celery import shared_task

from analytics.services import reports

SWEEP_LIMIT = 200


@shared_task(name="analytics.build_report")
def build_report(order_id: int) -> None:
    """Build a finished order's report as soon as the trades of its last second are stored."""
    now = datetime.now(UTC)
    settles_at = reports.settles_at(order_id)
    if settles_at is not None and settles_at > now:
        build_report.apply_async(args=(order_id,), countdown=(settles_at - now).total_seconds())
        return
    reports.build(order_id=order_id, now=now)


@shared_task(name="analytics.build_missing_reports")
def build_missing_reports() -> None:
    """Have the reports built that are missing, outdated, or waited for the close."""
    for order_id in reports.due(datetime.now(UTC)).values_list("pk", flat=True)[:SWEEP_LIMIT]:
        build_report.delay(order_id)
