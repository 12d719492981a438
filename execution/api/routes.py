"""What the API asks and answers about the best route."""

from typing import Any

from rest_framework import serializers

from dipmaster.domain.sides import Side
from execution.api.fields import AmountField, TextField
from execution.api.requests import StrictSerializer
from execution.models.orders import SIDES


class RouteRequestSerializer(StrictSerializer):
    """Which route is asked for; part of the address."""

    symbol = TextField(max_length=40, help_text="House name or ccxt's unified one: `BTCUSDT`, `BTC/USDT`.")
    side = serializers.ChoiceField(choices=SIDES)
    quantity = AmountField(help_text="Base currency, above zero.")
    max_venues = serializers.IntegerField(required=False, min_value=1, max_value=100, help_text="Left out: as many as pay.")
    require_full_fill = serializers.BooleanField(required=False, default=False, help_text="Everything or nothing.")

    def validate_quantity(self, quantity: Any) -> Any:
        """Refuse what is nothing to route."""
        if quantity <= 0:
            self.fields["quantity"].fail("invalid")
        return quantity

    def to_request(self) -> dict[str, Any]:
        """Return what the selector takes."""
        return {**self.validated_data, "side": Side(self.validated_data["side"])}


class LegSerializer(serializers.Serializer):
    """One venue's part; prices without fee, amounts in quote currency."""

    venue = serializers.CharField()
    quantity = AmountField()
    expected_price = AmountField()
    worst_price = AmountField()
    expected_fee = AmountField()
    notional = AmountField()


class RejectedVenueSerializer(serializers.Serializer):
    """A venue that gets nothing."""

    venue = serializers.CharField()
    reason = serializers.CharField()
    excess_bps = AmountField(allow_null=True, help_text="Its best price, fee and penalty included, beyond the dearest one taken.")


class RouteSerializer(serializers.Serializer):
    """The best split at the moment. Null: nothing could be routed."""

    legs = LegSerializer(many=True)
    quantity = AmountField()
    unrouted_quantity = AmountField()
    average_price = AmountField(allow_null=True)
    all_in_price = AmountField(allow_null=True, help_text="With fees.")
    total_fee = AmountField()
    total_cost = AmountField(help_text="Quote currency, against the mid, fees included.")
    slippage_bps = AmountField(allow_null=True, help_text="Of the average price against the mid, without fees.")
    confidence = serializers.FloatField(help_text="Share of the quantity that would still fill if half of what is shown were there.")
    rejected = RejectedVenueSerializer(many=True)
