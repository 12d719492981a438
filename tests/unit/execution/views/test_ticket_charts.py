"""Marks of the ticket's charts stand within their boxes, on round axes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.views.ticket_charts import Dot, _Axis, _figure, _labelled, _room, _smooth

values = st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=1, max_size=20)


@given(values)
def test_an_axis_holds_every_value_between_round_ends(values: list[float]) -> None:
    axis = _Axis.over(values)
    assert all(-1e-6 <= axis.place(value) <= 100 + 1e-6 for value in values)
    assert axis.ticks[0] == pytest.approx(axis.low)
    assert axis.ticks[-1] == pytest.approx(axis.high)
    assert 2 <= len(axis.ticks) <= 8


@pytest.mark.parametrize(
    ("value", "step", "text"),
    [(0.0, 5.0, "0"), (-10.0, 10.0, "−10"), (2.5, 2.5, "2.5"), (0.05, 0.05, "0.05"), (1500.0, 500.0, "1,500")],
)
def test_figures_of_an_axis_have_as_many_decimals_as_its_step(value: float, step: float, text: str) -> None:
    assert _figure(value, step) == text


def test_a_label_without_room_is_left_out_and_its_dot_stays() -> None:
    near = [Dot(x=10, y=50, label="first"), Dot(x=12, y=51, label="second"), Dot(x=40, y=50, label="third")]
    assert [dot.label for dot in _labelled(near, [], above=1)] == ["first", "", "third"]


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), max_size=12))
def test_labels_that_are_kept_never_cover_one_another(places: list[tuple[float, float]]) -> None:
    kept = [dot for dot in _labelled([Dot(x=x, y=y, label="TWAP") for x, y in places], [], above=1) if dot.label]
    rooms = [_room(dot, above=1, height=5) for dot in kept]
    assert not any(one.meets(other) for index, one in enumerate(rooms) for other in rooms[:index])


def test_a_curve_goes_through_its_points() -> None:
    path = _smooth([(0, 0), (50, 20), (100, 100)])
    assert path.startswith("M0.00,0.00")
    assert path.count("C") == 2
    assert " 50.00,20.00" in path
    assert path.endswith(" 100.00,100.00")
