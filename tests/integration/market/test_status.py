"""What the feed tells of its streams."""

from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from execution.domain.streams import StreamState, StreamTally
from execution.market import status
from execution.market.connection import async_redis

pytestmark = pytest.mark.usefixtures("redis")
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NOW_US = (NOW - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


async def test_statuses_come_back_by_venue_and_symbol(redis: Redis) -> None:
    tally = StreamTally(state=StreamState.LIVE, frames=9, gaps=1, resyncs=2, crossed=3, connections=4, frame_us=NOW_US, book_us=NOW_US)
    written = [tally.status(venue="okx", symbol="BTCUSDT-PERP"), StreamTally().status(venue="bybit", symbol="ETHUSDT")]
    client = async_redis()
    await status.write(client, written)
    await client.aclose()
    assert status.read() == {("okx", "BTCUSDT-PERP"): written[0], ("bybit", "ETHUSDT"): written[1]}
    assert written[0].data_age(NOW + timedelta(seconds=2)) == timedelta(seconds=2)
    assert written[1].data_age(NOW) is None
    assert 0 < redis.ttl(status.KEY) <= status.KEPT_SECONDS  # type: ignore[operator]


async def test_what_is_not_watched_any_more_is_not_told() -> None:
    client = async_redis()
    await status.write(client, [StreamTally().status(venue="okx", symbol="BTCUSDT")])
    await status.write(client, [])
    await client.aclose()
    assert status.read() == {}
