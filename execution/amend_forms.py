"""The amend dialog: what of an order may change, as text with its present values; what makes sense is the service's to say."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from execution.domain.algorithms.parameters import Kind, Parameter
from execution.domain.algorithms.registry import algorithm_names, get_algorithm
from execution.models import ParentOrder
from execution.models.orders import REMAINDERS
from execution.services.amending import AMENDABLE, terms_digest, terms_of
from execution.services.order_request import FieldError

_PARAMETER = "parameters."
_PERCENT = Decimal(100)
_PLACES = Decimal("0.0001")
_ABOUT_THE_END = frozenset({"duration_minutes"})


def _amount(decimal_places: int | None = 18) -> forms.DecimalField:
    messages = {
        "invalid": _("Write a number such as 1500.25, without commas."),
        "max_digits": _("This number has too many digits."),
        "max_decimal_places": _("At most 18 digits after the point."),
        "max_whole_digits": _("This number is too large."),
        "required": _("This cannot be empty."),
    }
    return forms.DecimalField(required=False, max_digits=28, decimal_places=decimal_places, error_messages=messages)


class AmendForm(forms.Form):
    """The terms of an order and the mutable parameters of its algorithm. Shares are typed in percent."""

    quantity = _amount()
    end_at = forms.DateTimeField(
        input_formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S"],
        error_messages={"invalid": _("Write date and time, UTC."), "required": _("Give the end, UTC.")},
    )
    limit_price = _amount()
    max_slippage_bps = _amount(decimal_places=None)  # fewer are stored than of a price: the service says how many
    would_price = _amount()
    remainder = forms.ChoiceField(choices=REMAINDERS)
    terms = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, order: ParentOrder, data: Any = None) -> None:
        super().__init__(data)
        self.order = order
        self.fields["quantity"].required = True
        self.parameters = _mutable(order)
        for parameter in self.parameters:
            self.fields[_PARAMETER + parameter.name] = _field_of(parameter)
        self.initial = {**_shown(order, self.parameters), "terms": terms_digest(order)}

    def changes(self) -> dict[str, Any]:
        """Return what differs from the order as it is."""
        before = terms_of(self.order)
        read: dict[str, Any] = {name: self.cleaned_data.get(name) for name in AMENDABLE}
        if self.data.get("end_at") == self.initial["end_at"]:
            read["end_at"] = before["end_at"]  # shown without fractions of a second
        found = {name: value for name, value in read.items() if value != before[name]}
        parameters = {one.name: value for one in self.parameters if self._is_typed(one) for value in [self._value(one)]}
        return found | ({"parameters": parameters} if parameters else {})

    def _is_typed(self, parameter: Parameter) -> bool:
        """Tell whether a parameter's text differs from what was shown: a share that was rounded for show must not change."""
        name = _PARAMETER + parameter.name
        return str(self.data.get(name, "")).strip() != str(self.initial[name])

    def _value(self, parameter: Parameter) -> Any:
        value = self.cleaned_data.get(_PARAMETER + parameter.name)
        if value in (None, ""):
            return None
        return value / _PERCENT if parameter.kind is Kind.SHARE else value

    def attach(self, errors: tuple[FieldError, ...]) -> None:
        """Put the service's errors beside the fields they are about."""
        known = {_PARAMETER + one.name: one for one in self.parameters}
        for error in errors:
            name = "end_at" if error.field in _ABOUT_THE_END else error.field
            parameter = known.get(name)
            is_share = parameter is not None and parameter.kind is Kind.SHARE
            message = _range_in_percent(parameter) if is_share and parameter is not None else error.message
            self.add_error(name if name in self.fields else None, message)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield what the template shows of each parameter's field."""
        for parameter in self.parameters:
            name = _PARAMETER + parameter.name
            unit = "%" if parameter.kind is Kind.SHARE else parameter.unit
            yield {
                "field": self[name],
                "name": name,
                "title": parameter.title,
                "unit": unit,
                "help": parameter.help,
                "choices": parameter.choices,
            }


def _mutable(order: ParentOrder) -> tuple[Parameter, ...]:
    if order.algorithm not in algorithm_names():
        return ()
    return tuple(parameter for parameter in get_algorithm(order.algorithm).parameters if parameter.is_mutable)


def _field_of(parameter: Parameter) -> forms.Field:
    if parameter.kind is Kind.CHOICE:
        return forms.ChoiceField(choices=[(choice, choice) for choice in parameter.choices])
    return _amount()


def _shown(order: ParentOrder, parameters: tuple[Parameter, ...]) -> dict[str, Any]:
    """Return the present values as texts."""
    texts = {name: _text(value) for name, value in terms_of(order).items() if name != "parameters"}
    for parameter in parameters:
        texts[_PARAMETER + parameter.name] = shown_parameter(parameter, order.parameters.get(parameter.name))
    return texts


def shown_parameter(parameter: Parameter, value: Any) -> str:
    """Return a parameter's value as it is typed: a share in percent."""
    if value is None or parameter.kind is Kind.CHOICE:
        return "" if value is None else str(value)
    number = Decimal(str(value)) * (_PERCENT if parameter.kind is Kind.SHARE else 1)
    return _text(number.quantize(_PLACES))


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    return "" if value is None else str(value)


def _range_in_percent(parameter: Parameter) -> str:
    low, high = (None if bound is None else f"{bound * 100:g} %" for bound in (parameter.minimum, parameter.maximum))
    return str(_("Enter a number from %(low)s to %(high)s.") % {"low": low or "–", "high": high or "–"})


def lines_of(order: ParentOrder, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return title, old and new value of every term that differs, as a dialog restates them."""
    titles = {
        "quantity": _("Quantity"), "end_at": _("End, UTC"), "limit_price": _("Limit price"), "max_slippage_bps": _("Slippage cap"),
        "would_price": _("Would price"), "remainder": _("Rest at the end"),
    }  # fmt: skip
    units = {"quantity": f" {order.instrument.base}", "max_slippage_bps": " bps"}
    lines = [
        (str(titles[name]), _said(name, before[name], units), _said(name, after[name], units))
        for name in AMENDABLE
        if before[name] != after[name]
    ]
    for parameter in _mutable(order):
        was, becomes = (terms["parameters"].get(parameter.name) for terms in (before, after))
        if was != becomes:
            unit = " %" if parameter.kind is Kind.SHARE else f" {parameter.unit}".rstrip()
            lines.append((parameter.title, _with_unit(parameter, was, unit), _with_unit(parameter, becomes, unit)))
    return lines


def _said(name: str, value: Any, units: Mapping[str, str]) -> str:
    if value is None:
        return str(_("none"))
    if name == "remainder":
        return str(dict(REMAINDERS)[value])
    return _text(value).replace("T", " ") + units.get(name, "")


def _with_unit(parameter: Parameter, value: Any, unit: str) -> str:
    return str(_("as the algorithm decides")) if value is None else shown_parameter(parameter, value) + unit
