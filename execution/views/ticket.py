"""The order ticket."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from execution.domain.algorithms.registry import algorithm_names, get_algorithm
from execution.domain.strategy import FALLBACK, title_of
from execution.forms import TicketForm
from execution.models import Instrument
from execution.parameter_fields import shown
from execution.selectors.modes import enabled_modes
from execution.services import orders
from execution.services.order_request import FieldError
from execution.services.orders import InvalidOrder, OrderConflict
from execution.services.previews import Preview, preview
from execution.services.previews_words import words_of
from execution.views import ticket_charts as charts

WARN_SHARE = 0.8
"""Share of a limit from which its bar warns."""


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def ticket(request: HttpRequest) -> HttpResponse:
    """Show a blank ticket, or send a filled one."""
    if request.method != "POST":
        return _show(request, TicketForm.blank(symbol=request.GET.get("symbol", "")))
    form = TicketForm(request.POST)
    if form.is_valid():
        try:
            submission = orders.submit(user=request.user, request=form.to_request(), now=timezone.now())  # type: ignore[arg-type]
            return redirect("order", order_id=submission.order.pk)
        except InvalidOrder as invalid:
            form.attach(invalid.errors)
        except OrderConflict as conflict:
            form.add_error(None, _("This ticket was sent before: %(why)s Sending it again makes a new order.") % {"why": conflict})
            form.renew()
    return _show(request, form, status=422)


@require_POST
@never_cache
def ticket_preview(request: HttpRequest) -> HttpResponse:
    """Show what the order would meet, and what is wrong with what has been typed so far."""
    form = TicketForm(request.POST)
    found = _preview(request, form)
    return render(request, "execution/ticket/preview.html", {**_answers(found), "form": form, "errors": _typed_errors(form)})


@require_POST
@never_cache
def ticket_review(request: HttpRequest) -> HttpResponse:
    """Restate the order before it is sent, or show what is wrong with it."""
    form = TicketForm(request.POST)
    found = _preview(request, form)
    context = {"preview": found, "form": form, "errors": _errors(form)}
    if form.errors or found is None or found.quantity is None:
        return render(request, "execution/ticket/errors.html", context, status=422)
    return render(request, "execution/ticket/review.html", {**context, "order": form.to_request(), "changed": _changed(form)})


def _preview(request: HttpRequest, form: TicketForm) -> Preview | None:
    draft = form.to_draft()
    found = preview(user=request.user, request=draft, now=timezone.now())  # type: ignore[arg-type]
    if found is not None:
        form.attach(tuple(error for error in found.errors if not _is_read_wrongly(form, error)))
    elif "symbol" not in form.errors:
        form.add_error("symbol", _("Choose a symbol that is traded here."))
    return found


def _answers(found: Preview | None) -> dict[str, Any]:
    """Return what the answers beside the form are drawn from."""
    if found is None:
        return {"preview": None}
    outlook = found.outlook
    return {
        "preview": found,
        "warn_share": WARN_SHARE,
        "is_lab_impact": found.impact is not None and found.impact.source.startswith("lab"),
        "costs": charts.cost_chart(found),
        "frontier": None if outlook is None else charts.frontier_chart(outlook),
        "frontier_title": "" if outlook is None or not outlook.frontier_of else title_of(outlook.frontier_of),
        "schedule": charts.schedule_chart(found),
        "remarks": [] if outlook is None else [(cure, words_of(cure)) for cure in outlook.cures],
        "decided": _decided(found),
    }


def _decided(found: Preview) -> str:
    """Return the parameters in force as they would be typed, for what the form leaves open."""
    chosen = found.chosen
    if chosen is None:
        return "{}"
    values = {one.name: shown(one, chosen.parameters.get(one.name)) for one in chosen.spec.parameters}
    return json.dumps({"algorithm": chosen.spec.name, "values": values})


def _changed(form: TicketForm) -> list[tuple[str, str]]:
    """Return title and value of each parameter that was given by hand."""
    panel = form.panel_in_force
    boxes = () if panel is None else panel.boxes
    return [(box.parameter.title, f"{box.value} {box.unit}".strip()) for box in boxes if box.value.strip()]


def _is_read_wrongly(form: TicketForm, error: FieldError) -> bool:
    """Tell whether the form has said already that this field can't be read."""
    return bool(form.errors.get(error.field)) or (error.field == "quote_quantity" and bool(form.errors.get("quantity")))


def _typed_errors(form: TicketForm) -> dict[str, str]:
    """Return the first error of each field; before the first review, an empty field is no mistake yet."""
    told = _errors(form)
    if form.data.get("asked"):
        return told
    return {name: error for name, error in told.items() if name in ("venues", "all") or form.data.get(name)}


def _errors(form: TicketForm) -> dict[str, str]:
    return {_slot(name): str(errors[0]) for name, errors in form.errors.items()}


def _slot(name: str) -> str:
    """Return the template's name of a field; templates can't read names that begin with an underscore."""
    return "all" if name == "__all__" else name


def _show(request: HttpRequest, form: TicketForm, status: int = 200) -> HttpResponse:
    instruments = list(Instrument.objects.filter(is_enabled=True))
    modes = [
        {"name": mode.name, "title": mode.title, "algorithm": _algorithm(mode.algorithm), "share": mode.participation, "for": mode.summary}
        for mode in enabled_modes()
    ]
    draft = _preview(request, form) if form.is_bound else None
    context = {**_answers(draft), "form": form, "instruments": instruments, "modes": modes}
    return render(request, "execution/ticket.html", context, status=status)


def _algorithm(preferred: str) -> dict[str, str]:
    """Return the algorithm that would work the order, which is not always the preferred one."""
    name = preferred if preferred in algorithm_names() else FALLBACK
    return {"name": name, "title": get_algorithm(name).title}
