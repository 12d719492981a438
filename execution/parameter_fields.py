"""Fields of the ticket for an algorithm's parameters, made from their schema. A share is typed in percent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from execution.domain.algorithms.parameters import InvalidParameter, Kind, Parameter
from execution.domain.algorithms.registry import AlgorithmSpec, algorithm_names, get_algorithm

PREFIX = "p_"
FRONT = ("urgency", "participation_rate", "participation_cap", "slice_count", "randomise")
"""Parameters that are always in sight; others are behind a fold."""
_NUMBER = re.compile(r"[+-]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})", re.ASCII)


class ParameterField(forms.CharField):
    """One parameter. Nothing typed: the algorithm's mode decides."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(required=False, max_length=40, label=parameter.title)
        self.parameter = parameter

    def clean(self, value: Any) -> Any:
        """Return the value as the algorithm takes it, none when nothing was typed.

        Raises:
            ValidationError: it is no value of this parameter.
        """
        text = super().clean(value).strip()
        if not text:
            return None
        try:
            return self.parameter.read(self._as_parameter(text))
        except InvalidParameter as error:
            raise ValidationError(self._explain(error)) from error

    def _as_parameter(self, text: str) -> Any:
        if self.parameter.kind is Kind.CHOICE:
            return text
        if not _NUMBER.fullmatch(text):
            raise ValidationError(_("Write a number such as 12.5, without commas."))
        number = Decimal(text)
        return float(number / 100 if self.parameter.kind is Kind.SHARE else number)

    def _explain(self, error: InvalidParameter) -> str:
        low, high = self.parameter.minimum, self.parameter.maximum
        if self.parameter.kind is not Kind.SHARE or low is None or high is None:
            return error.message[:1].upper() + error.message[1:] + "."
        return _("Must be between %(low)s and %(high)s %%.") % {"low": f"{low * 100:g}", "high": f"{high * 100:g}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One parameter as it stands on the ticket: its name in the form, the text typed, and how it is asked for."""

    parameter: Parameter
    name: str
    key: str
    value: str
    error: str
    preset: str
    """What happens when nothing is typed."""

    @property
    def is_slider(self) -> bool:
        """Tell whether it is a place between two ends."""
        one = self.parameter
        return one.kind is Kind.NUMBER and (one.minimum, one.maximum) == (0, 1)

    @property
    def unit(self) -> str:
        """Return the unit that is shown in the field."""
        return "%" if self.parameter.kind is Kind.SHARE else self.parameter.unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The parameters of one algorithm: those in sight, and those behind the fold."""

    spec: AlgorithmSpec
    front: tuple[Box, ...]
    further: tuple[Box, ...]

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Return all of them."""
        return (*self.front, *self.further)


def fields_of(algorithm: str) -> dict[str, forms.Field]:
    """Return the form's fields of an algorithm, none of an unknown one."""
    if algorithm not in algorithm_names():
        return {}
    return {PREFIX + one.name: ParameterField(one) for one in get_algorithm(algorithm).parameters}


def shown(parameter: Parameter, value: Any) -> str:
    """Return a value as it is typed: a share in percent; empty for none."""
    if value is None:
        return ""
    if parameter.kind is Kind.CHOICE:
        return str(value)
    return f"{float(value) * (100 if parameter.kind is Kind.SHARE else 1):.6g}"


def panel(spec: AlgorithmSpec, data: Mapping[str, Any], errors: Mapping[str, Any]) -> Panel:
    """Return an algorithm's parameters as they stand on the ticket."""
    boxes = {one.name: _box(spec, one, data, errors) for one in spec.parameters}
    return Panel(
        spec=spec,
        front=tuple(boxes[name] for name in FRONT if name in boxes),
        further=tuple(box for name, box in boxes.items() if name not in FRONT),
    )


def _box(spec: AlgorithmSpec, parameter: Parameter, data: Mapping[str, Any], errors: Mapping[str, Any]) -> Box:
    name = PREFIX + parameter.name
    found = errors.get(name)
    return Box(
        parameter=parameter,
        name=name,
        key=f"{spec.name}-{parameter.name}",
        value=str(data.get(name, "")),
        error=str(found[0]) if found else "",
        preset=shown(parameter, parameter.default),
    )
