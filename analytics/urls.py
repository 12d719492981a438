"""Addresses of reports and of the lab; the API's own is among the project's."""

from django.urls import path

from analytics.views import lab, reports

urlpatterns = [
    path("orders/<int:order_id>/tca/", reports.tca, name="order-tca"),
    path("orders/<int:order_id>/report.pdf", reports.pdf, name="order-report-pdf"),
    path("orders/<int:order_id>/report.json", reports.data, name="order-report-json"),
    path("lab/", lab.lab, name="lab"),
    path("lab/new/", lab.new, name="lab-new"),
    path("lab/market/", lab.market, name="lab-market"),
    path("lab/compare/", lab.compare, name="lab-compare"),
    path("lab/<int:experiment_id>/", lab.experiment, name="lab-experiment"),
    path("lab/<int:experiment_id>/experiment.json", lab.data, name="lab-json"),
    path("lab/<int:experiment_id>/cancel/", lab.cancel, name="lab-cancel"),
    path("lab/<int:experiment_id>/again/", lab.again, name="lab-again"),
]
