"""The desk's execution modes, as the administrator keeps them."""

from django.db.models import QuerySet

from execution.domain.strategy import Mode
from execution.models import ExecutionMode


def enabled_modes() -> QuerySet[ExecutionMode]:
    """Return the modes that new orders may use, in the order in which they are shown."""
    return ExecutionMode.objects.filter(is_enabled=True)


def mode_choices() -> list[tuple[str, str]]:
    """Return name and title of each mode that new orders may use."""
    return list(enabled_modes().values_list("name", "title"))


def mode_named(name: str) -> Mode | None:
    """Return a mode that new orders may use, if one has that name."""
    found = enabled_modes().filter(name=name).first() if "\x00" not in name else None
    return None if found is None else found.to_domain()
