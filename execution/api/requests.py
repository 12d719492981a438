"""What clients send."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from dipmaster.domain.sides import Side
from execution.api.fields import AmountField, InstantField, ParametersField, TextField
from execution.domain.algorithms.base import Remainder
from execution.models.orders import REMAINDERS, SIDES
from execution.services.amending import FASTER
from execution.services.orders import OrderRequest


class StrictSerializer(serializers.Serializer):
    """Refuses fields it does not know: a misspelt limit price must not become an order without one."""

    def to_internal_value(self, data: Any) -> Any:
        """Read the body and report unknown fields together with all other errors."""
        unknown = {} if not isinstance(data, Mapping) else {name: [_unknown_field()] for name in data if name not in self.fields}
        try:
            value = super().to_internal_value(data)
        except ValidationError as error:
            details = error.detail if isinstance(error.detail, dict) else {}
            raise ValidationError({**details, **unknown}) from error
        if unknown:
            raise ValidationError(unknown)
        return value


def _unknown_field() -> ErrorDetail:
    return ErrorDetail(str(_("There is no such field.")), code="unknown_field")


class AmendmentSerializer(StrictSerializer):
    """New terms of an order that works: what is named changes, null removes a price or the cap."""

    quantity = AmountField(required=False, help_text="Base currency; not below what is filled and live at venues.")
    end_at = InstantField(required=False, help_text="ISO 8601 with time zone, in the future.")
    duration_minutes = AmountField(required=False, help_text="Instead of `end_at`: minutes from the order's start.")
    limit_price = AmountField(required=False, allow_null=True)
    max_slippage_bps = AmountField(required=False, allow_null=True)
    would_price = AmountField(required=False, allow_null=True)
    remainder = serializers.ChoiceField(choices=REMAINDERS, required=False)
    parameters = ParametersField(required=False, help_text="Those with `is_mutable`; null is the algorithm's default.")


class AccelerationSerializer(StrictSerializer):
    """How much sooner the order is to end."""

    factor = AmountField(default=FASTER, help_text="Divides the time left, multiplies the share of the volume: above 1, at most 10.")


class OrderRequestSerializer(StrictSerializer):
    """A new parent order. Exactly one of `quantity` and `quote_quantity` is given."""

    symbol = TextField(max_length=40, help_text="House name or ccxt's unified one: `BTCUSDT`, `BTC/USDT`.")
    side = serializers.ChoiceField(choices=SIDES)
    quantity = AmountField(required=False, allow_null=True, help_text="Base currency, a multiple of the venues' lot.")
    quote_quantity = AmountField(
        required=False, allow_null=True, help_text="Quote currency; converted at the mid, rounded down to the lot."
    )
    mode = TextField(default="balanced", max_length=30, help_text="Name of one of the desk's modes: see `/api/v1/modes/`.")
    algorithm = TextField(required=False, allow_null=True, max_length=30, help_text="Overrides the mode's algorithm.")
    parameters = ParametersField(
        required=False,
        default=dict,
        help_text="What differs from the mode's, by the algorithm's parameter names: see `/api/v1/algorithms/`.",
    )
    duration_minutes = AmountField(help_text="Longest execution time, 0.1 to 1440.")
    limit_price = AmountField(required=False, allow_null=True, help_text="Quote currency, a multiple of the venues' tick.")
    max_slippage_bps = AmountField(required=False, allow_null=True, help_text="Slippage cap against the arrival mid.")
    would_price = AmountField(required=False, allow_null=True, help_text="At this mid or a better one, all that is left is wanted at once.")
    remainder = serializers.ChoiceField(
        choices=REMAINDERS, default=Remainder.CROSS.value, help_text="What becomes of a rest at the end: crossed at any size, or left."
    )
    priority = serializers.IntegerField(default=5, min_value=1, max_value=10)
    start_at = InstantField(required=False, allow_null=True, help_text="ISO 8601 with time zone; none: now.")
    venues = serializers.ListField(
        child=TextField(max_length=20), default=list, max_length=20, help_text="Allow-list of venue names; empty: every enabled venue."
    )
    notes = TextField(required=False, default="", allow_blank=True, max_length=2000, trim_whitespace=False)
    client_order_id = TextField(
        required=False,
        default="",
        allow_blank=True,
        max_length=64,
        trim_whitespace=False,
        help_text="Makes the request safe to repeat: letters, digits and `._:-`. Assigned when it is left out.",
    )

    def to_request(self) -> OrderRequest:
        """Return the validated request as the service takes it."""
        fields = dict(self.validated_data)
        return OrderRequest(**fields | {"side": Side(fields["side"]), "venues": tuple(fields["venues"])})
