"""Iceberg: a part of the order at a time, the next one when it is filled."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import Market, OrderTerms, Progress, Remainder
from execution.domain.algorithms.iceberg import LAST_SECONDS, MOST_PARTS, plan
from execution.domain.algorithms.parameters import InvalidParameter

START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
LOT = Decimal("0.001")
MARKET = Market(mid=Decimal(60_000), lot=LOT, min_quantity=LOT)


def at(seconds):
    return START + timedelta(seconds=seconds)


def order(quantity="1", seconds=100, remainder=Remainder.CROSS, seed=7, **parameters):
    return OrderTerms(
        side=Side.SELL,
        quantity=Decimal(quantity),
        limit_price=None,
        start_at=START,
        end_at=at(seconds),
        remainder=remainder,
        parameters={"randomise": 0, **parameters},
        seed=seed,
    )


def filled(quantity="0"):
    return Progress(filled_quantity=Decimal(quantity), committed_quantity=Decimal(0), committed_until=None)


def quantities(planned):
    return [part.quantity for part in planned.slices]


def test_parts_of_the_shown_size_follow_one_another_over_the_whole_time():
    planned = plan(order(display_quantity=0.25), filled(), MARKET, START)
    assert quantities(planned) == [Decimal("0.25")] * 4
    assert [(part.start_at, part.end_at) for part in planned.slices] == [(at(25 * i), at(25 * (i + 1))) for i in range(4)]


def test_left_out_a_twentieth_is_shown():
    assert quantities(plan(order(), filled(), MARKET, START)) == [Decimal("0.05")] * 20


def test_parts_only_rest():
    assert {part.urgency for part in plan(order(display_quantity=0.25), filled(), MARKET, START).slices} == {0.0}


def test_the_next_part_begins_when_one_is_filled_early():
    planned = plan(order(display_quantity=0.25), filled("0.25"), MARKET, at(7))
    assert planned.slices[0].start_at == at(7)
    assert planned.slices[0].end_at == at(38)


def test_one_part_behind_it_still_rests_and_further_behind_it_crosses_in_the_end():
    behind_one = plan(order(display_quantity=0.25), filled(), MARKET, at(25))
    behind_two = plan(order(display_quantity=0.25), filled(), MARKET, at(50))
    assert behind_one.slices[0].urgency == 0.0
    assert behind_two.slices[0].urgency is None


def test_a_rest_that_is_left_is_never_crossed():
    planned = plan(order(display_quantity=0.25, remainder=Remainder.LEAVE), filled(), MARKET, at(99))
    assert {part.urgency for part in planned.slices} == {0.0}
    assert quantities(planned) == [Decimal("0.25")]


def test_what_has_no_place_any_more_is_crossed_in_the_last_seconds():
    planned = plan(order(display_quantity=0.01), filled("0.5"), MARKET, at(80))
    assert quantities(planned) == [Decimal("0.01")] * 4 + [Decimal("0.46")]
    last = planned.slices[-1]
    assert (last.start_at, last.end_at, last.urgency) == (at(100 - LAST_SECONDS), at(100), 1.0)
    assert "0.46 has no place before the end: the last 8 s take it" in planned.reasons[1]


def test_when_no_time_is_left_for_parts_all_is_crossed():
    planned = plan(order(display_quantity=0.01), filled("0.5"), MARKET, at(95))
    assert [(part.quantity, part.start_at, part.urgency) for part in planned.slices] == [(Decimal("0.5"), at(95), 1.0)]


def test_very_many_parts_are_planned_by_and_by():
    planned = plan(order("100", seconds=36_000, display_quantity=0.1), filled(), MARKET, START)
    assert len(planned.slices) == MOST_PARTS + 1
    assert planned.slices[0].end_at == at(36)
    assert sum(quantities(planned)) == 100


def test_sizes_vary_below_what_may_be_shown():
    sizes = quantities(plan(order("10", display_quantity=1, randomise=0.5), filled(), MARKET, START))
    assert max(sizes) <= 1
    assert min(sizes[:-1]) >= Decimal("0.5")
    assert len(set(sizes)) > 5


def test_when_a_part_is_filled_the_sizes_of_the_next_ones_stay():
    terms = order("10", display_quantity=1, randomise=0.5)
    first = quantities(plan(terms, filled(), MARKET, START))
    assert quantities(plan(terms, filled(str(first[0])), MARKET, at(3))) == first[1:]


def test_less_than_a_venue_takes_is_not_shown():
    planned = plan(order(display_quantity=0.0001), filled(), replace(MARKET, min_quantity=Decimal("0.3")), START)
    assert quantities(planned) == [Decimal("0.3"), Decimal("0.3"), Decimal("0.4")]


def test_what_is_finer_than_a_lot_goes_with_the_last_part():
    assert quantities(plan(order("1.0004", display_quantity=0.5), filled(), MARKET, START)) == [Decimal("0.5"), Decimal("0.5004")]


@given(st.integers(1, 5000), st.integers(1, 6000), st.integers(1, 300), st.floats(0, 0.5), st.floats(0, 0.999), st.sampled_from(Remainder))
def test_never_more_is_shown_than_may_be(lots, shown, least, randomise, passed, remainder):  # noqa: PLR0917
    """Except where two parts would be less than venues take; what is crossed at once is not shown."""
    terms = order(lots * LOT, display_quantity=float(shown * LOT), randomise=randomise, remainder=remainder)
    planned = plan(terms, filled(), replace(MARKET, min_quantity=least * LOT), at(100 * passed))
    most = max(shown, 2 * least - 1, 1) * LOT
    assert all(part.quantity <= most or part.urgency == 1.0 for part in planned.slices)


@pytest.mark.parametrize(("name", "value"), [("display_quantity", -1), ("display_quantity", "all"), ("randomise", 0.6)])
def test_parameters_out_of_range_are_refused(name, value):
    with pytest.raises(InvalidParameter, match=name):
        plan(order(**{name: value}), filled(), MARKET, START)
