"""An order's report as page, PDF and JSON."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from analytics.models import Report
from analytics.reports import json as report_json
from analytics.reports import pdf as report_pdf
from analytics.reports.page import page_of
from analytics.selectors.reports import report_of
from execution.domain.lifecycle import OrderState
from execution.models import ParentOrder
from execution.selectors.orders import OrderNotFound


@require_GET
@never_cache
def tca(request: HttpRequest, order_id: int) -> HttpResponse:
    """Show the report; a page that refreshes itself until there is one."""
    order, report = _find(request, order_id)
    if report is None:
        is_refused = order.state == OrderState.REJECTED
        context = {"order": order, "is_refused": is_refused, "is_live": order.is_live}
        response = render(request, "analytics/not_ready.html", context, status=404 if is_refused else 200)
        if not is_refused:
            response["Refresh"] = "5" if order.is_live else "2"
        return response
    return render(request, "analytics/tca.html", {"order": order, "page": page_of(report)})


@require_GET
@never_cache
def pdf(request: HttpRequest, order_id: int) -> HttpResponse:
    """Download the report as PDF."""
    order, report = _find(request, order_id)
    return _download(report_pdf.render(_ready(report)), "application/pdf", f"{order.reference}-tca.pdf")


@require_GET
@never_cache
def data(request: HttpRequest, order_id: int) -> HttpResponse:
    """Download the standard report JSON."""
    order, report = _find(request, order_id)
    response = JsonResponse(report_json.render(_ready(report)), json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="{order.reference}-tca.json"'
    return response


def _download(body: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(body, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _find(request: HttpRequest, order_id: int) -> tuple[ParentOrder, Report | None]:
    try:
        return report_of(request.user, order_id)  # type: ignore[arg-type]  # signed in: see the middleware
    except OrderNotFound as error:
        raise Http404 from error


def _ready(report: Report | None) -> Report:
    if report is None:
        raise Http404("The order has no report yet.")
    return report
