"""Why a child order was sent, over the API."""

from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from dipmaster.accounts.models import Desk
from execution.models import ChildOrder, Decision, ParentOrder
from tests.integration.api.conftest import Submit, client_of, make_user
from tests.integration.explained import explained_children

D = Decimal


@pytest.fixture
def children(submit: Submit) -> list[ChildOrder]:
    return explained_children(ParentOrder.objects.get(pk=submit().json()["id"]))


def address(child: ChildOrder) -> str:
    return f"/api/v1/orders/{child.parent_id}/children/{child.pk}/explanation/"


def test_a_crossing_order_is_explained_with_every_venue(api: APIClient, children: list[ChildOrder]) -> None:
    answer = api.get(address(children[0])).json()
    assert (answer["is_same"], answer["differences"], answer["reason"]) == (True, [], children[0].reason)
    first, *others = answer["venues"]
    assert first["venue"] == children[0].venue.name
    assert D(first["quantity"]) == D("0.05")
    assert D(first["expected_price"]) * D("0.05") * D(first["fee_bps"]) / 10_000 == D(first["expected_fee"])
    assert first["age_ms"] == 250
    assert {one["venue"] for one in others} | {first["venue"]} == {"binance", "okx", "bybit", "coinbase"}
    assert all(one["quantity"] is None and one["reason"] for one in others)
    assert D(answer["route"]["all_in_price"]) > D(answer["route"]["average_price"])
    assert answer["inputs"]["slice"]["quantity"] == "0.05"
    assert set(answer["inputs"]["books"][0]) == {"venue", "symbol", "bids", "asks", "received_at"}


def test_a_resting_order_has_no_route(api: APIClient, submit: Submit) -> None:
    child = explained_children(ParentOrder.objects.get(pk=submit().json()["id"]), patience=0.9)[0]
    answer = api.get(address(child)).json()
    assert (answer["route"], answer["is_same"], answer["venues"][0]["quantity"] is None) == (None, True, False)


def test_a_child_without_a_readable_decision_says_why(api: APIClient, children: list[ChildOrder]) -> None:
    old = children[-1]
    answer = api.get(address(old))
    assert answer.status_code == 404
    expected = {"field": None, "code": "NOT_EXPLAINED", "message": "The order cannot be explained: it was sent before decisions were kept."}
    assert answer.json()["errors"] == [expected]
    Decision.objects.update(content=b"\x00")
    assert api.get(address(children[0])).json()["errors"][0]["code"] == "NOT_EXPLAINED"


def test_only_the_desk_that_sent_it_reads_it(api: APIClient, children: list[ChildOrder], desk: Desk) -> None:
    foreign = client_of(make_user("other", Desk.objects.create(name="Arbitrage")))
    assert foreign.get(address(children[0])).status_code == 404
    assert APIClient().get(address(children[0])).status_code == 401


def test_a_child_is_looked_for_in_its_own_order_only(api: APIClient, children: list[ChildOrder], submit: Submit) -> None:
    other = submit(client_order_id="another").json()["id"]
    for order_id, child_id in ((other, children[0].pk), (children[0].parent_id, 999_999), (children[0].parent_id, 10**30)):
        answer = api.get(f"/api/v1/orders/{order_id}/children/{child_id}/explanation/")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "NOT_FOUND")
