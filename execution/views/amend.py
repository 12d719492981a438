"""Amend an order in a dialog: its terms, what would change, done."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from execution.amend_forms import AmendForm, lines_of
from execution.models import ParentOrder
from execution.selectors.orders import order_of
from execution.selectors.work import markets_of
from execution.services import amending
from execution.services.amending import AmendmentConflict, AmendmentRefused
from execution.services.order_request import InvalidOrder
from execution.services.orders import OrderNotFound, OrderNotMovable


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def amend(request: HttpRequest, order_id: int) -> HttpResponse:
    """Show the terms that may change, or change them."""
    order = _find(request, order_id)
    if request.method != "POST":
        return _show(request, AmendForm(order))
    form = AmendForm(order, request.POST)
    if not form.is_valid():
        return _show(request, form)
    try:
        amending.amend(
            user=request.user,  # type: ignore[arg-type]  # signed in: see the middleware
            order_id=order_id,
            changes=form.changes(),
            now=timezone.now(),
            expected_terms=form.cleaned_data["terms"],
        )
    except InvalidOrder as invalid:
        form.attach(invalid.errors)
    except AmendmentRefused as refused:
        form.add_error(None, f"{refused.code}: {refused}")
    except (AmendmentConflict, OrderNotMovable) as error:
        form.add_error(None, _("Nothing was changed: %(reason)s") % {"reason": error})
    else:
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("order", args=[order_id])})
    return _show(request, form)


@require_POST
@never_cache
def amend_review(request: HttpRequest, order_id: int) -> HttpResponse:
    """Restate what would change, or show the terms again with what is wrong with them."""
    order, now = _find(request, order_id), timezone.now()
    form = AmendForm(order, request.POST)
    if "back" in request.POST or not form.is_valid():
        return _show(request, form)
    changes = form.changes()
    if not changes:
        form.add_error(None, _("Nothing is changed yet."))
        return _show(request, form)
    try:
        after = amending.check(order, changes, markets_of([order], now)[order.pk], now)
    except InvalidOrder as invalid:
        form.attach(invalid.errors)
        return _show(request, form)
    lines = lines_of(order, amending.terms_of(order), after)
    return render(request, "execution/order/amend_review.html", {"order": order, "form": form, "lines": lines})


def _show(request: HttpRequest, form: AmendForm) -> HttpResponse:
    context = {"order": form.order, "form": form, "floor": amending.floor_of(form.order)}
    return render(request, "execution/order/amend.html", context, status=422 if form.errors else 200)


def _find(request: HttpRequest, order_id: int) -> ParentOrder:
    try:
        return order_of(request.user, order_id)  # type: ignore[arg-type]  # signed in: see the middleware
    except OrderNotFound as error:
        raise Http404 from error
