"""Bybit's lists, all pages: each answer names the next page until there is none."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from execution.venues.ccxt.answers import UnreadableAnswer, mapping, milliseconds, rows

Call = Callable[[dict[str, Any]], Awaitable[Any]]
MOST_PAGES = 1000  # a list that does not end is not a list
WINDOW = timedelta(days=7)  # how long a time order/history and execution/list answer for at once


async def all_rows(call: Call, request: Mapping[str, Any]) -> list[Any]:
    """Return the rows of every page of a list, in the venue's order.

    Raises:
        UnreadableAnswer: it is no list, or does not end.
    """
    found: list[Any] = []
    cursor = ""
    for _ in range(MOST_PAGES):
        result = mapping(mapping(await call({**request, **({"cursor": cursor} if cursor else {})})).get("result"))
        page = rows(result.get("list"))
        found += page
        following = str(result.get("nextPageCursor") or "")
        if not page or not following or following == cursor:
            return found
        cursor = following
    raise UnreadableAnswer(f"a list of more than {MOST_PAGES} pages")


def windows(start: datetime, end: datetime) -> Iterator[dict[str, int]]:
    """Yield the times to ask for, oldest first, none longer than the venue answers for at once."""
    while start < end:
        following = min(start + WINDOW, end)
        yield {"startTime": milliseconds(start), "endTime": milliseconds(following)}
        start = following
