"""Read parameters: everything is text, as in a query; the values of a JSON body are made so."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from execution.paper.gateways.bybit.errors import parameter_error
from execution.paper.gateways.bybit.names import Params

LONGEST_NUMBER = 40


def read_body(raw: bytes) -> dict[str, str]:
    """Return the members of a JSON object as text; true and false in small letters, null left out."""
    try:
        body = msgspec.json.decode(raw or b"{}", type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise parameter_error("params error: body is not a JSON object") from error
    return {name: _text(value) for name, value in body.items() if value is not None}


def read_decimal(params: Mapping[str, str], name: str, *, wrong: str) -> Decimal:
    """Return a positive decimal; `wrong` is said when it is none."""
    text = params.get(name, "")
    try:
        value = Decimal(text) if len(text) <= LONGEST_NUMBER else Decimal("NaN")
    except InvalidOperation as error:
        raise parameter_error(wrong) from error
    if not value.is_finite() or value <= 0 or abs(value.adjusted()) > LONGEST_NUMBER:
        raise parameter_error(wrong)
    return value


def read_integer(params: Params, name: str) -> int | None:
    """Return a whole number, None when it is not sent."""
    text = params.get(name)
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise parameter_error(f"params error: {name} invalid")
    return int(text)


def read_limit(params: Params, *, default: int, highest: int) -> int:
    """Return how many rows are asked for."""
    value = read_integer(params, "limit")
    return default if not value else min(value, highest)


def read_flag(params: Params, name: str) -> bool:
    """Return a yes or no, no when it is not sent."""
    return params.get(name, "false") == "true"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
