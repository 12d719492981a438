"""Addresses of the web application."""

from django.contrib import admin
from django.urls import include, path

from dipmaster.health import health

urlpatterns = [
    path("", include("execution.urls")),
    path("", include("analytics.urls")),
    path("api/", include("execution.api.urls")),
    path("admin/", admin.site.urls),
    path("health/", health, name="health"),
]
