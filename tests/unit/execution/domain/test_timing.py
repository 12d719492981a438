"""When a slice rests, takes or waits."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dipmaster.domain.sides import Side
from execution.domain.tactic_presets import DEFAULT, JOIN, NOTHING_RECENT, OWNER, PRESETS, RecentMarket
from execution.domain.timing import LAST_CALL, Tactic, TimingAction, Window, adverse_move_bps, determine_execution_timing, resting_saves_bps
from tests.unit.execution.domain.markets import NOW, book, listing, listings

MINUTE = timedelta(minutes=1)
PATIENT = Window(start_at=NOW, end_at=NOW + MINUTE, patience=0.7, is_last=False)
TIGHT = {"bid": "60000.0", "ask": "60000.1"}
"""One tick: a hundredth of a basis point."""


def decided(*, maker=2, taker=5, own="1", opposite="1", side=Side.BUY, now=NOW, preset=DEFAULT, window=PATIENT, **rest):
    """What is decided for 0.1 on one venue; `own` and `opposite` stand at the touch."""
    prices = {**TIGHT, **rest.pop("prices", {})}
    bids, asks = (own, opposite) if side is Side.BUY else (opposite, own)
    shown = rest.pop("books", [book("A", [(prices["bid"], bids)], [(prices["ask"], asks)], received_at=now)])
    terms = listings(listing("A", tick="0.1", maker_fee_bps=maker, taker_fee_bps=taker))
    usual = {"quantity": Decimal("0.1"), "worst_price": None, "recent": NOTHING_RECENT}
    given = {**usual, **rest}
    return determine_execution_timing(side=side, books=shown, listings=terms, window=window, preset=preset, now=now, **given)


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize(("maker", "taker", "rests"), [(2, 5, True), (0, 10, True), (8, 10, True), (10, 10, False), (4.5, 5, False)])
def test_one_default_rests_where_the_fees_gap_is_wide_and_takes_where_it_is_not(side, maker, taker, rests):
    timing = decided(maker=maker, taker=taker, side=side, own="2")
    assert timing.tactic is (Tactic.JOIN if rests else Tactic.CROSS)
    assert timing.action is TimingAction.EXECUTE_NOW
    assert bool(timing.venues) is rests


def test_a_wide_spread_is_worth_resting_for_at_equal_fees():
    assert decided(maker=10, taker=10, prices={"ask": "60030.0"}).tactic is Tactic.JOIN


@pytest.mark.parametrize(("volatility", "rests"), [(0.1, True), (2.0, True), (4.0, True), (4.2, False), (40.0, False)])
def test_in_a_wild_market_what_rests_loses_more_than_the_fees(volatility, rests):
    """0.35 + 0.65 times the volatility against the 3.0 bps that resting saves."""
    assert bool(decided(recent=RecentMarket(volatility_bps=volatility)).venues) is rests


def test_what_a_maker_fill_loses_is_as_fitted_to_the_recordings():
    assert adverse_move_bps(RecentMarket(volatility_bps=1.0)) == pytest.approx(1.0)
    assert adverse_move_bps(NOTHING_RECENT) == 1.0


def test_resting_saves_the_spread_and_the_difference_of_the_fees():
    books = [book("A", [("9999", "1")], [("10001", "1")]), book("B", [("9998", "1")], [("10002", "1")])]
    terms = listings(listing("A", maker_fee_bps=2, taker_fee_bps=5), listing("B", maker_fee_bps=-1, taker_fee_bps=7))
    saved = resting_saves_bps(Side.BUY, books, terms)
    assert saved == {"A": pytest.approx(5.0, abs=0.01), "B": pytest.approx(9.0, abs=0.01)}  # both against A's 10,001 and 5 bps


@pytest.mark.parametrize("side", list(Side))
def test_where_taking_is_cheaper_it_waits_until_the_touch_leans_away(side):
    leaning_our_way = decided(maker=10, taker=10, own="1", opposite="3", side=side)
    leaning_away = decided(maker=10, taker=10, own="3", opposite="1", side=side)
    assert (leaning_our_way.action, leaning_away.action) == (TimingAction.WAIT, TimingAction.EXECUTE_NOW)
    assert leaning_our_way.reason == "taking is cheaper than resting here, but the touch leans our way (-0.50)"


def test_it_waits_no_longer_than_its_patience():
    late = NOW + 0.7 * MINUTE
    timing = decided(maker=10, taker=10, own="1", opposite="3", now=late)
    assert (timing.action, timing.tactic, timing.reason) == (TimingAction.EXECUTE_NOW, Tactic.CROSS, "patience is over")


def test_a_part_is_taken_when_the_rest_would_cost_more_than_resting_loses():
    deep = [book("A", [("60000.0", "1")], [("60000.1", "0.04"), ("60020.0", "5")])]
    timing = decided(maker=10, taker=10, books=deep)
    assert (timing.action, timing.tactic) == (TimingAction.SPLIT, Tactic.SWEEP)
    assert Decimal("60000.1") <= timing.deepest_price < Decimal("60020.0")
    assert timing.expected_slippage_bps < 0.01


def test_a_sweep_is_expected_to_cost_what_the_levels_say():
    deep = [book("A", [("9999", "1")], [("10001", "0.05"), ("10011", "0.05")])]
    timing = decided(preset=JOIN, books=deep, now=NOW, window=replace(PATIENT, patience=0.0))
    assert (timing.tactic, timing.expected_slippage_bps) == (Tactic.SWEEP, pytest.approx(6.0))


@pytest.mark.parametrize(("patience", "crosses"), [(0.3, True), (0.49, True), (0.5, False), (0.7, False), (1.0, False)])
def test_less_than_half_a_patience_crosses_whatever_it_costs(patience, crosses):
    timing = decided(now=NOW + 0.9 * MINUTE, window=replace(PATIENT, patience=patience))
    assert timing.tactic.is_taking is crosses


def test_a_last_slice_rests_until_there_is_just_time_to_cross():
    last = replace(PATIENT, is_last=True)
    assert decided(window=last).cross_at == last.end_at - LAST_CALL
    assert decided(window=last, now=last.end_at - LAST_CALL).tactic is Tactic.CROSS


def test_with_all_patience_nothing_is_taken_before_the_last_slice():
    assert decided(maker=10, taker=10, own="3", window=replace(PATIENT, patience=1.0)).tactic is Tactic.JOIN


def test_beyond_the_limit_nothing_is_taken():
    timing = decided(maker=10, taker=10, own="3", worst_price=Decimal("60000.0"))
    assert (timing.tactic, timing.reason) == (Tactic.JOIN, "no venue offers a price within the limit")


@pytest.mark.parametrize(("volatility", "behind"), [(None, 0), (0.25, 0), (0.5, 0.25 * 0.25 * 60**0.5), (3.0, 1.0)])
def test_it_rests_behind_the_best_price_by_a_share_of_the_usual_move_and_at_most_one_basis_point(volatility, behind):
    assert decided(recent=RecentMarket(volatility_bps=volatility)).behind_bps == pytest.approx(behind)


def test_it_comes_nearer_as_time_passes():
    recent = RecentMarket(volatility_bps=0.6)
    distances = [decided(now=NOW + share * MINUTE, recent=recent).behind_bps for share in (0, 0.5, 0.9, 1.0, 1.5)]
    assert distances == sorted(distances, reverse=True)
    assert distances[-2:] == [0, 0]


def test_a_patient_slice_keeps_its_place_in_the_queue_beyond_its_end():
    window = replace(PATIENT, order_end_at=NOW + 10 * MINUTE)
    timing = decided(window=window, now=NOW + 1.5 * MINUTE)
    assert (timing.end_at, timing.cross_at) == (NOW + 3 * MINUTE, NOW + 3 * MINUTE)


def test_near_the_order_s_end_it_rests_to_that_and_then_crosses():
    timing = decided(window=replace(PATIENT, order_end_at=NOW + 3.5 * MINUTE))
    assert (timing.end_at, timing.cross_at) == (NOW + 3.5 * MINUTE, NOW + 3.5 * MINUTE - LAST_CALL)


@pytest.mark.parametrize("window", [replace(PATIENT, patience=0.3), replace(PATIENT, patience=1.0)])
def test_a_hurried_slice_and_one_that_never_crosses_end_at_their_time(window):
    assert decided(window=replace(window, order_end_at=NOW + 10 * MINUTE)).end_at == window.end_at


# The owner's rules.


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize(
    ("own", "opposite", "share"), [("1.21", "1", 0.6), ("1.2", "1", 0.4), ("1", "1", 0.4), ("0.8", "1", 0.4), ("0.79", "1", 0.2)]
)
def test_the_owner_s_offset_follows_the_own_side_s_pressure(side, own, opposite, share):
    timing = decided(preset=OWNER, own=own, opposite=opposite, side=side)
    assert timing.spread_share == pytest.approx(share)
    assert timing.tactic is (Tactic.CROSS if share > 0.5 else Tactic.MID_PEG)


@pytest.mark.parametrize(("score", "size", "eagerness"), [(None, 1, 1), (0.81, 0.7, 0.8), (0.8, 1, 1), (0.3, 1, 1), (0.29, 1, 1.1)])
def test_the_owner_s_answer_to_toxicity(score, size, eagerness):
    """A slice is never more than its quantity, so the 1.2 of a calm market sends all of it."""
    timing = decided(preset=OWNER, recent=RecentMarket(toxicity=score))
    assert (timing.quantity_share, timing.spread_share) == (pytest.approx(size), pytest.approx(0.4 * eagerness))


def test_beyond_the_far_touch_the_owner_s_order_takes_up_to_its_price():
    wide = {"bid": "60000.0", "ask": "60001.0"}
    assert decided(preset=OWNER, own="3", prices=wide).deepest_price == pytest.approx(Decimal("60001.1"), abs=Decimal("0.0001"))


# What always holds.

PRICES = st.integers(1, 1_000_000)
SIZES = st.decimals("0.001", 1_000_000, places=3)


@st.composite
def cases(draw):
    shown = []
    for venue in draw(st.lists(st.sampled_from("ABC"), min_size=1, max_size=3, unique=True)):
        bid = draw(PRICES)
        ask = bid + draw(st.integers(1, 1000))
        count = draw(st.integers(1, 4))
        bids = [(max(bid - i, 1), draw(SIZES)) for i in range(min(count, bid))]
        shown.append(book(venue, bids, [(ask + i, draw(SIZES)) for i in range(count)], received_at=NOW))
    fees = st.decimals(-5, 50, places=1)
    length = timedelta(seconds=draw(st.floats(0.5, 3600)))
    window = Window(
        start_at=NOW - length * draw(st.floats(0, 1.5)),
        end_at=NOW,
        patience=draw(st.floats(0, 1)),
        is_last=draw(st.booleans()),
        order_end_at=draw(st.sampled_from([None, NOW, NOW + MINUTE])),
    )
    return {
        "quantity": draw(st.decimals(0, 1000, places=3)),
        "books": shown,
        "listings": listings(*(listing(v, maker_fee_bps=draw(fees), taker_fee_bps=draw(fees)) for v in "ABC")),
        "worst_price": draw(st.one_of(st.none(), st.decimals("0.01", 1_000_000, places=2))),
        "window": replace(window, end_at=window.start_at + length),
        "preset": draw(st.sampled_from([*PRESETS.values(), replace(DEFAULT, withdraws_below=-0.5, improves_from_ticks=2)])),
        "recent": RecentMarket(
            volatility_bps=draw(st.one_of(st.none(), st.floats(0, 1e6))), toxicity=draw(st.one_of(st.none(), st.floats(0, 1)))
        ),
        "side": draw(st.sampled_from(list(Side))),
    }


@given(cases())
def test_any_market_gets_a_decision_that_says_why(case):
    timing = determine_execution_timing(**case, now=NOW)
    assert 0 <= timing.confidence <= 1
    assert 0 <= timing.quantity_share <= 1
    assert 0 <= timing.behind_bps <= 1
    assert timing.cross_at <= timing.end_at
    assert set(timing.venues) <= {one.venue for one in case["books"]}
    assert timing.reason or case["preset"] is JOIN
    if timing.tactic.is_taking and timing.action is not TimingAction.WAIT:
        within = [one.opposite(case["side"])[0].price for one in case["books"]]
        assert case["worst_price"] is None or any(case["side"].sign * (price - case["worst_price"]) <= 0 for price in within)


@given(cases())
def test_sizes_in_another_unit_change_nothing_but_what_they_cost(case):
    def times_ten(levels):
        return [(one.price, one.quantity * 10) for one in levels]

    tenfold = [book(one.venue, times_ten(one.bids), times_ten(one.asks), received_at=NOW) for one in case["books"]]
    first = determine_execution_timing(**case, now=NOW)
    second = determine_execution_timing(**{**case, "books": tenfold, "quantity": case["quantity"] * 10}, now=NOW)
    assert (first.action, first.tactic, first.venues, first.behind_bps) == (second.action, second.tactic, second.venues, second.behind_bps)


@given(cases())
def test_it_decides_the_same_twice(case):
    assert determine_execution_timing(**case, now=NOW) == determine_execution_timing(**case, now=NOW)
