"""The schedule that progress is measured against."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from execution.selectors.schedules import schedule_of

START = datetime(2026, 8, 12, 14, 0, tzinfo=UTC)


def plan(*slices: tuple[str, int, int]) -> list[list[str]]:
    return [[quantity, (START + timedelta(seconds=a)).isoformat(), (START + timedelta(seconds=b)).isoformat()] for quantity, a, b in slices]


def test_the_share_grows_evenly_within_a_slice() -> None:
    schedule = schedule_of(plan(("3", 0, 60), ("1", 60, 120)))
    assert schedule is not None
    shares = [schedule.share_at(START + timedelta(seconds=seconds)) for seconds in (-10, 0, 30, 60, 90, 120, 500)]
    assert shares == [0, 0, Decimal("0.375"), Decimal("0.75"), Decimal("0.875"), 1, 1]


def test_the_share_stands_still_in_a_gap() -> None:
    schedule = schedule_of(plan(("1", 0, 10), ("1", 20, 30)))
    assert schedule is not None
    assert schedule.share_at(START + timedelta(seconds=15)) == Decimal("0.5")


def test_the_tolerance_is_the_largest_slice_within_bounds() -> None:
    even = schedule_of(plan(*(("1", 10 * i, 10 * i + 10) for i in range(10))))
    many = schedule_of(plan(*(("1", i, i + 1) for i in range(100))))
    one = schedule_of(plan(("1", 0, 10)))
    assert even is not None
    assert many is not None
    assert one is not None
    assert (even.tolerance, many.tolerance, one.tolerance) == (Decimal("0.1"), Decimal("0.04"), Decimal("0.25"))


def test_nothing_planned_is_no_schedule() -> None:
    assert schedule_of([]) is None


def test_the_schedule_of_amended_terms_begins_with_what_was_done() -> None:
    schedule = schedule_of(plan(("2", 0, 60), ("1", 60, 120)), Decimal(4))
    assert schedule is not None
    shares = [schedule.share_at(START + timedelta(seconds=seconds)) for seconds in (-10, 0, 60, 120)]
    assert shares == [Decimal("0.25"), Decimal("0.25"), Decimal("0.75"), Decimal(1)]
