"""Addresses of the web application."""

from django.contrib import admin
from django.urls import include, path

from analytics.api import ExperimentDetail, ExperimentList, OrderReport
from dipmaster.health import health

urlpatterns = [
    path("", include("execution.urls")),
    path("", include("analytics.urls")),
    path("api/v1/orders/<int:order_id>/report/", OrderReport.as_view(), name="api-order-report"),
    path("api/v1/experiments/", ExperimentList.as_view(), name="api-experiments"),
    path("api/v1/experiments/<int:experiment_id>/", ExperimentDetail.as_view(), name="api-experiment"),
    path("api/", include("execution.api.urls")),
    path("admin/", admin.site.urls),
    path("health/", health, name="health"),
]
