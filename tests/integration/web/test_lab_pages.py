"""The lab's pages: what each state shows, who may see it, and what is typed into them."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analytics.lab import finding
from analytics.models import Experiment
from analytics.selectors.experiments import settings_of
from dipmaster.accounts.models import Desk, User
from tests import measured

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
State = Experiment.State
TWO = {"symbols": ("BTC", "ETH"), "sizes": ("8000", "5%")}


def stored(user: User, state: State = State.DONE, *, given: dict[str, Any] | None = None, **fields: Any) -> Experiment:
    """Store an experiment in a state, with results when it is done."""
    settings = measured.settings(**(given or {}))
    has_ended = state in (State.DONE, State.FAILED, State.CANCELLED)
    rows = measured.rows_of(settings) if state == State.DONE else []
    plain = {
        "settings": msgspec.to_builtins(settings),
        "paths_in_all": settings.paths_in_all,
        "results": msgspec.to_builtins(rows),
        "created_at": NOW,
        "started_at": None if state == State.QUEUED else NOW,
        "finished_at": NOW + timedelta(seconds=402) if has_ended else None,
    }
    return Experiment.objects.create(desk=user.desk, started_by=user, state=state, **plain | fields)


def words(client: Client, address: str) -> str:
    html = client.get(address).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.partition("<main")[2].partition("</main>")[0]))


def typed(**changes: Any) -> dict[str, Any]:
    """Return a form as a browser posts it, with changes."""
    return {
        "sources": "model", "symbols": ["BTC"], "algorithms": ["market", "twap"], "sizes": "8k, 5%", "minutes": "30", "paths": "4",
        "seed": "7",
    } | changes  # fmt: skip


@pytest.mark.parametrize("address", ["/lab/", "/lab/new/", "/lab/1/", "/lab/1/experiment.json", "/lab/compare/?a=1&b=2"])
def test_who_is_not_signed_in_sees_nothing(db: None, client: Client, address: str) -> None:
    assert client.get(address).status_code == 302


def test_an_empty_lab_says_what_would_be_here_and_offers_the_first_step(visitor: Client) -> None:
    page = visitor.get("/lab/").content.decode()
    assert "No experiments yet" in page
    assert 'href="/lab/new/"' in page


def test_the_list_shows_state_progress_who_and_when(visitor: Client, trader: User) -> None:
    stored(trader)
    stored(trader, State.RUNNING, paths_done=1)
    shown = words(visitor, "/lab/")
    for text in ("Running", "25 %", "Done", "tess", "2026-11-21 12:00", "6 min 42 s", "TWAP, Market order", "8k", "model, 30 min"):
        assert text in shown


def test_an_experiment_of_another_desk_does_not_exist(visitor: Client, trader: User) -> None:
    experiment = stored(trader)
    trader.desk = Desk.objects.create(name="Elsewhere")
    trader.save()
    own = stored(trader)
    assert f"E-{experiment.pk} " not in words(visitor, "/lab/")
    pages = ("{}/", "{}/experiment.json", "compare/?a={}&b=" + str(own.pk), "compare/?b={}&a=" + str(own.pk), "new/?like={}")
    for page in pages:
        assert visitor.get("/lab/" + page.format(experiment.pk)).status_code == 404
    for action in ("cancel", "again"):
        assert visitor.post(f"/lab/{experiment.pk}/{action}/").status_code == 404


@pytest.mark.parametrize(
    "address",
    ["/lab/999999999999999999999999/", "/lab/0/", "/lab/compare/", "/lab/compare/?a=1&b=x", "/lab/compare/?a=²&b=1", "/lab/new/?like=-1"],
)
def test_an_experiment_that_never_was_is_not_found(visitor: Client, address: str) -> None:
    assert visitor.get(address).status_code == 404


def test_without_a_desk_nothing_is_seen_and_nothing_is_started(visitor: Client, trader: User) -> None:
    experiment = stored(trader)
    User.objects.filter(pk=trader.pk).update(desk=None)
    for address in ("/lab/", "/lab/new/"):
        assert "You belong to no desk" in words(visitor, address)
    assert visitor.post("/lab/new/", typed()).status_code == 422
    assert visitor.get(f"/lab/{experiment.pk}/").status_code == 404
    assert Experiment.objects.count() == 1


def test_a_filled_form_starts_an_experiment_and_leads_to_it(visitor: Client, trader: User) -> None:
    answer = visitor.post("/lab/new/", typed())
    experiment = Experiment.objects.get()
    assert answer.headers["Location"] == f"/lab/{experiment.pk}/"
    assert settings_of(experiment) == measured.settings(sizes=("8000", "5%"))
    assert (experiment.state, experiment.desk, experiment.started_by) == (State.QUEUED, trader.desk, trader)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"sizes": ""}, "Give at least one size"),
        ({"sizes": "0"}, "must be above 0"),
        ({"sizes": "<script>alert(1)</script>"}, "is not a size"),
        ({"sizes": "8k" + ",8k" * 100}, "at most 120 characters"),
        ({"symbols": []}, "Choose at least one symbol"),
        ({"symbols": ["<b>"]}, "Select a valid choice"),
        ({"algorithms": ["magic"]}, "Select a valid choice"),
        ({"minutes": "inf"}, "Write a number"),
        ({"minutes": "1e400"}, "Write a number"),
        ({"minutes": "-1"}, "Minutes are from 1 to 240"),
        ({"paths": "many"}, "Write a whole number"),
        ({"paths": "5000"}, "Take 500 paths, or fewer of the others, or run it on the command line: python manage.py lab"),
        ({"paths": "9" * 30}, "Paths are from 2"),
        ({"paths": "9" * 5000}, "Write a whole number"),
        ({"seed": "1.5"}, "Write a whole number"),
        ({"seed": "-1"}, "A seed is a whole number"),
    ],
)
def test_a_mistake_is_told_beside_what_was_typed_and_nothing_starts(visitor: Client, changes: dict[str, Any], told: str) -> None:
    answer = visitor.post("/lab/new/", typed(**changes))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert told in page
    assert "<script>alert" not in page
    assert 'name="paths"' in page
    assert not Experiment.objects.exists()


@pytest.fixture
def no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without recorded data; the folder is where a desk keeps its own."""
    monkeypatch.setenv(finding.FOLDER_VARIABLE, str(tmp_path / "nowhere"))
    monkeypatch.setattr(finding, "var_dir", lambda: tmp_path)
    (tmp_path / "recordings").mkdir()
    return tmp_path / "recordings"


def test_a_source_without_data_cannot_be_chosen_and_says_what_to_do(visitor: Client, no_data: Path) -> None:
    page = visitor.get("/lab/new/").content.decode()
    for name in ("candles", "recorded", "own"):
        assert re.search(rf'value="{name}"[^>]*disabled', page)
    assert not re.search(r'value="model"[^>]*disabled', page)
    assert "DIPMASTER_DATA" in page
    assert "manage.py record" in page


def test_a_source_without_data_that_is_sent_all_the_same_is_refused_at_its_field(visitor: Client, no_data: Path) -> None:
    answer = visitor.post("/lab/new/", typed(sources="candles"))
    assert answer.status_code == 422
    assert "DIPMASTER_DATA" in str(answer.context["form"].errors["sources"])
    assert not Experiment.objects.exists()


@pytest.mark.parametrize("changes", [{"sources": "elsewhere"}, {"sources": ""}, {"sources": "<b>"}])
def test_a_source_that_is_not_is_refused_at_its_field(visitor: Client, changes: dict[str, Any]) -> None:
    answer = visitor.post("/lab/new/", typed(**changes))
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"sources"}


def test_a_symbol_of_another_source_is_refused_at_its_field(visitor: Client, no_data: Path) -> None:
    (no_data / "okx-BTCUSDT.jsonl").write_text("")
    answer = visitor.post("/lab/new/", typed(sources="model", symbols=["okx-BTCUSDT"]))
    assert "there are: BTC" in str(answer.context["form"].errors["symbols"])


def test_an_own_recording_is_offered_by_name_and_started(visitor: Client, no_data: Path) -> None:
    (no_data / "okx-BTCUSDT.jsonl").write_text("")
    assert 'value="okx-BTCUSDT"' in visitor.get("/lab/new/").content.decode()
    assert visitor.post("/lab/new/", typed(sources="own", symbols=["okx-BTCUSDT"])).status_code == 302
    assert settings_of(Experiment.objects.get()).sources == ("own",)


def test_a_blank_form_is_valid_as_it_stands(visitor: Client) -> None:
    form = visitor.get("/lab/new/").context["form"]
    answer = visitor.post("/lab/new/", form.initial)
    assert answer.status_code == 302, answer.context["form"].errors


def test_a_form_like_an_earlier_experiment_holds_its_settings(visitor: Client, trader: User) -> None:
    experiment = stored(trader, given={"algorithms": ("market", "twap:stealth"), "sizes": ("1500000", "2.5%")})
    form = visitor.get(f"/lab/new/?like={experiment.pk}").context["form"]
    visitor.post("/lab/new/", form.initial)
    assert settings_of(Experiment.objects.first() or experiment) == settings_of(experiment)


def test_while_it_waits_or_runs_the_page_follows_and_can_cancel(visitor: Client, trader: User) -> None:
    for experiment in (stored(trader, State.QUEUED), stored(trader, State.RUNNING, paths_done=1)):
        page = visitor.get(f"/lab/{experiment.pk}/").content.decode()
        assert "data-follow" in page
        assert f'action="/lab/{experiment.pk}/cancel/"' in page
    assert "1 of 4 paths" in words(visitor, f"/lab/{experiment.pk}/")


def test_what_has_ended_is_not_followed(visitor: Client, trader: User) -> None:
    for experiment in (stored(trader), stored(trader, State.CANCELLED), stored(trader, State.FAILED, error="Why.")):
        page = visitor.get(f"/lab/{experiment.pk}/").content.decode()
        assert "data-follow" not in page
        assert "/cancel/" not in page


def test_cancelling_from_the_page_ends_what_waits(visitor: Client, trader: User) -> None:
    experiment = stored(trader, State.QUEUED)
    assert visitor.post(f"/lab/{experiment.pk}/cancel/").status_code == 302
    assert "Cancelled" in words(visitor, f"/lab/{experiment.pk}/")
    answer = visitor.post(f"/lab/{experiment.pk}/cancel/", follow=True)
    assert f"E-{experiment.pk} has ended, there is nothing to cancel." in answer.content.decode()


def test_a_failure_says_why_and_that_trading_goes_on(visitor: Client, trader: User) -> None:
    experiment = stored(trader, State.FAILED, error="The size <1%> is too small.")
    page = visitor.get(f"/lab/{experiment.pk}/").content.decode()
    assert "The size &lt;1%&gt; is too small." in page
    assert "Trading is not affected" in page


def test_results_show_cost_differences_and_quality(visitor: Client, trader: User) -> None:
    experiment = stored(trader)
    shown = words(visitor, f"/lab/{experiment.pk}/")
    for text in ("TWAP 3.5 −1.6 −1.9 to −1.3 20.1 on it 99.7 70 +0.8 29:52", "Market order 3.5 – –", "8 orders in all, 0.31 s each"):
        assert text in shown
    for text in ("3.60", "−0.4 to 7.6", "3.40"):  # raw mean, its interval, median
        assert text in shown


def test_a_difference_whose_interval_excludes_zero_is_bold_and_no_other(visitor: Client, trader: User) -> None:
    experiment = stored(trader)
    rows = [measured.row(to_market=measured.interval(-1.6, 0.3)), measured.row(algorithm="clips", to_market=measured.interval(0.1, 0.3))]
    Experiment.objects.filter(pk=experiment.pk).update(results=msgspec.to_builtins(rows))
    page = visitor.get(f"/lab/{experiment.pk}/").content.decode()
    assert "<b>−1.6</b>" in page
    assert "<b>+0.1</b>" not in page
    assert "+0.1" in page


def on_frontier(client: Client, user: User, *rows: Any) -> list[str]:
    experiment = stored(user)
    Experiment.objects.filter(pk=experiment.pk).update(results=msgspec.to_builtins(rows))
    answer = client.get(f"/lab/{experiment.pk}/")
    assert answer.content.decode().count("<polyline") == 3 * answer.context["results"].has_frontier  # wall, desk, phone
    return [line.label for line in answer.context["results"].lines if line.is_on_frontier]


def test_the_frontier_is_of_what_can_be_traded_at_the_chosen_size(visitor: Client, trader: User) -> None:
    rows = [
        measured.row(algorithm=name, risk_bps=risk, cost=measured.interval(cost))
        for name, risk, cost in (("market", 2.0, 12.0), ("twap", 20.0, 4.0), ("clips", 21.0, 9.0), ("oracle", 1.0, 1.0))
    ]
    assert on_frontier(visitor, trader, *rows) == ["TWAP", "Market order"]


def test_without_a_known_risk_there_is_no_frontier(visitor: Client, trader: User) -> None:
    assert on_frontier(visitor, trader, measured.row(risk_bps=None), measured.row(algorithm="market", risk_bps=2.0)) == ["Market order"]


def test_another_symbol_and_size_can_be_chosen_and_nonsense_is_the_first(visitor: Client, trader: User) -> None:
    experiment = stored(trader, given=TWO)
    page = visitor.get(f"/lab/{experiment.pk}/", {"case": "ETH/30/model", "size": "5%"}).context["results"]
    assert (page.case_title, page.size_title) == ("ETH", "5 % of volume")
    page = visitor.get(f"/lab/{experiment.pk}/", {"case": "<x>", "size": "<y>"}).context["results"]
    assert page.case_title == "BTC"


def test_results_on_a_recording_say_that_their_paths_overlap(visitor: Client, trader: User) -> None:
    told = "share most of their minutes"
    assert told in words(visitor, f"/lab/{stored(trader, given={'sources': ('own',)}).pk}/")
    assert told not in words(visitor, f"/lab/{stored(trader).pk}/")


def test_htmx_gets_what_changes_alone(visitor: Client, trader: User) -> None:
    experiment = stored(trader)
    for address in ("/lab/", f"/lab/{experiment.pk}/"):
        part = visitor.get(address, headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in part
        assert f"E-{experiment.pk}" in part or "Paired differences" in part


def test_the_list_takes_the_same_queries_however_many_experiments(visitor: Client, trader: User) -> None:
    stored(trader)
    visitor.get("/lab/")
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            visitor.get("/lab/", headers={"HX-Request": "true"})
        counts.append(len(captured))
        stored(trader)
    assert counts[0] == counts[1]


def test_running_again_says_which_paths_and_leads_to_the_new_one(visitor: Client, trader: User) -> None:
    experiment = stored(trader)
    assert "seed 8" in visitor.get(f"/lab/{experiment.pk}/").content.decode()
    answer = visitor.post(f"/lab/{experiment.pk}/again/", {"seed": "next"})
    newest = Experiment.objects.first()
    assert newest is not None
    assert answer.headers["Location"] == f"/lab/{newest.pk}/"
    assert settings_of(newest).seed == 8


def test_what_is_too_large_to_run_again_from_here_says_so(visitor: Client, trader: User) -> None:
    experiment = stored(trader, given={"paths": 50_000})
    answer = visitor.post(f"/lab/{experiment.pk}/again/", {"seed": "same"}, follow=True)
    assert "run it on the command line" in answer.content.decode()
    assert Experiment.objects.count() == 1


def test_the_download_holds_settings_and_results(visitor: Client, trader: User) -> None:
    experiment = stored(trader)
    answer = visitor.get(f"/lab/{experiment.pk}/experiment.json")
    content = answer.json()
    assert answer.headers["Content-Disposition"] == f'attachment; filename="E-{experiment.pk}.json"'
    assert content["settings"]["seed"] == 7
    assert content["results"][1]["to_market"] == {"mean": -1.6, "low": -1.9000000000000001, "high": -1.3}
    assert content["finished_at"] == "2026-11-21T12:06:42Z"


def test_two_experiments_are_compared_row_by_row(visitor: Client, trader: User) -> None:
    first = stored(trader)
    second = stored(trader, given={"seed": 8, "sizes": ("8000", "5%")})
    rows = [measured.row(cost=measured.interval(2.0, 0.5)), measured.row(size="5%")]
    Experiment.objects.filter(pk=second.pk).update(results=msgspec.to_builtins(rows))
    shown = words(visitor, f"/lab/compare/?a={first.pk}&b=E-{second.pk}")
    assert "USD 8k TWAP 3.5 3.0 to 4.0 2.0 1.5 to 2.5 −1.5 −2.2 to −0.8" in shown
    assert f"left out: E-{first.pk} 1, E-{second.pk} 1." in shown
    assert "different paths" in shown


def test_a_comparison_on_the_same_paths_says_that_its_interval_is_too_wide(visitor: Client, trader: User) -> None:
    first, second = stored(trader), stored(trader)
    assert "wider than it need be" in words(visitor, f"/lab/compare/?a={first.pk}&b={second.pk}")


def test_experiments_without_results_are_compared_without_rows(visitor: Client, trader: User) -> None:
    first, second = stored(trader, State.QUEUED), stored(trader, State.CANCELLED)
    assert "Neither experiment has results yet" in words(visitor, f"/lab/compare/?a={first.pk}&b={second.pk}")


def test_what_a_user_is_called_is_escaped(visitor: Client, trader: User) -> None:
    User.objects.filter(pk=trader.pk).update(first_name="<i>Tess</i>")
    experiment = stored(trader)
    for address in ("/lab/", f"/lab/{experiment.pk}/"):
        page = visitor.get(address).content.decode()
        assert "&lt;i&gt;Tess" in page
        assert "<i>Tess" not in page


def test_the_rail_and_the_menu_lead_to_the_lab(visitor: Client) -> None:
    page = visitor.get("/lab/").content.decode()
    assert page.count('href="/lab/"') == 2
    assert re.search(r'href="/lab/" aria-current="page"', page)
