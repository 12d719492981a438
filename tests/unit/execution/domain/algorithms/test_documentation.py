"""docs/algorithms.md holds the parameters of every algorithm as the code has them."""

from pathlib import Path

import pytest

from execution.domain.algorithms import documentation
from execution.domain.algorithms.documentation import parameter_table
from execution.domain.algorithms.parameters import Kind, Parameter
from execution.domain.algorithms.registry import algorithm_names, get_algorithm

DOCUMENT = Path(documentation.__file__).parents[3] / "docs" / "algorithms.md"
BUILT_IN = [name for name in algorithm_names() if not get_algorithm(name).is_custom]


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_documented_table_is_the_one_generated_from_the_schema(name):
    """If it fails: python manage.py algorithm_parameters prints what belongs there."""
    spec = get_algorithm(name)
    heading = f"## {spec.title} (`{name}`)\n"
    assert heading in DOCUMENT.read_text()
    section = DOCUMENT.read_text().split(heading)[1].split("\n## ")[0]
    assert [line for line in section.splitlines() if line.startswith("|")] == parameter_table(spec).splitlines()


def test_a_choice_and_a_fixed_parameter_say_so():
    choice = Parameter(name="how", title="How", kind=Kind.CHOICE, default="fast", choices=("fast", "slow"), is_mutable=False, help="Pace.")
    spec = get_algorithm("twap")
    row = parameter_table(type(spec)(name="x", title="X", summary="", plan=spec.plan, parameters=(choice,), is_custom=True)).splitlines()[2]
    assert row == "| `how` | How | `fast`, `slow` | fast | Pace. It stays as it is once the order works. |"
