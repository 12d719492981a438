from datetime import timedelta
from decimal import Decimal

import pytest

from analytics.lab.baselines import BASELINES, equal_clips, market_order, oracle
from analytics.lab.parents import LabParent, MarketDidNotAnswer
from analytics.lab.watching import Watched
from dipmaster.domain.sides import Side
from tests.unit.analytics.lab.fixed_market import START, FixedMarket, Rules, listing, wandering

MINUTES = 5
LENGTH = timedelta(minutes=MINUTES)


def undisturbed(rules):
    watched = Watched(FixedMarket(rules), LENGTH)
    while watched.now < START + LENGTH:
        watched.advance(START + LENGTH)
    return watched.series()


def worked(execute, rules=None, *, side=Side.BUY, quantity="1.5"):
    rules = rules or Rules()
    market = FixedMarket(rules, allowance=Decimal(quantity))
    parent = LabParent(side=side, quantity=Decimal(quantity), start_at=START, end_at=START + LENGTH, seed=1)
    return execute(Watched(market, LENGTH), parent, undisturbed(rules)), market


def filled(result):
    return sum((fill.quantity for fill in result.fills), Decimal(0))


@pytest.mark.parametrize("execute", BASELINES.values(), ids=BASELINES)
@pytest.mark.parametrize("side", list(Side))
def test_a_baseline_fills_exactly_what_is_ordered(execute, side):
    result, _ = worked(execute, Rules(steps=wandering(1)), side=side, quantity="1.501")
    assert filled(result) == Decimal("1.501")


def test_a_market_order_takes_everything_at_once_over_the_venues():
    result, market = worked(market_order)
    assert {fill.at for fill in result.fills} == {START + timedelta(seconds=0.01)}
    assert {order.venue for order in market.placed} == {"A", "B", "C"}
    assert not any(fill.is_maker for fill in result.fills)


def test_a_market_order_deeper_than_the_books_show_goes_on_until_it_is_filled():
    result, _ = worked(market_order, Rules(levels=2, level_quantity=Decimal("0.1")), quantity="1.5")
    assert filled(result) == Decimal("1.5")
    assert len({fill.at for fill in result.fills}) > 1


def test_equal_clips_are_as_many_as_a_twap_has_slices_equal_and_evenly_spaced():
    result, market = worked(equal_clips, quantity="2")
    assert [order.quantity for order in market.placed] == [Decimal("0.1")] * 20
    seconds = [(fill.at - START).total_seconds() for fill in result.fills]
    assert seconds == pytest.approx([15 * index + 0.01 for index in range(20)])


def test_clips_too_small_for_the_venues_are_fewer():
    _, market = worked(equal_clips, Rules(venues=(listing("A", min_notional="6000"),)), quantity="0.5")
    assert 1 < len(market.placed) <= 5


def test_the_oracle_pays_the_vwap_of_the_path_and_moves_nothing():
    rules = Rules(steps=wandering(3))
    result, market = worked(oracle, rules, quantity="1.5")
    paid = sum(fill.price * fill.quantity for fill in result.fills) / filled(result)
    assert float(paid) == pytest.approx(undisturbed(rules).vwap, rel=1e-6)  # quantities are in lots
    assert market.placed == []
    assert {fill.venue for fill in result.fills} == {"B"}  # the lowest maker fee


@pytest.mark.parametrize("execute", [market_order, equal_clips])
def test_a_market_that_never_answers_is_named(execute):
    with pytest.raises(MarketDidNotAnswer):
        worked(execute, Rules(dead_from=0.0))
