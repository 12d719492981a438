"""The order ticket: text from a browser to an order request. What makes sense is the service's to say."""

import uuid
from decimal import Decimal
from functools import cached_property
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dipmaster.domain.sides import Side
from execution import parameter_fields
from execution.domain.algorithms.base import Remainder
from execution.domain.algorithms.registry import algorithm_names, get_algorithm
from execution.domain.strategy import FALLBACK
from execution.models import Instrument, Venue
from execution.models.orders import REMAINDERS, SIDES
from execution.selectors.modes import mode_choices, mode_named
from execution.services.order_request import FieldError, OrderRequest

SIZINGS = [("base", _("Base")), ("quote", _("Quote"))]
_SERVICE_FIELDS = {"quote_quantity": "quantity"}  # the ticket has one field for both sizes


def _amount(*, required: bool = False, missing: Any = None, decimal_places: int | None = 18) -> forms.DecimalField:
    messages = {
        "invalid": _("Write a number such as 1500.25, without commas."),
        "max_digits": _("This number has too many digits."),
        "max_decimal_places": _("At most 18 digits after the point."),
        "max_whole_digits": _("This number is too large."),
    }
    if missing is not None:
        messages["required"] = missing
    return forms.DecimalField(required=required, max_digits=28, decimal_places=decimal_places, error_messages=messages)


def algorithm_choices() -> list[tuple[str, str]]:
    """Return the algorithms that may be chosen."""
    return [(name, get_algorithm(name).title) for name in algorithm_names()]


class TicketForm(forms.Form):
    """An execution request as it is typed."""

    side = forms.ChoiceField(choices=SIDES)
    symbol = forms.CharField(max_length=40, error_messages={"required": _("Choose a symbol.")})
    sizing = forms.ChoiceField(choices=SIZINGS, required=False)
    quantity = _amount(required=True, missing=_("Give a size."))
    mode = forms.ChoiceField(choices=mode_choices)
    algorithm = forms.ChoiceField(
        choices=algorithm_choices, required=False, error_messages={"invalid_choice": _("There is no such algorithm.")}
    )
    duration_minutes = _amount(required=True, missing=_("Give the minutes that the order may take."))
    limit_price = _amount()
    max_slippage_bps = _amount(decimal_places=None)  # fewer are stored than of a price: the service says how many
    would_price = _amount()
    remainder = forms.ChoiceField(choices=REMAINDERS, required=False)
    venues = forms.MultipleChoiceField(error_messages={"required": _("Choose at least one venue.")})
    start_at = forms.DateTimeField(required=False, error_messages={"invalid": _("Write date and time, UTC.")})
    priority = forms.IntegerField(error_messages={"required": _("Give a priority from 1 to 10.")})
    notes = forms.CharField(required=False, strip=False)
    client_order_id = forms.CharField(required=False, max_length=64)

    def __init__(self, data: QueryDict | None = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.venue_choices = list(Venue.objects.filter(is_enabled=True).values_list("name", "title"))
        venues = self.fields["venues"]
        assert isinstance(venues, forms.MultipleChoiceField)
        venues.choices = self.venue_choices
        if self.is_bound:
            self.fields |= parameter_fields.fields_of(self.algorithm_in_force)

    @cached_property
    def algorithm_in_force(self) -> str:
        """Return the algorithm that was chosen, else the mode's."""
        if chosen := self["algorithm"].value():
            return str(chosen)
        mode = mode_named(str(self["mode"].value() or ""))
        return FALLBACK if mode is None or mode.algorithm not in algorithm_names() else mode.algorithm

    @property
    def panels(self) -> list[parameter_fields.Panel]:
        """Return the parameters of every algorithm with what was typed for them."""
        return [self._panel(name) for name in algorithm_names()]

    @property
    def panel_in_force(self) -> parameter_fields.Panel | None:
        """Return the parameters of the algorithm in force, none of an unknown one."""
        name = self.algorithm_in_force
        return self._panel(name) if name in algorithm_names() else None

    def _panel(self, name: str) -> parameter_fields.Panel:
        is_told = self.is_bound and name == self.algorithm_in_force
        return parameter_fields.panel(get_algorithm(name), self.data, self.errors if is_told else {})

    @classmethod
    def blank(cls, symbol: str = "") -> "TicketForm":
        """Return a new ticket with an id of its own, so that sending it twice makes one order."""
        form = cls(initial={})
        form.initial = {
            "side": Side.BUY.value,
            "symbol": symbol or Instrument.objects.filter(is_enabled=True).values_list("symbol", flat=True).first() or "",
            "sizing": "base",
            "mode": "balanced",
            "duration_minutes": "10",
            "remainder": Remainder.CROSS.value,
            "priority": "5",
            "venues": [name for name, _title in form.venue_choices],
            "client_order_id": new_client_order_id(),
        }
        return form

    def to_request(self) -> OrderRequest:
        """Return the request of a valid form."""
        return self._request(self.cleaned_data)

    def to_draft(self) -> OrderRequest:
        """Return what can be read of a form that is still being typed; the rest stands at its defaults."""
        self.is_valid()
        defaults = {"side": Side.BUY.value, "mode": "balanced", "duration_minutes": Decimal(0), "priority": 5, "symbol": ""}
        return self._request({**defaults, **self.cleaned_data})

    def _request(self, read: dict[str, Any]) -> OrderRequest:
        size = read.get("quantity")
        is_quote = read.get("sizing") == "quote"
        chosen = read.get("venues") or []
        return OrderRequest(
            symbol=read["symbol"],
            side=Side(read["side"]),
            quantity=None if is_quote else size,
            quote_quantity=size if is_quote else None,
            mode=read["mode"],
            algorithm=read.get("algorithm") or None,
            parameters=parameters_of(read),
            duration_minutes=read["duration_minutes"],
            limit_price=read.get("limit_price"),
            max_slippage_bps=read.get("max_slippage_bps"),
            would_price=read.get("would_price"),
            remainder=read.get("remainder") or Remainder.CROSS.value,
            priority=read["priority"],
            start_at=read.get("start_at"),
            venues=() if len(chosen) == len(self.venue_choices) else tuple(sorted(chosen)),
            notes=read.get("notes", ""),
            client_order_id=read.get("client_order_id", ""),
        )

    def attach(self, errors: tuple[FieldError, ...]) -> None:
        """Put the service's errors beside the fields they are about."""
        for error in errors:
            name = _SERVICE_FIELDS.get(error.field, error.field).replace("parameters.", parameter_fields.PREFIX, 1)
            self.add_error(name if name in self.fields else None, error.message)

    def renew(self) -> None:
        """Give the ticket a new id: the old one belongs to an order already."""
        renewed = cast(QueryDict, self.data).copy()
        renewed["client_order_id"] = new_client_order_id()
        self.data = renewed


def parameters_of(read: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters that were typed, by their own names."""
    length = len(parameter_fields.PREFIX)
    return {name[length:]: value for name, value in read.items() if name.startswith(parameter_fields.PREFIX) and value is not None}


def new_client_order_id() -> str:
    """Return an id that no ticket had before."""
    return f"web-{uuid.uuid4().hex}"
