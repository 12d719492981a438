from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from dipmaster.domain.books import Book, Level, consolidated_mid
from dipmaster.domain.sides import Side

NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)


def book(bid=None, ask=None, received_at=NOW):
    def side(price):
        return () if price is None else (Level(price=Decimal(price), quantity=Decimal(1)),)

    return Book(venue="A", symbol="BTCUSDT", bids=side(bid), asks=side(ask), received_at=received_at)


def test_the_mid_is_the_middle_of_the_touch():
    assert book("100", "101").mid == Decimal("100.5")


@pytest.mark.parametrize("one_sided", [book("100"), book(ask="100"), book()])
def test_without_both_sides_there_is_no_mid_and_no_trading(one_sided):
    assert one_sided.mid is None
    assert not one_sided.is_crossed
    assert not one_sided.is_tradable(NOW, timedelta(hours=1))


@pytest.mark.parametrize(("bid", "ask", "is_crossed"), [("100", "100.01", False), ("100", "100", True), ("101", "100", True)])
def test_a_locked_or_crossed_book_is_not_tradable(bid, ask, is_crossed):
    assert book(bid, ask).is_crossed is is_crossed
    assert book(bid, ask).is_tradable(NOW, timedelta(0)) is not is_crossed


def test_a_book_is_tradable_up_to_its_greatest_age():
    old = book("100", "101", NOW - timedelta(seconds=2))
    assert old.age(NOW) == timedelta(seconds=2)
    assert old.is_tradable(NOW, timedelta(seconds=2))
    assert not old.is_tradable(NOW, timedelta(seconds=1.999))


def test_a_buy_takes_asks_and_rests_among_bids():
    both = book("100", "101")
    assert both.opposite(Side.BUY) == both.own(Side.SELL) == both.asks
    assert both.opposite(Side.SELL) == both.own(Side.BUY) == both.bids


def test_the_best_prices_are_the_first_ones():
    assert book("100", "101").best_bid.price == 100
    assert book("100", "101").best_ask.price == 101
    assert (book().best_bid, book().best_ask) == (None, None)


def test_the_consolidated_mid_is_between_the_best_prices_of_all_books():
    assert consolidated_mid((book("100", "104"), book("99", "102"))) == 101


def test_books_of_two_venues_that_cross_still_have_a_middle():
    assert consolidated_mid((book("102", "103"), book("99", "100"))) == 101


@pytest.mark.parametrize("books", [(), (book("100"),), (book(ask="100"),)])
def test_without_both_sides_anywhere_there_is_no_consolidated_mid(books):
    assert consolidated_mid(books) is None
