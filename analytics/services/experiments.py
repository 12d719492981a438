"""Start, cancel, run and store experiments. The row is the queue: a task carries its id and wakes a worker, no more."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec
import structlog
from celery import current_app
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from analytics.domain.experiments import ExperimentSettings, ResultRow
from analytics.models import Experiment
from analytics.selectors.experiments import experiment_of, settings_of
from analytics.services.code_version import code_version
from analytics.services.experiment_settings import LARGEST_SEED, ExperimentError, InvalidExperiment, Offer, checked
from dipmaster.accounts.models import Desk, User

log = structlog.get_logger()

RUN_TASK = "analytics.run_experiment"
TELL_EVERY = timedelta(seconds=1)
LOST_AFTER = timedelta(seconds=180)
"""A runner that said nothing for so long is dead: a path takes seconds, compiling before the first one about a minute."""
RESEND_AFTER = timedelta(seconds=30)
MOST_WAITING = 5
MOST_ATTEMPTS = 3
_LONGEST_ERROR = 1000
State = Experiment.State


class ExperimentStopped(Exception):
    """Who measures was told to stop and did so between two paths."""


class Engine(Protocol):
    """Runs experiments. What it has measured it keeps by `name`, so that the next one goes on there."""

    def measure(
        self, name: str, settings: ExperimentSettings, *, tell: Callable[[int], None], should_stop: Callable[[], bool]
    ) -> Sequence[ResultRow]:
        """Return the rows of the results; tell after every path how many are done, ask before every path whether to stop.

        Raises:
            ExperimentStopped: it was told to stop.
            ExperimentFailed: it can't be run; the text says why.
        """
        ...

    def discard(self, name: str) -> None:
        """Drop what is kept by that name."""
        ...


class ExperimentFailed(Exception):
    """The experiment can't be run, for a reason that can be told."""


class NotCancellable(ValueError):
    """The experiment has ended."""


def start(*, user: User, asked: ExperimentSettings, offer: Offer, now: datetime) -> Experiment:
    """Store an experiment of the user's desk and have a worker run it.

    Raises:
        InvalidExperiment: the user has no desk, the settings make no sense or are too large, or too many wait already.
    """
    if user.desk is None:
        raise InvalidExperiment([ExperimentError(field="", code="NO_DESK", message=_("You belong to no desk; experiments are a desk's."))])
    settings = checked(asked, offer)
    with transaction.atomic():
        _refuse_too_many(user.desk)
        experiment = Experiment.objects.create(
            desk=user.desk, started_by=user, settings=msgspec.to_builtins(settings), paths_in_all=settings.paths_in_all, created_at=now
        )
        _wake(experiment.pk)
    return experiment


def again(*, user: User, experiment_id: int, is_next_seed: bool, offer: Offer, now: datetime) -> Experiment:
    """Start an experiment of the same settings, on the same paths or, with the next seed, on others.

    Raises:
        ExperimentNotFound: the user's desk has no such experiment.
        InvalidExperiment: it can't be started from here.
    """
    settings = settings_of(experiment_of(user, experiment_id))
    seed = next_seed(settings) if is_next_seed else settings.seed
    return start(user=user, asked=replace(settings, seed=seed), offer=offer, now=now)


def next_seed(settings: ExperimentSettings) -> int:
    """Return the seed of other paths."""
    return (settings.seed + 1) % (LARGEST_SEED + 1)


def cancel(*, user: User, experiment_id: int, now: datetime) -> Experiment:
    """End an experiment that waits; have one that runs stop before its next path.

    Raises:
        ExperimentNotFound: the user's desk has no such experiment.
        NotCancellable: it has ended.
    """
    experiment_of(user, experiment_id)
    with transaction.atomic():
        experiment = Experiment.objects.select_for_update(of=("self",)).get(pk=experiment_id)
        if not experiment.is_live:
            raise NotCancellable(_("%(name)s has ended, there is nothing to cancel.") % {"name": experiment.reference})
        experiment.is_cancel_requested = True
        if experiment.state == State.QUEUED:
            experiment.state, experiment.finished_at = State.CANCELLED, now
        experiment.save(update_fields=["is_cancel_requested", "state", "finished_at"])
    return experiment


def run(experiment_id: int, *, engine: Engine, clock: Callable[[], datetime], is_leaving: Callable[[], bool] = lambda: False) -> None:
    """Run an experiment that waits; one that another worker has, or that has ended, is left alone.

    When the worker itself has to end, the experiment waits again, and the next worker goes on with what was measured.
    """
    runner = _claim(experiment_id, clock)
    if runner is None:
        log.info("experiment_not_claimed", experiment=experiment_id)
        return
    try:
        rows = engine.measure(runner.name, runner.settings, tell=runner.tell, should_stop=lambda: is_leaving() or runner.is_cancelled())
        runner.finish(State.DONE, results=[msgspec.to_builtins(row) for row in rows], paths_done=F("paths_in_all"))
    except ExperimentStopped:
        if not runner.is_cancelled():
            runner.give_back()
            return
        runner.finish(State.CANCELLED)
    except ExperimentFailed as error:
        runner.finish(State.FAILED, error=str(error)[:_LONGEST_ERROR])
    except Exception as error:
        runner.finish(State.FAILED, error=_unforeseen(error))
        raise
    engine.discard(runner.name)


def store(
    *, desk: Desk, settings: ExperimentSettings, rows: Sequence[ResultRow], started_at: datetime, finished_at: datetime
) -> Experiment:
    """Store an experiment that the command line has run, of any size, for a desk to see."""
    paths = settings.paths_in_all
    return Experiment.objects.create(
        desk=desk, settings=msgspec.to_builtins(settings), state=State.DONE, paths_done=paths, paths_in_all=paths,
        results=[msgspec.to_builtins(row) for row in rows], code_version=code_version(),
        created_at=started_at, started_at=started_at, finished_at=finished_at,
    )  # fmt: skip


def sweep(now: datetime) -> None:
    """Have experiments whose worker died wait again, a few times; wake a worker for the first that waits while none runs."""
    for experiment in Experiment.objects.filter(state=State.RUNNING, heard_at__lt=now - LOST_AFTER):
        Experiment.objects.filter(pk=experiment.pk, claim=experiment.claim, state=State.RUNNING).update(**_after_loss(experiment, now))
    if Experiment.objects.filter(state=State.RUNNING).exists():
        return
    waiting = Experiment.objects.filter(state=State.QUEUED, created_at__lt=now - RESEND_AFTER).order_by("pk")
    for pk in waiting.values_list("pk", flat=True)[:1]:
        _wake(pk)


def _after_loss(experiment: Experiment, now: datetime) -> dict[str, Any]:
    """Return what becomes of an experiment whose worker said nothing for too long."""
    if experiment.is_cancel_requested:
        return {"state": State.CANCELLED, "finished_at": now, "claim": ""}
    if experiment.attempts < MOST_ATTEMPTS:
        return {"state": State.QUEUED, "claim": "", "heard_at": None}
    said = _("The process that ran it ended %(count)d times before it was done, the last time after %(done)d of %(all)d paths. The log of "
             "the lab's worker may say why.")  # fmt: skip
    words = {"count": experiment.attempts, "done": experiment.paths_done, "all": experiment.paths_in_all}
    return {"state": State.FAILED, "error": said % words, "finished_at": now, "claim": ""}


class _Runner:
    """Holds the claim to one experiment and writes what becomes of it; what a later holder owns is never touched."""

    def __init__(self, experiment: Experiment, clock: Callable[[], datetime]) -> None:
        self.name = f"{experiment.reference}-{experiment.code_version}"
        self.settings = settings_of(experiment)
        self._rows = Experiment.objects.filter(pk=experiment.pk, claim=experiment.claim, state=State.RUNNING)
        self._clock = clock
        self._told_at = clock()
        self._is_cancelled = False

    def tell(self, paths_done: int) -> None:
        """Write the progress, at most once a second."""
        now = self._clock()
        if now - self._told_at >= TELL_EVERY:
            self._told_at = now
            self._rows.update(paths_done=paths_done, heard_at=now)
            self._look(now)

    def is_cancelled(self) -> bool:
        """Tell whether somebody wants it to stop, or another worker has it; looked up when progress is told."""
        return self._is_cancelled or self._look(self._clock())

    def finish(self, state: Experiment.State, **fields: Any) -> None:
        """End it."""
        now = self._clock()
        self._rows.update(state=state, finished_at=now, heard_at=now, **fields)

    def give_back(self) -> None:
        """Have it wait for another worker."""
        self._rows.update(state=State.QUEUED, claim="", heard_at=None, attempts=F("attempts") - 1)

    def _look(self, now: datetime) -> bool:
        wanted = self._rows.values_list("is_cancel_requested", flat=True).first()
        self._is_cancelled = wanted is not False
        return self._is_cancelled


def _claim(experiment_id: int, clock: Callable[[], datetime]) -> _Runner | None:
    """Take an experiment that waits; none when it is taken, ended, or gone."""
    claim, now = str(uuid.uuid4()), clock()
    waiting = Experiment.objects.filter(pk=experiment_id, state=State.QUEUED)
    version = code_version()
    fields = {"state": State.RUNNING, "claim": claim, "heard_at": now, "code_version": version, "attempts": F("attempts") + 1}
    if not waiting.update(started_at=Coalesce("started_at", Value(now)), **fields):
        return None
    return _Runner(Experiment.objects.get(pk=experiment_id), clock)


def _refuse_too_many(desk: Desk) -> None:
    waiting = Experiment.objects.filter(desk=desk, state__in=[State.QUEUED, State.RUNNING]).count()
    if waiting >= MOST_WAITING:
        message = _("%(count)d experiments of this desk wait or run already; they run one after another. Cancel one, or come back later.")
        raise InvalidExperiment([ExperimentError(field="", code="TOO_MANY_WAITING", message=message % {"count": waiting})])


def _wake(experiment_id: int) -> None:
    transaction.on_commit(lambda: current_app.send_task(RUN_TASK, args=[experiment_id]), robust=True)


def _unforeseen(error: Exception) -> str:
    words = {"kind": type(error).__name__, "why": str(error) or "–"}
    return (_("An error that nobody foresaw: %(kind)s: %(why)s. The log of the lab's worker has more.") % words)[:_LONGEST_ERROR]
