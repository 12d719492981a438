"""Addresses of the API, below /api/."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from execution.api.views import (
    AlgorithmViewSet,
    InstrumentViewSet,
    ModeViewSet,
    NoSuchAddress,
    OrderViewSet,
    RouteViewSet,
    VenueViewSet,
)

router = SimpleRouter(use_regex_path=False)
router.register("orders", OrderViewSet, basename="api-order")
router.register("algorithms", AlgorithmViewSet, basename="api-algorithm")
router.register("modes", ModeViewSet, basename="api-mode")
router.register("instruments", InstrumentViewSet, basename="api-instrument")
router.register("venues", VenueViewSet, basename="api-venue")
router.register("route", RouteViewSet, basename="api-route")

urlpatterns = [
    path("v1/", include(router.urls)),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    # The split view keeps its script at an address of its own: the content security policy allows no inline script.
    path("docs/", SpectacularSwaggerSplitView.as_view(), name="api-docs"),
    re_path(r"^.*$", NoSuchAddress.as_view()),
]
