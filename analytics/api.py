"""The execution report over the API."""

from typing import cast

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.reports import json as report_json
from analytics.selectors.reports import report_of
from dipmaster.accounts.models import User
from execution.api.errors import Problem, problem
from execution.api.serializers import ErrorsSerializer
from execution.api.throttles import ReadThrottle
from execution.models import ParentOrder


class OrderReport(APIView):
    """The standard report of a finished order."""

    throttle_classes = [ReadThrottle]

    @extend_schema(
        tags=["orders"],
        summary="Read an order's execution report",
        description="Built when the order has ended; 404 `REPORT_NOT_READY` until then. A refused order has none: 404 `NO_REPORT`.",
        operation_id="orders_report_retrieve",
        responses={
            200: OpenApiResponse(OpenApiTypes.OBJECT, "Orders, fills, costs, violations, pnl, latency and execution quality."),
            401: OpenApiResponse(ErrorsSerializer, "No valid token or session."),
            404: OpenApiResponse(ErrorsSerializer, "The user's desk has no such order, or its report is not ready."),
        },
    )
    def get(self, request: Request, order_id: int) -> Response:
        """Return the report, in the words of the standard."""
        order, report = report_of(cast(User, request.user), order_id)
        if report is None:
            raise _missing(order)
        return Response(report_json.render(report))


def _missing(order: ParentOrder) -> Problem:
    if order.refusal_code:
        message = _("%(order)s was refused, nothing was traded: there is no report.") % {"order": order.reference}
        return problem(status.HTTP_404_NOT_FOUND, "NO_REPORT", message)
    message = _("The report of %(order)s is not ready yet: it is built when the order has ended.") % {"order": order.reference}
    return problem(status.HTTP_404_NOT_FOUND, "REPORT_NOT_READY", message)
