"""What is refused of a plan, whoever made it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import Market, OrderTerms, Plan, PlannedSlice, Progress
from execution.domain.algorithms.checking import MOST_SLICES, check_plan

START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
NOW = START + timedelta(seconds=10)
ORDER = OrderTerms(side=Side.BUY, quantity=Decimal(10), limit_price=None, start_at=START, end_at=START + timedelta(seconds=100))
PROGRESS = Progress(filled_quantity=Decimal(2), committed_quantity=Decimal(1), committed_until=START + timedelta(seconds=15))
MARKET = Market(mid=Decimal(100), lot=Decimal("0.1"), min_quantity=Decimal("0.5"))


def part(quantity="1", start=20, end=30, **fields):
    return PlannedSlice(
        quantity=Decimal(quantity), start_at=START + timedelta(seconds=start), end_at=START + timedelta(seconds=end), **fields
    )


def plan(*slices, review=30, reasons=("why",)):
    return Plan(slices=slices, next_review_at=None if review is None else START + timedelta(seconds=review), reasons=reasons)


def wrong(given):
    return check_plan(given, ORDER, PROGRESS, MARKET, NOW)


@pytest.mark.parametrize(
    "good", [plan(), plan(part()), plan(part("7", 10, 100), review=None), plan(part(), part("6", 30, 100, urgency=0.5))]
)
def test_a_plan_that_may_be_followed_is(good):
    assert wrong(good) is None


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (None, "a NoneType instead of a plan"),
        ([part()], "a list instead of a plan"),
        (replace(plan(), slices=[part()]), "no tuple"),
        (replace(plan(), slices=None), "no tuple"),
        (replace(plan(), reasons="because"), "reasons"),
        (replace(plan(), reasons=(1,)), "reasons"),
        (plan(*[part()] * (MOST_SLICES + 1)), "1,001 slices; at most 1,000"),
        (plan("a slice"), "a str instead of a slice"),
        (plan(replace(part(), quantity=1.0)), "no finite decimal"),
        (plan(part("NaN")), "no finite decimal"),
        (plan(part("sNaN")), "no finite decimal"),
        (plan(part("Infinity")), "no finite decimal"),
        (plan(part("-1")), "below the smallest"),
        (plan(part("0")), "below the smallest"),
        (plan(part("0.4")), "below the smallest order that a venue takes, 0.5"),
        (plan(part("7.1")), "sum to 7.1, but only 7 is left"),
        (plan(part("4"), part("4", 30, 40)), "sum to 8, but only 7 is left"),
        (plan(part(start=9)), "slice 1: it starts before"),
        (plan(part(end=101)), "it ends after the order"),
        (plan(part(start=30, end=30)), "it ends before it starts"),
        (plan(part(start=40, end=30)), "it ends before it starts"),
        (plan(part(start=50, end=60), part(start=20, end=30)), "slice 2: it starts before"),
        (plan(part(start=20, end=40), part(start=30, end=50)), "slice 2: it starts before"),
        (plan(replace(part(), start_at=datetime(2026, 3, 2, 14, 0, 20))), "cannot be read: TypeError"),  # noqa: DTZ001
        (plan(replace(part(), end_at="soon")), "not a time"),
        (plan(part(urgency=1.1)), "urgency"),
        (plan(part(urgency=float("nan"))), "urgency"),
        (plan(part(urgency="high")), "urgency"),
        (plan(review=9), "next review"),
        (replace(plan(), next_review_at=30), "next review"),
        (replace(plan(), next_review_at=datetime(2026, 3, 2, 14, 1)), "time zone"),  # noqa: DTZ001
    ],
)
def test_nonsense_is_told(bad, reason):
    assert reason in (wrong(bad) or "")


anything = st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=5), st.decimals(), st.datetimes(), st.binary(max_size=5))


@given(values=st.tuples(anything, anything, anything, anything))
def test_whatever_stands_in_a_slice_the_check_answers(values):
    quantity, start, end, urgency = values
    assert wrong(plan(PlannedSlice(quantity=quantity, start_at=start, end_at=end, urgency=urgency)))


@given(review=anything.filter(lambda value: value is not None), reasons=anything)
def test_whatever_else_stands_in_a_plan_the_check_answers(review, reasons):
    assert wrong(replace(plan(), next_review_at=review))
    assert wrong(replace(plan(), reasons=reasons))
