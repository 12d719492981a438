"""The oracle of the cost is the example of implementation shortfall in Kissell's notation, for both sides."""

import math
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from analytics.domain.fills import PricedFill
from analytics.lab.measuring import controls_of, measure, violations_of
from analytics.lab.parents import LabParent, Worked
from analytics.lab.watching import Series
from dipmaster.domain.sides import Side
from tests.unit.analytics.lab.fixed_market import START


def series(mids, *, volume=10.0):
    mids = np.array(mids, dtype=float)
    quantities = volume * np.arange(len(mids))
    notionals = np.concatenate([[0.0], np.cumsum(volume * mids[1:])])
    return Series(start_at=START, interval=timedelta(seconds=1), mids=mids, quantities=quantities, notionals=notionals)


def fill(price, quantity, *, second=1, fee="0", is_maker=False):
    return PricedFill(
        at=START + timedelta(seconds=second),
        venue="A",
        price=Decimal(price),
        quantity=Decimal(quantity),
        fee=Decimal(fee),
        mid=Decimal(price),
        is_maker=is_maker,
    )


def cost(fills, watched, undisturbed=None, *, side=Side.BUY, quantity="1000"):
    parent = LabParent(side=side, quantity=Decimal(quantity), start_at=START, end_at=START + timedelta(seconds=2), seed=1)
    return measure(parent, Worked(fills=tuple(fills), children=1), watched, undisturbed or watched)


def test_cost_is_the_implementation_shortfall_of_the_published_example():
    # 1000 ordered, arrival 100.10, 800 filled at 100.35, end 100.80, fees 40.14: 200 trading + 140 opportunity + 40.14 fees
    found = cost([fill("100.35", "800", fee="40.14")], series([100.10, 100.35, 100.80]))
    assert found.cost_bps == pytest.approx(380.14 / 100_100 * 1e4)
    assert found.fee_bps == pytest.approx(40.14 / 100_100 * 1e4)
    assert found.fill_rate == pytest.approx(0.8)


@pytest.mark.parametrize(("side", "sign"), [(Side.BUY, 1), (Side.SELL, -1)])
def test_paying_above_the_benchmark_is_cost_for_a_buyer_and_gain_for_a_seller(side, sign):
    found = cost([fill("101", "1000")], series([100, 100, 100]), side=side)
    assert found.cost_bps == pytest.approx(sign * 100)
    assert found.arrival_bps == pytest.approx(sign * 100)
    assert found.twap_bps == pytest.approx(sign * 100)
    assert found.vwap_bps == pytest.approx(sign * 100)


def test_benchmarks_are_those_of_the_whole_window():
    found = cost([fill("100", "1000")], series([100, 102, 104]))
    assert found.twap_bps == pytest.approx(1e4 * (100 - 102) / 102)
    assert found.vwap_bps == pytest.approx(1e4 * (100 - 103) / 103)  # ten units each at 102 and 104


def test_own_impact_is_the_path_less_the_same_path_without_the_order():
    found = cost(
        [fill("100", "750", second=1), fill("100", "250", second=2)], series([100, 100.2, 100.1]), series([100, 100, 100]), side=Side.BUY
    )
    assert found.impact_bps == pytest.approx(0.75 * 20 + 0.25 * 10)
    assert found.impact_end_bps == pytest.approx(10)


def test_impact_is_cost_for_a_seller_who_presses_the_price():
    found = cost([fill("100", "1000", second=2)], series([100, 99.9, 99.9]), series([100, 100, 100]), side=Side.SELL)
    assert found.impact_bps == pytest.approx(10)


def test_maker_share_and_duration_follow_the_fills():
    found = cost([fill("100", "300", second=1, is_maker=True), fill("100", "100", second=2)], series([100, 100, 100]))
    assert found.maker_share == pytest.approx(0.75)
    assert found.duration_seconds == 2


def test_an_order_without_a_fill_costs_what_it_missed_and_has_no_average_price():
    found = cost([], series([100, 100, 101]))
    assert found.cost_bps == pytest.approx(100)
    assert (found.arrival_bps, found.vwap_bps, found.maker_share, found.impact_bps) == (None, None, None, None)
    assert found.fill_rate == 0


def test_there_is_no_vwap_where_nobody_else_traded():
    assert cost([fill("100", "1000")], series([100, 100, 100], volume=0.0)).vwap_bps is None


@pytest.mark.parametrize(("side", "sign"), [(Side.BUY, 1), (Side.SELL, -1)])
def test_controls_are_the_drift_against_the_order(side, sign):
    assert controls_of(side, series([100, 101, 102])) == pytest.approx((sign * 100, sign * 200))


def test_what_must_never_be_is_named():
    good = cost([fill("100", "1000")], series([100, 100, 100]))
    assert violations_of(good) == ()
    assert "filled 1.1" in violations_of(replace(good, fill_rate=1.1))[0]
    assert violations_of(replace(good, cost_bps=math.nan)) == ("cost_bps is nan",)
    assert violations_of(replace(good, vwap_bps=math.inf)) == ("vwap_bps is inf",)
    assert "refused" in violations_of(replace(good, refusals=1))[0]
