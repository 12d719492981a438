"""Execution in the administration: venues and terms are edited, what happened is shown."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet, URLField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dipmaster.accounts.models import User
from dipmaster.admin import HistoryAdmin, ReadOnlyAdmin
from execution.mode_forms import ModeForm
from execution.models import (
    ChildOrder,
    ExecutionMode,
    FeeTier,
    Fill,
    ImpactCoefficient,
    Instrument,
    Listing,
    OrderEvent,
    ParentOrder,
    Slice,
    Venue,
    VenueCredential,
)
from execution.models.venues import TRADE_LIVE
from execution.services.resolving import NotResolvable, resolve_by_hand
from execution.venue_forms import CredentialForm, VenueForm

_FEES = ["maker_fee_bps", "taker_fee_bps", "perpetual_maker_fee_bps", "perpetual_taker_fee_bps"]


class FeeTierInline(admin.TabularInline):
    """Fees by traded volume, on the venue's page."""

    model = FeeTier
    extra = 0
    fields = ["from_volume_usd", *_FEES]


@admin.register(Venue)
class VenueAdmin(HistoryAdmin):
    """Exchanges: fees, minimums, whether they are used, and who changed it when."""

    form = VenueForm
    inlines = [FeeTierInline]
    list_display = ["title", "name", "mode", "maker_fee_bps", "taker_fee_bps", "min_order_notional", "max_order_notional", "is_enabled"]
    list_filter = ["is_enabled", "mode"]
    search_fields = ["name", "title"]
    readonly_fields = ["keys"]
    fieldsets = [
        (None, {"fields": ["name", "title", "ccxt_id", "is_enabled"]}),
        (_("Where orders go"), {"fields": ["mode", "base_url", "keys"]}),
        (_("Fees"), {"fields": [*_FEES, "tier_in_force"]}),
        (_("Limits"), {"fields": ["min_order_notional", "max_order_notional", "max_position_notional", "rate_limit"]}),
        (_("Refusals"), {"fields": ["refusals"], "classes": ["collapse"]}),
    ]
    formfield_overrides = {URLField: {"assume_scheme": "http"}}  # paper venues answer on loopback
    history_list_display = [
        *_FEES,
        "tier_in_force",
        "min_order_notional",
        "max_order_notional",
        "max_position_notional",
        "rate_limit",
        "mode",
        "is_enabled",
    ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Tell the form who edits."""
        form = super().get_form(request, obj, change=change, **kwargs)
        return type("VenueFormOfUser", (form,), {"user": request.user})

    @admin.display(description=_("Live account"))
    def keys(self, venue: Venue) -> str:
        """Say whether there are keys, never what they are."""
        return _keys(VenueCredential.objects.filter(venue=venue.pk).first())


@admin.register(VenueCredential)
class VenueCredentialAdmin(HistoryAdmin):
    """Keys of venue accounts: written, never read back. Who may trade live may store them."""

    form = CredentialForm
    list_display = ["venue", "keys", "updated_at"]
    list_select_related = ["venue"]
    search_fields = ["venue__name", "venue__title"]
    readonly_fields = ["keys", "updated_at"]
    fields = [
        "venue", "keys", "updated_at",
        "new_api_key", "clear_api_key", "new_api_secret", "clear_api_secret", "new_password", "clear_password",
    ]  # fmt: skip
    history_list_display = ["api_key_ending"]

    @admin.display(description=_("Stored"))
    def keys(self, credential: VenueCredential) -> str:
        """Say what is stored."""
        return _keys(credential)

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow nobody to go back: the history holds no keys to go back to."""
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Allow those who may trade live."""
        return super().has_add_permission(request) and request.user.has_perm(TRADE_LIVE)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow those who may trade live."""
        return super().has_change_permission(request, obj) and request.user.has_perm(TRADE_LIVE)


def _keys(credential: VenueCredential | None) -> str:
    stored = [] if credential is None else _stored(credential)
    return ", ".join(stored) or str(_("none"))


def _stored(credential: VenueCredential) -> list[str]:
    said = []
    if credential.api_key:
        ending = credential.api_key_ending
        said.append(str(_("API key set, ends in …%(ending)s") % {"ending": ending} if ending else _("API key set")))
    if credential.api_secret:
        said.append(str(_("secret set")))
    if credential.password:
        said.append(str(_("password set")))
    return said


@admin.register(Instrument)
class InstrumentAdmin(admin.ModelAdmin):
    """Tradable pairs."""

    list_display = ["symbol", "base", "quote", "kind", "is_enabled"]
    list_filter = ["is_enabled", "kind", "quote"]
    search_fields = ["symbol", "base"]
    actions = ["enable", "disable"]

    @admin.action(description=_("Enable: follow its books and take orders"), permissions=["change"])
    def enable(self, request: HttpRequest, chosen: QuerySet[Instrument]) -> None:
        """Switch instruments on."""
        self._switch(request, chosen, on=True)

    @admin.action(description=_("Disable: no new orders"), permissions=["change"])
    def disable(self, request: HttpRequest, chosen: QuerySet[Instrument]) -> None:
        """Switch instruments off."""
        self._switch(request, chosen, on=False)

    def _switch(self, request: HttpRequest, chosen: QuerySet[Instrument], *, on: bool) -> None:
        """Save row by row with an entry in the log of the administration, as editing each would."""
        for instrument in chosen:
            instrument.is_enabled = on
            instrument.save(update_fields=["is_enabled"])
            self.log_change(request, instrument, [{"changed": {"fields": [str(_("enabled"))]}}])


@admin.register(Listing)
class ListingAdmin(HistoryAdmin):
    """Terms of the instruments on the venues."""

    list_display = [
        "instrument", "venue", "tick", "lot", "min_quantity", "max_quantity", "min_notional",
        "maker_fee_bps", "taker_fee_bps", "is_enabled",
    ]  # fmt: skip
    list_filter = ["venue", "is_enabled"]
    list_select_related = ["instrument", "venue"]
    search_fields = ["instrument__symbol", "venue__name"]
    history_list_display = ["tick", "lot", "min_quantity", "max_quantity", "min_notional", "maker_fee_bps", "taker_fee_bps", "is_enabled"]


@admin.register(ExecutionMode)
class ExecutionModeAdmin(HistoryAdmin):
    """Presets of the ticket: algorithm and parameters, and who changed them when."""

    form = ModeForm
    list_display = ["title", "name", "algorithm", "participation", "risk_aversion", "urgency", "patience", "position", "is_enabled"]
    list_filter = ["is_enabled", "algorithm"]
    search_fields = ["name", "title"]
    fieldsets = [
        (None, {"fields": ["name", "title", "summary", "position", "is_enabled"]}),
        (_("Preset"), {"fields": ["algorithm", "participation", "risk_aversion", "urgency"]}),
        (_("Slices"), {"fields": ["patience", "slice_interval_seconds", "randomise"]}),
    ]
    history_list_display = ["algorithm", "participation", "risk_aversion", "urgency", "patience", "slice_interval_seconds", "randomise"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Keep the name of a mode that exists: orders and programs know it by that."""
        return [] if obj is None else ["name"]


@admin.register(ImpactCoefficient)
class ImpactCoefficientAdmin(ReadOnlyAdmin):
    """What fits of the impact found; `manage.py fit_impact` adds rows."""

    list_display = ["symbol", "fitted_at", "origin", "y", "y_error", "exponent", "exponent_error", "observations", "source"]
    list_filter = ["symbol", "origin"]
    search_fields = ["symbol", "source"]


class TradingRowAdmin(ReadOnlyAdmin):
    """Rows of tables that grow with every order: nothing is counted or listed without need."""

    show_full_result_count = False
    list_per_page = 50


@admin.register(ParentOrder)
class ParentOrderAdmin(TradingRowAdmin):
    """Parent orders."""

    list_display = [
        "reference", "created_at", "desk", "trader", "instrument", "side", "quantity", "filled_quantity", "state", "refusal_code",
    ]  # fmt: skip
    list_filter = ["state", "side", "desk", "instrument"]
    list_select_related = ["desk", "trader", "instrument"]
    search_fields = ["=id", "client_order_id", "trader__username"]
    search_help_text = "Number of the order, client order id or trader"


@admin.register(Slice)
class SliceAdmin(TradingRowAdmin):
    """Slices."""

    list_display = ["__str__", "start_at", "end_at", "quantity", "filled_quantity", "returned_quantity", "state"]
    list_filter = ["state"]
    list_select_related = ["parent"]
    search_fields = ["=parent__id"]
    search_help_text = "Number of the order"


@admin.register(ChildOrder)
class ChildOrderAdmin(TradingRowAdmin):
    """Child orders."""

    list_display = [
        "client_order_id",
        "parent",
        "slice",
        "venue",
        "order_type",
        "time_in_force",
        "price",
        "quantity",
        "filled_quantity",
        "state",
    ]
    list_filter = ["state", "venue", "order_type"]
    list_select_related = ["parent", "slice__parent", "venue"]
    search_fields = ["=parent__id", "client_order_id", "venue_order_id"]
    search_help_text = "Number of the order, our id or the venue's"
    actions = ["resolve"]

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        """Allow those who may change child orders; the rows themselves nobody edits."""
        return request.user.has_perm("execution.change_childorder")

    @admin.action(description=_("Resolve by hand: take unknown ones for ended"), permissions=["resolve"])
    def resolve(self, request: HttpRequest, chosen: QuerySet[ChildOrder]) -> HttpResponse | None:
        """Ask for a reason, then end each child by itself."""
        if "confirmed" not in request.POST:
            context = {**self.admin_site.each_context(request), "title": _("Resolve by hand"), "chosen": chosen, "opts": self.model._meta}
            return render(request, "admin/execution/childorder/resolve.html", context)
        for child in chosen:
            try:
                resolve_by_hand(user=cast(User, request.user), child_id=child.pk, reason=request.POST.get("reason", ""), now=timezone.now())
                self.message_user(request, _("%(child)s is taken for ended.") % {"child": f"{child.parent} {child}"})
            except NotResolvable as error:
                self.message_user(request, f"{child.parent} {child}: {error}", messages.ERROR)
        return None


@admin.register(Fill)
class FillAdmin(TradingRowAdmin):
    """Fills."""

    list_display = ["trade_id", "traded_at", "parent", "venue", "symbol", "price", "quantity", "fee", "fee_currency", "is_maker"]
    list_filter = ["venue", "symbol", "is_maker"]
    list_select_related = ["parent", "venue"]
    search_fields = ["=parent__id", "trade_id", "child__client_order_id"]
    search_help_text = "Number of the order, trade id or our id of the child order"


@admin.register(OrderEvent)
class OrderEventAdmin(TradingRowAdmin):
    """The append-only log."""

    list_display = ["parent", "sequence", "at", "kind", "text"]
    list_filter = ["kind"]
    list_select_related = ["parent"]
    search_fields = ["=parent__id", "text"]
    search_help_text = "Number of the order or words of the text"
