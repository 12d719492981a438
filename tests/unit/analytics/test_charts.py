from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.reports.charts import Bar, Look, Track, trajectory, waterfall, waterfall_rows
from analytics.reports.drawing import PRINT, axis_of

NOON = datetime(2025, 8, 19, 12, tzinfo=UTC)
LOOK = Look(width=640, height=320, theme=PRINT, title="Cost <bps>", summary="Delay & spread")


def bar(value: float | None, *, is_total: bool = False) -> Bar:
    return Bar(label="Fees", value=value, text="" if value is None else f"{value:.2f}", note="$1", is_total=is_total)


def rects(svg: str) -> list[ElementTree.Element]:
    return ElementTree.fromstring(svg).findall("{http://www.w3.org/2000/svg}rect")


def lines(svg: str) -> list[ElementTree.Element]:
    return ElementTree.fromstring(svg).findall("{http://www.w3.org/2000/svg}polyline")


def test_text_is_escaped() -> None:
    root = ElementTree.fromstring(waterfall([bar(1.0)], LOOK))
    assert [element.text for element in root[:2]] == ["Cost <bps>", "Delay & spread"]


def test_the_total_stands_on_zero_and_ends_where_its_parts_do() -> None:
    first, second, total = rects(waterfall([bar(2.0), bar(3.0), bar(5.0, is_total=True)], LOOK))
    tops = [float(each.attrib["y"]) for each in (first, second, total)]
    feet = [float(each.attrib["y"]) + float(each.attrib["height"]) for each in (first, second, total)]
    assert tops[2] == pytest.approx(tops[1], abs=0.2)
    assert feet[2] == pytest.approx(feet[0], abs=0.2)
    assert feet[1] == pytest.approx(tops[0], abs=0.2)


def test_a_gain_is_green_a_cost_is_grey_the_total_is_blue() -> None:
    colours = [each.attrib["fill"] for each in rects(waterfall([bar(2.0), bar(-1.0), bar(1.0, is_total=True)], LOOK))]
    assert colours == [PRINT.cost, PRINT.gain, PRINT.ours]


def test_what_is_not_known_is_a_dashed_box() -> None:
    (box,) = rects(waterfall([bar(None)], LOOK))
    assert "stroke-dasharray" in box.attrib


@given(st.lists(st.floats(min_value=-1e6, max_value=1e6), min_size=1, max_size=7))
def test_an_axis_holds_zero_and_all_values_with_few_ticks(values: list[float]) -> None:
    axis = axis_of(values)
    assert axis.low <= min(0.0, *values)
    assert axis.high >= max(0.0, *values)
    assert 0.0 in axis.ticks
    assert 2 <= len(axis.ticks) <= 7
    assert len({axis.label(tick) for tick in axis.ticks}) == len(axis.ticks)


@given(st.lists(st.one_of(st.none(), st.floats(min_value=-1e4, max_value=1e4)), min_size=1, max_size=7))
def test_every_waterfall_is_drawn_inside_its_picture(values: list[float | None]) -> None:
    for svg in (waterfall([bar(value) for value in values], LOOK), waterfall_rows([bar(value) for value in values], LOOK)):
        for each in rects(svg):
            assert -0.1 <= float(each.attrib["y"]) <= LOOK.height
            assert float(each.attrib["y"]) + float(each.attrib["height"]) <= LOOK.height + 2


def test_thousands_of_fills_are_drawn_as_no_more_points_than_pixels_show() -> None:
    filled = [(NOON + timedelta(seconds=number / 100), number / 10_000) for number in range(10_001)]
    (drawn,) = lines(trajectory(Track(plan=(), filled=filled, tolerance=None, label="100.0 filled"), LOOK))
    corners = [tuple(map(float, corner.split(","))) for corner in drawn.attrib["points"].split()]
    steps = {x for x, _ in corners}
    assert LOOK.width / 2 < len(steps) <= 2 * LOOK.width  # a step each half pixel
    assert len(corners) <= 2 * len(steps)
    assert min(y for _, y in corners) == corners[-1][1]  # all is filled where it ends


def test_a_trajectory_of_one_moment_is_drawn() -> None:
    svg = trajectory(Track(plan=(), filled=[(NOON, 0.0)], tolerance=None, label="0.0 filled"), LOOK)
    assert "0.0 filled" in svg
