"""Venues and their keys as an administrator edits them."""

from difflib import get_close_matches
from typing import Any, cast

import ccxt.async_support as ccxt
from django import forms
from django.contrib.auth.models import AbstractUser
from django.utils.translation import gettext_lazy as _

from execution.domain.lifecycle import LIVE_CHILDREN
from execution.models import ChildOrder, FeeTier, Venue, VenueCredential
from execution.models.credentials import SECRETS
from execution.models.venues import TRADE_LIVE
from execution.venues.dialect import Verdict

_MATTERS_LIVE = {"mode", "ccxt_id", "is_enabled"}
_WHERE_ORDERS_ARE = {"mode", "ccxt_id", "base_url"}


class VenueForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only, not at run time
    """A venue's row. `user` is set by the administration: live trading wants a permission."""

    user: AbstractUser

    class Meta:
        model = Venue
        fields: tuple[str, ...] = ()  # the administration lists them

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "tier_in_force" in self.fields:
            tiers = cast("forms.ModelChoiceField[FeeTier]", self.fields["tier_in_force"])
            tiers.queryset = FeeTier.objects.filter(venue=self.instance.pk).select_related("venue")

    def clean_ccxt_id(self) -> str:
        """Refuse a class that the library does not have."""
        wanted: str = self.cleaned_data["ccxt_id"]
        if wanted in ccxt.exchanges:
            return wanted
        near = get_close_matches(wanted.lower(), ccxt.exchanges, n=1)
        hint = _(" Do you mean %(near)s?") % {"near": near[0]} if near else ""
        raise forms.ValidationError(_("ccxt has no exchange “%(wanted)s”.%(hint)s"), params={"wanted": wanted, "hint": hint})

    def clean_refusals(self) -> dict[str, str]:
        """Refuse a word that says nothing: a code taken for proof of the wrong thing costs money."""
        refusals = self.cleaned_data["refusals"] or {}
        words = [verdict.value for verdict in Verdict if verdict is not Verdict.OPEN]
        if not isinstance(refusals, dict):
            raise forms.ValidationError(_('Write an object: {"the venue\'s code": "no effect"}.'))
        for code, word in refusals.items():
            if word not in words:
                raise forms.ValidationError(
                    _("%(code)s: “%(word)s” is none of %(words)s."), params={"code": code, "word": word, "words": ", ".join(words)}
                )
        return refusals

    def clean(self) -> dict[str, Any]:
        """Keep live trading to those who may, and orders where they can be found."""
        cleaned = super().clean() or {}
        is_live = cleaned.get("mode") == Venue.Mode.LIVE and cleaned.get("is_enabled")
        if is_live and self._changes(cleaned, _MATTERS_LIVE) and not self.user.has_perm(TRADE_LIVE):
            self.add_error("mode", _("You may not set a venue to live trading: ask for the permission “Can set venues to live trading”."))
        orders = ChildOrder.objects.filter(venue=self.instance.pk, state__in=LIVE_CHILDREN)
        if self.instance.pk and self._changes(cleaned, _WHERE_ORDERS_ARE) and orders.exists():
            self.add_error(
                None, _("Orders of ours live at this venue: elsewhere they could be neither cancelled nor looked up. Cancel them first.")
            )
        return cleaned

    def _changes(self, cleaned: dict[str, Any], names: set[str]) -> bool:
        """Tell whether one of these fields would differ from the row as it is now.

        `changed_data` does not tell: in the history a form begins with an earlier version, not with the row.
        """
        stored = Venue.objects.filter(pk=self.instance.pk).values(*names).first()
        return stored is None or any(cleaned[name] != stored[name] for name in names if name in cleaned)


class WriteOnlyInput(forms.PasswordInput):
    """One line that is never sent back to a browser."""

    def __init__(self) -> None:
        super().__init__(attrs={"autocomplete": "new-password", "class": "vTextField"}, render_value=False)


class WriteOnlyLines(forms.Textarea):
    """Several lines (Coinbase's secret is a PEM) that are never sent back to a browser."""

    def __init__(self) -> None:
        super().__init__(attrs={"autocomplete": "off", "spellcheck": "false", "rows": 3, "class": "vLargeTextField"})

    def format_value(self, value: Any) -> None:
        """Show nothing, not even what was just typed."""


def _secret(label: Any, widget: forms.Widget, help_text: Any = "") -> forms.CharField:
    return forms.CharField(label=label, widget=widget, required=False, help_text=help_text)


class CredentialForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only, not at run time
    """The keys of an account. What is left blank stays; what is stored is never shown."""

    new_api_key = _secret(_("API key"), WriteOnlyInput(), _("Blank: as it is."))
    new_api_secret = _secret(_("API secret"), WriteOnlyLines(), _("Blank: as it is. The key must not be allowed to withdraw."))
    new_password = _secret(
        _("Password or passphrase"), WriteOnlyInput(), _("Only where the venue wants one (OKX: passphrase). Blank: as it is.")
    )
    clear_api_key = forms.BooleanField(label=_("Remove the API key"), required=False)
    clear_api_secret = forms.BooleanField(label=_("Remove the API secret"), required=False)
    clear_password = forms.BooleanField(label=_("Remove the password"), required=False)

    class Meta:
        model = VenueCredential
        fields = ["venue"]

    def clean(self) -> dict[str, Any]:
        """Refuse to set and remove the same thing, and to leave orders behind in an account that can no longer be reached."""
        cleaned = super().clean() or {}
        is_another = bool(cleaned.get("new_api_key") or cleaned.get("clear_api_key") or "venue" in self.changed_data)
        venues = [venue for venue in (self.instance.venue_id, getattr(cleaned.get("venue"), "pk", None)) if venue]
        if is_another and ChildOrder.objects.filter(venue__in=venues, state__in=LIVE_CHILDREN).exists():
            self.add_error(
                None,
                _("Orders of ours live at this venue: another account's key can neither cancel them nor look them up. Cancel them first."),
            )
        for name in SECRETS:
            if cleaned.get(f"new_{name}") and cleaned.get(f"clear_{name}"):
                self.add_error(f"clear_{name}", _("Either give a new one or remove the old one."))
        return cleaned

    def save(self, commit: bool = True) -> VenueCredential:
        """Encrypt what is new, remove what is to go, and leave word of it in the history, without the words themselves."""
        credential: VenueCredential = self.instance
        done = []
        for name in SECRETS:
            if self.cleaned_data[f"new_{name}"]:
                credential.put(name, self.cleaned_data[f"new_{name}"])
                done.append(f"{name} set")
            elif self.cleaned_data[f"clear_{name}"]:
                credential.put(name, "")
                done.append(f"{name} removed")
        credential._change_reason = ", ".join(done) or None
        super().save(commit)
        return credential
