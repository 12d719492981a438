from datetime import timedelta
from decimal import Decimal

import pytest

from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import Market
from execution.domain.planning import is_dust, market_for_planning, progress_of, worst_allowed_price
from tests.unit.execution.domain.markets import NOW, listing, listings

MID = Decimal(100)


def test_a_plan_uses_the_coarsest_lot_and_the_smallest_order_that_some_venue_takes():
    terms = listings(listing("A", lot="0.01", min_notional="50"), listing("B", lot="0.1", min_quantity="0.7"))
    facts = market_for_planning(terms, MID)
    assert facts == Market(mid=MID, lot=Decimal("0.1"), min_quantity=Decimal("0.6"))  # 50 x 1.001 / 100, in lots of B


def test_without_a_venue_there_is_nothing_to_plan_with():
    assert market_for_planning({}, MID) is None


def test_what_live_slices_have_left_is_committed_until_the_last_one_ends():
    later = NOW + timedelta(seconds=30)
    progress = progress_of(Decimal(2), [(Decimal(3), NOW), (Decimal(-1), later)], [])
    assert (progress.filled_quantity, progress.committed_quantity, progress.committed_until) == (2, 3, later)
    assert progress.paced_until is None
    assert progress_of(Decimal(2), [], []).committed_until is None


def test_what_filled_early_paces_what_follows_until_the_last_of_it_would_have_ended():
    later = NOW + timedelta(seconds=30)
    assert progress_of(Decimal(2), [], [later, NOW]).paced_until == later


@pytest.mark.parametrize(("rest", "expected"), [("0.5", True), ("1", True), ("1.001", False), ("2", False)])
def test_dust_is_below_every_minimum_and_a_thousandth_of_the_order(rest, expected):
    assert is_dust(Decimal(rest), Decimal(1000), Market(mid=MID, lot=Decimal("0.001"), min_quantity=Decimal(2))) is expected


def test_a_rest_that_a_venue_takes_is_no_dust():
    assert not is_dust(Decimal("0.5"), Decimal(1000), Market(mid=MID, lot=Decimal("0.1"), min_quantity=Decimal("0.5")))


@pytest.mark.parametrize(
    ("side", "limit", "cap", "expected"),
    [
        (Side.BUY, None, None, None),
        (Side.BUY, "101", None, "101"),
        (Side.BUY, "101", "50", "100.5"),
        (Side.BUY, "100.2", "50", "100.2"),
        (Side.SELL, "99", "50", "99.5"),
        (Side.SELL, "99.8", "50", "99.8"),
    ],
)
def test_limit_and_slippage_cap_bind_whichever_comes_first(side, limit, cap, expected):
    found = worst_allowed_price(side, limit and Decimal(limit), MID, cap and Decimal(cap))
    assert found == (expected and Decimal(expected))
