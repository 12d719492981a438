"""Why a child order was sent, as clients get it."""

from typing import Any

import msgspec
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from execution.api.fields import AmountField
from execution.api.routes import RouteSerializer
from execution.domain.explanations import Explanation


class LevelSerializer(serializers.Serializer):
    """One price of a book."""

    price = AmountField()
    quantity = AmountField()


class VenueAccountSerializer(serializers.Serializer):
    """What the decision saw of a venue and did there. Without a quantity it got nothing, and the reason says why."""

    venue = serializers.CharField()
    bid = LevelSerializer(allow_null=True)
    ask = LevelSerializer(allow_null=True)
    age_ms = serializers.FloatField(allow_null=True, help_text="Of the book.")
    fee_bps = AmountField(allow_null=True, help_text="Taker fee where the order crosses, maker fee where it rests.")
    touch_all_in = AmountField(allow_null=True, help_text="Best price for this kind of order, fee included.")
    quantity = AmountField(allow_null=True)
    price = AmountField(allow_null=True)
    expected_price = AmountField(allow_null=True, help_text="Average over the levels taken, or the resting order's own price.")
    expected_fee = AmountField(allow_null=True, help_text="Quote currency.")
    reason = serializers.CharField()
    excess_bps = AmountField(allow_null=True, help_text="How much dearer than the dearest price taken, fees included.")


class ExplanationSerializer(serializers.Serializer):
    """A child's decision, made again from what was stored."""

    decided_at = serializers.DateTimeField(source="decision.inputs.now")
    reason = serializers.CharField(source="place.reason")
    is_same = serializers.BooleanField(help_text="Today's program decides the same.")
    differences = serializers.ListField(child=serializers.CharField(), help_text="Then and now, in words; empty when nothing differs.")
    venues = VenueAccountSerializer(many=True, help_text="Chosen ones first, then the cheapest.")
    route = RouteSerializer(
        allow_null=True, help_text="How the step split what it took. Null for what rests, and when today's program decides otherwise."
    )
    inputs = serializers.SerializerMethodField(
        help_text="All it was decided from; decimals are exact strings. Names may change with the tactics."
    )

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_inputs(self, explanation: Explanation) -> Any:
        """Return the arguments of the step."""
        inputs = msgspec.json.decode(msgspec.json.encode(explanation.decision.inputs))
        for book in inputs["books"]:
            book.pop("_depths")  # sums that a book keeps of its own levels
        return inputs
