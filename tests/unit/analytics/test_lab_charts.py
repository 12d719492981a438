"""The lab's charts: marks where the figures are."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.reports.charts import Look
from analytics.reports.drawing import PRINT, Axis
from analytics.reports.lab_charts import Estimate, Group, LogAxis, Spot, cost_against_risk, cost_axis, height_of, intervals, marker

SVG = "{http://www.w3.org/2000/svg}"
SIZES = ("USD 8k", "2 % of volume")


def look(width: int = 700, height: int = 300) -> Look:
    return Look(width=width, height=height, theme=PRINT, title="Cost <bps>", summary="TWAP & others")


def estimate(mean: float, half: float = 1.0, size: int = 0) -> Estimate:
    return Estimate(size=size, mean=mean, low=mean - half, high=mean + half, text=f"{mean:.1f}")


def group(*estimates: Estimate, is_baseline: bool = False, label: str = "TWAP") -> Group:
    return Group(label=label, is_baseline=is_baseline, estimates=estimates)


def spot(label: str, risk: float, cost: float, half: float = 0.5, *, is_on_frontier: bool = False) -> Spot:
    return Spot(label=label, is_baseline=False, risk=risk, cost=cost, low=cost - half, high=cost + half, is_on_frontier=is_on_frontier)


def whiskers(svg: str) -> list[ElementTree.Element]:
    return [each for each in ElementTree.fromstring(svg).findall(f"{SVG}line") if each.attrib["stroke-width"] == "2"]


def texts(svg: str) -> dict[str, ElementTree.Element]:
    return {each.text or "": each for each in ElementTree.fromstring(svg).findall(f"{SVG}text")}


def number(element: ElementTree.Element, name: str) -> float:
    return float(element.attrib[name])


def test_texts_are_escaped() -> None:
    root = ElementTree.fromstring(intervals([group(estimate(3.0), label="<b>TWAP</b>")], ["<8k>"], look()))
    assert [element.text for element in root[:2]] == ["Cost <bps>", "TWAP & others"]
    assert "<b>TWAP</b>" in texts(ElementTree.tostring(root, encoding="unicode"))


def test_an_interval_ends_where_its_figures_are_on_a_linear_axis() -> None:
    svg = intervals([group(estimate(5.0, 5.0))], SIZES, look(width=572))
    (whisker,) = whiskers(svg)
    # From 0 to 10 on 572 − 172 − 40 = 360 pixels.
    assert (number(whisker, "x1"), number(whisker, "x2")) == (172.0, 532.0)


def test_an_interval_below_zero_lies_left_of_the_zero_line() -> None:
    svg = intervals([group(estimate(-5.0, 1.0)), group(estimate(5.0, 1.0))], SIZES, look())
    left, right = whiskers(svg)
    zero = number(texts(svg)["0"], "x")
    assert number(left, "x2") < zero < number(right, "x1")


def test_each_size_has_a_level_of_its_own_below_the_one_before() -> None:
    first, second = whiskers(intervals([group(estimate(3.0), estimate(3.0, size=1))], SIZES, look()))
    assert number(second, "y1") - number(first, "y1") == pytest.approx(14.0)


def test_baselines_are_grey_and_ours_are_blue() -> None:
    ours, theirs = whiskers(intervals([group(estimate(3.0)), group(estimate(4.0), is_baseline=True)], SIZES, look()))
    assert (ours.attrib["stroke"], theirs.attrib["stroke"]) == (PRINT.ours, PRINT.cost)


def test_sizes_are_told_apart_by_shape_alone() -> None:
    shapes = [marker(number, 10, 10, "blue", "white") for number in range(5)]
    assert len(set(shapes)) == 5


def test_the_target_is_drawn_where_the_axis_reaches_it_and_not_elsewhere() -> None:
    reached = texts(intervals([group(estimate(12.0))], SIZES, look()))
    missed = texts(intervals([group(estimate(3.0))], SIZES, look()))
    assert "target 10" in reached
    assert "target 10" not in missed


def test_the_target_stands_at_ten() -> None:
    root = ElementTree.fromstring(intervals([group(estimate(15.0, 5.0))], SIZES, look(width=612)))
    (dashed,) = [each for each in root.findall(f"{SVG}line") if "stroke-dasharray" in each.attrib]
    # From 0 to 20 on 612 − 172 − 40 = 400 pixels: 10 is in the middle.
    assert number(dashed, "x1") == 372.0


def test_costs_far_apart_get_a_logarithmic_axis_and_costs_around_zero_never() -> None:
    assert isinstance(cost_axis([1.0, 40.0]), LogAxis)
    assert isinstance(cost_axis([3.0, 20.0]), Axis)
    assert isinstance(cost_axis([-0.1, 40.0]), Axis)
    assert isinstance(cost_axis([0.0, 40.0]), Axis)
    assert isinstance(cost_axis([]), Axis)


def test_equal_ratios_are_equal_distances_on_a_logarithmic_axis() -> None:
    axis = cost_axis([1.0, 100.0])
    assert axis.share(10.0) - axis.share(1.0) == pytest.approx(axis.share(100.0) - axis.share(10.0))
    assert axis.share(10.0) == pytest.approx(0.5)


@given(st.lists(st.floats(min_value=1e-3, max_value=1e5), min_size=2, max_size=12))
def test_every_axis_holds_its_values_and_has_a_few_ticks_inside(values: list[float]) -> None:
    axis = cost_axis(values)
    assert all(-1e-9 <= axis.share(value) <= 1 + 1e-9 for value in values)
    assert all(-1e-9 <= axis.share(tick) <= 1 + 1e-9 for tick in axis.ticks)
    assert 2 <= len(axis.ticks) <= 12
    assert len({axis.label(tick) for tick in axis.ticks}) == len(axis.ticks)


def test_a_phone_gets_names_above_the_rows_and_more_height() -> None:
    groups = [group(estimate(3.0), label=f"Algorithm {place}") for place in range(10)]
    height = height_of(groups, 2, is_narrow=True)
    assert height > height_of(groups, 2, is_narrow=False)
    svg = intervals(groups, SIZES, look(width=340, height=height))
    levels = [number(whisker, "y1") for whisker in whiskers(svg)]
    names = [number(texts(svg)[each.label], "y") for each in groups]
    assert all(name < level for name, level in zip(names, levels, strict=True))
    assert all(above < name for above, name in zip(levels, names[1:], strict=False))


def test_nothing_measured_is_an_empty_chart() -> None:
    assert whiskers(intervals([], SIZES, look())) == []
    assert whiskers(cost_against_risk([], look())) == []


def test_dearer_is_higher_and_riskier_is_further_right() -> None:
    cheap, dear = whiskers(cost_against_risk([spot("a", 5, 3), spot("b", 20, 12)], look()))
    assert number(dear, "x1") > number(cheap, "x1")
    assert number(dear, "y1") < number(cheap, "y1")


def test_labels_of_neighbours_do_not_cover_each_other() -> None:
    found = texts(cost_against_risk([spot("TWAP", 20, 7), spot("VWAP", 19.8, 7.1), spot("POV", 20.2, 6.9)], look(width=410, height=340)))
    places = {(found[name].attrib["x"], found[name].attrib["y"]) for name in ("TWAP", "VWAP", "POV")}
    levels = sorted((float(y), float(x)) for x, y in places)
    assert len(places) == 3
    for (upper, left), (lower, right) in pairwise(levels):
        assert lower - upper >= 11 or abs(left - right) >= 20


def test_a_label_at_the_right_edge_stays_inside() -> None:
    label = texts(cost_against_risk([spot("Equal clips at market", 20, 7)], look(width=410)))["Equal clips at market"]
    assert (label.attrib["text-anchor"], number(label, "x") <= 410) == ("end", True)


def frontier_of(*spots: Spot) -> list[list[float]]:
    """Return the corners of the line; none without one."""
    found = ElementTree.fromstring(cost_against_risk(spots, look())).findall(f"{SVG}polyline")
    return [[float(value) for value in corner.split(",")] for each in found for corner in each.attrib["points"].split()]


def test_the_frontier_joins_its_spots_from_the_least_risk_on() -> None:
    spots = [spot("c", 20, 3, is_on_frontier=True), spot("b", 15, 9), spot("a", 5, 12, is_on_frontier=True)]
    first, last = frontier_of(*spots)
    marks = {number(each, "x1"): each for each in whiskers(cost_against_risk(spots, look()))}
    assert [first[0], last[0]] == [min(marks), max(marks)]
    assert first[1] < last[1]  # dearer is higher


def test_one_spot_that_beats_all_makes_no_line() -> None:
    assert frontier_of(spot("a", 5, 3, is_on_frontier=True), spot("b", 15, 9)) == []
