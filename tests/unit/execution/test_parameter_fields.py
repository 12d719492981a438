"""Parameters typed into the ticket: their ranges, shares in percent, and nothing for what the mode decides."""

import pytest
from django.core.exceptions import ValidationError

from execution.domain.algorithms.parameters import PARTICIPATION_CAP, RANDOMISE, SLICE_COUNT, Kind, Parameter
from execution.domain.algorithms.registry import algorithm_names, get_algorithm
from execution.parameter_fields import FRONT, ParameterField, fields_of, panel, shown

CHOICE = Parameter(name="profile", title="Profile", kind=Kind.CHOICE, default="auto", choices=("auto", "desk"))


@pytest.mark.parametrize(
    ("parameter", "typed", "value"),
    [
        (PARTICIPATION_CAP, "15", 0.15),
        (PARTICIPATION_CAP, " 0.1 ", 0.001),
        (PARTICIPATION_CAP, "", None),
        (SLICE_COUNT, "8", 8),
        (CHOICE, "desk", "desk"),
    ],
)
def test_what_is_typed_becomes_the_parameters_value(parameter: Parameter, typed: str, value: object) -> None:
    assert ParameterField(parameter).clean(typed) == value


@pytest.mark.parametrize(
    ("parameter", "typed", "words"),
    [
        (PARTICIPATION_CAP, "91", "between 0.1 and 90 %"),
        (RANDOMISE, "-1", "between 0 and 50 %"),
        (SLICE_COUNT, "8.5", "whole number"),
        (SLICE_COUNT, "0", "between 1 and 500"),
        (SLICE_COUNT, "1e999", "Write a number"),
        (SLICE_COUNT, "NaN", "Write a number"),
        (SLICE_COUNT, "١٢", "Write a number"),
        (SLICE_COUNT, "9" * 41, "at most 40"),
        (SLICE_COUNT, "1\x00", "Null characters"),
        (CHOICE, "<script>", "choose one of: auto, desk"),
    ],
)
def test_what_is_wrong_is_told_in_the_unit_of_the_field(parameter: Parameter, typed: str, words: str) -> None:
    with pytest.raises(ValidationError) as told:
        ParameterField(parameter).clean(typed)
    assert words.lower() in str(told.value.messages[0]).lower()


def test_every_algorithm_has_a_field_for_each_parameter_and_an_unknown_one_has_none() -> None:
    for name in algorithm_names():
        assert set(fields_of(name)) == {f"p_{one.name}" for one in get_algorithm(name).parameters}
    assert fields_of("magic\x00") == {}


def test_usual_parameters_are_in_sight_and_others_behind_the_fold() -> None:
    found = panel(get_algorithm("shortfall"), {"p_patience": "50"}, {})
    assert [box.parameter.name for box in found.front] == [name for name in FRONT if name != "participation_rate"]
    assert {box.parameter.name: box.value for box in found.further}["patience"] == "50"


@pytest.mark.parametrize(
    ("parameter", "value", "text"),
    [(PARTICIPATION_CAP, 0.15, "15"), (SLICE_COUNT, 8, "8"), (SLICE_COUNT, None, ""), (CHOICE, "desk", "desk")],
)
def test_a_value_is_shown_as_it_is_typed(parameter: Parameter, value: object, text: str) -> None:
    assert shown(parameter, value) == text
