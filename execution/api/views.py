"""Endpoints of the API: parse, one service call, render."""

from collections.abc import Iterable
from typing import Any, cast

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from dipmaster.accounts.models import User
from dipmaster.domain.instruments import UnknownSymbol
from execution.api import schema
from execution.api.errors import body, problem
from execution.api.explanations import ExplanationSerializer
from execution.api.filters import OrderFilter
from execution.api.pagination import ByNumber, BySequence, NewestFirst, OldestFirst
from execution.api.previews import body_of
from execution.api.requests import AccelerationSerializer, AmendmentSerializer, OrderRequestSerializer
from execution.api.routes import RouteRequestSerializer, RouteSerializer
from execution.api.serializers import (
    AlgorithmSerializer,
    ChildOrderSerializer,
    EventSerializer,
    FillSerializer,
    InstrumentSerializer,
    ModeSerializer,
    OrderSerializer,
    SliceSerializer,
    VenueSerializer,
)
from execution.api.throttles import ReadThrottle, SubmitThrottle
from execution.domain.algorithms.registry import AlgorithmSpec, algorithm_names, get_algorithm
from execution.domain.lifecycle import OrderState
from execution.models import ExecutionMode, Instrument, Listing, ParentOrder, Venue
from execution.selectors.explanations import explanation_of
from execution.selectors.modes import enabled_modes
from execution.selectors.orders import order_of, orders_of
from execution.selectors.routes import find_best_route
from execution.selectors.venues import venue_screens
from execution.services import amending, orders, previews
from execution.services.order_request import unknown_symbol
from execution.services.orders import FieldError, InvalidOrder

ALWAYS_ANSWERED = frozenset({"cancel", "pause"})
SUBMITTING = frozenset({"create", "resume", "partial_update", "accelerate"})


@schema.order_endpoints
class OrderViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """Parent orders of the user's desk."""

    queryset = ParentOrder.objects.none()
    serializer_class = OrderSerializer
    pagination_class = NewestFirst
    filter_backends = [DjangoFilterBackend]
    filterset_class = OrderFilter
    lookup_url_kwarg = "order_id"
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[ParentOrder]:
        """Return what the user may see."""
        return orders_of(self._user)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filter the list of orders; the lists below an order have no filters."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def get_throttles(self) -> list[BaseThrottle]:
        """Throttle new orders and reads, never what stops an order."""
        if self.action in ALWAYS_ANSWERED:
            return []
        return [SubmitThrottle() if self.action in SUBMITTING else ReadThrottle()]

    def create(self, request: Request) -> Response:
        """Submit an order."""
        form = OrderRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        submission = orders.submit(user=self._user, request=form.to_request(), now=timezone.now())
        if submission.order.state == OrderState.REJECTED:
            return _refusal(submission.order)
        return _render(submission.order, status.HTTP_201_CREATED if submission.created else status.HTTP_200_OK)

    def retrieve(self, request: Request, order_id: int) -> HttpResponseBase:
        """Read one order; answers 304 when `If-None-Match` names its version."""
        response = _render(order_of(self._user, order_id))
        return cast(HttpResponseBase, get_conditional_response(request._request, etag=response["ETag"], response=response))

    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """Tell what an order would cost and meet, without sending it."""
        form = OrderRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(body_of(previews.outlook(user=self._user, request=form.to_request(), now=timezone.now())))

    def partial_update(self, request: Request, order_id: int) -> Response:
        """Change the terms of an order while it works."""
        form = AmendmentSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        version = _expected_version(request, order_id)
        return _render(
            amending.amend(user=self._user, order_id=order_id, changes=form.validated_data, now=timezone.now(), expected_version=version)
        )

    @action(detail=True, methods=["post"])
    def accelerate(self, request: Request, order_id: int) -> Response:
        """Have an order finish sooner."""
        form = AccelerationSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        factor, version = form.validated_data["factor"], _expected_version(request, order_id)
        return _render(amending.accelerate(user=self._user, order_id=order_id, factor=factor, now=timezone.now(), expected_version=version))

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, order_id: int) -> Response:
        """Stop an order for good."""
        return _render(orders.cancel(user=self._user, order_id=order_id, now=timezone.now()))

    @action(detail=True, methods=["post"])
    def pause(self, request: Request, order_id: int) -> Response:
        """Hold an order."""
        return _render(orders.pause(user=self._user, order_id=order_id, now=timezone.now()))

    @action(detail=True, methods=["post"])
    def resume(self, request: Request, order_id: int) -> Response:
        """Go on with an order that is held."""
        return _render(orders.resume(user=self._user, order_id=order_id, now=timezone.now()))

    @action(detail=True, serializer_class=SliceSerializer, pagination_class=ByNumber)
    def slices(self, request: Request, order_id: int) -> Response:
        """List an order's slices."""
        return self._page(order_of(self._user, order_id).slices.all())

    @action(detail=True, serializer_class=ChildOrderSerializer, pagination_class=OldestFirst)
    def children(self, request: Request, order_id: int) -> Response:
        """List an order's child orders."""
        return self._page(order_of(self._user, order_id).children.select_related("venue", "slice"))

    @action(detail=True, url_path="children/<int:child_id>/explanation")
    def explanation(self, request: Request, order_id: int, child_id: int) -> Response:
        """Say why a child order was sent."""
        child = order_of(self._user, order_id).children.select_related("venue", "decision").filter(pk=child_id).first()
        if child is None:
            raise problem(status.HTTP_404_NOT_FOUND, "NOT_FOUND", _("The order has no such child."))
        return Response(ExplanationSerializer(explanation_of(child)).data)

    @action(detail=True, serializer_class=FillSerializer, pagination_class=OldestFirst)
    def fills(self, request: Request, order_id: int) -> Response:
        """List an order's fills."""
        return self._page(order_of(self._user, order_id).fills.select_related("venue"))

    @action(detail=True, serializer_class=EventSerializer, pagination_class=BySequence)
    def events(self, request: Request, order_id: int) -> Response:
        """List an order's events."""
        return self._page(order_of(self._user, order_id).events.all())

    def _page(self, rows: QuerySet[Any]) -> Response:
        serializer: BaseSerializer[Any] = self.get_serializer(self.paginate_queryset(rows), many=True)
        return self.get_paginated_response(serializer.data)

    @property
    def _user(self) -> User:
        return cast(User, self.request.user)


def _render(order: ParentOrder, status_code: int = status.HTTP_200_OK) -> Response:
    return Response(OrderSerializer(order).data, status=status_code, headers={"ETag": f'"{order.pk}-{order.version}"'})


def _refusal(order: ParentOrder) -> Response:
    errors = body([FieldError(field="", code=order.refusal_code, message=order.refusal_reason)])
    return Response(errors | {"order": OrderSerializer(order).data}, status=status.HTTP_422_UNPROCESSABLE_ENTITY)


@extend_schema(tags=["reference data"])
class InstrumentViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """What can be traded, and on which terms."""

    queryset = Instrument.objects.filter(is_enabled=True).prefetch_related(
        Prefetch(
            "listings",
            queryset=Listing.objects.filter(is_enabled=True, venue__is_enabled=True).select_related("venue").order_by("venue_id"),
            to_attr="enabled_listings",
        )
    )
    serializer_class = InstrumentSerializer
    pagination_class = OldestFirst
    throttle_classes = [ReadThrottle]


@extend_schema(tags=["reference data"])
class VenueViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """Where it can be traded."""

    queryset = Venue.objects.filter(is_enabled=True).select_related("tier_in_force")
    serializer_class = VenueSerializer
    pagination_class = OldestFirst
    throttle_classes = [ReadThrottle]

    def get_serializer_context(self) -> dict[str, Any]:
        """Bring every venue's figures along, read at one moment."""
        screens = {} if getattr(self, "swagger_fake_view", False) else {one.venue.pk: one for one in venue_screens(timezone.now())}
        return {**super().get_serializer_context(), "screens": screens}


class RouteViewSet(viewsets.GenericViewSet):
    """What taking a quantity at once would get now, and where. Nothing is reserved or sent."""

    queryset = Instrument.objects.none()  # for the description of the addresses alone
    serializer_class = RouteSerializer
    pagination_class = None
    throttle_classes = [ReadThrottle]

    @schema.ROUTE
    def list(self, request: Request) -> Response:
        """Find the best route."""
        if cast(User, request.user).desk is None:
            raise problem(status.HTTP_403_FORBIDDEN, "NO_DESK", _("You belong to no desk: ask an administrator."))
        asked = RouteRequestSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        try:
            route = find_best_route(**asked.to_request(), now=timezone.now())
        except (UnknownSymbol, Instrument.DoesNotExist):
            raise InvalidOrder([unknown_symbol(asked.validated_data["symbol"])]) from None
        return Response(self.get_serializer(route).data)


def _expected_version(request: Request, order_id: int) -> int | None:
    """Return the version that `If-Match` names, none without it."""
    named = request.headers.get("If-Match", "").strip()
    if named in ("", "*"):
        return None
    text = named.removeprefix("W/").strip('"').removeprefix(f"{order_id}-")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise problem(status.HTTP_412_PRECONDITION_FAILED, "CHANGED_MEANWHILE", _("If-Match names no version of this order."))
    return int(text)


class WholeListViewSet(viewsets.GenericViewSet):
    """A list so short that it comes as one page."""

    pagination_class = OldestFirst
    throttle_classes = [ReadThrottle]

    def rows(self) -> Iterable[Any]:
        """Return everything."""
        raise NotImplementedError

    def list(self, request: Request) -> Response:
        """List everything."""
        return Response({"next": None, "previous": None, "results": self.get_serializer(self.rows(), many=True).data})


@extend_schema(tags=["reference data"])
class AlgorithmViewSet(WholeListViewSet):
    """How orders can be worked, and what each algorithm can be told."""

    queryset = ExecutionMode.objects.none()  # for the description of the addresses alone
    serializer_class = AlgorithmSerializer

    def rows(self) -> Iterable[AlgorithmSpec]:
        """Return every registered algorithm."""
        return [get_algorithm(name) for name in algorithm_names()]


@extend_schema(tags=["reference data"])
class ModeViewSet(WholeListViewSet):
    """The desk's presets."""

    queryset = ExecutionMode.objects.none()
    serializer_class = ModeSerializer

    def rows(self) -> Iterable[ExecutionMode]:
        """Return the modes that new orders may use."""
        return enabled_modes()


class NoSuchAddress(APIView):
    """Answers for addresses that the API does not have, in the API's shape."""

    schema = None

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Say that there is nothing here."""
        raise NotFound
