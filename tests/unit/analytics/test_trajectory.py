from datetime import UTC, datetime, timedelta
from decimal import Decimal

from analytics.domain.fills import PricedFill
from analytics.domain.trajectory import Point, filled_points, largest_deviation, planned_share

D = Decimal
START = datetime(2025, 8, 16, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def fill(seconds: float, quantity: str) -> PricedFill:
    return PricedFill(at=at(seconds), venue="okx", price=D(1), quantity=D(quantity), fee=D(0), mid=None, is_maker=True)


PLAN = (Point(at=at(0), share=D(0)), Point(at=at(100), share=D(1)))


def test_filled_share_is_a_staircase_in_order_of_time() -> None:
    points = filled_points([fill(50, "1"), fill(20, "2")], D(4), start=at(0), end=at(100))
    assert [(point.at, point.share) for point in points] == [
        (at(0), D(0)),
        (at(20), D("0.5")),
        (at(50), D("0.75")),
        (at(100), D("0.75")),
    ]


def test_the_plan_is_linear_between_its_points_and_level_outside() -> None:
    assert [planned_share(PLAN, at(second)) for second in (-5, 0, 25, 100, 120)] == [0, 0, D("0.25"), 1, 1]


def test_the_largest_deviation_is_found_just_before_a_late_fill() -> None:
    points = filled_points([fill(10, "1"), fill(80, "9")], D(10), start=at(0), end=at(100))
    found = largest_deviation(PLAN, points)
    assert found is not None
    assert (found.at, found.share) == (at(80), D("-0.7"))


def test_an_order_that_stops_is_furthest_from_its_plan_at_the_end() -> None:
    found = largest_deviation(PLAN, filled_points([fill(10, "1")], D(10), start=at(0), end=at(100)))
    assert found is not None
    assert (found.at, found.share) == (at(100), D("-0.9"))


def test_without_a_plan_there_is_no_deviation() -> None:
    assert largest_deviation((), filled_points([], D(1), start=at(0), end=at(1))) is None
