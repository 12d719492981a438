"""Sweep: everything at once within a collar."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import Market, OrderTerms, Progress
from execution.domain.algorithms.parameters import InvalidParameter
from execution.domain.algorithms.registry import get_algorithm
from execution.domain.algorithms.sweep import plan
from execution.domain.planning import patience_of, tightest_cap, worst_allowed_price

START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
MARKET = Market(mid=Decimal(100), lot=Decimal("0.001"), min_quantity=Decimal("0.001"))


def order(**parameters):
    end_at = START + timedelta(seconds=60)
    return OrderTerms(side=Side.SELL, quantity=Decimal("2.5"), limit_price=None, start_at=START, end_at=end_at, parameters=parameters)


def done(filled="0", committed="0", until=None):
    return Progress(filled_quantity=Decimal(filled), committed_quantity=Decimal(committed), committed_until=until)


def test_everything_is_one_slice_that_crosses_at_once_and_may_try_until_the_end():
    (part,) = plan(order(), done(), MARKET, START).slices
    assert (part.quantity, part.start_at, part.end_at, part.urgency) == (Decimal("2.5"), START, START + timedelta(seconds=60), 1.0)
    assert patience_of({"patience": 0.9}, part.urgency) == 0


def test_what_came_back_is_taken_again():
    early = replace(done("1"), paced_until=START + timedelta(seconds=30))
    (part,) = plan(order(), early, MARKET, START + timedelta(seconds=20)).slices
    assert (part.quantity, part.start_at) == (Decimal("1.5"), START + timedelta(seconds=20))


@pytest.mark.parametrize(("side", "worst"), [(Side.BUY, Decimal("100.1")), (Side.SELL, Decimal("99.9"))])
def test_the_collar_bounds_the_price(side, worst):
    parameters = get_algorithm("sweep").read({"collar_bps": 10})
    assert worst_allowed_price(side, None, Decimal(100), tightest_cap(None, parameters)) == worst


def test_left_out_the_collar_is_25_bps():
    assert get_algorithm("sweep").read({})["collar_bps"] == 25


@pytest.mark.parametrize("value", [0, -5, 5000, float("inf"), "wide"])
def test_a_collar_out_of_range_is_refused(value):
    with pytest.raises(InvalidParameter, match="collar_bps"):
        plan(order(collar_bps=value), done(), MARKET, START)
