"""Cut lists into pages, newest first; the cursor names the last row that was given."""

from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import quote, unquote

from execution.paper.gateways.bybit.errors import parameter_error
from execution.paper.gateways.bybit.names import Params
from execution.paper.gateways.bybit.params import read_integer, read_limit

DAY_MS = 86_400_000
LONGEST_MS = 7 * DAY_MS
Row = TypeVar("Row")
Key = tuple[int, int]


def page(rows: Sequence[Row], params: Params, key: Callable[[Row], Key], *, default: int, highest: int) -> tuple[list[Row], str]:
    """Return the newest rows before the cursor, and the next cursor, which is percent-encoded as Bybit's is and empty at the end.

    `key` tells a row's time in milliseconds and a number that no other row of that time has.
    """
    before = _cursor(params)
    left = sorted((row for row in rows if before is None or key(row) < before), key=key, reverse=True)
    limit = read_limit(params, default=default, highest=highest)
    shown = left[:limit]
    if len(left) <= limit:
        return shown, ""
    time_ms, number = key(shown[-1])
    return shown, quote(f"{time_ms}:{number}", safe="")


def time_range(params: Params, now_ms: int) -> tuple[int, int]:
    """Return first and last millisecond of what is asked for: at most seven days, by default the last seven."""
    start, end = read_integer(params, "startTime"), read_integer(params, "endTime")
    if start is None and end is None:
        return now_ms - LONGEST_MS, now_ms + DAY_MS
    first = start if start is not None else (end or 0) - LONGEST_MS
    last = end if end is not None else first + LONGEST_MS
    if not 0 <= last - first <= LONGEST_MS:
        raise parameter_error("The time range between startTime and endTime cannot exceed 7 days")
    return first, last


def _cursor(params: Params) -> Key | None:
    text = unquote(params.get("cursor", ""))
    if not text:
        return None
    time_ms, _, number = text.partition(":")
    if not all(part.isascii() and part.isdigit() for part in (time_ms, number)):
        raise parameter_error("params error: cursor invalid")
    return int(time_ms), int(number)
