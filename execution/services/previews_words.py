"""What a remark about an order says to a person."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from execution.domain.pretrade_remarks import Concern, Remedy
from execution.services.previews_costs import Cure

_TOLD = {
    Concern.LARGE_SHARE: gettext_lazy("%(share)s %% of the expected volume, above %(cap)s %%."),
    Concern.CAP_LEAVES_REST: gettext_lazy(
        "%(share)s %% of the expected volume: the cap of %(cap)s %% leaves %(left_share)s %% of the order unfilled."
    ),
    Concern.LIMIT_AWAY: gettext_lazy("The limit is %(share)s %% short of the best price: nothing can be taken now."),
    Concern.LIMIT_THROUGH: gettext_lazy("The limit allows a price %(share)s %% beyond the best one: it hardly protects."),
    Concern.FEWER_SLICES: gettext_lazy("%(planned)s slices instead of %(asked)s: the venues' minimum allows no more."),
    Concern.SHORT_WINDOW: gettext_lazy("%(planned)s slices instead of %(asked)s: the time allows no more."),
    Concern.UNKNOWN_VOLUME: gettext_lazy("No volume is forecast yet: impact and participation are not known."),
    Concern.UNKNOWN_VOLATILITY: gettext_lazy("No volatility is known yet: timing and deviation are not known."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A remark in words: what is so, what would help, and what the button says; the last two may be empty."""

    told: str
    advice: str
    button: str

    @property
    def message(self) -> str:
        """Return both sentences."""
        return f"{self.told} {self.advice}".strip()


def words_of(cure: Cure) -> Words:
    """Return a remark in words."""
    return Words(told=_told(cure), advice=_advice(cure), button=_button(cure.remark.remedy))


def _told(cure: Cure) -> str:
    counted = ("asked", "planned")
    figures = {name: f"{value:.0f}" if name in counted else f"{value * 100:.1f}" for name, value in cure.remark.figures.items()}
    return str(_TOLD[cure.remark.concern]) % figures


def _advice(cure: Cure) -> str:
    remedy = cure.remark.remedy
    if remedy is None:
        return ""
    value = remedy.as_typed
    if remedy.field == "duration_minutes" and cure.share is not None:
        words = _("%(value)s minutes would bring it to %(share)s %%") % {"value": value, "share": f"{cure.share * 100:.1f}"}
        saved = cure.saved_bps
        return words + (_(" and save %(saved)s bps.") % {"saved": f"{saved:.1f}"} if saved is not None and saved >= 0.05 else ".")
    if remedy.field == "duration_minutes":
        return _("%(value)s minutes would do.") % {"value": value}
    if remedy.field == "quantity":
        return _("%(value)s would fit.") % {"value": value}
    if remedy.field == "limit_price":
        return _("%(value)s can be taken.") % {"value": value}
    return ""


def _button(remedy: Remedy | None) -> str:
    if remedy is None:
        return ""
    value = {"value": remedy.as_typed}
    if remedy.field == "duration_minutes":
        return _("Use %(value)s min") % value
    return _("Use %(value)s") % value
