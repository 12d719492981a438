"""The algorithms' parameters as docs/algorithms.md shows them."""

from execution.domain.algorithms.parameters import Kind, Parameter
from execution.domain.algorithms.registry import AlgorithmSpec


def parameter_table(spec: AlgorithmSpec) -> str:
    """Return the Markdown table of an algorithm's parameters."""
    return "\n".join(["| parameter | shown as | value | default | what it does |", "|---|---|---|---|---|", *map(_row, spec.parameters)])


def _row(parameter: Parameter) -> str:
    default = "by itself" if parameter.default is None else f"{parameter.default}"
    fixed = "" if parameter.is_mutable else " It stays as it is once the order works."
    return f"| `{parameter.name}` | {parameter.title} | {_value(parameter)} | {default} | {parameter.help}{fixed} |"


def _value(parameter: Parameter) -> str:
    if parameter.kind is Kind.CHOICE:
        return ", ".join(f"`{choice}`" for choice in parameter.choices)
    unit = f", {parameter.unit}" if parameter.unit else ""
    return f"{parameter.kind.value} {parameter.range_in_words}{unit}"
