"""An experiment in a list, and its state in words."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from analytics.models import Experiment
from analytics.reports.lab_words import algorithms_of, minutes_of, short_size, source_title, took
from analytics.selectors.experiments import settings_of

State = Experiment.State
_LOOKS = {
    State.QUEUED: ("pending", "clock"),
    State.RUNNING: ("working", "player-play-filled"),
    State.DONE: ("filled", "check"),
    State.FAILED: ("rejected", "x"),
    State.CANCELLED: ("cancelled", "ban"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LabRow:
    """One experiment as lists show it. `look`: state's shape and icon; `share_done`: of one."""

    experiment: Experiment
    symbols: str
    algorithms: str
    sizes: str
    market: str
    paths: int
    word: str
    look: str
    icon: str
    share_done: float
    who: str
    took: str


def row_of(experiment: Experiment) -> LabRow:
    """Return what a list shows of an experiment."""
    settings = settings_of(experiment)
    look, icon = _LOOKS[State(experiment.state)]
    is_stopping = experiment.state == State.RUNNING and experiment.is_cancel_requested
    who = experiment.started_by
    return LabRow(
        experiment=experiment,
        symbols=", ".join(settings.symbols),
        algorithms=algorithms_of(settings),
        sizes=", ".join(short_size(size) for size in settings.sizes),
        market=_("%(source)s, %(minutes)s\u00a0min")
        % {"source": ", ".join(source_title(name) for name in settings.sources), "minutes": minutes_of(settings)},
        paths=settings.paths,
        word=_("Cancelling") if is_stopping else str(State(experiment.state).label),
        look="cancelled" if is_stopping else look,
        icon="ban" if is_stopping else icon,
        share_done=experiment.paths_done / experiment.paths_in_all,
        who=_("command line") if who is None else who.get_full_name() or who.get_username(),
        took=took(experiment.duration),
    )
