"""What the OpenAPI schema says beyond what the code does."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view

from execution.api.explanations import ExplanationSerializer
from execution.api.previews import PreviewSerializer
from execution.api.requests import AccelerationSerializer, AmendmentSerializer, OrderRequestSerializer
from execution.api.routes import RouteRequestSerializer, RouteSerializer
from execution.api.serializers import (
    ChildOrderSerializer,
    ErrorsSerializer,
    EventSerializer,
    FillSerializer,
    OrderSerializer,
    RefusalSerializer,
    SliceSerializer,
)

View = TypeVar("View")
Description = Callable[[Any], Any]
UNAUTHENTICATED = OpenApiResponse(ErrorsSerializer, "No valid token or session.")
BAD_FILTER = OpenApiResponse(ErrorsSerializer, "A filter or the cursor is wrong.")
NOT_FOUND = OpenApiResponse(ErrorsSerializer, "The user's desk has no such order.")
NOT_MOVABLE = OpenApiResponse(ErrorsSerializer, "The order's state does not allow it: `NOT_MOVABLE`.")
THROTTLED = OpenApiResponse(ErrorsSerializer, "Too many requests; `Retry-After` says when to come back.")
_READING = {401: UNAUTHENTICATED, 404: NOT_FOUND, 429: THROTTLED}
_STOPPING = {200: OrderSerializer, 401: UNAUTHENTICATED, 404: NOT_FOUND, 409: NOT_MOVABLE}

_CREATE = extend_schema(
    tags=["orders"],
    summary="Submit an order",
    description=(
        "Safe to repeat with the same `client_order_id` and the same content: the first order is returned, with status 200. "
        "An order that risk refuses is stored with state `rejected` and answered with status 422."
    ),
    request=OrderRequestSerializer,
    responses={
        201: OrderSerializer,
        200: OpenApiResponse(OrderSerializer, "The same request was sent before; this is its order."),
        400: OpenApiResponse(ErrorsSerializer, "The request is wrong; nothing was stored."),
        401: UNAUTHENTICATED,
        403: OpenApiResponse(ErrorsSerializer, "The user belongs to no desk: `NO_DESK`."),
        409: OpenApiResponse(ErrorsSerializer, "The client order id belongs to another request: `CLIENT_ORDER_ID_TAKEN`."),
        413: OpenApiResponse(ErrorsSerializer, "The body is larger than 64 KiB: `BODY_TOO_LARGE`."),
        415: OpenApiResponse(ErrorsSerializer, "The body is no `application/json`."),
        422: OpenApiResponse(RefusalSerializer, "Risk refused the order; the code says why."),
        429: THROTTLED,
        503: OpenApiResponse(ErrorsSerializer, "No fresh price is at hand, nothing was stored: `NO_MARKET`."),
    },
)
_PREVIEW = extend_schema(
    tags=["orders"],
    summary="Preview an order",
    description="Takes the body of a new order and tells what it would cost and meet. Nothing is stored, reserved or sent.",
    request=OrderRequestSerializer,
    responses={
        200: PreviewSerializer,
        400: OpenApiResponse(ErrorsSerializer, "The request is wrong."),
        401: UNAUTHENTICATED,
        403: OpenApiResponse(ErrorsSerializer, "The user belongs to no desk: `NO_DESK`."),
        429: THROTTLED,
        503: OpenApiResponse(ErrorsSerializer, "No fresh price is at hand: `NO_MARKET`."),
    },
)
ROUTE = extend_schema(
    tags=["reference data"],
    summary="Find the best route",
    description="Over the books of all venues that serve, within balances and limits, by price, fee and what is expected to be lost there.",
    parameters=[RouteRequestSerializer],
    responses={
        200: RouteSerializer,
        400: OpenApiResponse(ErrorsSerializer, "The request is wrong."),
        401: UNAUTHENTICATED,
        403: OpenApiResponse(ErrorsSerializer, "The user belongs to no desk: `NO_DESK`."),
        429: THROTTLED,
    },
)
_RETRIEVE = extend_schema(
    tags=["orders"],
    summary="Read an order",
    description="Send the `ETag` of an earlier answer as `If-None-Match` to get 304 while nothing has changed.",
    responses={200: OrderSerializer, 304: OpenApiResponse(description="Nothing has changed."), **_READING},
)

_EXPLANATION = extend_schema(
    tags=["orders"],
    summary="Say why a child order was sent",
    description="Makes the decision again from what was stored of it, and gives an account of every venue that was looked at.",
    responses={
        200: ExplanationSerializer,
        401: UNAUTHENTICATED,
        404: OpenApiResponse(
            ErrorsSerializer, "No such order or child; or its decision was not kept or cannot be read: `NOT_EXPLAINED`, with the reason."
        ),
        429: THROTTLED,
    },
)

_AMENDING = {
    200: OrderSerializer,
    400: OpenApiResponse(ErrorsSerializer, "A change makes no sense; nothing was changed."),
    401: UNAUTHENTICATED,
    404: NOT_FOUND,
    409: NOT_MOVABLE,
    412: OpenApiResponse(ErrorsSerializer, "The order is not at the version that `If-Match` names: `CHANGED_MEANWHILE`."),
    422: OpenApiResponse(ErrorsSerializer, "Risk refuses the new terms, the old ones stay; the code says why."),
    429: THROTTLED,
}
_IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description="An `ETag` of the order: 412 when it has changed since.")
_AMEND = extend_schema(
    tags=["orders"],
    summary="Amend an order",
    description=(
        "Changes the named terms while the order works, is held or waits for its start. The quantity is never below what is filled and "
        "live at venues; more of it passes the risk gate. What is live follows the new terms at once."
    ),
    request=AmendmentSerializer,
    responses=_AMENDING,
    parameters=[_IF_MATCH],
)
_ACCELERATE = extend_schema(
    tags=["orders"],
    summary="Have an order finish sooner",
    description=(
        "Divides the time left by the factor (to 10 s at the least), multiplies participation and volume cap by it and raises the urgency "
        "by 0.2, within their ranges, as far as the order's algorithm has them. An order that cannot go faster answers 409."
    ),
    request=AccelerationSerializer,
    responses=_AMENDING,
    parameters=[_IF_MATCH],
)


def _stops(summary: str, description: str) -> Description:
    return extend_schema(tags=["orders"], summary=summary, description=description, request=None, responses=_STOPPING)


def _lists(summary: str, row: type) -> Description:
    return extend_schema(tags=["orders"], summary=summary, responses={200: row(many=True), **_READING}, filters=False)


def order_endpoints(view: type[View]) -> type[View]:
    """Describe the endpoints of parent orders."""
    return extend_schema_view(
        list=extend_schema(
            tags=["orders"],
            summary="List orders, newest first",
            responses={200: OrderSerializer(many=True), 400: BAD_FILTER, 401: UNAUTHENTICATED, 429: THROTTLED},
        ),
        create=_CREATE,
        preview=_PREVIEW,
        retrieve=_RETRIEVE,
        partial_update=_AMEND,
        accelerate=_ACCELERATE,
        cancel=_stops("Cancel an order", "Withdraws what rests and ends the order. Repeating it changes nothing. Never throttled."),
        pause=_stops("Pause an order", "Withdraws what rests and waits; the end stays where it is. Never throttled."),
        resume=_stops("Resume an order", "Goes on with a paused order."),
        slices=_lists("List an order's slices", SliceSerializer),
        children=_lists("List an order's child orders", ChildOrderSerializer),
        explanation=_EXPLANATION,
        fills=_lists("List an order's fills", FillSerializer),
        events=_lists("List an order's events", EventSerializer),
    )(view)
