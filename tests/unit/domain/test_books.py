from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dipmaster.domain.books import Book, Level, consolidate, consolidated_mid
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


def ladder(venue, bids, asks):
    def side(levels):
        return tuple(Level(price=Decimal(price), quantity=Decimal(quantity)) for price, quantity in levels)

    return Book(venue=venue, symbol="BTCUSDT", bids=side(bids), asks=side(asks), received_at=NOW)


def test_a_consolidated_book_keeps_each_levels_venue_best_prices_first():
    joined = consolidate([ladder("A", [(100, 1), (98, 2)], [(101, 3)]), ladder("B", [(99, 4)], [(101, 5), (103, 6)])])
    assert [(level.venue, level.price, level.quantity) for level in joined.bids] == [("A", 100, 1), ("B", 99, 4), ("A", 98, 2)]
    assert [(level.venue, level.price, level.quantity) for level in joined.asks] == [("A", 101, 3), ("B", 101, 5), ("B", 103, 6)]
    assert joined.opposite(Side.BUY) == joined.own(Side.SELL) == joined.asks
    assert joined.own(Side.BUY) == joined.opposite(Side.SELL) == joined.bids


def test_the_spread_of_venues_that_cross_one_another_is_negative():
    joined = consolidate([ladder("A", [(102, 1)], [(103, 1)]), ladder("B", [(99, 1)], [(100, 1)])])
    assert joined.spread == -2
    assert joined.mid == 101


def test_without_both_sides_a_consolidated_book_has_neither_mid_nor_spread():
    joined = consolidate([ladder("A", [(100, 1)], [])])
    assert (joined.mid, joined.spread) == (None, None)
    assert consolidate([]).bids == ()


prices = st.lists(st.integers(1, 50), unique=True, max_size=8)


@given(st.lists(st.tuples(prices, prices), max_size=4))
def test_consolidating_loses_and_adds_nothing(sides):
    books = [ladder(str(n), [(p, 1) for p in sorted(b, reverse=True)], [(p, 1) for p in sorted(a)]) for n, (b, a) in enumerate(sides)]
    joined = consolidate(books)
    for name, sign in (("bids", -1), ("asks", 1)):
        found = [(level.venue, level.price) for level in getattr(joined, name)]
        assert sorted(found) == sorted((book.venue, level.price) for book in books for level in getattr(book, name))
        assert [sign * price for _, price in found] == sorted(sign * price for _, price in found)


DEEP = Book(
    venue="A",
    symbol="BTCUSDT",
    bids=(Level(price=Decimal(99), quantity=Decimal(1)), Level(price=Decimal(98), quantity=Decimal(2))),
    asks=(Level(price=Decimal(101), quantity=Decimal(3)), Level(price=Decimal(102), quantity=Decimal(4))),
    received_at=NOW,
)


def test_a_side_is_added_up_from_its_best_price_on_with_the_sign_of_who_takes_from_it():
    buy, sell = DEEP.depth(Side.BUY), DEEP.depth(Side.SELL)
    assert (buy.prices, buy.reached, buy.values) == ([101, 102], [0, 3, 7], [0, 303, 711])
    assert (sell.prices, sell.reached, sell.values) == ([-99, -98], [0, 1, 3], [0, -99, -295])


@pytest.mark.parametrize(
    ("quantity", "levels", "value"), [("0", 0, "0"), ("1", 1, "101"), ("3", 1, "303"), ("4.5", 2, "456"), ("7", 2, "711")]
)
def test_a_quantity_is_worth_what_its_levels_ask(quantity, levels, value):
    depth = DEEP.depth(Side.BUY)
    assert (depth.levels(Decimal(quantity)), depth.value(Decimal(quantity))) == (levels, Decimal(value))


def test_a_side_is_added_up_once_and_books_are_compared_and_copied_without_it():
    assert DEEP.depth(Side.BUY) is DEEP.depth(Side.BUY)
    assert replace(DEEP) == DEEP
    assert hash(replace(DEEP)) == hash(DEEP)
    assert replace(DEEP, asks=DEEP.asks[:1]).depth(Side.BUY).reached == [0, 3]
