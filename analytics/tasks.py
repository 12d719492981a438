"""Celery's entry points; they may run twice or never, the sweep makes up for both."""

from datetime import UTC, datetime

from celery import shared_task
from celery.worker import state as worker_state

from analytics.services import experiments, reports
from analytics.services.experiment_engine import engine

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


@shared_task(name=experiments.RUN_TASK)
def run_experiment(experiment_id: int) -> None:
    """Run an experiment, unless another worker has it; one that is asked to end gives it back between two paths."""
    experiments.run(experiment_id, engine=engine(), clock=_now, is_leaving=_is_leaving)


@shared_task(name="analytics.sweep_experiments")
def sweep_experiments() -> None:
    """End experiments whose worker died; wake a worker for one that waits."""
    experiments.sweep(_now())


def _now() -> datetime:
    return datetime.now(UTC)


def _is_leaving() -> bool:
    """Tell whether this worker was asked to end: Celery sets an exit code then, which may be 0."""
    codes: tuple[object, ...] = (worker_state.should_stop, worker_state.should_terminate)
    return any(code is not None and code is not False for code in codes)
