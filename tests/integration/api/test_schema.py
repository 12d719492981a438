"""The OpenAPI schema and its page."""

import io
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver

from dipmaster.accounts.models import User

pytestmark = pytest.mark.django_db
MANUAL = Path(__file__).parents[3] / "docs" / "api.md"


@pytest.fixture
def reader(client: Client, trader: User) -> Client:
    client.force_login(trader)
    return client


@pytest.mark.parametrize("address", ["/api/schema/", "/api/docs/"])
def test_the_schema_and_its_page_want_a_sign_in(client: Client, address: str) -> None:
    assert client.get(address).status_code == 401


def test_the_schema_is_generated_without_warnings_and_is_valid() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=io.StringIO())


def test_the_schema_describes_every_endpoint(reader: Client) -> None:
    paths = reader.get("/api/schema/?format=json").json()["paths"]
    assert set(paths) >= {
        "/api/v1/orders/",
        "/api/v1/orders/{order_id}/",
        *(
            f"/api/v1/orders/{{order_id}}/{part}/"
            for part in ("accelerate", "cancel", "pause", "resume", "slices", "children", "fills", "events", "report")
        ),
        "/api/v1/orders/{order_id}/children/{child_id}/explanation/",
        "/api/v1/experiments/",
        "/api/v1/experiments/{experiment_id}/",
        "/api/v1/algorithms/",
        "/api/v1/modes/",
        "/api/v1/instruments/",
        "/api/v1/venues/",
    }
    assert {"200", "201", "400", "401", "409", "422"} <= set(paths["/api/v1/orders/"]["post"]["responses"])
    assert not [path for path in paths if not path.startswith("/api/v1/")]
    assert get_resolver().reverse("schema") == "api/schema/"


def test_the_page_loads_its_scripts_from_here_and_has_none_inline(reader: Client) -> None:
    page = reader.get("/api/docs/")
    html = page.content.decode()
    assert page.status_code == 200
    assert "'self'" in page["Content-Security-Policy"]
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
    assets = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert assets
    assert all(address.startswith("/") and not address.startswith("//") for address in assets)
    for address in assets:
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/"))


def test_the_pages_script_names_the_schema(reader: Client) -> None:
    script = reader.get("/api/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert b"/api/schema/" in script.content


def test_the_manual_names_every_endpoint(reader: Client) -> None:
    paths = reader.get("/api/schema/?format=json").json()["paths"]
    endpoints = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert set(re.findall(r"^\| `([A-Z]+ /\S+)`", MANUAL.read_text(), re.MULTILINE)) == endpoints
