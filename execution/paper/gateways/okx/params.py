"""Read the parameters that OKX's lists share."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from execution.paper.gateways.okx.errors import ApiError

T = TypeVar("T")
Params = Mapping[str, Any]
LONGEST_NUMBER = 20


def error(name: str) -> ApiError:
    """Return the error of a parameter that cannot be read."""
    return ApiError("51000", f"Parameter {name} error", 400)


def required(params: Params, name: str) -> str:
    """Return a parameter that must be there."""
    value = str(params.get(name) or "")
    if not value:
        raise ApiError("50014", f"Parameter {name} can not be empty.", 400)
    return value


def integer(params: Params, name: str, default: int | None = None) -> int | None:
    """Return a whole number, the default when it is not there."""
    text = str(params.get(name) or "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > LONGEST_NUMBER:
        raise error(name)
    return int(text)


def limit_of(params: Params, default: int = 100, highest: int = 100, name: str = "limit") -> int:
    """Return how many rows are wanted."""
    value = integer(params, name, default)
    return min(highest, value or default)


def page(items: Iterable[T], params: Params, *, number: Callable[[T], int], highest: int = 100) -> list[T]:
    """Return one page, newest first: older than `after`, newer than `before` (the nearest ones to it)."""
    after, before, limit = integer(params, "after"), integer(params, "before"), limit_of(params, 100, highest)
    chosen = [item for item in items if (after is None or number(item) < after) and (before is None or number(item) > before)]
    chosen.sort(key=number, reverse=True)
    return chosen[-limit:] if before is not None and after is None else chosen[:limit]


def within(params: Params, time_ms: int) -> bool:
    """Tell whether a time lies between `begin` and `end`."""
    begin, end = integer(params, "begin"), integer(params, "end")
    return (begin is None or time_ms >= begin) and (end is None or time_ms <= end)
