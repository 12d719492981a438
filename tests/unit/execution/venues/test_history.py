"""All pages of an account's trades, whichever end a venue begins at."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from execution.venues.ccxt.answers import UnreadableAnswer, milliseconds
from execution.venues.ccxt.history import trades_since

NAME = "BTC/USDT"
SINCE = datetime.now(UTC) - timedelta(days=5)
START = milliseconds(SINCE)


class Venue:
    """What is used of ccxt's exchange: trades at `times` after START, `limit` a page, oldest or newest first."""

    def __init__(self, times: list[int], *, limit: int, is_newest_first: bool = False, window_days: int | None = None) -> None:
        self._trades = [{"id": str(number), "timestamp": START + at} for number, at in enumerate(sorted(times))]
        self._limit = limit
        self._is_newest_first = is_newest_first
        self._window_days = window_days
        self.calls = 0

    def feature_value(self, name: str, method: str, feature: str) -> Any:
        return {"limit": self._limit, "untilDays": self._window_days}[feature]

    async def fetch_my_trades(self, name: str, since: int, limit: int, params: dict[str, int]) -> list[Any]:
        self.calls += 1
        until = params.get("until", START * 2)
        if self._window_days is not None:
            assert until - since <= self._window_days * 86_400_000
        found = [trade for trade in self._trades if since <= trade["timestamp"] <= until]
        return found[::-1][:limit] if self._is_newest_first else found[:limit]


HOUR = 3_600_000


@given(
    hours=st.lists(st.integers(min_value=0, max_value=119), max_size=40, unique=True),
    limit=st.integers(min_value=2, max_value=7),
    is_newest_first=st.booleans(),
    window_days=st.sampled_from([1, 2, 7]),
)
@example(hours=[24, 25, 26], limit=2, is_newest_first=True, window_days=1)  # one of them is known from the window before
async def test_every_trade_is_read_once_and_in_order(hours: list[int], limit: int, is_newest_first: bool, window_days: int) -> None:
    venue = Venue([hour * HOUR for hour in hours], limit=limit, is_newest_first=is_newest_first, window_days=window_days)
    found = await trades_since(venue, NAME, SINCE)
    assert [trade["id"] for trade in found] == [str(number) for number in range(len(hours))]


async def test_a_venue_without_windows_is_read_to_the_end() -> None:
    found = await trades_since(Venue([hour * HOUR for hour in range(11)], limit=4), NAME, SINCE)
    assert len(found) == 11


async def test_few_trades_cost_one_call() -> None:
    venue = Venue([HOUR, 2 * HOUR], limit=100)
    await trades_since(venue, NAME, SINCE)
    assert venue.calls == 1


async def test_trades_that_cannot_be_reached_are_told_and_not_lost_in_silence() -> None:
    with pytest.raises(UnreadableAnswer, match="at one moment"):
        await trades_since(Venue([HOUR] * 9, limit=4, window_days=7), NAME, SINCE)
    with pytest.raises(UnreadableAnswer, match="older"):
        await trades_since(Venue([hour * HOUR for hour in range(9)], limit=4, is_newest_first=True), NAME, SINCE)
