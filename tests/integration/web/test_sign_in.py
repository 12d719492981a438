"""Signing in and out."""

import pytest
from django.conf import settings
from django.test import Client

from dipmaster.accounts.models import User

PASSWORD = "a long enough password"


@pytest.mark.parametrize("address", ["/", "/orders/new/", "/orders/1/", "/quotes/", "/orders/1/series.json"])
def test_without_a_session_every_page_leads_to_the_sign_in(db: None, client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login/")


def test_a_part_of_a_page_asked_for_after_the_session_ended_reloads_the_whole_page(db: None, client: Client) -> None:
    answer = client.get("/", headers={"HX-Request": "true"}, follow=True)
    assert answer.headers["HX-Refresh"] == "true"


def test_name_and_password_open_the_blotter(trader: User, client: Client) -> None:
    answer = client.post("/login/", {"username": trader.username, "password": PASSWORD}, follow=True)
    assert answer.status_code == 200
    assert answer.context["user"] == trader


def test_a_wrong_password_is_told_and_the_name_stays(trader: User, client: Client) -> None:
    text = client.post("/login/", {"username": trader.username, "password": "wrong"}).content.decode()
    assert "Please enter a correct username and password" in text
    assert f'value="{trader.username}"' in text


def test_a_link_to_another_site_is_not_followed_after_the_sign_in(trader: User, client: Client) -> None:
    answer = client.post("/login/?next=https://elsewhere.example/", {"username": trader.username, "password": PASSWORD})
    assert answer.headers["Location"] == "/"


def test_too_many_wrong_passwords_lock_the_name_and_say_so(trader: User, client: Client) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        answer = client.post("/login/", {"username": trader.username, "password": "wrong"})
    assert answer.status_code == 429
    assert "Too many attempts" in answer.content.decode()
    assert client.post("/login/", {"username": trader.username, "password": PASSWORD}).status_code == 429


def test_signing_out_needs_a_post(trader: User, client: Client) -> None:
    client.force_login(trader)
    assert client.get("/logout/").status_code == 405
    client.post("/logout/")
    assert client.get("/").status_code == 302
