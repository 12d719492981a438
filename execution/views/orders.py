"""One order: its page, its charts, its book, and what can be done with it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from execution.amend_forms import lines_of
from execution.domain.lifecycle import OrderState
from execution.models import ParentOrder
from execution.selectors import charts
from execution.selectors.depth import depth_of
from execution.selectors.orders import order_of
from execution.selectors.screens import TABS, View, order_screen
from execution.services import amending, orders
from execution.services.amending import AmendmentRefused
from execution.services.order_request import InvalidOrder
from execution.services.orders import OrderNotFound, OrderNotMovable

_ACTIONS: dict[str, Callable[..., ParentOrder]] = {
    "pause": orders.pause,
    "resume": orders.resume,
    "accelerate": amending.accelerate,
    "cancel": orders.cancel,
}


@require_GET
@never_cache
@vary_on_headers("HX-Request")
def order(request: HttpRequest, order_id: int) -> HttpResponse:
    """Show an order; htmx gets what changes alone."""
    now = timezone.now()
    found = _find(request, order_id)
    context = {
        "screen": order_screen(found, _view(request), now),
        "depth": depth_of(found, now),
        "acceleration": _acceleration(found, now),
        "now": now,
    }
    return render(request, "execution/order/live.html" if "HX-Request" in request.headers else "execution/order.html", context)


@require_GET
@never_cache
def series(request: HttpRequest, order_id: int) -> JsonResponse:
    """Answer with the charts' series."""
    now = timezone.now()
    found = _find(request, order_id)
    return JsonResponse(charts.render(found, charts.series_of(found, now), now))


@require_GET
@never_cache
def book(request: HttpRequest, order_id: int) -> HttpResponse:
    """Show the joined book of the order's venues."""
    now = timezone.now()
    found = _find(request, order_id)
    return render(request, "execution/order/book.html", {"depth": depth_of(found, now), "order": found})


@require_POST
def act(request: HttpRequest, order_id: int, action: str) -> HttpResponse:
    """Pause, resume, accelerate or cancel an order and go back to its page."""
    now: datetime = timezone.now()
    try:
        _ACTIONS[action](user=request.user, order_id=order_id, now=now)
    except OrderNotFound as error:
        raise Http404 from error
    except (OrderNotMovable, AmendmentRefused, InvalidOrder) as error:
        messages.error(request, _("Nothing was changed: %(reason)s.") % {"reason": error})
    return redirect("order", order_id=order_id)


def _acceleration(order: ParentOrder, now: datetime) -> list[tuple[str, str, str]]:
    """Return what accelerating would change; empty when the order cannot go faster."""
    if OrderState(order.state) not in amending.MAY_BE_AMENDED:
        return []
    try:
        changes = amending.faster(order, amending.FASTER, now)
    except OrderNotMovable:
        return []
    before = amending.terms_of(order)
    parameters = {**before["parameters"], **changes.get("parameters", {})}
    return lines_of(order, before, {**before, **changes, "parameters": parameters})


def _find(request: HttpRequest, order_id: int) -> ParentOrder:
    try:
        return order_of(request.user, order_id)  # type: ignore[arg-type]  # signed in: see the middleware
    except OrderNotFound as error:
        raise Http404 from error


def _view(request: HttpRequest) -> View:
    given: Any = request.GET
    tab = given.get("tab", "")
    return View(
        tab=tab if tab in TABS else TABS[0],
        slice_number=_number(given.get("slice", ""), digits=8),
        child_id=_number(given.get("child", ""), digits=18),
        shows_all=given.get("rows") == "all",
        shows_all_events=given.get("events") == "all",
    )


def _number(text: str, *, digits: int) -> int | None:
    """Return a whole number of the address, none when it is no such thing."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None
