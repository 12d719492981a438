"""The lab: experiments listed, started, followed, compared."""

from http import HTTPStatus

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from analytics.forms import ExperimentForm
from analytics.lab.facts.kept import CalibrationUnreadable, calibration_file, model_digest, read
from analytics.models import Experiment
from analytics.reports import lab_compare, lab_json, lab_list, lab_market, lab_page
from analytics.reports.lab_market import MarketPage
from analytics.selectors.experiments import ExperimentNotFound, experiment_of, experiments_of, rows_of, settings_of
from analytics.services import experiments
from analytics.services.experiment_engine import offer
from analytics.services.experiment_settings import InvalidExperiment, Offer, command_of
from analytics.services.experiments import NotCancellable
from dipmaster.accounts.models import User

PAGE_SIZE = 50


@require_GET
@never_cache
@vary_on_headers("HX-Request")
def lab(request: HttpRequest) -> HttpResponse:
    """List the desk's experiments, newest first; htmx gets the rows alone."""
    page = Paginator(experiments_of(_user(request)), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [lab_list.row_of(experiment) for experiment in page]
    done = [row for row in rows if row.experiment.state == Experiment.State.DONE]
    context = {"page": page, "rows": rows, "may_compare": len(done) > 1, "is_live": any(row.experiment.is_live for row in rows)}
    return render(request, "analytics/lab/rows.html" if "HX-Request" in request.headers else "analytics/lab.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """Show a blank form, or one filled like an earlier experiment; start what is sent."""
    offered = offer()
    if request.method != "POST":
        return _form(request, _blank(request, offered))
    form = ExperimentForm(offered, request.POST)
    if form.is_valid():
        try:
            started = experiments.start(user=_user(request), asked=form.to_settings(), offer=offered, now=timezone.now())
            return redirect("lab-experiment", experiment_id=started.pk)
        except InvalidExperiment as invalid:
            form.attach(invalid.errors)
    return _form(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@require_GET
@never_cache
@vary_on_headers("HX-Request")
def experiment(request: HttpRequest, experiment_id: int) -> HttpResponse:
    """Show an experiment: its results, or how far it has come. htmx gets what changes alone."""
    found = _find(request, experiment_id)
    settings, rows = settings_of(found), rows_of(found)
    chosen = {name: request.GET.get(name, "") for name in ("case", "size")}
    results = lab_page.page_of(settings, rows, **chosen) if rows else None
    context = {
        "experiment": found,
        "row": lab_list.row_of(found),
        "words": lab_compare.settings_words(settings),
        "settings": settings,
        "next_seed": experiments.next_seed(settings),
        "command": command_of(settings),
        "results": results,
        "calibration": _calibration(results.currency) if results else None,
        "others": _comparable(request, found),
    }
    return render(request, "analytics/lab/live.html" if "HX-Request" in request.headers else "analytics/lab_experiment.html", context)


@require_GET
@never_cache
def data(request: HttpRequest, experiment_id: int) -> HttpResponse:
    """Download settings and results."""
    found = _find(request, experiment_id)
    response = JsonResponse(lab_json.render(found), json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="{found.reference}.json"'
    return response


@require_POST
def cancel(request: HttpRequest, experiment_id: int) -> HttpResponse:
    """Stop an experiment."""
    try:
        experiments.cancel(user=_user(request), experiment_id=experiment_id, now=timezone.now())
    except ExperimentNotFound as error:
        raise Http404 from error
    except NotCancellable as error:
        messages.info(request, str(error))
    return redirect("lab-experiment", experiment_id=experiment_id)


@require_POST
def again(request: HttpRequest, experiment_id: int) -> HttpResponse:
    """Start an experiment of the same settings, with the same seed or the next one."""
    is_next = request.POST.get("seed") == "next"
    try:
        started = experiments.again(
            user=_user(request), experiment_id=experiment_id, is_next_seed=is_next, offer=offer(), now=timezone.now()
        )
    except ExperimentNotFound as error:
        raise Http404 from error
    except InvalidExperiment as invalid:
        for each in invalid.errors:
            messages.error(request, each.message)
        return redirect("lab-experiment", experiment_id=experiment_id)
    return redirect("lab-experiment", experiment_id=started.pk)


@require_GET
@never_cache
def market(request: HttpRequest) -> HttpResponse:
    """Show the market model's last calibration."""
    try:
        kept, error = read(calibration_file()), ""
    except CalibrationUnreadable as unreadable:
        kept, error = {}, str(unreadable)
    page = lab_market.page_of(kept, model_digest(), request.GET.get("symbol", ""))
    return render(request, "analytics/lab_market.html", {"page": page, "error": error})


@require_GET
@never_cache
def compare(request: HttpRequest) -> HttpResponse:
    """Show two experiments side by side."""
    first, second = (_find(request, _number(request.GET.get(name, ""))) for name in ("a", "b"))
    context = {
        "first": first,
        "second": second,
        "comparison": lab_compare.compare((settings_of(first), rows_of(first)), (settings_of(second), rows_of(second))),
    }
    return render(request, "analytics/lab_compare.html", context)


def _calibration(currency: str) -> MarketPage | None:
    """Return the last calibration of a currency's model; one that cannot be read is told on its own page."""
    try:
        page = lab_market.page_of(read(calibration_file()), model_digest(), currency)
    except CalibrationUnreadable:
        return None
    return page if page and page.symbol == currency else None


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]  # signed in: see the middleware


def _find(request: HttpRequest, experiment_id: int) -> Experiment:
    try:
        return experiment_of(_user(request), experiment_id)
    except ExperimentNotFound as error:
        raise Http404 from error


def _number(text: str) -> int:
    """Read an experiment's number, also as E-7."""
    plain = text.strip().upper().removeprefix("E-")
    if not (plain.isascii() and plain.isdigit() and len(plain) < 20):
        raise Http404(_("Two experiments are compared by their numbers."))
    return int(plain)


def _blank(request: HttpRequest, offered: Offer) -> ExperimentForm:
    like = request.GET.get("like")
    return ExperimentForm.like(offered, settings_of(_find(request, _number(like)))) if like else ExperimentForm.blank(offered)


def _comparable(request: HttpRequest, found: Experiment) -> list[Experiment]:
    """Return the newest other experiments with results."""
    done = experiments_of(_user(request)).filter(state=Experiment.State.DONE).exclude(pk=found.pk)
    return list(done[:20]) if found.state == Experiment.State.DONE else []


def _form(request: HttpRequest, form: ExperimentForm, status: int = HTTPStatus.OK) -> HttpResponse:
    return render(request, "analytics/lab_new.html", {"form": form}, status=status)
