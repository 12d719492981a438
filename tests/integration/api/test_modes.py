"""Execution modes and algorithms: in the administration and for clients."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from dipmaster.accounts.models import User
from execution.domain.algorithms.registry import algorithm_names
from execution.domain.strategy import MODES
from execution.models import ExecutionMode
from execution.services.modes import make_modes

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def save(administrator: Client, name: str = "conservative", **changes: Any) -> dict[str, list[str]]:
    """Change a mode in the administration; return what is wrong at which field."""
    mode = ExecutionMode.objects.get(name=name)
    fields = ["title", "summary", "position", "algorithm", "participation", "risk_aversion", "urgency", "patience"]
    shown = {field: getattr(mode, field) for field in [*fields, "slice_interval_seconds", "randomise"]} | {"is_enabled": "on"}
    answer = administrator.post(reverse("admin:execution_executionmode_change", args=[mode.pk]), shown | changes)
    return {} if answer.status_code == 302 else dict(answer.context["adminform"].form.errors)


def test_a_database_begins_with_the_modes_of_the_product() -> None:
    assert {row.name: row.to_domain() for row in ExecutionMode.objects.all()} == MODES
    assert list(ExecutionMode.objects.values_list("name", flat=True)) == list(MODES)


def test_what_the_administrator_removed_stays_removed() -> None:
    ExecutionMode.objects.exclude(name="balanced").delete()
    make_modes()
    assert list(ExecutionMode.objects.values_list("name", flat=True)) == ["balanced"]


def test_a_mode_is_changed_and_its_earlier_version_kept(administrator: Client) -> None:
    assert save(administrator, participation="0.2", patience="0.5") == {}
    newest, older = ExecutionMode.objects.get(name="conservative").history.all()[:2]
    assert (older.participation, newest.participation, newest.history_user.username) == (0.1, 0.2, "root")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("algorithm", "martingale"),
        ("algorithm", ""),
        ("participation", "0"),
        ("participation", "0.95"),
        ("participation", "nan"),
        ("patience", "1.1"),
        ("patience", "-0.1"),
        ("patience", ""),
        ("randomise", "0.6"),  # within 0 and 1, beyond what the algorithm takes
        ("urgency", "2"),
        ("risk_aversion", "inf"),
        ("slice_interval_seconds", "0"),
        ("title", ""),
    ],
)
def test_a_value_that_the_algorithm_does_not_take_is_refused_at_its_field(administrator: Client, field: str, value: str) -> None:
    assert list(save(administrator, **{field: value})) == [field]


def test_an_algorithm_that_this_version_does_not_have_may_stay_but_not_be_chosen(administrator: Client) -> None:
    ExecutionMode.objects.filter(name="stealth").update(algorithm="gone")
    assert save(administrator, "stealth", title="Quiet") == {}
    assert ExecutionMode.objects.get(name="stealth").algorithm == "gone"
    assert list(save(administrator, algorithm="gone")) == ["algorithm"]


def test_the_name_of_a_mode_stays(administrator: Client) -> None:
    assert save(administrator, name="conservative") == {}
    mode = ExecutionMode.objects.get(name="conservative")
    administrator.post(reverse("admin:execution_executionmode_change", args=[mode.pk]), {"name": "other"})
    assert ExecutionMode.objects.filter(name="conservative").exists()


def test_clients_read_the_modes_that_they_may_use(api: APIClient) -> None:
    ExecutionMode.objects.filter(name="stealth").update(is_enabled=False)
    page = api.get("/api/v1/modes/").json()
    assert [mode["name"] for mode in page["results"]] == ["conservative", "balanced", "aggressive"]
    assert page["results"][1]["participation"] == 0.15


def test_clients_read_the_algorithms_with_their_parameters(api: APIClient) -> None:
    page = api.get("/api/v1/algorithms/").json()
    assert [algorithm["name"] for algorithm in page["results"]] == list(algorithm_names())
    twap = next(algorithm for algorithm in page["results"] if algorithm["name"] == "twap")
    patience = next(parameter for parameter in twap["parameters"] if parameter["name"] == "patience")
    assert (patience["kind"], patience["minimum"], patience["maximum"], patience["is_mutable"]) == ("share", 0, 1, True)


@pytest.mark.parametrize("address", ["/api/v1/modes/", "/api/v1/algorithms/"])
def test_nobody_reads_them_without_signing_in(address: str) -> None:
    assert APIClient().get(address).status_code == 401
