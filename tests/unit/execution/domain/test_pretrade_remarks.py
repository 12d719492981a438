"""Remarks tell what is wrong with figures, and their remedy makes it right."""

from dataclasses import replace
from decimal import Decimal

import pytest

from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import Remainder
from execution.domain.pretrade import estimate
from execution.domain.pretrade_remarks import Concern, Remedy, remarks
from tests.unit.execution.domain.pretrade_cases import FEES, MARKET, Volume, even, order, plan_of

TICK = Decimal("0.1")


def said(terms, plan=None, market=MARKET, asked=()):
    plan = plan or even(8, float(terms.quantity))
    return remarks(terms, plan, estimate(terms, plan, market, fees=FEES), market, tick=TICK, asked=asked)


def test_a_small_order_with_everything_known_needs_no_remark():
    assert said(order()) == ()


def test_too_much_of_the_volume_is_told_with_the_time_that_would_bring_it_to_the_cap():
    (remark,) = said(order(quantity="400", participation_cap=0.15))
    assert remark.concern is Concern.LARGE_SHARE
    assert remark.figures == {"share": 0.25, "cap": 0.15}
    assert remark.remedy == Remedy(field="duration_minutes", value=Decimal(40))  # 400 x 85 / 15 is traded in 37.8 minutes
    assert said(order(quantity="400", seconds=40 * 60, participation_cap=0.15)) == ()


def test_the_time_follows_the_forecast():
    (remark,) = said(order(quantity="400", participation_cap=0.15), market=replace(MARKET, volume=Volume(late=0.5)))
    assert remark.remedy.value == Decimal(70)  # 600 in ten minutes, 30 a minute after: 66 minutes


def test_what_no_day_brings_is_made_smaller():
    (remark,) = said(order(quantity="90000", participation_cap=0.1))
    assert remark.remedy == Remedy(field="quantity", value=Decimal("133.333"))
    assert said(order(quantity="133.333", participation_cap=0.1)) == ()


def test_where_nobody_trades_there_is_nothing_to_advise():
    (remark,) = said(order(quantity="90000"), market=replace(MARKET, volume=Volume(per_second=0)))
    assert remark.figures["share"] == 1
    assert remark.remedy is None


def test_a_rest_that_a_cap_leaves_is_told():
    terms = replace(order(quantity="400", participation_cap=0.15), remainder=Remainder.LEAVE)
    (remark,) = said(terms, plan_of((200, 0, 1200)))
    assert remark.concern is Concern.CAP_LEAVES_REST
    assert remark.figures["left_share"] == pytest.approx(0.5)


@pytest.mark.parametrize(("side", "limit", "best"), [(Side.BUY, "99", "100.1"), (Side.SELL, "101", "99.9")])
def test_a_limit_that_cannot_cross_is_told_with_the_price_that_could(side, limit, best):
    (remark,) = said(order(side=side, limit_price=Decimal(limit)))
    assert remark.concern is Concern.LIMIT_AWAY
    assert remark.figures["share"] == pytest.approx(0.0101)
    assert remark.remedy == Remedy(field="limit_price", value=Decimal(best))
    assert said(order(side=side, limit_price=Decimal(best))) == ()


def test_a_limit_that_protects_from_nothing_is_told():
    (remark,) = said(order(limit_price=Decimal(110)))
    assert remark.concern is Concern.LIMIT_THROUGH


def test_fewer_slices_than_asked_for_are_told():
    (remark,) = said(order(slice_count=20), even(8), asked={"slice_count"})
    assert remark.concern is Concern.FEWER_SLICES
    assert remark.remedy == Remedy(field="slice_count", value=Decimal(8), is_parameter=True)
    assert said(order(slice_count=20), even(8)) == ()


def test_a_window_too_short_for_its_slices_is_told_with_the_time_they_need():
    (remark,) = said(order(quantity="3", seconds=30, slice_count=20), even(8, 3, seconds=30), asked={"slice_count"})
    assert remark.concern is Concern.SHORT_WINDOW
    assert remark.remedy == Remedy(field="duration_minutes", value=Decimal("1.0"))


def test_what_is_not_known_is_told():
    concerns = [remark.concern for remark in said(order(), market=replace(MARKET, volume=None, minute_volatility_bps=None))]
    assert concerns == [Concern.UNKNOWN_VOLUME, Concern.UNKNOWN_VOLATILITY]
