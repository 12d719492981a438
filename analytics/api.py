"""Execution reports and experiments of the lab over the API."""

from typing import Any, cast

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.models import Experiment
from analytics.reports import json as report_json
from analytics.reports import lab_json
from analytics.selectors.experiments import ExperimentNotFound, experiment_of, experiments_of
from analytics.selectors.reports import report_of
from dipmaster.accounts.models import User
from execution.api.errors import Problem, problem
from execution.api.pagination import NewestFirst
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


class ExperimentSerializer(serializers.BaseSerializer):
    """An experiment without its results."""

    def to_representation(self, instance: Experiment) -> dict[str, Any]:
        """Return settings, state and progress."""
        return lab_json.summary(instance)


@extend_schema_view(
    get=extend_schema(
        tags=["lab"],
        summary="List experiments, newest first",
        description="Settings, state and progress of the desk's experiments; results are at the experiment itself.",
        operation_id="experiments_list",
        responses={
            200: OpenApiResponse(OpenApiTypes.OBJECT, "A page of experiments under `results`, with `next` and `previous`."),
            400: OpenApiResponse(ErrorsSerializer, "The cursor is wrong."),
            401: OpenApiResponse(ErrorsSerializer, "No valid token or session."),
        },
    )
)
class ExperimentList(ListAPIView):
    """Experiments of the user's desk."""

    queryset = Experiment.objects.none()
    serializer_class = ExperimentSerializer
    pagination_class = NewestFirst
    throttle_classes = [ReadThrottle]

    def get_queryset(self) -> QuerySet[Experiment]:
        """Return what the user may see."""
        return experiments_of(cast(User, self.request.user)).defer("results")


class ExperimentDetail(APIView):
    """One experiment with its results."""

    throttle_classes = [ReadThrottle]

    @extend_schema(
        tags=["lab"],
        summary="Read an experiment with its results",
        description=(
            "One row per source, symbol, horizon, size and algorithm; costs in bps of the arrival value, positive is cost. "
            "`cost` is reduced by the path without the order as a control variate, `cost_raw` is not; `to_market` is the paired "
            "difference to the market order."
        ),
        operation_id="experiments_retrieve",
        responses={
            200: OpenApiResponse(OpenApiTypes.OBJECT, "Settings, state, progress and `results`, which is empty until it is done."),
            401: OpenApiResponse(ErrorsSerializer, "No valid token or session."),
            404: OpenApiResponse(ErrorsSerializer, "The user's desk has no such experiment."),
        },
    )
    def get(self, request: Request, experiment_id: int) -> Response:
        """Return everything that is stored of it."""
        try:
            return Response(lab_json.render(experiment_of(cast(User, request.user), experiment_id)))
        except ExperimentNotFound as error:
            raise problem(status.HTTP_404_NOT_FOUND, "NOT_FOUND", _("There is no such experiment.")) from error
