"""Experiments over the API."""

from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from analytics.models import Experiment
from analytics.services import experiments
from dipmaster.accounts.models import Desk, User
from tests import measured

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def api(trader: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(trader)
    return client


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
