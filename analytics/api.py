"""Execution reports and experiments of the lab over the API."""

from typing import Any, cast

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.domain.experiments import ExperimentSettings
from analytics.models import Experiment
from analytics.reports import json as report_json
from analytics.reports import lab_json
from analytics.selectors.experiments import ExperimentNotFound, experiment_of, experiments_of
from analytics.selectors.reports import report_of
from analytics.services import experiments
from analytics.services.experiment_engine import offer
from analytics.services.experiment_settings import InvalidExperiment
from dipmaster.accounts.models import User
from execution.api.errors import Problem, problem
from execution.api.fields import TextField
from execution.api.pagination import NewestFirst
from execution.api.requests import StrictSerializer
from execution.api.serializers import ErrorsSerializer
from execution.api.throttles import ReadThrottle
from execution.models import ParentOrder
from execution.services.orders import FieldError

_MOST_NAMES, _LONGEST_NAME = 100, 100


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


def _names(help_text: str, **options: Any) -> serializers.ListField:
    """Return a list of names."""
    return serializers.ListField(child=TextField(max_length=_LONGEST_NAME), max_length=_MOST_NAMES, help_text=help_text, **options)


def _missing(order: ParentOrder) -> Problem:
    if order.refusal_code:
        message = _("%(order)s was refused, nothing was traded: there is no report.") % {"order": order.reference}
        return problem(status.HTTP_404_NOT_FOUND, "NO_REPORT", message)
    message = _("The report of %(order)s is not ready yet: it is built when the order has ended.") % {"order": order.reference}
    return problem(status.HTTP_404_NOT_FOUND, "REPORT_NOT_READY", message)


class ExperimentRequestSerializer(StrictSerializer):
    """A new experiment; what can be chosen is the service's to say."""

    symbols = _names("Of every source that is asked for: `BTC` on the model and candles, `BTCUSDT-PERP` on recorded books, a file's name.")
    algorithms = _names("`market`, `clips`, `oracle`, or an algorithm, with a mode if it is not balanced: `twap:stealth`.")
    sizes = _names("USD (`8000`, `8k`) or a share of the volume that others trade in the time (`5%`).")
    minutes = serializers.ListField(child=serializers.FloatField(), max_length=5, default=[30.0], help_text="How long the orders last.")
    sources = _names("`model`, `candles`, `recorded`, `own`.", default=["model"])
    paths = serializers.IntegerField(default=50, help_text="Per symbol, source and horizon.")
    seed = serializers.IntegerField(default=1, help_text="The same seed gives the same paths.")

    def to_settings(self) -> ExperimentSettings:
        """Return the settings of a valid request."""
        read = self.validated_data
        lists = {name: tuple(read[name]) for name in ("symbols", "algorithms", "sizes", "minutes", "sources")}
        return ExperimentSettings(**lists, paths=read["paths"], seed=read["seed"])


class ExperimentSerializer(serializers.BaseSerializer):
    """An experiment without its results."""

    def to_representation(self, instance: Experiment) -> dict[str, Any]:
        """Return settings, state and progress."""
        return lab_json.summary(instance)


@extend_schema_view(
    post=extend_schema(
        tags=["lab"],
        summary="Start an experiment",
        description="It waits for the lab's worker, which runs one after another; read it again to follow `paths_done`.",
        operation_id="experiments_create",
        request=ExperimentRequestSerializer,
        responses={
            201: OpenApiResponse(OpenApiTypes.OBJECT, "Settings, state and progress."),
            400: OpenApiResponse(
                ErrorsSerializer,
                "`REQUIRED`, `UNKNOWN`, `INVALID`, `NO_DATA` (the source has none here), `TOO_LARGE`, `TOO_MANY_WAITING`.",
            ),
            401: OpenApiResponse(ErrorsSerializer, "No valid token or session."),
            403: OpenApiResponse(ErrorsSerializer, "`NO_DESK`: the user belongs to no desk."),
        },
    ),
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
    ),
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

    def post(self, request: Request) -> Response:
        """Start an experiment."""
        asked = ExperimentRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            started = experiments.start(user=cast(User, request.user), asked=asked.to_settings(), offer=offer(), now=timezone.now())
        except InvalidExperiment as invalid:
            raise _refused(invalid) from invalid
        return Response(lab_json.summary(started), status=status.HTTP_201_CREATED)


def _refused(invalid: InvalidExperiment) -> Problem:
    """Return the answer to an experiment that can't be started."""
    errors = [FieldError(field=error.field, code=error.code, message=error.message) for error in invalid.errors]
    is_without_desk = any(error.code == "NO_DESK" for error in errors)
    return Problem(status.HTTP_403_FORBIDDEN if is_without_desk else status.HTTP_400_BAD_REQUEST, errors)


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
