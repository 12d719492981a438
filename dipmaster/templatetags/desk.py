"""How figures, states and icons are written on every page."""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from execution.domain.lifecycle import OrderState

register = template.Library()

NONE = "–"
MINUS = "−"
Number = Decimal | float | int | None

# Shape, icon and word of each state.
_STATES = {
    "pending": ("pending", "clock", _("Pending")),
    "working": ("working", "player-play-filled", _("Working")),
    "paused": ("held", "player-pause-filled", _("Held")),
    "cancelling": ("cancelled", "ban", _("Cancelling")),
    "filled": ("filled", "check", _("Filled")),
    "cancelled": ("cancelled", "ban", _("Cancelled")),
    "expired": ("cancelled", "clock", _("Expired")),
    "rejected": ("rejected", "x", _("Rejected")),
    "intent": ("pending", "send", _("Sending")),
    "open": ("working", "player-play-filled", _("Resting")),
    "unknown": ("unknown", "help", _("Unknown")),
    "closing": ("working", "player-play-filled", _("Closing")),
    "done": ("filled", "check", _("Done")),
}


@register.filter
def number(value: Number, places: int = 0) -> str:
    """Write a figure with fixed decimals, thousands apart and a true minus; a dash for none."""
    if value is None or value == "":
        return NONE
    with localcontext() as context:
        context.prec = 60
        rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-int(places)), rounding=ROUND_HALF_UP)
    text = f"{abs(rounded):,.{int(places)}f}"
    return f"{MINUS}{text}" if rounded < 0 else text


@register.filter
def signed(value: Number, places: int = 1) -> str:
    """Write a figure with its sign, for those whose sign means something; zero has none."""
    text = number(value, places)
    is_above_zero = value is not None and value != "" and value > 0 and text.strip("0.,")
    return f"+{text}" if is_above_zero else text


@register.filter
def percent(value: Number, places: int = 1) -> str:
    """Write a share of one in percent, without the sign."""
    return NONE if value is None or value == "" else number(Decimal(str(value)) * 100, places)


@register.filter
def amount(value: Number) -> str:
    """Write a figure with as many decimals as it has, thousands apart."""
    if value is None or value == "":
        return NONE
    plain = Decimal(str(value)).normalize()
    exponent = plain.as_tuple().exponent
    return number(plain, max(0, -exponent) if isinstance(exponent, int) else 0)


@register.filter
def bar(value: Number) -> str:
    """Return a share of one as a CSS percentage between 0 and 100."""
    return f"{min(max(float(value or 0), 0.0), 1.0) * 100:.2f}%"


@register.filter
def clock(value: datetime | None, milliseconds: bool = False) -> str:
    """Write the time of day in UTC."""
    if value is None:
        return NONE
    return f"{value:%H:%M:%S}.{value.microsecond // 1000:03d}" if milliseconds else f"{value:%H:%M:%S}"


@register.filter
def duration(value: timedelta | None) -> str:
    """Write a duration as minutes and seconds, with hours when there are any; nothing is left below zero."""
    if value is None:
        return NONE
    seconds = max(int(value.total_seconds()), 0)
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


@register.filter
def seconds(value: timedelta | None) -> str:
    """Write an age in seconds with its unit."""
    return NONE if value is None else f"{max(value.total_seconds(), 0):.1f} s"


@register.filter
def ms(value: timedelta | None) -> str:
    """Write a duration in whole milliseconds, for scripts."""
    return "" if value is None else str(round(value.total_seconds() * 1000))


@register.simple_tag
def icon(name: str, title: str = "") -> SafeString:
    """Draw an icon of the sprite; without a title it is hidden from screen readers."""
    address = f"{static('vendor/tabler-icons/icons.svg')}#{name}"
    if title:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', title, address)
    return format_html('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', address)


@register.simple_tag
def state(value: str) -> SafeString:
    """Write a state as word and shape."""
    shape, symbol, word = _STATES[value]
    return format_html('<span class="state state-{}">{}{}</span>', shape, icon(symbol), word)


@register.simple_tag
def side(value: str) -> SafeString:
    """Write a side as a word in its colour."""
    return format_html('<span class="side side-{}">{}</span>', value, _("BUY") if value == "buy" else _("SELL"))


@register.filter
def points(value: Number) -> Decimal | None:
    """Turn a share of one into percentage points."""
    return None if value is None else Decimal(str(value)) * 100


@register.filter
def words(value: str) -> str:
    """Write a parameter's name as words."""
    return value.replace("_", " ").capitalize()


@register.filter
def tif(value: str) -> str:
    """Write how long a child order stays."""
    return str(_("post-only")) if value == "PO" else value


@register.simple_tag
def slice_word(value: str, done: Number) -> str:
    """Write a slice's state in one small word; one that ended with a rest says so."""
    if value == "done":
        return str(_("filled") if (done or 0) >= 1 else _("ended"))
    return str(_STATES[value][2]).lower()


_EVENT_ICONS = {
    "submitted": ("shield-check", "good"),
    "refused": ("circle-x", "bad"),
    "started": ("player-play", "soft"),
    "planned": ("adjustments", "muted"),
    "slice_released": ("player-play", "soft"),
    "child_sent": ("send", "soft"),
    "child_acknowledged": ("send", "soft"),
    "child_rejected": ("circle-x", "bad"),
    "child_unknown": ("help", "warning"),
    "child_cancelled": ("ban", "muted"),
    "child_resolved": ("refresh", "soft"),
    "child_resolved_by_hand": ("alert-triangle", "warning"),
    "venue_left_out": ("alert-triangle", "warning"),
    "venue_taken_back": ("refresh", "soft"),
    "fill": ("check", "good"),
    "slice_done": ("check", "soft"),
    "paused": ("player-pause", "soft"),
    "resumed": ("player-play", "soft"),
    "amended": ("adjustments", "warning"),
    "cancel_requested": ("ban", "warning"),
    "completed": ("circle-check", "good"),
}


@register.simple_tag
def event_icon(kind: str) -> SafeString:
    """Draw the icon of an event's kind."""
    symbol, tone = _EVENT_ICONS.get(kind, ("info-circle", "muted"))
    return format_html('<span class="{}">{}</span>', tone, icon(symbol))


@register.inclusion_tag("components/progress.html")
def progress(done: Number, planned: Number = None, tolerance: Number = 0, tone: str = "working") -> dict[str, Any]:
    """Draw what is done against the schedule's tick, all as shares of one."""
    return {"done": done or 0, "planned": planned, "tolerance": tolerance or 0, "tone": tone}


def order_states() -> list[tuple[str, Any]]:
    """Return the states of orders with their words."""
    return [(state.value, _STATES[state.value][2]) for state in OrderState]
