from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import Market, OrderTerms, Progress
from execution.domain.algorithms.parameters import InvalidParameter
from execution.domain.algorithms.slots import default_slice_count
from execution.domain.algorithms.twap import plan

START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
LOT = Decimal("0.001")
MARKET = Market(mid=Decimal(60_000), lot=LOT, min_quantity=Decimal("0.001"))
NOTHING_DONE = Progress(filled_quantity=Decimal(0), committed_quantity=Decimal(0), committed_until=None)


def order(quantity="0.8", seconds=120, seed=7, **parameters):
    return OrderTerms(
        side=Side.BUY,
        quantity=Decimal(quantity),
        limit_price=None,
        start_at=START,
        end_at=START + timedelta(seconds=seconds),
        parameters=parameters,
        seed=seed,
    )


def filled(quantity, committed="0", until=None):
    return Progress(filled_quantity=Decimal(quantity), committed_quantity=Decimal(committed), committed_until=until)


def at(seconds):
    return START + timedelta(seconds=seconds)


def quantities(planned):
    return [part.quantity for part in planned.slices]


def test_without_randomness_sizes_and_times_are_even():
    planned = plan(order(randomise=0), NOTHING_DONE, MARKET, START)
    assert quantities(planned) == [Decimal("0.1")] * 8
    assert [part.start_at for part in planned.slices] == [at(15 * i) for i in range(8)]
    assert [part.end_at for part in planned.slices] == [at(15 * (i + 1)) for i in range(8)]


@pytest.mark.parametrize(("seconds", "count"), [(1, 4), (60, 4), (120, 8), (300, 20), (600, 40), (86_400, 40)])
def test_there_is_a_slice_per_15_seconds_but_4_at_least_and_40_at_most(seconds, count):
    assert default_slice_count(seconds) == count


def test_a_given_slice_count_wins():
    assert len(plan(order(slice_count=3), NOTHING_DONE, MARKET, START).slices) == 3


def test_sizes_and_times_are_varied_by_the_seed():
    first, other = (plan(order(seed=seed), NOTHING_DONE, MARKET, START) for seed in (1, 2))
    assert len(set(quantities(first))) > 1
    assert quantities(first) != quantities(other)
    assert [part.start_at for part in first.slices] != [part.start_at for part in other.slices]


def test_before_the_start_slices_begin_at_the_start():
    assert plan(order(), NOTHING_DONE, MARKET, START - timedelta(hours=1)) == plan(order(), NOTHING_DONE, MARKET, START)


def test_after_the_end_nothing_is_planned_and_never_again():
    planned = plan(order(), filled("0.3"), MARKET, at(120))
    assert planned.slices == ()
    assert planned.next_review_at is None


def test_a_filled_order_needs_no_plan():
    planned = plan(order(), filled("0.8"), MARKET, at(30))
    assert planned.slices == ()
    assert planned.next_review_at is None


def test_when_all_is_committed_the_plan_is_reviewed_at_the_end_of_the_live_slice():
    planned = plan(order(), filled("0.5", "0.3", at(100)), MARKET, at(90))
    assert planned.slices == ()
    assert planned.next_review_at == at(100)


def test_new_slices_start_after_the_live_one():
    planned = plan(order(randomise=0), filled("0", "0.1", at(15)), MARKET, at(4))
    assert planned.slices[0].start_at == at(15)
    assert quantities(planned) == [Decimal("0.1")] * 7


def test_on_schedule_the_second_plan_is_the_rest_of_the_first():
    first = plan(order(), NOTHING_DONE, MARKET, START)
    for position, part in enumerate(first.slices[1:], start=1):
        done = sum(quantities(first)[:position])
        assert plan(order(), filled(done), MARKET, part.start_at).slices == first.slices[position:]


def test_a_slice_that_ended_early_does_not_start_the_next_one_early():
    first = plan(order(), NOTHING_DONE, MARKET, START)
    early = plan(order(), filled(first.slices[0].quantity), MARKET, at(3))
    assert early.slices == first.slices[1:]


def test_behind_schedule_the_missing_quantity_is_spread_over_the_rest():
    planned = plan(order(randomise=0), NOTHING_DONE, MARKET, at(60))
    assert quantities(planned) == [Decimal("0.2")] * 4
    assert "Behind schedule by 0.4" in planned.reasons[1]


def test_catch_up_is_capped_except_in_the_last_slice():
    planned = plan(order(randomise=0, max_catch_up=2), NOTHING_DONE, MARKET, at(90))
    assert quantities(planned) == [Decimal("0.2"), Decimal("0.6")]


def test_ahead_of_schedule_what_is_left_is_spread_over_the_rest():
    planned = plan(order(randomise=0), filled("0.6"), MARKET, at(15))
    assert sum(quantities(planned)) == Decimal("0.2")
    assert planned.slices[-1].end_at == at(120)
    assert planned.slices[0].start_at == at(30)  # the slot that is running is already done
    assert all(abs(quantity - Decimal("0.2") / 6) < LOT for quantity in quantities(planned))
    assert "Ahead of schedule" in planned.reasons[1]


def test_a_minimum_makes_fewer_and_larger_slices():
    market = replace(MARKET, min_quantity=Decimal("0.25"))
    planned = plan(order(randomise=0), NOTHING_DONE, market, START)
    assert len(planned.slices) == 3
    assert min(quantities(planned)) >= Decimal("0.25")


def test_a_parent_below_two_minimums_is_one_slice():
    market = replace(MARKET, min_quantity=Decimal("0.401"))
    planned = plan(order(), NOTHING_DONE, market, START)
    assert quantities(planned) == [Decimal("0.8")]
    assert (planned.slices[0].start_at, planned.slices[0].end_at) == (START, at(120))


@pytest.mark.parametrize("seed", range(20))
def test_two_minimums_are_two_slices_whichever_way_the_sizes_vary(seed):
    """A slot smaller than the minimum is no finished slot: nothing of it was done yet."""
    planned = plan(order(quantity="0.002", seconds=6, seed=seed, randomise=0.5), NOTHING_DONE, MARKET, START)
    assert quantities(planned) == [LOT, LOT]
    assert planned.slices[0].start_at == START


def test_a_slot_that_is_filled_but_for_dust_does_not_start_the_next_one_early():
    market = replace(MARKET, min_quantity=Decimal("0.02"))
    planned = plan(order(randomise=0), filled("0.095"), market, at(3))
    assert planned.slices[0].start_at == at(15)


def test_a_slot_that_is_half_done_goes_on_at_once():
    planned = plan(order(randomise=0), filled("0.05"), MARKET, at(3))
    assert planned.slices[0].start_at == at(3)


def test_a_rest_below_the_minimum_is_not_planned_but_looked_at_again():
    planned = plan(order(), filled("0.7995"), MARKET, at(60))
    assert planned.slices == ()
    assert planned.next_review_at == at(120)
    assert "below the smallest order" in planned.reasons[0]


def test_an_odd_remainder_below_a_lot_goes_into_the_last_slice():
    planned = plan(order(quantity="0.8004"), NOTHING_DONE, MARKET, START)
    assert all(quantity % LOT == 0 for quantity in quantities(planned)[:-1])
    assert quantities(planned)[-1] % LOT == Decimal("0.0004")


def test_the_plan_is_reviewed_when_its_first_slice_ends():
    planned = plan(order(), NOTHING_DONE, MARKET, START)
    assert planned.next_review_at == planned.slices[0].end_at


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"slice_count": 0}, "slice_count"),
        ({"randomise": 0.6}, "randomise"),
        ({"randomise": -0.1}, "randomise"),
        ({"max_catch_up": 0.5}, "max_catch_up"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters, message):
    with pytest.raises(InvalidParameter, match=message):
        plan(order(**parameters), NOTHING_DONE, MARKET, START)


@st.composite
def situations(draw):
    """Orders of all sizes and lengths, with any progress at any time."""
    lot = Decimal(1).scaleb(-draw(st.integers(0, 6)))
    least = lot * draw(st.integers(0, 200))
    quantity = lot * draw(st.integers(1, 20_000)) + lot / 10 * draw(st.sampled_from([0, 0, 0, 3]))
    seconds = draw(st.floats(0.01, 100_000))
    terms = OrderTerms(
        side=Side.BUY,
        quantity=quantity,
        limit_price=None,
        start_at=START,
        end_at=START + timedelta(seconds=seconds),
        parameters=draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "slice_count": st.integers(1, 60),
                    "randomise": st.floats(0, 0.5),
                    "max_catch_up": st.sampled_from([1, 1.5, 3]),
                },
            )
        ),
        seed=draw(st.integers(0, 2**63)),
    )
    done = min(quantity, lot * draw(st.integers(0, 20_000)))
    committed = min(quantity - done, lot * draw(st.one_of(st.just(0), st.integers(0, 500))))
    now = START + timedelta(seconds=seconds) * draw(st.floats(-0.2, 1.2))
    until = now + (terms.end_at - now) * draw(st.floats(0, 1)) if committed else None
    progress = Progress(filled_quantity=done, committed_quantity=committed, committed_until=until)
    return terms, progress, Market(mid=Decimal(100), lot=lot, min_quantity=least), now


def smallest(market):
    return max(market.lot, market.min_quantity)


@given(situations())
def test_slices_sum_exactly_to_what_is_left_or_nothing_can_be_planned(situation):
    terms, progress, market, now = situation
    planned = plan(*situation)
    left = terms.quantity - progress.filled_quantity - progress.committed_quantity
    begin = max(now, START, progress.committed_until or START)
    possible = left >= smallest(market) and begin < terms.end_at
    assert sum(quantities(planned), Decimal(0)) == (left if possible else 0)


@given(situations())
def test_slices_follow_one_another_inside_the_window_and_after_what_is_live(situation):
    terms, progress, _, now = situation
    slices = plan(*situation).slices
    for part in slices:
        assert max(now, START, progress.committed_until or START) <= part.start_at < part.end_at <= terms.end_at
    for part, following in pairwise(slices):
        assert part.end_at <= following.start_at
    if slices:
        assert slices[-1].end_at == terms.end_at


@given(situations())
def test_no_slice_is_below_the_minimum_and_all_but_the_last_are_whole_lots(situation):
    market = situation[2]
    parts = quantities(plan(*situation))
    assert all(part >= smallest(market) for part in parts)
    assert all(part % market.lot == 0 for part in parts[:-1])


@given(situations())
def test_no_slice_but_the_last_is_above_the_catch_up_cap(situation):
    terms, _, market, _ = situation
    parts = quantities(plan(*situation))
    count = terms.parameters.get("slice_count", default_slice_count((terms.end_at - START).total_seconds()))
    fewest = max(1, min(count, int(terms.quantity * Decimal("0.5") / smallest(market)), int((terms.end_at - START).total_seconds())))
    cap = terms.quantity / fewest * Decimal(str(terms.parameters.get("max_catch_up", 3)))
    assert all(part <= max(cap, smallest(market)) for part in parts[:-1])


@given(situations())
def test_planning_twice_changes_nothing(situation):
    assert plan(*situation) == plan(*situation)


@given(situations())
def test_the_whole_parent_never_goes_at_once_unless_it_is_below_two_minimums(situation):
    terms, _, market, _ = situation
    terms = replace(terms, end_at=max(terms.end_at, at(6)), parameters={**terms.parameters, "slice_count": 5})
    parts = quantities(plan(terms, NOTHING_DONE, market, START))
    if terms.quantity >= 2 * smallest(market):
        assert len(parts) > 1


@given(situations(), st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_replanning_after_any_partial_fills_conserves_the_quantity(situation, shares):
    """Work the plan slice by slice; each fills a share of itself, and the rest goes back into a new plan."""
    terms, _, market, _ = situation
    done, now = Decimal(0), START
    for share in shares:
        planned = plan(terms, filled(done), market, now)
        if not planned.slices:
            assert now >= terms.end_at or terms.quantity - done < smallest(market)
            return
        assert done + sum(quantities(planned)) == terms.quantity
        first = planned.slices[0]
        done += (first.quantity * Decimal(str(share)) // market.lot) * market.lot
        now = first.end_at


@given(situations())
def test_filled_slices_end_the_order_within_its_window(situation):
    """Every slice fills: the order is complete at its end and the first plan is followed to the end."""
    terms, _, market, _ = situation
    first = plan(terms, NOTHING_DONE, market, START)
    done = Decimal(0)
    for part in first.slices:
        again = plan(terms, filled(done), market, part.start_at)
        assert again.slices[0].start_at == part.start_at
        done += part.quantity
    assert done == (terms.quantity if first.slices else 0)
