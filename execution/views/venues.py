"""The venues and how they serve."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from execution.selectors.venues import venue_screens


@require_GET
@never_cache
@vary_on_headers("HX-Request")
def venues(request: HttpRequest) -> HttpResponse:
    """Show the venues; htmx gets the cards alone. Accounts are the desk's: without a desk there is nothing to see."""
    now = timezone.now()
    user = request.user
    may_see = user.is_staff or user.desk is not None  # type: ignore[union-attr]  # signed in: see the middleware
    context = {"screens": venue_screens(now) if may_see else (), "may_see": may_see, "now": now}
    return render(request, "execution/venues/cards.html" if "HX-Request" in request.headers else "execution/venues.html", context)
