"""What clients get."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dipmaster.domain.instruments import InstrumentKind
from execution.api.fields import AmountField
from execution.domain.algorithms.parameters import Kind
from execution.models import ChildOrder, ExecutionMode, Fill, Instrument, Listing, OrderEvent, ParentOrder, Slice, Venue
from execution.selectors.venues import VenueScreen, VenueState


class ExactModelSerializer(serializers.ModelSerializer):
    """Writes every decimal of a model as an exact string."""

    def build_standard_field(self, field_name, model_field):  # type: ignore[no-untyped-def]
        """Use the exact field for decimals."""
        field_class, kwargs = super().build_standard_field(field_name, model_field)
        if issubclass(field_class, serializers.DecimalField):
            kwargs = {key: value for key, value in kwargs.items() if key not in ("max_digits", "decimal_places", "coerce_to_string")}
            return AmountField, kwargs
        return field_class, kwargs


class OrderSerializer(ExactModelSerializer):
    """A parent order. `version` rises with every change of the order, its slices, child orders and fills."""

    reference = serializers.CharField(read_only=True, help_text="The name people use: `P-42`.")
    symbol = serializers.CharField(source="instrument.symbol", read_only=True)
    trader = serializers.CharField(source="trader.username", read_only=True)
    venues = serializers.ListField(source="venue_names", child=serializers.CharField(), read_only=True)
    decision_reasons = serializers.ListField(child=serializers.CharField(), read_only=True)
    remaining_quantity = AmountField(read_only=True)
    average_price = AmountField(read_only=True, allow_null=True, help_text="Quote currency; none before the first fill.")

    class Meta:
        model = ParentOrder
        fields = [
            "id", "reference", "client_order_id", "version", "state", "refusal_code", "refusal_reason",
            "symbol", "side", "quantity", "quote_quantity", "mode", "algorithm", "parameters", "decision_reasons", "priority",
            "limit_price", "max_slippage_bps", "would_price", "remainder", "venues", "notes", "trader",
            "filled_quantity", "remaining_quantity", "filled_notional", "average_price", "fees_quote",
            "decision_mid", "arrival_mid", "end_mid",
            "start_at", "end_at", "created_at", "started_at", "completed_at",
        ]  # fmt: skip
        read_only_fields = fields


class SliceSerializer(ExactModelSerializer):
    """A part of a parent order with a window of its own."""

    class Meta:
        model = Slice
        fields = [
            "id", "number", "state", "quantity", "filled_quantity", "returned_quantity",
            "start_at", "end_at", "urgency", "released_at", "done_at", "last_reason",
        ]  # fmt: skip
        read_only_fields = fields


class ChildOrderSerializer(ExactModelSerializer):
    """One order at one venue."""

    reference = serializers.CharField(source="__str__", read_only=True)
    slice_number = serializers.IntegerField(source="slice.number", read_only=True)
    venue = serializers.CharField(source="venue.name", read_only=True)

    class Meta:
        model = ChildOrder
        fields = [
            "id", "reference", "slice_number", "venue", "client_order_id", "venue_order_id", "state", "order_type", "time_in_force",
            "price", "quantity", "filled_quantity", "reason", "refusal_code", "refusal_reason", "mid_at_decision",
            "decided_at", "sent_at", "acknowledged_at", "cancel_requested_at", "ended_at",
        ]  # fmt: skip
        read_only_fields = fields


class FillSerializer(ExactModelSerializer):
    """One execution, as the venue reported it."""

    venue = serializers.CharField(source="venue.name", read_only=True)
    child = serializers.IntegerField(source="child_id", read_only=True, help_text="Id of the child order.")

    class Meta:
        model = Fill
        fields = [
            "id", "child", "venue", "symbol", "trade_id", "price", "quantity", "fee", "fee_currency", "fee_quote", "is_maker", "mid",
            "traded_at", "recorded_at",
        ]  # fmt: skip
        read_only_fields = fields


class EventSerializer(serializers.ModelSerializer):
    """One entry of an order's append-only log; `hash` covers the entry and `previous_hash`."""

    class Meta:
        model = OrderEvent
        fields = ["sequence", "at", "kind", "text", "payload", "previous_hash", "hash"]
        read_only_fields = fields


class ListingSerializer(ExactModelSerializer):
    """The terms of an instrument on a venue."""

    venue = serializers.CharField(source="venue.name", read_only=True)

    class Meta:
        model = Listing
        fields = ["venue", "tick", "lot", "min_quantity", "max_quantity", "min_notional"]
        read_only_fields = fields


class InstrumentSerializer(serializers.ModelSerializer):
    """A tradable pair with its terms on every enabled venue."""

    listings = ListingSerializer(source="enabled_listings", many=True, read_only=True)

    class Meta:
        model = Instrument
        fields = ["id", "symbol", "base", "quote", "kind", "listings"]
        read_only_fields = fields


class VenueRecordSerializer(serializers.Serializer):
    """What a venue did with the desk's newest orders there: 500 at most, of seven days. Null: not measured."""

    orders = serializers.IntegerField()
    delay_ms = serializers.FloatField(allow_null=True, help_text="From the decision to the venue's answer: the mean root, squared.")
    acknowledged = serializers.IntegerField(help_text="Orders behind the delay.")
    reject_share = serializers.FloatField(allow_null=True, help_text="Of the orders that were to take.")
    takers = serializers.IntegerField(help_text="Orders behind the share of rejections.")
    fill_share = serializers.FloatField(allow_null=True, help_text="Share of what was asked for that was taken.")
    arrived = serializers.IntegerField(help_text="Orders behind the share that was filled.")


class PenaltySerializer(serializers.Serializer):
    """What the router adds to a venue's prices now, bps: what an order that takes is expected to lose beyond price and fee."""

    symbol = serializers.CharField()
    delay_bps = serializers.FloatField(source="penalty.delay_bps")
    staleness_bps = serializers.FloatField(source="penalty.staleness_bps")
    reject_bps = serializers.FloatField(source="penalty.reject_bps")
    miss_bps = serializers.FloatField(source="penalty.miss_bps")
    total_bps = serializers.FloatField(source="penalty.total_bps")


class VenueHealthSerializer(serializers.Serializer):
    """How a venue serves now. Rates and latencies are over the last five minutes; null: not measured."""

    state = serializers.ChoiceField(choices=[state.value for state in VenueState])
    since = serializers.DateTimeField(source="health.since", allow_null=True, default=None)
    reason = serializers.CharField(source="health.reason", allow_null=True, default=None)
    latency_p50_ms = serializers.FloatField(source="figures.latency_p50_ms", allow_null=True, default=None)
    latency_p95_ms = serializers.FloatField(source="figures.latency_p95_ms", allow_null=True, default=None)
    unproven_share = serializers.FloatField(source="figures.unknown_share", allow_null=True, default=None)
    reject_share = serializers.FloatField(source="figures.reject_share", allow_null=True, default=None)
    oldest_book_seconds = serializers.SerializerMethodField(help_text="Null while a book is missing or nobody reads them.")
    clock_offset_ms = serializers.FloatField(source="clock.offset.milliseconds", allow_null=True, default=None, help_text="Venue minus us.")
    clock_uncertainty_ms = serializers.FloatField(source="clock.offset.uncertainty_ms", allow_null=True, default=None)
    rate_used_share = serializers.FloatField(source="usage.share", help_text="Of the venue's request budget, all processes together.")
    record = VenueRecordSerializer(allow_null=True, help_text="Null: the desk sent no order there in seven days.")
    penalties = PenaltySerializer(many=True, help_text="By symbol whose volatility and book are known.")

    def get_oldest_book_seconds(self, screen: VenueScreen) -> float | None:
        """Return seconds."""
        return None if screen.worst_age is None else screen.worst_age.total_seconds()


class FeeInForce(AmountField):
    """Maker (0) or taker (1) fee that a venue charges at present: of its fee tier in force, else its own."""

    def __init__(self, kind: InstrumentKind, place: int) -> None:
        super().__init__(source="*", read_only=True)
        self._kind, self._place = kind, place

    def to_representation(self, venue: Any) -> str | None:  # type: ignore[override]  # as the exact field itself
        """Return basis points as an exact string."""
        return super().to_representation(venue.fees_in_force(self._kind.value)[self._place])


class VenueSerializer(ExactModelSerializer):
    """An enabled exchange, its fees and how it serves."""

    maker_fee_bps = FeeInForce(InstrumentKind.SPOT, 0)
    taker_fee_bps = FeeInForce(InstrumentKind.SPOT, 1)
    perpetual_maker_fee_bps = FeeInForce(InstrumentKind.PERPETUAL, 0)
    perpetual_taker_fee_bps = FeeInForce(InstrumentKind.PERPETUAL, 1)
    health = serializers.SerializerMethodField()

    class Meta:
        model = Venue
        fields = [
            "id", "name", "title", "mode", "maker_fee_bps", "taker_fee_bps", "perpetual_maker_fee_bps", "perpetual_taker_fee_bps",
            "min_order_notional", "max_order_notional", "max_position_notional", "health",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(VenueHealthSerializer)
    def get_health(self, venue: Venue) -> Any:
        """Return the figures of the venues page."""
        return VenueHealthSerializer(self.context["screens"][venue.pk]).data


class ParameterSerializer(serializers.Serializer):
    """What an algorithm can be told. A `share` is a number from 0 to 1 that people read in percent."""

    name = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind])
    default = serializers.JSONField(allow_null=True, help_text="Null: the algorithm decides by itself. A mode may say otherwise.")
    minimum = serializers.FloatField(allow_null=True)
    maximum = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    choices = serializers.ListField(child=serializers.CharField())
    is_mutable = serializers.BooleanField(help_text="It may be amended while the order works.")
    help = serializers.CharField()


class AlgorithmSerializer(serializers.Serializer):
    """An execution algorithm and its parameters."""

    name = serializers.CharField()
    title = serializers.CharField()
    summary = serializers.CharField()
    is_custom = serializers.BooleanField(help_text="It comes from outside the product.")
    parameters = ParameterSerializer(many=True)


class ModeSerializer(serializers.ModelSerializer):
    """A preset: what an order's algorithm and parameters are unless the request says otherwise."""

    class Meta:
        model = ExecutionMode
        fields = [
            "name", "title", "summary", "algorithm", "participation", "risk_aversion", "urgency", "patience", "slice_interval_seconds",
            "randomise",
        ]  # fmt: skip
        read_only_fields = fields


class ErrorSerializer(serializers.Serializer):
    """One error."""

    field = serializers.CharField(allow_null=True, help_text="Dotted path of the field; none when the whole request is meant.")
    code = serializers.CharField(help_text="Stable, for programs.")
    message = serializers.CharField(help_text="In plain words, for people.")


class ErrorsSerializer(serializers.Serializer):
    """The body of every answer that is no success."""

    errors = ErrorSerializer(many=True)  # type: ignore[assignment]


class RefusalSerializer(ErrorsSerializer):
    """A refusal by risk: the error, and the order as it was stored."""

    order = OrderSerializer()
