"""Addresses of reports; the API's own is among the project's."""

from django.urls import path

from analytics.views import reports

urlpatterns = [
    path("orders/<int:order_id>/tca/", reports.tca, name="order-tca"),
    path("orders/<int:order_id>/report.pdf", reports.pdf, name="order-report-pdf"),
    path("orders/<int:order_id>/report.json", reports.data, name="order-report-json"),
]
