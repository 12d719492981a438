"""The desk's orders."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from dipmaster.templatetags.desk import order_states
from execution.selectors.blotter import VIEWS, Filters
from execution.selectors.blotter import blotter as blotter_of


@require_GET
@never_cache
@vary_on_headers("HX-Request")
def blotter(request: HttpRequest) -> HttpResponse:
    """Show the blotter; htmx gets the table alone."""
    filters = _read(request)
    found = blotter_of(request.user, filters, timezone.now())  # type: ignore[arg-type]  # signed in: see the middleware
    context = {"blotter": found, "filters": filters, "states": order_states(), "query": _query(request)}
    return render(request, "execution/blotter/table.html" if "HX-Request" in request.headers else "execution/blotter.html", context)


def _read(request: HttpRequest) -> Filters:
    given = request.GET
    view = given.get("view", "today")
    return Filters(
        view=view if view in VIEWS else "today",
        find=_text(given.get("find", "")),
        symbol=_text(given.get("symbol", "")),
        side=_text(given.get("side", "")),
        state=_text(given.get("state", "")),
        page=_whole(given.get("page", "1")) or 1,
        open_ids=_ids(given.get("open", "")),
        held_ids=_ids(given.get("held", "")),
    )


def _text(given: str) -> str:
    return given.replace("\x00", "")[:80]


def _whole(given: str) -> int | None:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None


def _ids(given: str) -> tuple[int, ...]:
    return tuple(number for part in given.split(",")[:50] if (number := _whole(part)) is not None)


def _query(request: HttpRequest) -> str:
    """Return the filters as a query string, without the page."""
    kept = request.GET.copy()
    for name in ("page", "open", "held", "version"):
        kept.pop(name, None)
    return kept.urlencode()
