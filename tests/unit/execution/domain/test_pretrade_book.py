"""Fees, spread and the price of taking everything at once, from books that are easy to reckon with."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from dipmaster.domain.books import Book, Level
from dipmaster.domain.instruments import Listing
from dipmaster.domain.sides import Side
from execution.domain.pretrade import Fees
from execution.domain.pretrade_book import fees_of, sweep_of


def levels(*pairs):
    return tuple(Level(price=Decimal(str(price)), quantity=Decimal(str(quantity))) for price, quantity in pairs)


def book(venue, bids, asks):
    return Book(venue=venue, symbol="X", bids=levels(*bids), asks=levels(*asks), received_at=datetime(2026, 3, 2, tzinfo=UTC))


def listing(venue, maker, taker):
    one = Decimal("0.001")
    fees = {"maker_fee_bps": Decimal(maker), "taker_fee_bps": Decimal(taker)}
    return Listing(
        venue=venue, symbol="X", tick=one, lot=one, min_quantity=one, max_quantity=Decimal(1000), min_notional=Decimal(5), **fees
    )


BOOKS = (book("a", [(99.9, 1)], [(100.1, 1), (100.4, 2)]), book("b", [(99.8, 4)], [(100.2, 3)]))
LISTINGS = {"a": listing("a", 2, 30), "b": listing("b", 1, 5), "c": listing("c", 4, 5), "d": listing("d", 9, 9)}


def test_a_sweep_pays_the_levels_of_all_books_in_order():
    cost = sweep_of(Side.BUY, BOOKS, 100.0)
    assert cost(1) == pytest.approx(10)
    assert cost(4) == pytest.approx((10 + 3 * 20) / 4)
    assert cost(6) == pytest.approx((10 + 60 + 80) / 6)


def test_a_sale_takes_from_the_bids():
    assert sweep_of(Side.SELL, BOOKS, 100.0)(5) == pytest.approx((10 + 4 * 20) / 5)


def test_what_the_books_do_not_show_is_not_known():
    cost = sweep_of(Side.BUY, BOOKS, 100.0)
    assert cost(6.01) is None
    assert sweep_of(Side.BUY, (), 100.0)(1) is None


def test_fees_are_those_of_the_cheapest_places_to_rest_and_of_the_best_price_all_in():
    assert fees_of(Side.BUY, LISTINGS, BOOKS) == Fees(maker_bps=(1 + 2 + 4) / 3, taker_bps=5)


def test_without_books_the_lowest_taker_fee_is_expected():
    assert fees_of(Side.BUY, LISTINGS, ()).taker_bps == 5
    assert fees_of(Side.BUY, {}, BOOKS) is None
