"""Participation: a steady share of what others trade."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest

from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import Market, OrderTerms, Progress, Remainder
from execution.domain.algorithms.parameters import InvalidParameter
from execution.domain.algorithms.participation import plan

START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
LOT = Decimal("0.001")
NOTHING_DONE = Progress(filled_quantity=Decimal(0), committed_quantity=Decimal(0), committed_until=None)


@dataclass(frozen=True)
class Steady:
    """Others trade this much a second."""

    rate: float

    def expected(self, bounds):
        return np.array([self.rate * (end - start).total_seconds() for start, end in pairwise(bounds)])

    def share_path(self, *, traded, at, bounds, tilt=0.0):
        raise NotImplementedError


def market(rate=None):
    return Market(mid=Decimal(60_000), lot=LOT, min_quantity=LOT, volume=None if rate is None else Steady(rate))


def order(quantity="100", seconds=600, remainder=Remainder.CROSS, **parameters):
    return OrderTerms(
        side=Side.BUY,
        quantity=Decimal(quantity),
        limit_price=None,
        start_at=START,
        end_at=at(seconds),
        remainder=remainder,
        parameters={"randomise": 0, **parameters},
        seed=7,
    )


def at(seconds):
    return START + timedelta(seconds=seconds)


def progress(filled, traded, committed=0, until=None):
    return Progress(
        filled_quantity=Decimal(str(filled)),
        committed_quantity=Decimal(str(committed)),
        committed_until=None if until is None else at(until),
        market_quantity=traded,
    )


def total(planned):
    return sum((part.quantity for part in planned.slices), Decimal(0))


def first(planned):
    part = planned.slices[0]
    return part.quantity, part.start_at, part.end_at


@pytest.mark.parametrize(("rate", "child"), [(0.1, "1.333"), (0.25, "4"), (0.5, "12")])
def test_a_slice_is_its_share_of_all_trading_which_is_more_of_what_others_trade(rate, child):
    """child = r / (1 - r) x others' volume: 12 units of others in 12 s."""
    planned = plan(order("10000", participation_rate=rate, remainder=Remainder.LEAVE), NOTHING_DONE, market(1.0), START)
    assert first(planned) == (Decimal(child), START, at(12))


def test_it_looks_again_when_the_slice_ends():
    assert plan(order(), NOTHING_DONE, market(1.0), START).next_review_at == at(12)


def test_on_its_share_it_goes_on_at_its_share():
    planned = plan(order(participation_rate=0.2), progress(30, 120.0), market(1.0), at(120))
    assert first(planned) == (Decimal(3), at(120), at(132))


def test_what_it_is_behind_is_made_good_over_a_minute():
    """1.5 lots of 12 s over the next 60 s are 0.3 more in the first."""
    planned = plan(order(participation_rate=0.2, participation_cap=0.5), progress("28.5", 120.0), market(1.0), at(120))
    assert [part.quantity for part in planned.slices[:7]] == [Decimal("3.3")] * 5 + [Decimal(3)] * 2
    assert "Behind its share by 1.5" in planned.reasons[1]


def test_a_large_print_is_not_chased_beyond_the_cap():
    planned = plan(order("10000", participation_rate=0.2, participation_cap=0.25), progress(30, 5000.0), market(1.0), at(120))
    assert first(planned)[0] == Decimal(4)


def test_far_ahead_it_goes_on_at_its_floor():
    planned = plan(order(participation_rate=0.2, participation_floor=0.04), progress(60, 120.0), market(1.0), at(120))
    assert first(planned)[0] == Decimal("0.5")
    assert "Ahead of its share by 30" in planned.reasons[1]


def test_left_out_floor_and_cap_are_half_and_one_and_a_half_of_the_share():
    behind = plan(order("10000", participation_rate=0.2), progress(0, 5000.0), market(1.0), at(120))
    ahead = plan(order(participation_rate=0.2), progress(60, 120.0), market(1.0), at(120))
    assert first(behind)[0] == Decimal("5.142")  # 12 x 0.3 / 0.7
    assert first(ahead)[0] == Decimal("1.333")  # 12 x 0.1 / 0.9


def test_the_cap_wins_over_a_share_and_a_floor_above_it():
    terms = order("10000", participation_rate=0.4, participation_floor=0.3, participation_cap=0.2)
    assert first(plan(terms, NOTHING_DONE, market(1.0), START))[0] == Decimal(3)


def test_a_slice_that_filled_early_is_followed_by_the_next_one_when_its_time_is_over():
    early = replace(progress(33, 125.0), paced_until=at(132))
    planned = plan(order(participation_rate=0.2), early, market(1.0), at(125))
    assert first(planned) == (Decimal(3), at(132), at(144))


def test_a_live_slice_counts_as_done_and_the_plan_goes_on_after_it():
    planned = plan(order(participation_rate=0.2), progress(30, 124.0, 3, 132), market(1.0), at(124))
    assert first(planned) == (Decimal(3), at(132), at(144))


def test_the_plan_ends_when_the_order_is_done_not_with_its_window():
    planned = plan(order("30", participation_rate=0.2), NOTHING_DONE, market(1.0), START)
    assert total(planned) == 30
    assert at(120) <= planned.slices[-1].end_at <= at(145)


def test_where_its_share_would_not_do_the_share_rises_to_what_ends_in_time():
    planned = plan(order("180", participation_rate=0.2), NOTHING_DONE, market(1.0), START)
    assert first(planned)[0] == Decimal("3.6")
    assert "To end in time its share rises to 23.1%." in planned.reasons
    assert total(planned) == 180


def test_a_rest_that_is_left_does_not_make_the_share_rise():
    planned = plan(order("180", participation_rate=0.2, remainder=Remainder.LEAVE), NOTHING_DONE, market(1.0), START)
    assert first(planned)[0] == Decimal(3)
    assert total(planned) == 150
    assert planned.reasons[-1] == "The expected volume leaves 30 undone at the end: it is left."


def test_what_even_the_cap_leaves_is_taken_by_the_last_slice():
    planned = plan(order("300", participation_rate=0.2, participation_cap=0.25), NOTHING_DONE, market(1.0), START)
    assert total(planned) == 300
    assert planned.slices[-1].end_at == at(600)
    assert planned.slices[-1].quantity > 100
    assert (
        total(
            plan(order("300", participation_rate=0.2, participation_cap=0.25, remainder=Remainder.LEAVE), NOTHING_DONE, market(1.0), START)
        )
        < 200
    )


def test_without_a_forecast_others_are_expected_to_go_on_as_they_did():
    planned = plan(order(participation_rate=0.2), progress(30, 120.0), market(), at(120))
    assert first(planned) == (Decimal(3), at(120), at(132))


def test_with_a_forecast_but_nobody_who_counts_the_forecast_is_followed():
    planned = plan(order(participation_rate=0.2), progress(0, None), market(1.0), at(120))
    assert first(planned)[0] == Decimal(3)


def test_without_any_volume_it_waits_and_asks_again_soon():
    planned = plan(order(), NOTHING_DONE, market(), START)
    assert planned.next_review_at == at(5)
    assert planned.slices[0].start_at >= at(288)
    assert total(planned) == 100
    assert max(part.quantity for part in planned.slices) < 50
    assert "No volume of others is known: waits for it until 14:05:00" in planned.reasons[0]


def test_without_any_volume_a_rest_that_is_left_is_not_planned():
    planned = plan(order(remainder=Remainder.LEAVE), NOTHING_DONE, market(), at(200))
    assert (planned.slices, planned.next_review_at) == ((), at(205))


def test_where_nobody_trades_nothing_is_done_but_by_the_last_slice():
    planned = plan(order(), progress(0, 0.0), market(0.0), at(60))
    assert [(part.quantity, part.end_at) for part in planned.slices] == [(Decimal(100), at(600))]
    assert planned.slices[0].start_at >= at(580)  # in the last slot, not from now on


def test_a_share_too_small_for_a_slice_is_collected_over_several_slots():
    thin = replace(market(1.0), min_quantity=Decimal(2))
    planned = plan(order(participation_rate=0.1, remainder=Remainder.LEAVE), NOTHING_DONE, thin, START)
    assert first(planned) == (Decimal("2.666"), START, at(24))


def test_times_vary_by_the_seed():
    ends = {
        seed: tuple(part.end_at for part in plan(replace(order(randomise=0.4), seed=seed), NOTHING_DONE, market(1.0), START).slices)
        for seed in (1, 2)
    }
    assert ends[1] != ends[2]


@pytest.mark.parametrize("name", ["participation_rate", "participation_floor", "participation_cap", "randomise"])
@pytest.mark.parametrize("value", [-0.1, 0.95, float("nan"), "much", True])
def test_parameters_out_of_range_are_refused(name, value):
    with pytest.raises(InvalidParameter, match=name):
        plan(order(**{name: value}), NOTHING_DONE, market(1.0), START)
