"""Orders that exist, over the API."""

from base64 import b64encode
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from dipmaster.accounts.models import Desk, User
from execution.api.throttles import ReadThrottle, SubmitThrottle
from execution.models import FeeTier, ParentOrder, Venue
from tests.integration.api.conftest import ORDER, Submit, client_of, make_user
from tests.integration.api.parts import add_parts

ORDERS = "/api/v1/orders/"
PARTS = ["slices", "children", "fills", "events"]


def codes(response: Any) -> list[str]:
    return [error["code"] for error in response.json()["errors"]]


@pytest.fixture
def order_id(submit: Submit) -> int:
    return int(submit().json()["id"])


@pytest.fixture
def foreign(desk: Desk) -> APIClient:
    return client_of(make_user("other", Desk.objects.create(name="Arbitrage")))


@pytest.mark.parametrize("path", ["orders/", "orders/1/", "orders/1/fills/", "instruments/", "venues/", "nowhere/"])
def test_nobody_reads_without_signing_in(desk: Desk, path: str) -> None:
    response = APIClient().get(f"/api/v1/{path}")
    assert response.status_code == 401
    assert codes(response) == ["NOT_AUTHENTICATED"]


def test_a_wrong_token_is_refused(desk: Desk) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Token 123")
    response = client.post(ORDERS, ORDER, format="json")
    assert response.status_code == 401
    assert codes(response) == ["AUTHENTICATION_FAILED"]


def test_the_token_of_a_deactivated_user_is_refused(api: APIClient, trader: User) -> None:
    User.objects.filter(pk=trader.pk).update(is_active=False)
    assert api.get(ORDERS).status_code == 401


def test_a_browser_session_needs_the_csrf_token_to_change_anything(trader: User) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(trader)
    assert client.get(ORDERS).status_code == 200
    response = client.post(ORDERS, ORDER, format="json")
    assert response.status_code == 403
    assert codes(response) == ["PERMISSION_DENIED"]


def test_an_order_can_be_read(api: APIClient, order_id: int) -> None:
    body = api.get(f"{ORDERS}{order_id}/").json()
    assert (body["id"], body["reference"], body["version"]) == (order_id, f"P-{order_id}", 2)


def test_an_unchanged_order_is_not_sent_again(api: APIClient, order_id: int) -> None:
    etag = api.get(f"{ORDERS}{order_id}/")["ETag"]
    assert api.get(f"{ORDERS}{order_id}/", headers={"If-None-Match": etag}).status_code == 304
    api.post(f"{ORDERS}{order_id}/pause/")
    changed = api.get(f"{ORDERS}{order_id}/", headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed["ETag"] != etag


@pytest.mark.parametrize("path", ["", *(f"{part}/" for part in PARTS)])
def test_another_desks_order_is_not_found(foreign: APIClient, order_id: int, path: str) -> None:
    response = foreign.get(f"{ORDERS}{order_id}/{path}")
    assert response.status_code == 404
    assert codes(response) == ["NOT_FOUND"]


@pytest.mark.parametrize("act", ["cancel", "pause", "resume"])
def test_another_desks_order_cannot_be_changed(foreign: APIClient, order_id: int, act: str) -> None:
    before = ParentOrder.objects.values().get()
    assert foreign.post(f"{ORDERS}{order_id}/{act}/").status_code == 404
    assert ParentOrder.objects.values().get() == before


def test_another_desks_orders_are_not_listed(foreign: APIClient, order_id: int) -> None:
    assert foreign.get(ORDERS).json()["results"] == []


def test_a_user_without_a_desk_sees_no_orders(order_id: int) -> None:
    assert client_of(make_user("guest", None)).get(ORDERS).json()["results"] == []


@pytest.mark.parametrize("wrong", ["0", "99999999", "9" * 40])
def test_an_order_that_does_not_exist_is_not_found(api: APIClient, wrong: str) -> None:
    assert codes(api.get(f"{ORDERS}{wrong}/")) == ["NOT_FOUND"]
    assert codes(api.post(f"{ORDERS}{wrong}/cancel/")) == ["NOT_FOUND"]


@pytest.mark.parametrize("path", ["orders/abc/", "orders", "orders/1/explode/", "orders/-1/", "x/y/z", "orders/1%00/"])
def test_an_address_that_does_not_exist_is_told_in_the_same_shape(api: APIClient, path: str) -> None:
    for response in (api.get(f"/api/v1/{path}"), api.post(f"/api/v1/{path}", {}, format="json")):
        assert response.status_code == 404
        assert codes(response) == ["NOT_FOUND"]


@pytest.mark.parametrize(
    ("method", "path"), [("delete", ORDERS), ("put", ORDERS), ("get", f"{ORDERS}1/cancel/"), ("post", "/api/v1/venues/")]
)
def test_a_method_that_an_address_does_not_have_is_refused(api: APIClient, method: str, path: str) -> None:
    response = getattr(api, method)(path)
    assert response.status_code == 405
    assert codes(response) == ["METHOD_NOT_ALLOWED"]


def test_options_are_answered(api: APIClient, order_id: int) -> None:
    assert [api.options(path).status_code for path in (ORDERS, f"{ORDERS}{order_id}/", "/api/v1/venues/")] == [200, 200, 200]


def test_an_order_is_paused_and_resumed(api: APIClient, order_id: int) -> None:
    assert api.post(f"{ORDERS}{order_id}/pause/").json()["state"] == "paused"
    assert api.post(f"{ORDERS}{order_id}/resume/").json()["state"] == "pending"


def test_an_order_is_cancelled_and_cancelling_again_changes_nothing(api: APIClient, order_id: int) -> None:
    first = api.post(f"{ORDERS}{order_id}/cancel/").json()
    assert first["state"] == "cancelling"
    assert api.post(f"{ORDERS}{order_id}/cancel/").json() == first


def test_an_action_that_the_state_does_not_allow_is_a_conflict(api: APIClient, order_id: int) -> None:
    ParentOrder.objects.update(state="filled")
    for act in ("pause", "resume", "cancel"):
        response = api.post(f"{ORDERS}{order_id}/{act}/")
        assert response.status_code == 409
        assert codes(response) == ["NOT_MOVABLE"]


def test_orders_are_listed_newest_first_over_pages(api: APIClient, submit: Submit) -> None:
    ids = [submit().json()["id"] for _ in range(5)]
    seen, address = [], f"{ORDERS}?page_size=2"
    while address:
        page = api.get(address).json()
        assert len(page["results"]) <= 2
        seen += [order["id"] for order in page["results"]]
        address = page["next"]
    assert seen == ids[::-1]


def test_orders_are_filtered_by_state_symbol_side_and_client_order_id(api: APIClient, submit: Submit) -> None:
    buy, sell = submit(client_order_id="a").json()["id"], submit(side="sell", client_order_id="b").json()["id"]
    api.post(f"{ORDERS}{sell}/pause/")

    def found(query: str) -> list[int]:
        return [order["id"] for order in api.get(f"{ORDERS}?{query}").json()["results"]]

    assert found("side=buy") == [buy]
    assert found("state=paused") == [sell]
    assert found("state=paused&state=pending") == [sell, buy]
    assert found("symbol=BTC/USDT&client_order_id=a") == [buy]
    assert found("symbol=ETHUSDT") == []
    assert found("symbol=nonsense") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [("state=lost", "state"), ("side=hold", "side"), ("cursor=x", "cursor"), ("cursor=cD1hYmM=", "cursor"), ("symbol=%00", "symbol")],
)
def test_a_wrong_filter_is_told_at_its_name(api: APIClient, query: str, field: str) -> None:
    response = api.get(f"{ORDERS}?{query}")
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]


@pytest.mark.parametrize("position", ["abc", "9" * 30, "9" * 5000, "-1", "١", "1.5", "\x00"])
def test_a_forged_cursor_is_refused(api: APIClient, position: str) -> None:
    cursor = b64encode(urlencode({"p": position}).encode()).decode()
    assert codes(api.get(f"{ORDERS}?cursor={quote(cursor)}")) == ["BAD_CURSOR"]


def test_the_list_takes_the_same_queries_however_long_it_is(
    api: APIClient, submit: Submit, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (1, 4):
        for _ in range(count):
            submit()
        with django_assert_num_queries(2):  # the token with its user, the orders
            api.get(ORDERS)


@pytest.mark.parametrize(("part", "queries"), [("slices", 3), ("children", 3), ("fills", 3), ("events", 3)])
def test_the_parts_of_an_order_take_the_same_queries_however_many(
    api: APIClient, order_id: int, part: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    add_parts(order_id, count=7)
    with django_assert_num_queries(queries):  # the token with its user, the order, the rows
        api.get(f"{ORDERS}{order_id}/{part}/")


def test_the_parts_of_an_order_are_listed(api: APIClient, order_id: int) -> None:
    add_parts(order_id, count=2)
    part, child, fill, event = (api.get(f"{ORDERS}{order_id}/{name}/").json()["results"][0] for name in PARTS)
    assert (part["number"], part["quantity"], part["state"]) == (1, "0.1", "working")
    assert (child["reference"], child["slice_number"], child["venue"], child["price"]) == ("C-1-01", 1, "okx", "49999.5")
    assert (fill["child"], fill["quantity"], fill["fee"], fill["is_maker"]) == (child["id"], "0.05", "0.5", True)
    assert (event["sequence"], event["kind"], len(event["hash"])) == (1, "submitted", 64)


def test_the_parts_of_an_order_come_in_order_over_pages(api: APIClient, order_id: int) -> None:
    add_parts(order_id, count=5)
    numbers, address = [], f"{ORDERS}{order_id}/slices/?page_size=2"
    while address:
        page = api.get(address).json()
        numbers += [part["number"] for part in page["results"]]
        address = page["next"]
    assert numbers == [1, 2, 3, 4, 5]


def test_an_average_price_is_exact_to_the_digits_that_are_stored(api: APIClient, order_id: int) -> None:
    ParentOrder.objects.update(filled_quantity="0.3", filled_notional="15000.01")
    body = api.get(f"{ORDERS}{order_id}/").json()
    assert abs(Decimal(body["average_price"]) * Decimal("0.3") - Decimal("15000.01")) < Decimal("1e-17")
    assert body["remaining_quantity"] == "0.2"


def test_instruments_come_with_their_terms_on_every_enabled_venue(api: APIClient) -> None:
    Venue.objects.filter(name="bybit").update(is_enabled=False)
    instruments = {each["symbol"]: each for each in api.get("/api/v1/instruments/").json()["results"]}
    assert set(instruments) == {f"{base}USDT{kind}" for base in ("BTC", "ETH", "SOL") for kind in ("", "-PERP")}
    assert [listing["venue"] for listing in instruments["BTCUSDT"]["listings"]] == ["binance", "okx", "coinbase"]
    assert instruments["BTCUSDT"]["listings"][0]["tick"] == "0.01"


def test_instruments_take_the_same_queries_however_many(api: APIClient, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(3):  # the token with its user, the instruments, their listings
        api.get("/api/v1/instruments/")


def test_enabled_venues_are_listed_with_their_fees(api: APIClient) -> None:
    Venue.objects.filter(name="okx").update(is_enabled=False)
    venues = api.get("/api/v1/venues/").json()["results"]
    assert [(venue["name"], venue["maker_fee_bps"]) for venue in venues] == [("binance", "10"), ("bybit", "10"), ("coinbase", "6")]
    assert all("base_url" not in venue for venue in venues)


def test_the_fees_told_are_those_in_force(api: APIClient) -> None:
    venue = Venue.objects.get(name="okx")
    tier = FeeTier.objects.create(venue=venue, from_volume_usd=0, maker_fee_bps=3, taker_fee_bps=Decimal("4.5"), perpetual_taker_fee_bps=1)
    Venue.objects.filter(pk=venue.pk).update(tier_in_force=tier)
    (told,) = [row for row in api.get("/api/v1/venues/").json()["results"] if row["name"] == "okx"]
    names = ("maker_fee_bps", "taker_fee_bps", "perpetual_maker_fee_bps", "perpetual_taker_fee_bps")
    assert [told[name] for name in names] == ["3", "4.5", "3", "1"]


def test_too_many_new_orders_are_throttled_and_cancelling_still_works(
    submit: Submit, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SubmitThrottle, "rate", "2/hour", raising=False)
    order_id = submit().json()["id"]
    submit()
    response = submit()
    assert response.status_code == 429
    assert codes(response) == ["THROTTLED"]
    assert int(response["Retry-After"]) > 0
    assert ParentOrder.objects.count() == 2
    assert api.post(f"{ORDERS}{order_id}/pause/").status_code == 200
    assert api.post(f"{ORDERS}{order_id}/cancel/").status_code == 200


def test_too_many_reads_are_throttled(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ReadThrottle, "rate", "2/hour", raising=False)
    assert [api.get(ORDERS).status_code for _ in range(3)] == [200, 200, 429]
