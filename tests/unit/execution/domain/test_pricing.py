from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dipmaster.domain.sides import Side
from execution.domain.pricing import crossing_price, even_parts, resting_price, smallest_quantity
from tests.unit.execution.domain.markets import book, listing

BOOK = book("A", [("100.00", "1")], [("100.50", "1")])
TERMS = listing("A", tick="0.05")


@pytest.mark.parametrize(
    ("side", "worst", "ticks", "price"),
    [
        (Side.BUY, None, 0, "100.00"),
        (Side.SELL, None, 0, "100.50"),
        (Side.BUY, None, 2, "99.90"),
        (Side.SELL, None, 2, "100.60"),
        (Side.BUY, "99.98", 0, "99.95"),
        (Side.SELL, "100.52", 0, "100.55"),
        (Side.BUY, "100.20", 0, "100.00"),
    ],
)
def test_a_resting_price_joins_the_best_and_never_passes_the_worst(side, worst, ticks, price):
    assert resting_price(side, BOOK, TERMS, None if worst is None else Decimal(worst), ticks_away=ticks) == Decimal(price)


@pytest.mark.parametrize(
    ("side", "level", "worst", "price"),
    [
        (Side.BUY, "1000.00", None, "1000.20"),
        (Side.SELL, "1000.00", None, "999.80"),
        (Side.BUY, "1000.00", "1000.12", "1000.10"),
        (Side.SELL, "1000.00", "999.88", "999.90"),
    ],
)
def test_a_crossing_price_adds_two_basis_points_and_never_passes_the_worst(side, level, worst, price):
    assert crossing_price(side, Decimal(level), TERMS, None if worst is None else Decimal(worst)) == Decimal(price)


@pytest.mark.parametrize(
    ("terms", "price", "smallest"),
    [
        ({}, None, "0.01"),
        ({"min_quantity": "0.025"}, None, "0.03"),
        ({"min_notional": "5"}, "100", "0.05"),
        ({"min_notional": "5"}, "99", "0.06"),
        ({"min_notional": "5"}, None, "0.01"),
    ],
)
def test_the_smallest_quantity_meets_lot_minimum_and_notional(terms, price, smallest):
    assert smallest_quantity(listing("A", **terms), None if price is None else Decimal(price)) == Decimal(smallest)


def test_parts_that_would_be_too_small_leave_out_venues():
    offers = [(listing(venue, min_quantity="0.4"), Decimal(100)) for venue in "ABC"]
    assert even_parts(Decimal(1), offers, 3) == [("A", Decimal("0.5")), ("B", Decimal("0.5"))]


def test_a_venue_with_a_high_minimum_is_passed_over():
    offers = [(listing("A", min_quantity="0.8"), Decimal(100)), (listing("B"), Decimal(100)), (listing("C"), Decimal(100))]
    assert even_parts(Decimal(1), offers, 2) == [("B", Decimal("0.5")), ("C", Decimal("0.5"))]


def test_without_a_venue_that_takes_it_there_are_no_parts():
    assert even_parts(Decimal("0.3"), [(listing("A", min_quantity="0.4"), Decimal(100))], 3) == []


@given(
    quantity=st.integers(1, 10_000),
    lots=st.lists(st.sampled_from(["0.001", "0.01", "0.1"]), min_size=1, max_size=4),
    least=st.integers(0, 500),
    most=st.integers(1, 4),
)
def test_parts_are_whole_lots_within_the_limits_and_never_more_than_the_quantity(quantity, lots, least, most):
    quantity = Decimal(quantity) / 1000
    terms = {str(n): listing(str(n), lot=lot, min_quantity=Decimal(least) / 1000, max_quantity="2") for n, lot in enumerate(lots)}
    parts = even_parts(quantity, [(one, Decimal(100)) for one in terms.values()], most)
    assert len(parts) <= most
    assert sum((part for _, part in parts), Decimal(0)) <= quantity
    for venue, part in parts:
        assert part % terms[venue].lot == 0
        assert max(terms[venue].lot, terms[venue].min_quantity) <= part <= 2
