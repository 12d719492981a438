"""Execution in the administration: venues and terms are edited, what happened is shown."""

from django.contrib import admin
from django.db.models import URLField
from simple_history.admin import SimpleHistoryAdmin

from dipmaster.admin import ReadOnlyAdmin
from execution.models import ChildOrder, Fill, Instrument, Listing, OrderEvent, ParentOrder, Slice, Venue


@admin.register(Venue)
class VenueAdmin(SimpleHistoryAdmin):
    """Exchanges: fees, minimums, whether they are used, and who changed it when."""

    list_display = ["title", "name", "mode", "maker_fee_bps", "taker_fee_bps", "min_order_notional", "max_order_notional", "is_enabled"]
    list_filter = ["is_enabled", "mode"]
    search_fields = ["name", "title"]
    formfield_overrides = {URLField: {"assume_scheme": "http"}}  # paper venues answer on loopback
    history_list_display = ["maker_fee_bps", "taker_fee_bps", "min_order_notional", "max_order_notional", "is_enabled"]


@admin.register(Instrument)
class InstrumentAdmin(admin.ModelAdmin):
    """Tradable pairs."""

    list_display = ["symbol", "base", "quote", "kind", "is_enabled"]
    list_filter = ["is_enabled", "kind", "quote"]
    search_fields = ["symbol", "base"]


@admin.register(Listing)
class ListingAdmin(SimpleHistoryAdmin):
    """Terms of the instruments on the venues."""

    list_display = ["instrument", "venue", "tick", "lot", "min_quantity", "max_quantity", "min_notional", "is_enabled"]
    list_filter = ["venue", "is_enabled"]
    list_select_related = ["instrument", "venue"]
    search_fields = ["instrument__symbol", "venue__name"]
    history_list_display = ["tick", "lot", "min_quantity", "max_quantity", "min_notional", "is_enabled"]


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
