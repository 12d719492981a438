from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.lab.desk import DeskGoesInCircles, work
from analytics.lab.parents import LabParent, MarketDidNotAnswer
from analytics.lab.watching import Watched
from dipmaster.domain.sides import Side
from execution.domain.algorithms import registry
from execution.domain.algorithms.base import Plan, PlannedSlice
from execution.domain.strategy import MODES, Strategy, decide
from execution.domain.venue_orders import TimeInForce
from tests.unit.analytics.lab.fixed_market import START, FixedMarket, Rules, listing, wandering

QUANTITY = Decimal("0.5")


def worked(rules=None, *, side=Side.BUY, quantity=QUANTITY, minutes=5.0, seed=1, mode="balanced", **terms):
    """Run an order on a market that refuses to be sent more than the order's quantity; return both."""
    market = FixedMarket(rules or Rules(), allowance=quantity)
    length = timedelta(minutes=minutes)
    parent = LabParent(side=side, quantity=quantity, start_at=START, end_at=START + length, seed=seed, **terms)
    strategy = decide(mode=MODES[mode], algorithm="twap", duration_seconds=minutes * 60)
    return work(Watched(market, length), parent, strategy), market


def filled(result):
    return sum((fill.quantity for fill in result.fills), Decimal(0))


@pytest.mark.parametrize("side", list(Side))
def test_an_order_that_rests_long_enough_fills_whole_as_maker(side):
    result, _ = worked(Rules(fills_after=3), side=side)
    assert filled(result) == QUANTITY
    assert all(fill.is_maker for fill in result.fills)


@pytest.mark.parametrize("side", list(Side))
def test_an_order_that_nobody_comes_to_is_crossed_when_patience_ends(side):
    result, market = worked(Rules(fills_after=1000), side=side)
    assert filled(result) == QUANTITY
    assert not any(fill.is_maker for fill in result.fills)
    assert {order.time_in_force for order in market.placed} == {TimeInForce.POST_ONLY, TimeInForce.IOC}


def test_each_slice_begins_when_it_is_planned_and_the_order_ends_with_its_time():
    result, market = worked(Rules(fills_after=3), minutes=5.0)
    seconds = [(fill.at - START).total_seconds() for fill in result.fills]
    assert min(seconds) < 15
    assert 285 - 15 < max(seconds) < 300
    assert market.now <= START + timedelta(minutes=5)


def test_the_same_order_on_the_same_market_gives_the_same_fills():
    rules = Rules(steps=wandering(4), fill_share=0.4, refuses_every=5)
    assert worked(rules)[0] == worked(rules)[0]


def test_child_ids_count_from_one():
    _, market = worked()
    assert [order.order_id for order in market.placed] == list(range(1, len(market.placed) + 1))


def test_a_resting_order_follows_the_price_when_it_moves_away():
    rising = tuple(20 * (second // 10) for second in range(400))  # ticks: 2 quote units every ten seconds
    _, market = worked(Rules(steps=rising, fills_after=1000))
    assert len({order.price for order in market.placed if order.time_in_force is TimeInForce.POST_ONLY}) > 20


def test_fees_are_those_of_the_venue_and_of_the_role():
    result, market = worked(Rules(fills_after=6, fill_share=0.5))
    assert {fill.is_maker for fill in result.fills} == {True, False}
    for fill in result.fills:
        terms = market.listings[fill.venue]
        assert fill.fee == fill.price * fill.quantity * (terms.maker_fee_bps if fill.is_maker else terms.taker_fee_bps) / 10_000


def test_no_fill_is_worse_than_the_limit():
    limit = Decimal("59999.0")
    result, _ = worked(Rules(steps=wandering(2), fills_after=8), limit_price=limit)
    assert all(fill.price <= limit for fill in result.fills)


def test_what_a_limit_keeps_from_filling_stays_unfilled_and_nothing_stays_in_the_books():
    result, market = worked(Rules(fills_after=1000), limit_price=Decimal("59990.0"))
    assert filled(result) == 0
    assert not market._open


def test_a_venue_that_refuses_everything_ends_the_order_unfilled():
    result, _ = worked(Rules(refuses_every=1), minutes=2.0)
    assert filled(result) == 0


def test_a_market_that_never_answers_is_named():
    with pytest.raises(MarketDidNotAnswer):
        worked(Rules(dead_from=30.0))


def test_a_plan_that_gives_back_what_it_is_given_is_named(monkeypatch):
    def restless(order, progress, market, now):
        rest = order.quantity - progress.filled_quantity - progress.committed_quantity
        slices = (PlannedSlice(quantity=rest, start_at=now, end_at=now),) if rest > 0 else ()
        return Plan(slices=slices, next_review_at=None, reasons=())

    monkeypatch.setitem(registry._ALGORITHMS, "restless", replace(registry.get_algorithm("twap"), plan=restless))
    market = Watched(FixedMarket(), timedelta(minutes=1))
    parent = LabParent(side=Side.BUY, quantity=QUANTITY, start_at=START, end_at=START + timedelta(minutes=1), seed=1)
    with pytest.raises(DeskGoesInCircles):
        work(market, parent, Strategy(algorithm="restless", parameters={"patience": 0.7}, reasons=()))


@st.composite
def orders(draw):
    """Markets and orders of every kind."""
    rules = Rules(
        venues=(listing("A"), listing("B", lot="0.002"), listing("C", min_notional="50")),
        latency=draw(st.floats(min_value=0, max_value=0.5)),
        fills_after=draw(st.floats(min_value=0.1, max_value=60)),
        fill_share=draw(st.floats(min_value=0.05, max_value=1)),
        refuses_every=draw(st.sampled_from([0, 2, 3, 7])),
        level_quantity=Decimal(draw(st.sampled_from(["0.001", "0.05", "2"]))),
        levels=5,
        steps=wandering(draw(st.integers(min_value=0, max_value=1000)), 400),
    )
    order = {
        "quantity": draw(st.integers(min_value=1, max_value=3000)) * Decimal("0.002"),
        "side": draw(st.sampled_from(Side)),
        "minutes": draw(st.floats(min_value=0.2, max_value=3)),
        "mode": draw(st.sampled_from(["conservative", "balanced", "aggressive", "stealth"])),
    }
    return rules, order


@settings(max_examples=60, deadline=None)
@given(orders())
def test_nothing_is_lost_and_nothing_is_sent_twice(given_order):
    rules, order = given_order
    result, market = worked(rules, **order)  # the market itself refuses more than was ordered
    assert filled(result) == market._filled <= order["quantity"]
    assert result.refusals == 0
    assert result.children == len(market.placed)
    assert not market._open
