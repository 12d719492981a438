from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dipmaster.domain.books import Book, Level
from dipmaster.domain.sides import Side
from execution.domain.liquidity import imbalance_of, liquidity_of, liquidity_score, spread_bps

D = Decimal
AMOUNTS = st.floats(0, 1e9)
SIZES = st.floats(1e-6, 1e9)


def book(bids: list[tuple[str, str]], asks: list[tuple[str, str]], venue: str = "binance") -> Book:
    sides = [tuple(Level(price=D(price), quantity=D(quantity)) for price, quantity in side) for side in (bids, asks)]
    return Book(venue=venue, symbol="BTCUSDT", bids=sides[0], asks=sides[1], received_at=datetime(2026, 1, 1, tzinfo=UTC))


@given(depth=AMOUNTS, quantity=SIZES, spread=AMOUNTS)
def test_the_score_is_a_share(depth: float, quantity: float, spread: float) -> None:
    assert 0 <= liquidity_score(depth=depth, quantity=quantity, spread_bps=spread) <= 1


@given(depth=AMOUNTS, more=AMOUNTS, quantity=SIZES, spread=AMOUNTS)
def test_more_depth_never_scores_less_and_more_size_or_spread_never_more(depth: float, more: float, quantity: float, spread: float) -> None:
    score = liquidity_score(depth=depth, quantity=quantity, spread_bps=spread)
    tolerance = 1e-12
    assert liquidity_score(depth=depth + more, quantity=quantity, spread_bps=spread) >= score - tolerance
    assert liquidity_score(depth=depth, quantity=quantity + more, spread_bps=spread) <= score + tolerance
    assert liquidity_score(depth=depth, quantity=quantity, spread_bps=spread + more) <= score + tolerance


def test_an_order_of_a_ninth_of_the_depth_scores_nine_tenths_without_a_spread() -> None:
    assert liquidity_score(depth=9, quantity=1, spread_bps=0) == pytest.approx(0.9)


def test_a_spread_of_ten_basis_points_halves_the_score() -> None:
    assert liquidity_score(depth=1, quantity=1, spread_bps=10) == pytest.approx(0.25)


@pytest.mark.parametrize("quantity", [0, -1, float("nan")])
def test_a_size_that_is_not_positive_is_refused(quantity: float) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        liquidity_score(depth=1, quantity=quantity, spread_bps=1)


def test_only_what_stands_within_ten_basis_points_on_the_side_that_is_taken_from_counts() -> None:
    books = [book([("9999", "5")], [("10001", "2"), ("10010", "1"), ("10011", "100")]), book([("9998", "50")], [("10002", "3")], "okx")]
    expected = 6 / (6 + 2) * 10 / (10 + 2)
    assert liquidity_of(books, side=Side.BUY, quantity=D(2)) == pytest.approx(expected)
    assert liquidity_of(books, side=Side.SELL, quantity=D(2)) == pytest.approx(55 / 57 * 10 / 12)


def test_without_both_sides_nothing_is_known() -> None:
    assert liquidity_of([], side=Side.BUY, quantity=D(1)) is None
    assert spread_bps([book([("1", "1")], [])]) is None
    assert imbalance_of([], Side.BUY) is None


def test_books_that_cross_one_another_have_no_spread() -> None:
    assert spread_bps([book([("101", "1")], [("102", "1")]), book([("99", "1")], [("100", "1")], "okx")]) == 0


def test_the_imbalance_is_seen_from_the_orders_side() -> None:
    books = [book([("99", "3")], [("101", "1")])]
    assert imbalance_of(books, Side.BUY) == pytest.approx(0.5)
    assert imbalance_of(books, Side.SELL) == pytest.approx(-0.5)
