"""Books are written as they change, in their newest state, and removed when they must not be traded on."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import pytest_asyncio
from redis import Redis

from dipmaster.domain.books import Book
from execution.domain.book_keeping import BookKeeper
from execution.market import books
from execution.market.book_writer import LEVELS, MOST_UNANSWERED, BookWriter
from execution.market.connection import async_redis
from execution.venues.dialect import BookUpdate

RECEIVED_US = 1_767_323_045_678_901
pytestmark = pytest.mark.usefixtures("redis")


def keeper(bid: str = "100", *, ask: str = "200", sequence: int = 7, levels: int = 1) -> BookKeeper:
    kept = BookKeeper()
    bids = [(str(Decimal(bid) - number), "1.50") for number in range(levels)]
    kept.apply(BookUpdate(symbol="BTCUSDT", is_snapshot=True, first=sequence, last=sequence, bids=bids, asks=[(ask, "2")]))
    return kept


def stored(symbol: str = "BTCUSDT") -> Book | None:
    return books.read(venues=["okx"], symbols=[symbol]).get(("okx", symbol))


@pytest_asyncio.fixture
async def writer() -> AsyncIterator[BookWriter]:
    client = async_redis()
    writer = BookWriter(client)
    running = asyncio.create_task(writer.run())
    yield writer
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await client.aclose()


async def test_a_book_is_written_with_its_time_and_number(writer: BookWriter, redis: Redis) -> None:
    writer.put("okx", "BTCUSDT", keeper(), RECEIVED_US)
    await writer.finish()
    book = stored()
    assert book is not None
    assert book.received_at == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=RECEIVED_US)
    assert (book.bids[0].price, book.bids[0].quantity, book.asks[0].price) == (Decimal(100), Decimal("1.5"), Decimal(200))
    data = redis.get(books.key_of("okx", "BTCUSDT"))
    assert books.decode(data, venue="okx", symbol="BTCUSDT").sequence == 7  # type: ignore[arg-type]
    assert 0 < redis.ttl(books.key_of("okx", "BTCUSDT")) <= books.KEPT_SECONDS  # type: ignore[operator]


async def test_the_best_levels_are_written(writer: BookWriter) -> None:
    writer.put("okx", "BTCUSDT", keeper(levels=LEVELS + 10), RECEIVED_US)
    await writer.finish()
    book = stored()
    assert book is not None
    assert [level.price for level in book.bids] == [Decimal(100 - number) for number in range(LEVELS)]


async def test_a_writer_that_falls_behind_writes_each_book_less_often_and_in_its_newest_state(writer: BookWriter) -> None:
    changes = 10 * MOST_UNANSWERED
    for number in range(1, changes + 1):
        for symbol in ("BTCUSDT", "ETHUSDT"):
            writer.put("okx", symbol, keeper(str(number), ask="9999"), RECEIVED_US)
    await writer.finish()
    found = [stored("BTCUSDT"), stored("ETHUSDT")]
    assert [book and book.bids[0].price for book in found] == [Decimal(changes), Decimal(changes)]
    assert writer.written <= MOST_UNANSWERED + 2


async def test_a_removed_book_is_gone(writer: BookWriter) -> None:
    writer.put("okx", "BTCUSDT", keeper(), RECEIVED_US)
    await writer.finish()
    writer.remove("okx", "BTCUSDT")
    await writer.finish()
    assert stored() is None


async def test_a_book_that_is_removed_before_it_was_written_never_shows(writer: BookWriter) -> None:
    writer.put("okx", "BTCUSDT", keeper(), RECEIVED_US)
    writer.remove("okx", "BTCUSDT")
    await writer.finish()
    assert stored() is None


async def test_a_lost_connection_to_redis_loses_no_book(writer: BookWriter, redis: Redis) -> None:
    writer.put("okx", "BTCUSDT", keeper("100"), RECEIVED_US)
    await writer.finish()
    redis.client_kill_filter(_type="normal", skipme=True)
    writer.put("okx", "BTCUSDT", keeper("105"), RECEIVED_US)
    await writer.finish(seconds=10.0)
    book = stored()
    assert book is not None
    assert book.bids[0].price == 105
