"""Types of the API's fields: stricter about input than the framework's, exact about output."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}", re.ASCII)
_PARAMETER_NAME = re.compile(r"[a-z][a-z0-9_]{0,49}", re.ASCII)
_MOST_PARAMETERS = 50
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


@extend_schema_field(
    {"type": "object", "additionalProperties": {"oneOf": [{"type": "number"}, {"type": "string"}]}, "example": {"participation_cap": "0.1"}}
)
class ParametersField(serializers.Field):
    """Parameters of an algorithm by name: numbers or texts. Whether the algorithm has them is the service's to say."""

    default_error_messages = {
        "not_an_object": _("Enter an object of parameter names and values."),
        "bad_name": _("Parameter names are small letters and underscores, at most 50 of them."),
        "bad_value": _("Enter a plain number or a word."),
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return what was sent, once it is plain."""
        if not isinstance(data, Mapping):
            self.fail("not_an_object")
        if len(data) > _MOST_PARAMETERS or not all(_PARAMETER_NAME.fullmatch(name) for name in data):
            self.fail("bad_name")
        wrong = {name: [ErrorDetail(str(self.error_messages["bad_value"]), code="invalid")] for name in data if not _is_plain(data[name])}
        if wrong:
            raise serializers.ValidationError(wrong)
        return dict(data)

    def to_representation(self, value: Any) -> Any:
        """Return the parameters as they are stored."""
        return value


def _is_plain(value: Any) -> bool:
    """Tell whether a value is nothing, a number or a word: Python would read more than that as a number."""
    if value is None or value == "":
        return True
    if isinstance(value, str):
        return _NUMBER.fullmatch(value[:1000]) is not None or _WORD.fullmatch(value) is not None
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


class InstantField(serializers.DateTimeField):
    """A moment with its time zone: without one the framework would guess."""

    default_error_messages = {"no_time_zone": _("The time needs a time zone, such as Z or +02:00.")}

    def enforce_timezone(self, value: datetime) -> datetime:
        """Refuse a time without a zone."""
        if value.tzinfo is None:
            self.fail("no_time_zone")
        return super().enforce_timezone(value)
