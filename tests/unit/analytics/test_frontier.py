"""Which (risk, cost) nothing else dominates."""

from hypothesis import given
from hypothesis import strategies as st

from analytics.domain.experiments import frontier

FIGURES = st.integers(min_value=-5, max_value=5).map(float)
Point = tuple[float, float]


def dominates(one: Point, other: Point) -> bool:
    return one != other and one[0] <= other[0] and one[1] <= other[1]


def test_cheaper_at_more_risk_is_on_the_frontier_and_dearer_at_more_risk_is_not() -> None:
    assert frontier([(20.0, 3.0), (5.0, 12.0), (15.0, 13.0), (8.0, 8.0)]) == (1, 3, 0)


def test_of_the_same_risk_only_the_cheapest_is_on_the_frontier() -> None:
    assert frontier([(5.0, 4.0), (5.0, 3.0)]) == (1,)


def test_points_that_are_the_same_are_on_the_frontier_together() -> None:
    assert frontier([(5.0, 3.0), (5.0, 3.0)]) == (0, 1)


def test_nothing_has_no_frontier() -> None:
    assert frontier([]) == ()


@given(st.lists(st.tuples(FIGURES, FIGURES), max_size=12))
def test_on_the_frontier_is_exactly_what_nothing_dominates(points: list[Point]) -> None:
    undominated = {each for each, point in enumerate(points) if not any(dominates(other, point) for other in points)}
    kept = frontier(points)
    assert set(kept) == undominated
    assert len(kept) == len(undominated)
    assert [points[each][0] for each in kept] == sorted(points[each][0] for each in kept)
