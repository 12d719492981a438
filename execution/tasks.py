"""Celery's entry points: they carry ids, the rows are the queue."""

from collections.abc import Sequence
from datetime import UTC, datetime

from celery import shared_task

from execution.market import learning, minutes, retention
from execution.services import planning, working
from execution.services.claims import Claim


def _now() -> datetime:
    return datetime.now(UTC)


@shared_task(name="execution.plan_orders")
def plan_orders(claimed: Sequence[Claim]) -> None:
    """Review the claimed orders."""
    planning.plan_orders([(row_id, epoch) for row_id, epoch in claimed], now=_now())


@shared_task(name="execution.work_slices")
def work_slices(claimed: Sequence[Claim]) -> None:
    """Take one step with each claimed slice."""
    working.work_slices([(row_id, epoch) for row_id, epoch in claimed], clock=_now)


@shared_task(name="execution.drop_old_market_data")
def drop_old_market_data() -> None:
    """Delete bars and raw frames that are older than the settings keep them."""
    retention.drop_old_market_data(_now())


@shared_task(name="execution.learn_volumes")
def learn_volumes() -> None:
    """Keep the minutes of the newest bars, and add complete days to the fits of volume forecasts."""
    now = _now()
    minutes.keep(now)
    learning.learn(now)
