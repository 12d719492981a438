"""Experiments over the API."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from analytics.models import Experiment
from analytics.selectors.experiments import settings_of
from analytics.services import experiments
from dipmaster.accounts.models import Desk, User
from tests import measured

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def api(trader: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(trader)
    return client


ASKED = {"symbols": ["BTC"], "algorithms": ["market", "twap"], "sizes": ["8k", "5%"], "paths": 4, "seed": 7}


def start(api: APIClient, **changes: Any) -> tuple[int, dict[str, Any]]:
    answer = api.post("/api/v1/experiments/", ASKED | changes)
    return answer.status_code, answer.json()


def codes(api: APIClient, **changes: Any) -> dict[str | None, str]:
    status, body = start(api, **changes)
    assert status == 400
    assert not Experiment.objects.exists()
    return {error["field"]: error["code"] for error in body["errors"]}


def stored(desk: Desk, **changes: Any) -> Experiment:
    settings = measured.settings(**changes)
    return experiments.store(desk=desk, settings=settings, rows=measured.rows_of(settings), started_at=NOW, finished_at=NOW)


def test_experiments_are_listed_newest_first_without_their_results(api: APIClient, desk: Desk) -> None:
    first, second = stored(desk), stored(desk, seed=8)
    stored(Desk.objects.create(name="Elsewhere"))
    listed = api.get("/api/v1/experiments/").json()["results"]
    assert [each["reference"] for each in listed] == [second.reference, first.reference]
    assert listed[0]["settings"]["seed"] == 8
    assert "results" not in listed[0]


def test_an_experiment_is_read_with_its_results(api: APIClient, desk: Desk) -> None:
    found = api.get(f"/api/v1/experiments/{stored(desk).pk}/").json()
    assert (found["state"], found["paths_done"], found["started_by"], found["finished_at"]) == ("done", 4, None, "2026-11-21T12:00:00Z")
    assert [row["algorithm"] for row in found["results"]] == ["market", "twap"]


@pytest.mark.parametrize("number", ["{}", "999", "9" * 30])
def test_an_experiment_of_another_desk_or_none_is_not_found(api: APIClient, number: str) -> None:
    elsewhere = stored(Desk.objects.create(name="Elsewhere"))
    answer = api.get(f"/api/v1/experiments/{number.format(elsewhere.pk)}/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "NOT_FOUND")


def test_without_a_token_nothing_is_read(db: None) -> None:
    assert APIClient().get("/api/v1/experiments/").status_code == 401


def test_a_wrong_cursor_is_told(api: APIClient) -> None:
    answer = api.get("/api/v1/experiments/?cursor=nonsense")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "BAD_CURSOR")


def test_an_experiment_is_started_and_can_be_followed(api: APIClient, trader: User) -> None:
    status, body = start(api)
    experiment = Experiment.objects.get()
    assert (status, body["id"], body["state"], body["paths_in_all"], body["started_by"]) == (
        201,
        experiment.pk,
        "queued",
        4,
        trader.username,
    )
    assert settings_of(experiment) == measured.settings(sizes=("8000", "5%"))
    assert api.get(f"/api/v1/experiments/{experiment.pk}/").json()["settings"] == body["settings"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sources": ["elsewhere"]}, {"sources": "UNKNOWN"}),
        ({"sources": []}, {"sources": "REQUIRED"}),
        ({"sources": ["own"], "symbols": ["../../etc/passwd"]}, {"sources": "NO_DATA", "symbols": "UNKNOWN"}),
        ({"sources": ["candles"]}, {"sources": "NO_DATA"}),
        ({"symbols": ["BTCUSDT-PERP"]}, {"symbols": "UNKNOWN"}),
        ({"algorithms": ["magic"]}, {"algorithms": "UNKNOWN"}),
        ({"sizes": ["0"]}, {"sizes": "INVALID"}),
        ({"minutes": ["nan"]}, {"minutes.0": "INVALID"}),
        ({"minutes": [1e308, 1e308]}, {"minutes": "INVALID"}),
        ({"paths": 90_000}, {None: "TOO_LARGE"}),
        ({"paths": 10**300}, {"paths": "INVALID"}),
        ({"seed": -1}, {"seed": "INVALID"}),
        ({"symbols": "BTC"}, {"symbols": "NOT_A_LIST"}),
        ({"symbols": [{"a": 1}]}, {"symbols.0": "INVALID"}),
        ({"symbols": ["B" * 5000]}, {"symbols.0": "MAX_LENGTH"}),
        ({"symbols": ["BTC"] * 5000}, {"symbols": "MAX_LENGTH"}),
        ({"nonsense": 1}, {"nonsense": "UNKNOWN_FIELD"}),
    ],
)
def test_what_cannot_be_run_is_refused_with_a_code_at_its_field(
    api: APIClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], expected: dict[str | None, str]
) -> None:
    monkeypatch.setenv("DIPMASTER_DATA", str(tmp_path))
    assert codes(api, **changes) == expected


def test_a_desk_that_has_enough_waiting_is_told_so(api: APIClient) -> None:
    for _ in range(experiments.MOST_WAITING):
        assert start(api)[0] == 201
    status, body = start(api)
    assert (status, body["errors"][0]["code"]) == (400, "TOO_MANY_WAITING")


def test_without_a_desk_or_a_token_nothing_is_started(api: APIClient, trader: User) -> None:
    trader.desk = None
    trader.save()
    status, body = start(api)
    assert (status, body["errors"][0]["code"]) == (403, "NO_DESK")
    assert APIClient().post("/api/v1/experiments/", ASKED).status_code == 401
    assert not Experiment.objects.exists()
