"""Prices in the bar at the top, and pages of failures."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.http import HttpResponse
from django.test import Client

from dipmaster.accounts.models import Desk
from execution.models import ParentOrder
from tests.integration.web.conftest import write_books


def quote(browser: Client) -> dict[str, object]:
    return next(quote for quote in browser.get("/quotes/").json()["quotes"] if quote["symbol"] == "BTCUSDT")


def test_a_price_has_its_age(browser: Client) -> None:
    write_books(age=timedelta(seconds=1.5))
    found = quote(browser)
    assert found["mid"] == "50,000.00"
    assert isinstance(found["age_ms"], int)
    assert found["age_ms"] >= 1500


def test_each_currency_has_one_price_in_the_bar(browser: Client) -> None:
    write_books("BTCUSDT-PERP")
    assert [found["symbol"] for found in browser.get("/quotes/").json()["quotes"]] == ["BTCUSDT", "ETHUSDT", "SOLUSDT"]


def test_a_stale_price_keeps_its_age(browser: Client) -> None:
    write_books(mid=Decimal(40_000), age=timedelta(seconds=30))
    found = quote(browser)
    assert found["mid"] == "40,000.00"
    assert isinstance(found["age_ms"], int)
    assert found["age_ms"] >= 30_000


def test_without_a_book_there_is_no_price(browser: Client) -> None:
    found = next(quote for quote in browser.get("/quotes/").json()["quotes"] if quote["symbol"] == "SOLUSDT")
    assert (found["mid"], found["age_ms"]) == (None, None)


def test_the_trading_state_comes_with_the_prices(browser: Client, desk: Desk) -> None:
    assert browser.get("/quotes/").json()["trading"] == "ACTIVE"
    Desk.objects.update(is_trading_enabled=False)
    assert browser.get("/quotes/").json()["trading"] == "HALTED"


def test_a_page_that_does_not_exist_says_so_in_house_style(browser: Client) -> None:
    answer = browser.get("/no/such/page/")
    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()


def test_a_form_without_its_token_is_refused_in_house_style(browser: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/login/", {"username": "a", "password": "b"})
    assert answer.status_code == 403
    assert "This form is out of date" in answer.content.decode()


def loads_nothing_from_elsewhere(answer: HttpResponse) -> bool:
    policy = {name: allowed.split() for name, *rest in (part.split(maxsplit=1) for part in policy_of(answer)) for allowed in rest}
    nonces = [source for source in policy["script-src"] if source.startswith("'nonce-")]
    assert policy["default-src"] == policy["connect-src"] == ["'self'"]
    assert policy["script-src"] == ["'self'", *nonces]
    return "https://" not in answer.content.decode()


def policy_of(answer: HttpResponse) -> list[str]:
    return answer.headers["Content-Security-Policy"].split(";")


@pytest.mark.parametrize("address", ["/", "/orders/new/"])
def test_no_page_loads_anything_from_elsewhere(browser: Client, address: str) -> None:
    answer = browser.get(address)
    assert answer.status_code == 200
    assert loads_nothing_from_elsewhere(answer)


def test_the_sign_in_page_loads_nothing_from_elsewhere(client: Client, db: None) -> None:
    answer = client.get("/login/")
    assert answer.status_code == 200
    assert loads_nothing_from_elsewhere(answer)


@pytest.mark.parametrize("page", ["", "tca/"])
def test_an_orders_pages_load_nothing_from_elsewhere(browser: Client, order: Callable[..., ParentOrder], page: str) -> None:
    answer = browser.get(f"/orders/{order().pk}/{page}")
    assert answer.status_code == 200
    assert loads_nothing_from_elsewhere(answer)
