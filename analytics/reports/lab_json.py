"""An experiment as JSON: for downloads and the API. Positive is cost; times are UTC."""

from typing import Any

from analytics.models import Experiment


def render(experiment: Experiment) -> dict[str, Any]:
    """Return everything that is stored of an experiment."""
    return {**summary(experiment), "results": experiment.results}


def summary(experiment: Experiment) -> dict[str, Any]:
    """Return an experiment without its results."""
    who = experiment.started_by
    return {
        "id": experiment.pk,
        "reference": experiment.reference,
        "state": experiment.state,
        "error": experiment.error,
        "settings": experiment.settings,
        "paths_done": experiment.paths_done,
        "paths_in_all": experiment.paths_in_all,
        "started_by": None if who is None else who.get_username(),
        "code_version": experiment.code_version,
        "created_at": _moment(experiment.created_at),
        "started_at": _moment(experiment.started_at),
        "finished_at": _moment(experiment.finished_at),
    }


def _moment(at: Any) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
