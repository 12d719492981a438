"""Types of the API's fields: stricter about input than the framework's, exact about output."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_WHOLE_DIGITS, _DECIMAL_PLACES = 18, 18


class AmountField(serializers.DecimalField):
    """A price, quantity or amount of money; a string in every answer, so that no client loses digits to floats."""

    default_error_messages = {
        "invalid": _("Enter a plain number, best as a string."),
        "too_large": _("This number is too large."),
        "too_precise": _("At most 18 digits after the point."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=_WHOLE_DIGITS + _DECIMAL_PLACES, decimal_places=_DECIMAL_PLACES, **kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        """Read a number from a string or a JSON number; nothing else, and no other alphabet's digits."""
        if isinstance(data, bool) or not isinstance(data, str | int | Decimal) or not _NUMBER.fullmatch(str(data).strip()[:1000]):
            self.fail("invalid")
        return super().to_internal_value(data)

    def validate_precision(self, value: Decimal) -> Decimal:
        """Keep to what the database holds, before anything calculates with the number."""
        exponent = value.as_tuple().exponent
        if value.adjusted() >= _WHOLE_DIGITS:
            self.fail("too_large")
        if isinstance(exponent, int) and exponent < -_DECIMAL_PLACES:
            self.fail("too_precise")
        return value

    def quantize(self, value: Decimal) -> Decimal:
        """Leave the number as it is: the framework would round it or fill it with zeros."""
        return value

    def to_representation(self, value: Decimal | None) -> str | None:  # type: ignore[override]
        """Write a number without exponent and without trailing zeros."""
        if value is None:
            return None
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text


class TextField(serializers.CharField):
    """Text and nothing but text: the framework would turn numbers into it."""

    def to_internal_value(self, data: Any) -> str:
        """Return the text as it was sent."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class InstantField(serializers.DateTimeField):
    """A moment with its time zone: without one the framework would guess."""

    default_error_messages = {"no_time_zone": _("The time needs a time zone, such as Z or +02:00.")}

    def enforce_timezone(self, value: datetime) -> datetime:
        """Refuse a time without a zone."""
        if value.tzinfo is None:
            self.fail("no_time_zone")
        return super().enforce_timezone(value)
