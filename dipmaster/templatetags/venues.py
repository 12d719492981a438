"""How a venue's state and clock are written."""

from datetime import timedelta

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from dipmaster.templatetags.desk import icon, number, signed
from execution.domain.health import ClockOffset

register = template.Library()

# Shape, icon and word of each state.
_STATES = {
    "up": ("filled", "check", _("Up")),
    "degraded": ("pending", "alert-triangle", _("Degraded")),
    "down": ("rejected", "x", _("Down")),
    "unknown": ("unknown", "help", _("Not known")),
    "off": ("off", "ban", _("Switched off")),
}


@register.simple_tag
def venue_state(value: str) -> SafeString:
    """Write a venue's state as word and shape."""
    shape, symbol, word = _STATES[value]
    return format_html('<span class="state state-{}">{}{}</span>', shape, icon(symbol), word)


@register.filter
def clock_offset(value: ClockOffset) -> str:
    """Write by how much a venue's clock is ahead (+) or behind, and how sure that is."""
    return f"{signed(value.milliseconds, 0)} ± {number(value.uncertainty_ms, 0)}"


@register.filter
def long_age(value: timedelta | None) -> str:
    """Write an age of seconds, minutes or hours in its own unit."""
    if value is None:
        return "–"
    seconds = max(value.total_seconds(), 0)
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
