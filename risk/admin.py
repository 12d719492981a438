"""Risk in the administration: limits are edited, the rest is shown."""

from django.contrib import admin

from dipmaster.admin import HistoryAdmin, ReadOnlyAdmin
from risk.models import Exposure, RiskLimit, Violation


@admin.register(RiskLimit)
class RiskLimitAdmin(HistoryAdmin):
    """Limits by scope, with who changed what when."""

    list_display = ["__str__", "max_order_quantity", "max_order_notional", "price_collar_bps", "max_position_notional"]
    list_filter = ["desk", "symbol"]
    list_select_related = ["desk"]
    search_fields = ["symbol", "desk__name"]
    history_list_display = ["max_order_quantity", "max_order_notional", "price_collar_bps", "max_position_notional"]


@admin.register(Exposure)
class ExposureAdmin(ReadOnlyAdmin):
    """Positions and reservations as they are."""

    list_display = ["desk", "symbol", "position", "reserved_buy", "reserved_sell"]
    list_filter = ["desk", "symbol"]
    list_select_related = ["desk"]
    search_fields = ["symbol", "desk__name"]


@admin.register(Violation)
class ViolationAdmin(ReadOnlyAdmin):
    """Refusals and breaches as they were stored."""

    list_display = ["at", "desk", "code", "symbol", "order_reference", "child_reference", "reason"]
    list_filter = ["code", "desk", "symbol"]
    list_select_related = ["desk"]
    search_fields = ["order_reference", "child_reference", "symbol", "reason"]
    date_hierarchy = "at"
