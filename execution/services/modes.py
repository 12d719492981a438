"""The execution modes that a database begins with."""

from dataclasses import asdict
from typing import Any

from django.apps.registry import Apps
from django.apps.registry import apps as installed

from execution.domain.strategy import MODES
from execution.models import ExecutionMode


def make_modes(*, apps: Apps = installed, **_signal: Any) -> None:
    """Make the modes after a migration while there is none: what the administrator changed or removed stays so.

    `apps` is the schema that was migrated to, which may not have modes yet; emptying all tables, as tests do, names none.
    """
    if "executionmode" not in apps.all_models["execution"] or ExecutionMode.objects.exists():
        return
    for position, (name, mode) in enumerate(MODES.items(), start=1):
        ExecutionMode.objects.create(name=name, position=position, **asdict(mode))
