"""What the frame around every page shows."""

from dataclasses import dataclass
from typing import Any

from django import template

from execution.models import Venue

register = template.Library()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """Environment and trading state. `trading` is empty for a user without a desk."""

    is_live: bool
    desk: str
    trading: str


@register.simple_tag(takes_context=True)
def shell(context: dict[str, Any]) -> Shell:
    """Read the state of the user's desk, and whether any enabled venue trades for real."""
    desk = context["request"].user.desk
    return Shell(
        is_live=Venue.objects.filter(is_enabled=True, mode=Venue.Mode.LIVE).exists(),
        desk=desk.name if desk else "",
        trading=("ACTIVE" if desk.is_trading_enabled else "HALTED") if desk else "",
    )
