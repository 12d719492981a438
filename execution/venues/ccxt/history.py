"""The account's trades, all pages: venues differ in how many they give at once, from which end, and over how long a time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from execution.venues.ccxt.answers import UnreadableAnswer, milliseconds, rows

DAY_MILLISECONDS = 86_400_000
USUAL_PAGE = 100  # asked for where ccxt does not know the venue's largest page


async def trades_since(exchange: Any, name: str, since: datetime) -> list[Any]:
    """Return ccxt's trade structures from `since` on, each once, oldest first; `name` is ccxt's symbol.

    Raises:
        UnreadableAnswer: some cannot be reached, because more share one millisecond than a page holds, or because the venue
            gives the newest ones and takes no end of the time asked for.
    """
    history = _History(exchange, name)
    for start, end in _windows(milliseconds(since), milliseconds(datetime.now(UTC) + timedelta(minutes=1)), history.window_days):
        await history.read(start, end)
    return sorted(history.found.values(), key=lambda trade: int(trade["timestamp"]))


def _windows(start: int, end: int, days: float | None) -> Iterator[tuple[int, int | None]]:
    """Cut the time into what the venue answers for at once; without such a limit the end stays open."""
    if not days:
        yield start, None
        return
    step = int(days * DAY_MILLISECONDS)
    while start < end:
        yield start, min(start + step, end)
        start += step


class _History:
    """What has been read of one symbol, by trade id."""

    def __init__(self, exchange: Any, name: str) -> None:
        self._exchange = exchange
        self._name = name
        self._limit = exchange.feature_value(name, "fetchMyTrades", "limit") or USUAL_PAGE
        self.window_days = exchange.feature_value(name, "fetchMyTrades", "untilDays")
        self.found: dict[str, Any] = {}

    async def read(self, start: int, end: int | None) -> None:
        """Read one window: a full page is continued at both ends, since it is not known which end it was cut at."""
        page = await self._page(start, end)
        if len(page) < self._limit:
            return
        known = len(self.found)
        newest = page
        while len(newest) >= self._limit:
            at = max(_times(newest))
            newest = await self._page(at, end)
            self._require_progress(newest, moved=max(_times(newest), default=at) > at)
        if end is None and len(self.found) == known:
            raise UnreadableAnswer(f"a page of {self._limit} executions that cannot be continued: there may be older ones")
        oldest = page if end is not None else []
        while len(oldest) >= self._limit:
            at = min(_times(oldest))
            oldest = await self._page(start, at)
            self._require_progress(oldest, moved=min(_times(oldest), default=at) < at)

    def _require_progress(self, page: list[Any], *, moved: bool) -> None:
        """Refuse to go on from a full page that ends where the one before did."""
        if len(page) >= self._limit and not moved:
            raise UnreadableAnswer(f"more than {self._limit} executions at one moment: some cannot be read")

    async def _page(self, start: int, end: int | None) -> list[Any]:
        params = {} if end is None else {"until": end}
        page = list(rows(await self._exchange.fetch_my_trades(self._name, start, self._limit, params)))
        self.found.update({str(trade["id"]): trade for trade in page})
        return page


def _times(page: list[Any]) -> list[int]:
    return [int(trade["timestamp"]) for trade in page]
