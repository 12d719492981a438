"""Addresses of the web pages."""

from django.urls import include, path, re_path

from execution.views import blotter, orders, quotes, ticket

urlpatterns = [
    path("", blotter.blotter, name="blotter"),
    path("", include("dipmaster.accounts.urls")),
    path("quotes/", quotes.quotes, name="quotes"),
    path("orders/new/", ticket.ticket, name="ticket"),
    path("orders/new/preview/", ticket.ticket_preview, name="ticket-preview"),
    path("orders/new/review/", ticket.ticket_review, name="ticket-review"),
    path("orders/<int:order_id>/", orders.order, name="order"),
    path("orders/<int:order_id>/series.json", orders.series, name="order-series"),
    path("orders/<int:order_id>/book/", orders.book, name="order-book"),
    re_path(r"^orders/(?P<order_id>[0-9]{1,18})/(?P<action>pause|resume|cancel)/$", orders.act, name="order-action"),
]
