"""Experiments: refused, run once, cancelled, given back, lost with their worker."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from redis import Redis

from analytics.domain.experiments import ExperimentSettings, ResultRow
from analytics.models import Experiment
from analytics.selectors.experiments import ExperimentNotFound, experiments_of, rows_of, settings_of
from analytics.services import experiments
from analytics.services.experiment_engine import LabEngine, experiment_of, offer, settings_from
from analytics.services.experiment_settings import InvalidExperiment
from analytics.services.experiments import ExperimentFailed, ExperimentStopped, NotCancellable
from dipmaster.accounts.models import Desk, User
from tests import measured

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
State = Experiment.State


@dataclass
class Clock:
    """A clock that is set by hand."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class PacedEngine:
    """Keeps the engine's contract without measuring: every path takes `pace`, and `between` happens after each."""

    clock: Clock
    pace: timedelta = timedelta(seconds=2)
    between: Callable[[int], None] = lambda done: None
    asked: list[str] = field(default_factory=list)
    discarded: list[str] = field(default_factory=list)

    def measure(
        self, name: str, settings: ExperimentSettings, *, tell: Callable[[int], None], should_stop: Callable[[], bool]
    ) -> Sequence[ResultRow]:
        self.asked.append(name)
        for done in range(settings.paths_in_all + 1):
            if done:
                self.clock.now += self.pace
            tell(done)
            self.between(done)
            if done < settings.paths_in_all and should_stop():
                raise ExperimentStopped
        return measured.rows_of(settings)

    def discard(self, name: str) -> None:
        self.discarded.append(name)


def start(user: User, **changes: Any) -> Experiment:
    return experiments.start(user=user, asked=measured.settings(**changes), offer=offer(), now=NOW)


def run(experiment: Experiment, engine: PacedEngine, **options: Any) -> Experiment:
    experiments.run(experiment.pk, engine=engine, clock=engine.clock, **options)
    experiment.refresh_from_db()
    return experiment


def refusal(user: User, **changes: Any) -> tuple[str, str]:
    with pytest.raises(InvalidExperiment) as refused:
        start(user, **changes)
    assert not Experiment.objects.exists()
    (error,) = refused.value.errors
    return error.field, error.message


@pytest.mark.parametrize(
    ("changes", "field_name", "words"),
    [
        ({"algorithms": ("magic",)}, "algorithms", "'magic' is not known here; there are: market, clips, oracle, twap"),
        ({"algorithms": ("twap:nonsense",)}, "algorithms", "'twap:nonsense' is not known"),
        ({"algorithms": ()}, "algorithms", "Choose at least one of"),
        ({"symbols": ("DOGE",)}, "symbols", "there are: BTC, ETH, SOL, ALT"),
        ({"symbols": ("B" * 5000,)}, "symbols", "is not known"),
        ({"symbols": ()}, "symbols", "Choose at least one of"),
        ({"sources": ("elsewhere",)}, "sources", "there are: model"),
        ({"sizes": ()}, "sizes", "Give at least one size"),
        ({"sizes": ("0",)}, "sizes", "must be above 0"),
        ({"sizes": ("0%",)}, "sizes", "must be above 0"),
        ({"sizes": ("-5",)}, "sizes", "is not a size"),
        ({"sizes": ("NaN",)}, "sizes", "is not a size"),
        ({"sizes": ("1e9",)}, "sizes", "is not a size"),
        ({"sizes": ("'; DROP TABLE",)}, "sizes", "is not a size"),
        ({"sizes": ("101%",)}, "sizes", "more than all of the interval's volume"),
        ({"sizes": ("999999999999m",)}, "sizes", "at most USD 1,000 million"),
        ({"sizes": ("1k", "2k", "3k", "4k", "5k", "6k")}, "sizes", "At most 5 sizes"),
        ({"minutes": (float("nan"),)}, "minutes", "from 1 to 240"),
        ({"minutes": (0.0,)}, "minutes", "from 1 to 240"),
        ({"minutes": ()}, "minutes", "from 1 to 240"),
        ({"paths": 1}, "paths", "Paths are from 2"),
        ({"paths": 10**400}, "paths", "to 100,000"),
        ({"paths": -3}, "paths", "Paths are from 2"),
        ({"seed": -1}, "seed", "from 0 to"),
        ({"seed": 2**40}, "seed", "from 0 to"),
    ],
)
def test_what_makes_no_sense_is_refused_in_plain_words(trader: User, changes: dict[str, Any], field_name: str, words: str) -> None:
    where, message = refusal(trader, **changes)
    assert where == field_name
    assert words in message
    assert len(message) < 300


def test_what_is_too_large_for_the_web_names_the_command(trader: User) -> None:
    where, message = refusal(trader, paths=90_000, sizes=("8k", "5%"))
    assert where == ""
    assert "360,000 orders of 30 minutes" in message
    assert "at most 2,000. Take 500 paths" in message
    command = (
        "python manage.py lab --symbols BTC --algorithms market,twap --sizes 8000,5% --minutes 30 --sources model"
        " --paths 90000 --seed 7 --store DESK"
    )
    assert message.endswith(command)


def test_the_largest_experiment_is_accepted_and_one_path_more_is_not(trader: User) -> None:
    assert refusal(trader, paths=1001)[0] == ""
    assert start(trader, paths=1000).paths_in_all == 1000


def test_all_mistakes_are_told_at_once(trader: User) -> None:
    with pytest.raises(InvalidExperiment) as refused:
        start(trader, symbols=("DOGE",), sizes=("0",), paths=0)
    assert {error.field for error in refused.value.errors} == {"symbols", "sizes", "paths"}


def test_a_user_without_a_desk_starts_nothing(db: None) -> None:
    assert refusal(User.objects.create_user("guest"))[1].startswith("You belong to no desk")


def test_a_desk_does_not_fill_the_queue(trader: User) -> None:
    for _ in range(experiments.MOST_WAITING):
        start(trader)
    with pytest.raises(InvalidExperiment, match="wait or run already"):
        start(trader)


def test_the_same_thing_twice_is_run_once(trader: User) -> None:
    stored = settings_of(start(trader, sizes=("8k", "8000"), symbols=("ETH", "ETH")))
    assert (stored.sizes, stored.symbols) == (("8000",), ("ETH",))


@pytest.mark.django_db(transaction=True)
def test_a_new_experiment_wakes_the_labs_worker(trader: User, redis: Redis) -> None:
    start(trader)
    assert (redis.llen("lab"), redis.llen("reports")) == (1, 0)


def test_an_experiment_runs_to_its_results(trader: User) -> None:
    engine = PacedEngine(Clock())
    done = run(start(trader), engine)
    assert (done.state, done.paths_done, done.error) == (State.DONE, 4, "")
    assert (done.started_at, done.finished_at) == (NOW, NOW + timedelta(seconds=8))
    assert list(rows_of(done)) == measured.rows_of(measured.settings())
    assert done.code_version
    assert engine.discarded == engine.asked


def test_a_task_that_is_delivered_twice_runs_once(trader: User) -> None:
    engine = PacedEngine(Clock())
    experiment = start(trader)
    engine.between = lambda done: experiments.run(experiment.pk, engine=engine, clock=engine.clock)
    first = run(experiment, engine)
    again = run(experiment, engine)
    assert len(engine.asked) == 1
    assert again.finished_at == first.finished_at


def test_a_task_for_an_experiment_that_never_was_does_nothing(db: None) -> None:
    engine = PacedEngine(Clock())
    experiments.run(999, engine=engine, clock=engine.clock)
    assert engine.asked == []


def test_progress_is_written_once_a_second_at_most(trader: User) -> None:
    seen: list[int] = []
    experiment = start(trader, paths=10)
    engine = PacedEngine(Clock(), pace=timedelta(milliseconds=300))
    engine.between = lambda done: seen.append(Experiment.objects.get(pk=experiment.pk).paths_done)
    run(experiment, engine)
    assert seen == [0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8]


def test_cancelling_stops_between_paths_and_keeps_nothing(trader: User) -> None:
    experiment = start(trader)
    engine = PacedEngine(Clock())

    def cancel_after_two(done: int) -> None:
        if done == 2:
            experiments.cancel(user=trader, experiment_id=experiment.pk, now=engine.clock())

    engine.between = cancel_after_two
    ended = run(experiment, engine)
    assert (ended.state, ended.paths_done, ended.results) == (State.CANCELLED, 2, [])
    assert engine.discarded == engine.asked


def test_one_that_waits_is_cancelled_at_once_and_never_runs(trader: User) -> None:
    experiment = start(trader)
    assert experiments.cancel(user=trader, experiment_id=experiment.pk, now=NOW).state == State.CANCELLED
    engine = PacedEngine(Clock())
    assert run(experiment, engine).state == State.CANCELLED
    assert engine.asked == []


def test_one_that_has_ended_is_not_cancelled(trader: User) -> None:
    done = run(start(trader), PacedEngine(Clock()))
    with pytest.raises(NotCancellable, match=f"E-{done.pk} has ended"):
        experiments.cancel(user=trader, experiment_id=done.pk, now=NOW)


def test_another_desk_can_neither_see_cancel_nor_repeat_it(trader: User) -> None:
    experiment = start(trader)
    stranger = User.objects.create_user("stranger", desk=Desk.objects.create(name="Elsewhere"))
    assert list(experiments_of(stranger)) == []
    with pytest.raises(ExperimentNotFound):
        experiments.cancel(user=stranger, experiment_id=experiment.pk, now=NOW)
    with pytest.raises(ExperimentNotFound):
        experiments.again(user=stranger, experiment_id=experiment.pk, is_next_seed=False, offer=offer(), now=NOW)


def test_a_worker_that_is_asked_to_end_gives_it_back_and_the_next_one_goes_on(trader: User) -> None:
    engine = PacedEngine(Clock())
    waiting = run(start(trader), engine, is_leaving=lambda: True)
    assert (waiting.state, waiting.attempts, engine.discarded) == (State.QUEUED, 0, [])
    done = run(waiting, engine)
    assert (done.state, engine.asked[0]) == (State.DONE, engine.asked[1])


def test_what_an_engine_refuses_is_told(trader: User) -> None:
    engine = PacedEngine(Clock())

    def refuse(done: int) -> None:
        raise ExperimentFailed("The size 1% is less than the smallest order.")

    engine.between = refuse
    failed = run(start(trader), engine)
    assert (failed.state, failed.error) == (State.FAILED, "The size 1% is less than the smallest order.")
    assert failed.finished_at


def test_an_error_that_nobody_foresaw_fails_it_and_is_raised(trader: User) -> None:
    engine = PacedEngine(Clock())

    def break_down(done: int) -> None:
        raise ZeroDivisionError("by zero")

    engine.between = break_down
    experiment = start(trader)
    with pytest.raises(ZeroDivisionError):
        run(experiment, engine)
    experiment.refresh_from_db()
    assert experiment.state == State.FAILED
    assert "ZeroDivisionError: by zero" in experiment.error


def lose(experiment: Experiment, engine: PacedEngine) -> Experiment:
    """Have the worker die after the second path, long ago."""

    def die(done: int) -> None:
        if done == 2:
            raise SystemExit

    engine.between = die
    with pytest.raises(SystemExit):
        run(experiment, engine)
    engine.between = lambda done: None
    engine.clock.now += experiments.LOST_AFTER + timedelta(seconds=1)
    experiment.refresh_from_db()
    return experiment


def test_an_experiment_whose_worker_died_waits_again_and_goes_on(trader: User) -> None:
    engine = PacedEngine(Clock())
    lost = lose(start(trader), engine)
    assert lost.state == State.RUNNING
    experiments.sweep(engine.clock())
    lost.refresh_from_db()
    assert (lost.state, engine.discarded) == (State.QUEUED, [])
    assert run(lost, engine).state == State.DONE
    assert engine.asked[0] == engine.asked[1]


def test_a_worker_that_still_tells_is_left_alone(trader: User) -> None:
    engine = PacedEngine(Clock(), pace=experiments.LOST_AFTER - timedelta(seconds=1))
    engine.between = lambda done: experiments.sweep(engine.clock())
    done = run(start(trader), engine)
    assert (done.state, done.attempts) == (State.DONE, 1)


def test_an_experiment_that_kills_its_workers_fails_in_the_end_and_says_so(trader: User) -> None:
    engine = PacedEngine(Clock())
    experiment = start(trader)
    for _ in range(experiments.MOST_ATTEMPTS):
        lose(experiment, engine)
        experiments.sweep(engine.clock())
    experiment.refresh_from_db()
    assert experiment.state == State.FAILED
    assert "ended 3 times before it was done, the last time after 2 of 4 paths" in experiment.error


def test_a_worker_that_was_given_up_writes_nothing_any_more(trader: User) -> None:
    experiment = start(trader)
    engine = PacedEngine(Clock())

    def be_given_up(done: int) -> None:
        if done == 1:
            engine.clock.now += experiments.LOST_AFTER + timedelta(seconds=1)
            experiments.sweep(engine.clock())

    engine.between = be_given_up
    left = run(experiment, engine)
    assert (left.state, left.results, left.claim) == (State.QUEUED, [], "")


@pytest.mark.django_db(transaction=True)
def test_a_lost_message_loses_nothing(trader: User, redis: Redis) -> None:
    start(trader)
    redis.flushdb()
    experiments.sweep(NOW + timedelta(seconds=1))
    assert redis.llen("lab") == 0  # its first message may still be on its way
    experiments.sweep(NOW + experiments.RESEND_AFTER + timedelta(seconds=1))
    assert redis.llen("lab") == 1


def test_running_again_takes_the_same_seed_or_the_next(trader: User) -> None:
    done = run(start(trader), PacedEngine(Clock()))
    same, other = (
        experiments.again(user=trader, experiment_id=done.pk, is_next_seed=is_next, offer=offer(), now=NOW) for is_next in (False, True)
    )
    assert (settings_of(same), settings_of(other)) == (measured.settings(), measured.settings(seed=8))


def test_what_the_command_line_ran_is_stored_for_a_desk(trader: User, desk: Desk) -> None:
    large = measured.settings(paths=5000, symbols=("BTC", "ETH"))
    stored = experiments.store(desk=desk, settings=large, rows=measured.rows_of(large), started_at=NOW, finished_at=NOW)
    (seen,) = experiments_of(trader)
    assert (seen, seen.state, seen.paths_in_all, seen.started_by) == (stored, State.DONE, 10_000, None)
    assert len(rows_of(seen)) == 4


@pytest.mark.parametrize(
    "fields",
    [{"state": "nonsense"}, {"state": "failed", "finished_at": NOW}, {"state": "done"}, {"finished_at": NOW}, {"paths_done": 5}],
)
def test_the_database_keeps_states_whole(trader: User, fields: dict[str, Any]) -> None:
    experiment = start(trader)
    with pytest.raises(IntegrityError), transaction.atomic():
        Experiment.objects.filter(pk=experiment.pk).update(**fields)


def test_settings_come_back_from_the_engine_as_they_went_in() -> None:
    asked = measured.settings(sizes=("8000", "2.5%"), algorithms=("market", "twap:stealth"))
    assert settings_from(experiment_of(asked)) == asked


def test_every_algorithm_on_offer_is_one_of_the_engine() -> None:
    model, *_others = offer().sources
    experiment_of(measured.settings(algorithms=offer().algorithms, symbols=model.symbols, sources=(model.name,))).check()


@pytest.mark.django_db(transaction=True)  # compiling can take longer than a transaction may stand idle
def test_a_tiny_experiment_runs_through_the_real_engine(trader: User, tmp_path: Any) -> None:
    asked = measured.settings(paths=2, minutes=(2.0,), algorithms=("market", "clips", "twap"), sizes=("2k",))
    experiment = experiments.start(user=trader, asked=asked, offer=offer(), now=NOW)
    experiments.run(experiment.pk, engine=LabEngine(folder=tmp_path), clock=lambda: datetime.now(UTC))
    experiment.refresh_from_db()
    assert (experiment.state, experiment.error) == (State.DONE, "")
    rows = {row.algorithm: row for row in rows_of(experiment)}
    assert set(rows) == {"market", "clips", "twap"}
    assert rows["market"].to_market is None
    assert rows["twap"].to_market is not None
    assert all(row.paths == 2 and 0 < row.fill_rate <= 1 for row in rows.values())
    assert list(tmp_path.iterdir()) == []
