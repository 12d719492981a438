"""Addresses of the web pages."""

from django.urls import include, path, register_converter
from django.urls.converters import StringConverter

from execution.views import amend, blotter, orders, quotes, ticket, venues


class ActionConverter(StringConverter):
    """What can be done with an order; other words after its number are other pages."""

    regex = "pause|resume|accelerate|cancel"


register_converter(ActionConverter, "action")

urlpatterns = [
    path("", blotter.blotter, name="blotter"),
    path("", include("dipmaster.accounts.urls")),
    path("quotes/", quotes.quotes, name="quotes"),
    path("venues/", venues.venues, name="venues"),
    path("orders/new/", ticket.ticket, name="ticket"),
    path("orders/new/preview/", ticket.ticket_preview, name="ticket-preview"),
    path("orders/new/review/", ticket.ticket_review, name="ticket-review"),
    path("orders/<int:order_id>/", orders.order, name="order"),
    path("orders/<int:order_id>/series.json", orders.series, name="order-series"),
    path("orders/<int:order_id>/book/", orders.book, name="order-book"),
    path("orders/<int:order_id>/amend/", amend.amend, name="order-amend"),
    path("orders/<int:order_id>/amend/review/", amend.amend_review, name="order-amend-review"),
    path("orders/<int:order_id>/<action:action>/", orders.act, name="order-action"),
]
