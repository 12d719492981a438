"""Experiments as their desk sees them."""

import msgspec
from django.db.models import QuerySet

from analytics.domain.experiments import ExperimentSettings, ResultRow
from analytics.models import Experiment
from dipmaster.accounts.models import User


class ExperimentNotFound(LookupError):
    """The user's desk has no such experiment."""


def experiments_of(user: User) -> QuerySet[Experiment]:
    """Return the experiments of the user's desk, newest first; none without a desk."""
    if user.desk_id is None:
        return Experiment.objects.none()
    return Experiment.objects.filter(desk_id=user.desk_id).select_related("started_by")


def experiment_of(user: User, experiment_id: int) -> Experiment:
    """Return one experiment of the user's desk.

    Raises:
        ExperimentNotFound: there is none, or it belongs to another desk.
    """
    try:
        return experiments_of(user).get(pk=experiment_id)
    except (Experiment.DoesNotExist, OverflowError) as error:
        raise ExperimentNotFound(f"experiment {experiment_id} is not among those of this desk") from error


def settings_of(experiment: Experiment) -> ExperimentSettings:
    """Return the settings as they were stored."""
    return msgspec.convert(experiment.settings, ExperimentSettings)


def rows_of(experiment: Experiment) -> tuple[ResultRow, ...]:
    """Return the results as they were stored."""
    return msgspec.convert(experiment.results, tuple[ResultRow, ...])
