"""Books in Redis."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from redis import Redis

from dipmaster.domain.books import Book, Level
from execution.market import books

pytestmark = pytest.mark.usefixtures("redis")


def book(venue: str, symbol: str, bid: str = "59990.69") -> Book:
    return Book(
        venue=venue,
        symbol=symbol,
        bids=(Level(price=Decimal(bid), quantity=Decimal("0.00001")),),
        asks=(Level(price=Decimal("60000.10"), quantity=Decimal("1.5")), Level(price=Decimal("60001"), quantity=Decimal("2"))),
        received_at=datetime(2026, 1, 2, 3, 4, 5, 678901, UTC),
    )


def test_a_book_comes_back_as_it_was_written() -> None:
    written = book("okx", "BTCUSDT")
    books.write(written)
    assert books.read(venues=["okx"], symbols=["BTCUSDT"]) == {("okx", "BTCUSDT"): written}


def test_missing_books_are_absent() -> None:
    books.write(book("okx", "BTCUSDT"))
    assert list(books.read(venues=["okx", "bybit"], symbols=["BTCUSDT", "ETHUSDT"])) == [("okx", "BTCUSDT")]


def test_nothing_asked_is_nothing_read() -> None:
    assert books.read(venues=[], symbols=["BTCUSDT"]) == {}


def test_the_latest_book_wins() -> None:
    books.write(book("okx", "BTCUSDT"))
    books.write(book("okx", "BTCUSDT", bid="59991"))
    assert books.read(venues=["okx"], symbols=["BTCUSDT"])["okx", "BTCUSDT"].bids[0].price == Decimal(59991)


def test_prices_come_back_with_their_last_digit() -> None:
    tiny = replace(book("okx", "PEPEUSDT"), bids=(Level(price=Decimal("1E-8"), quantity=Decimal("12345678901234567.5")),))
    books.write(tiny)
    assert books.read(venues=["okx"], symbols=["PEPEUSDT"])["okx", "PEPEUSDT"] == tiny


def test_a_book_that_nobody_renews_goes_away(redis: Redis) -> None:
    books.write(book("okx", "BTCUSDT"))
    assert 0 < redis.ttl("book:okx:BTCUSDT") <= books.KEPT_SECONDS  # type: ignore[operator]
