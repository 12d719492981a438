"""Pre-trade costs of plans whose figures follow by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.domain.pretrade import estimate
from execution.domain.pretrade_assumptions import ExecutionAssumptions
from tests.unit.execution.domain.pretrade_cases import FEES, MARKET, Volume, at, even, order, plan_of

NO_NOISE = ExecutionAssumptions(execution_noise=0, impact_noise=0)


def found(plan, terms=None, market=MARKET, **options):
    return estimate(terms or order(), plan, market, fees=FEES, **options)


@pytest.mark.parametrize("count", [1, 3, 8, 40])
def test_an_even_pace_pays_the_square_root_law_however_finely_it_is_cut(count):
    law = 2 / 3 * 6 * math.sqrt(20) * math.sqrt(12 / 1200)
    assert found(even(count)).impact_bps == pytest.approx(law, rel=1e-9)


def times_the_even_cost(seconds):
    """Return what haste multiplies impact by: a fifth goes with the root of the speed, the rest by exp(-t / 20 min) within the time."""

    def lasting(minutes):
        steps = (np.arange(2000) + 0.5) * minutes / 2000
        return np.exp(-np.abs(steps[:, None] - steps) / 20).mean()

    return 0.2 * math.sqrt(1200 / seconds) + 0.8 * lasting(seconds / 60) / lasting(20)


@pytest.mark.parametrize("seconds", [600, 300, 60, 5])
def test_a_faster_schedule_pays_more(seconds):
    paid = found(plan_of((12, 0, seconds))).impact_bps
    assert paid / found(even(1)).impact_bps == pytest.approx(times_the_even_cost(seconds), rel=1e-5)


def test_going_with_the_volume_is_cheaper_than_going_against_it():
    market = replace(MARKET, volume=Volume(late=3.0))
    with_volume, against = plan_of((3, 0, 600), (9, 600, 1200)), plan_of((9, 0, 600), (3, 600, 1200))
    assert found(with_volume, market=market).impact_bps < found(against, market=market).impact_bps


def test_slices_that_overlap_or_leave_gaps_pay_for_the_pace_they_make():
    twice = plan_of((6, 0, 1200), (6, 0, 1200))
    assert found(twice).impact_bps == pytest.approx(found(even(1)).impact_bps)
    with_a_gap = plan_of((6, 0, 300), (6, 900, 1200))
    assert found(even(1)).impact_bps < found(with_a_gap).impact_bps < found(plan_of((12, 0, 300))).impact_bps


def test_what_is_taken_at_once_pays_what_the_books_ask_and_nothing_else():
    everything = plan_of((12, 0, 1200, 1.0))
    estimated = found(everything, sweep=lambda quantity: quantity / 2, market=replace(MARKET, volume=None, impact=None))
    assert estimated.fee_bps == 5
    assert estimated.spread_bps == 1  # half of it
    assert estimated.impact_bps == 5  # 6 less half the spread
    assert estimated.timing_bps == 0
    assert estimated.total_bps == 11
    assert estimated.maker_share == 0
    assert estimated.peak_participation == 1
    assert estimated.finish_at == at(0)


def test_beyond_the_books_a_burst_costs_in_proportion_to_the_minutes_of_volume_it_takes():
    everything, twice = plan_of((12, 0, 1200, 1.0)), plan_of((24, 0, 1200, 1.0))
    paid = found(everything, sweep=lambda _quantity: None).impact_bps
    assert paid == pytest.approx(0.7 * 6.0 * 12 / 60)  # bps a minute, and a fifth of a minute's volume
    assert found(twice, order("24"), sweep=lambda _quantity: None).impact_bps == pytest.approx(2 * paid)


def test_slices_that_cross_at_once_cost_as_if_the_books_had_filled_up_before_each():
    paid = found(plan_of((6, 0, 600, 1.0), (6, 600, 1200, 1.0))).impact_bps
    assert found(even(2)).impact_bps < paid < times_the_even_cost(30) * found(even(2)).impact_bps


def test_a_slice_that_rests_fills_as_maker_with_time_and_earns_half_the_spread():
    resting = plan_of((12, 0, 1200))  # 0.7 of it: for ever, by the scale of fills
    estimated = found(resting, assumptions=ExecutionAssumptions(share_of_flow=10))
    assert estimated.maker_share == pytest.approx(1)
    assert estimated.fee_bps == pytest.approx(2)
    assert estimated.spread_bps == pytest.approx(-1)


def test_the_share_of_makers_saturates_with_the_time_of_resting():
    shares = [found(even(count), assumptions=ExecutionAssumptions(share_of_flow=100)).maker_share for count in (240, 120, 60)]
    for share, window in zip(shares, (5, 10, 20), strict=True):
        rest = min(0.7 * window, window - min(2, window / 2))
        assert share == pytest.approx(1 - math.exp(-rest / 6.2), abs=0.01)  # the last slice crosses a little earlier


def test_little_flow_fills_little():
    quiet = replace(MARKET, volume=Volume(per_second=0.001))
    a_third = ExecutionAssumptions(share_of_flow=0.3)
    assert found(plan_of((12, 0, 1200)), market=quiet, assumptions=a_third).maker_share == pytest.approx(0.3 * 0.84 / 12, rel=0.02)


def test_urgency_of_a_slice_rests_less_and_pays_more_fees():
    fees = [found(even(60, urgency=urgency)).fee_bps for urgency in (0.0, 0.3, 0.5, 0.8, 1.0)]
    assert fees == sorted(fees)
    assert fees[-1] == 5


def test_the_deviation_of_what_fills_evenly_is_sigma_times_the_root_of_a_third_of_its_time():
    quick = replace(NO_NOISE, fill_seconds=60.0, share_of_flow=1e9)  # a minute on average: evenly over two
    assert found(plan_of((12, 0, 1200)), assumptions=quick).deviation_bps == pytest.approx(6 * math.sqrt(120 / 60 / 3), rel=1e-3)


def test_what_waits_is_at_risk_in_full():
    late = plan_of((12, 600, 1200, 1.0))
    assert found(late, assumptions=NO_NOISE).deviation_bps == pytest.approx(6 * math.sqrt(10), rel=1e-4)


def test_what_is_never_traded_is_at_risk_to_the_end():
    half = plan_of((6, 0, 1200, 1.0))
    assert found(half, assumptions=NO_NOISE).deviation_bps == pytest.approx(6 * math.sqrt(20) / 2, rel=1e-4)
    assert found(half).planned_share == 0.5


def test_steps_have_the_deviation_of_their_sum():
    steps = plan_of((4, 0, 400, 1.0), (4, 400, 800, 1.0), (4, 800, 1200, 1.0))
    variance = 400 / 60 * ((2 / 3) ** 2 + (1 / 3) ** 2)
    assert found(steps, assumptions=NO_NOISE).deviation_bps == pytest.approx(6 * math.sqrt(variance), rel=1e-4)


def test_noise_of_execution_adds_in_squares():
    everything = plan_of((12, 0, 1200, 1.0))
    noisy = ExecutionAssumptions(execution_noise=0.5, impact_noise=0.8)
    estimated = found(everything, sweep=lambda _quantity: 6.0, assumptions=noisy)
    assert estimated.deviation_bps == pytest.approx(math.hypot(3, 4), rel=1e-3)


def test_participation_is_own_over_all():
    estimated = found(plan_of((2, 0, 600), (10, 600, 1200)))
    assert estimated.slice_participations == pytest.approx((2 / 602, 10 / 610))
    assert estimated.peak_participation == pytest.approx(10 / 610)


def test_what_is_not_known_is_none_and_told():
    blind = found(even(8), market=replace(MARKET, spread_bps=None, minute_volatility_bps=None, volume=None, impact=None))
    assert (blind.spread_bps, blind.impact_bps, blind.timing_bps, blind.deviation_bps, blind.total_bps) == (None,) * 5
    assert blind.participation is None
    assert blind.peak_participation is None
    assert len(blind.unknown) == 4


def test_a_market_where_nobody_trades_has_no_impact_to_reckon_with():
    dead = found(even(8), market=replace(MARKET, volume=Volume(per_second=0)))
    assert dead.impact_bps is None
    assert dead.total_bps is None


def test_an_empty_plan_costs_nothing_and_risks_everything():
    nothing = found(plan_of(), assumptions=NO_NOISE)
    assert nothing.total_bps == 0
    assert nothing.finish_at is None
    assert nothing.planned_share == 0
    assert nothing.deviation_bps == pytest.approx(6 * math.sqrt(20))


sizes = st.lists(st.floats(0.01, 5), min_size=1, max_size=40)


@given(sizes=sizes, urgency=st.none() | st.floats(0, 1), spread=st.floats(0, 50), sigma=st.floats(0, 500), pace=st.floats(1e-6, 1e6))
def test_every_plan_has_finite_figures_within_their_bounds(sizes, urgency, spread, sigma, pace):
    total = sum(round(size, 3) for size in sizes)
    step = 1200 / len(sizes)
    plan = plan_of(*((round(size, 3), i * step, (i + 1) * step, urgency) for i, size in enumerate(sizes)))
    market = replace(MARKET, spread_bps=spread, minute_volatility_bps=sigma, volume=Volume(per_second=pace))
    estimated = found(plan, order(quantity=f"{total:.3f}"), market)
    figures = (estimated.fee_bps, estimated.spread_bps, estimated.impact_bps, estimated.timing_bps, estimated.deviation_bps)
    assert all(math.isfinite(figure) for figure in figures)
    assert estimated.total_bps == pytest.approx(sum(figures[:4]))
    assert 0 <= estimated.maker_share <= 1
    assert FEES.maker_bps - 1e-9 <= estimated.fee_bps <= FEES.taker_bps + 1e-9
    assert abs(estimated.spread_bps) <= spread / 2 + 1e-9
    assert min(estimated.impact_bps, estimated.timing_bps, estimated.deviation_bps) >= 0
    assert all(0 <= share <= 1 for share in estimated.slice_participations)


def test_parts_that_follow_one_another_as_they_fill_are_done_sooner_and_so_risk_less_and_pay_more():
    parts = [(0.6, 60 * number, 60 * number + 60, 0.0) for number in range(20)]
    paced, unpaced = plan_of(*parts), replace(plan_of(*parts), is_paced=False)
    slow, fast = found(paced), found(unpaced)
    assert (slow.finish_at, fast.finish_at) == (at(1200), at(200))  # ten seconds each
    assert fast.deviation_bps < 0.5 * slow.deviation_bps
    assert fast.impact_bps > slow.impact_bps
    assert fast.maker_share >= slow.maker_share


def test_parts_that_fill_slower_than_planned_begin_no_sooner_for_following_one_another():
    parts = [(0.6, 60 * number, 60 * number + 60, 0.0) for number in range(20)]
    market = replace(MARKET, volume=Volume(per_second=0.01))
    assert found(replace(plan_of(*parts), is_paced=False), market=market) == found(plan_of(*parts), market=market)
