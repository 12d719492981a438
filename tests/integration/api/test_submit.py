"""New orders over the API."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from dipmaster.accounts.models import Desk, User
from execution.models import ExecutionMode, ParentOrder
from risk.models import Exposure, RiskLimit, Violation
from tests.integration.api.conftest import ORDER, Submit, client_of, make_user, write_books

ORDERS = "/api/v1/orders/"


def errors(response: Any) -> list[tuple[str | None, str]]:
    for error in response.json()["errors"]:
        assert set(error) == {"field", "code", "message"}
        assert error["message"]
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


def test_a_new_order_is_created_and_returned(submit: Submit) -> None:
    response = submit(client_order_id="mine-1")
    assert response.status_code == 201
    body = response.json()
    assert (body["symbol"], body["side"], body["state"], body["client_order_id"]) == ("BTCUSDT", "buy", "pending", "mine-1")
    assert ParentOrder.objects.get().pk == body["id"]


def test_numbers_are_exact_strings_without_trailing_zeros(submit: Submit) -> None:
    body = submit(limit_price="50100.10").json()
    assert (body["quantity"], body["limit_price"], body["filled_quantity"], body["decision_mid"]) == ("0.5", "50100.1", "0", "50000")
    assert body["average_price"] is None


def test_json_numbers_are_taken_exactly(submit: Submit) -> None:
    assert submit(quantity=0.12345, duration_minutes=5).json()["quantity"] == "0.12345"


def test_a_ccxt_symbol_is_accepted(submit: Submit) -> None:
    assert submit(symbol="BTC/USDT").json()["symbol"] == "BTCUSDT"


def test_an_order_may_be_sized_in_quote_currency(submit: Submit) -> None:
    body = submit(quantity=None, quote_quantity="25000").json()
    assert (body["quantity"], body["quote_quantity"]) == ("0.5", "25000")


def test_the_same_request_again_returns_the_first_order(submit: Submit) -> None:
    first = submit(client_order_id="mine-1")
    again = submit(client_order_id="mine-1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert ParentOrder.objects.count() == 1


def test_the_same_request_with_numbers_written_differently_is_the_same_request(submit: Submit) -> None:
    submit(client_order_id="mine-1", quantity="0.50")
    assert submit(client_order_id="mine-1", quantity="0.5").status_code == 200


def test_the_same_id_with_another_request_is_a_conflict(submit: Submit) -> None:
    submit(client_order_id="mine-1")
    response = submit(client_order_id="mine-1", quantity="0.6")
    assert response.status_code == 409
    assert errors(response) == [("client_order_id", "CLIENT_ORDER_ID_TAKEN")]
    assert ParentOrder.objects.count() == 1


def test_another_desk_may_use_the_same_client_order_id(submit: Submit) -> None:
    submit(client_order_id="mine-1")
    other = client_of(make_user("other", Desk.objects.create(name="Arbitrage")))
    assert other.post(ORDERS, ORDER | {"client_order_id": "mine-1"}, format="json").status_code == 201


def test_a_refusal_by_risk_is_told_with_code_reason_and_the_stored_order(submit: Submit) -> None:
    RiskLimit.objects.create(max_order_quantity="0.1")
    response = submit(client_order_id="mine-1")
    assert response.status_code == 422
    assert errors(response) == [(None, "ORDER_QUANTITY")]
    assert "0.5 BTCUSDT is more than the largest order of 0.1" in response.json()["errors"][0]["message"]
    order = response.json()["order"]
    assert (order["state"], order["refusal_code"]) == ("rejected", "ORDER_QUANTITY")
    assert Violation.objects.get().order_reference == order["reference"]


def test_a_refused_request_sent_again_gives_the_same_answer(submit: Submit) -> None:
    RiskLimit.objects.create(max_order_quantity="0.1")
    first, again = submit(client_order_id="mine-1"), submit(client_order_id="mine-1")
    assert (again.status_code, again.json()) == (422, first.json())
    assert Violation.objects.count() == 1


def test_a_user_without_a_desk_cannot_trade(desk: Desk) -> None:
    response = client_of(make_user("guest", None)).post(ORDERS, ORDER, format="json")
    assert response.status_code == 403
    assert errors(response) == [(None, "NO_DESK")]


def test_an_order_looks_up_its_mode_once(submit: Submit) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert submit().status_code == 201
    assert sum(ExecutionMode._meta.db_table in query["sql"] for query in captured) == 1


def test_without_a_fresh_price_the_order_is_not_stored(api: APIClient) -> None:
    response = api.post(ORDERS, ORDER, format="json")
    assert response.status_code == 503
    assert errors(response) == [("symbol", "NO_MARKET")]
    assert not ParentOrder.objects.exists()


PAST, FUTURE = "2026-01-01T00:00:00+00:00", "2126-01-01T00:00:00+00:00"  # they name tests, which each process must call the same
BAD_INPUT: list[tuple[dict[str, Any], str | None, str]] = [
    ({"quantity": "-1"}, "quantity", "NOT_POSITIVE"),
    ({"quantity": "0"}, "quantity", "NOT_POSITIVE"),
    ({"quantity": "NaN"}, "quantity", "INVALID"),
    ({"quantity": "sNaN"}, "quantity", "INVALID"),
    ({"quantity": "Infinity"}, "quantity", "INVALID"),
    ({"quantity": "1e30"}, "quantity", "TOO_LARGE"),
    ({"quantity": 1e30}, "quantity", "TOO_LARGE"),
    ({"quantity": 10**30}, "quantity", "TOO_LARGE"),
    ({"quantity": "1e9999"}, "quantity", "TOO_LARGE"),
    ({"quantity": "1e999999999"}, "quantity", "INVALID"),
    ({"quantity": "1e17"}, "quantity", "TOO_LARGE"),
    ({"quantity": "0.1234567890123456789"}, "quantity", "TOO_PRECISE"),
    ({"quantity": "0.000001"}, "quantity", "OFF_THE_LOT"),
    ({"quantity": "12345678901.123456789012345678"}, "quantity", "OFF_THE_LOT"),
    ({"quantity": "0.00001", "venues": ["binance"]}, "quantity", "BELOW_MINIMUM"),
    ({"quantity": "1,5"}, "quantity", "INVALID"),
    ({"quantity": "1_5"}, "quantity", "INVALID"),
    ({"quantity": "١"}, "quantity", "INVALID"),
    ({"quantity": "0x10"}, "quantity", "INVALID"),
    ({"quantity": "9" * 5000}, "quantity", "MAX_STRING_LENGTH"),
    ({"quantity": True}, "quantity", "INVALID"),
    ({"quantity": ["1"]}, "quantity", "INVALID"),
    ({"quantity": {"value": 1}}, "quantity", "INVALID"),
    ({"quantity": "1\x00"}, "quantity", "INVALID"),
    ({"quantity": None}, "quantity", "QUANTITY_MISSING"),
    ({"quote_quantity": "100"}, "quote_quantity", "QUANTITY_TWICE"),
    ({"quantity": None, "quote_quantity": "0.01"}, "quote_quantity", "BELOW_MINIMUM"),
    ({"symbol": "DOGEUSDT"}, "symbol", "UNKNOWN_SYMBOL"),
    ({"symbol": "no symbol"}, "symbol", "UNKNOWN_SYMBOL"),
    ({"symbol": "BTCUSDT\x00"}, "symbol", "NULL_CHARACTERS_NOT_ALLOWED"),
    ({"symbol": "比特币"}, "symbol", "UNKNOWN_SYMBOL"),
    ({"symbol": "X" * 1000}, "symbol", "MAX_LENGTH"),
    ({"symbol": 5}, "symbol", "INVALID"),
    ({"symbol": None}, "symbol", "REQUIRED"),
    ({"side": "hold"}, "side", "INVALID_CHOICE"),
    ({"side": ["buy"]}, "side", "INVALID_CHOICE"),
    ({"side": None}, "side", "REQUIRED"),
    ({"mode": "reckless"}, "mode", "UNKNOWN_MODE"),
    ({"mode": ["balanced"]}, "mode", "INVALID"),
    ({"mode": "x" * 1000}, "mode", "MAX_LENGTH"),
    ({"mode": ""}, "mode", "BLANK"),
    ({"algorithm": "martingale"}, "algorithm", "UNKNOWN_ALGORITHM"),
    ({"parameters": "patience"}, "parameters", "NOT_AN_OBJECT"),
    ({"parameters": ["patience"]}, "parameters", "NOT_AN_OBJECT"),
    ({"parameters": {"speed": 1}}, "parameters.speed", "INVALID_PARAMETER"),
    ({"parameters": {"Speed": 1}}, "parameters", "BAD_NAME"),
    ({"parameters": {f"p{number}": 1 for number in range(60)}}, "parameters", "BAD_NAME"),
    ({"parameters": {"patience": 1.1}}, "parameters.patience", "INVALID_PARAMETER"),
    ({"parameters": {"patience": -0.1}}, "parameters.patience", "INVALID_PARAMETER"),
    ({"parameters": {"patience": "nan"}}, "parameters.patience", "INVALID_PARAMETER"),
    ({"parameters": {"patience": "0_1"}}, "parameters.patience", "INVALID"),
    ({"parameters": {"patience": "٠"}}, "parameters.patience", "INVALID"),
    ({"parameters": {"patience": True}}, "parameters.patience", "INVALID"),
    ({"parameters": {"patience": [1]}}, "parameters.patience", "INVALID"),
    ({"parameters": {"patience": {"of": 1}}}, "parameters.patience", "INVALID"),
    ({"parameters": {"slice_count": 0}}, "parameters.slice_count", "INVALID_PARAMETER"),
    ({"parameters": {"slice_count": 2.5}}, "parameters.slice_count", "INVALID_PARAMETER"),
    ({"parameters": {"slice_count": 10**400}}, "parameters.slice_count", "INVALID_PARAMETER"),
    ({"would_price": "0"}, "would_price", "NOT_POSITIVE"),
    ({"would_price": "49000.001"}, "would_price", "OFF_THE_TICK"),
    ({"would_price": "50000", "limit_price": "49000"}, "would_price", "BEYOND_LIMIT"),
    ({"remainder": "keep"}, "remainder", "INVALID_CHOICE"),
    ({"duration_minutes": "0"}, "duration_minutes", "NOT_POSITIVE"),
    ({"duration_minutes": "0.01"}, "duration_minutes", "TOO_SHORT"),
    ({"duration_minutes": "100000"}, "duration_minutes", "TOO_LONG"),
    ({"limit_price": "-5"}, "limit_price", "NOT_POSITIVE"),
    ({"limit_price": "50000.001"}, "limit_price", "OFF_THE_TICK"),
    ({"max_slippage_bps": "10000"}, "max_slippage_bps", "TOO_LARGE"),
    ({"max_slippage_bps": "0.0004"}, "max_slippage_bps", "TOO_PRECISE"),
    ({"max_slippage_bps": "4e-4"}, "max_slippage_bps", "TOO_PRECISE"),
    ({"max_slippage_bps": "25.0001"}, "max_slippage_bps", "TOO_PRECISE"),
    ({"max_slippage_bps": "-1"}, "max_slippage_bps", "NOT_POSITIVE"),
    ({"priority": 0}, "priority", "MIN_VALUE"),
    ({"priority": 11}, "priority", "MAX_VALUE"),
    ({"priority": 5.5}, "priority", "INVALID"),
    ({"priority": "high"}, "priority", "INVALID"),
    ({"start_at": PAST}, "start_at", "START_IN_PAST"),
    ({"start_at": FUTURE}, "start_at", "START_TOO_LATE"),
    ({"start_at": "2030-01-01T00:00:00"}, "start_at", "NO_TIME_ZONE"),
    ({"start_at": "0001-01-01T00:00:00+23:59"}, "start_at", "OVERFLOW"),
    ({"start_at": "tomorrow"}, "start_at", "INVALID"),
    ({"start_at": 1700000000}, "start_at", "INVALID"),
    ({"venues": "binance"}, "venues", "NOT_A_LIST"),
    ({"venues": ["nowhere"]}, "venues", "UNKNOWN_VENUE"),
    ({"venues": [1]}, "venues.0", "INVALID"),
    ({"venues": ["binance"] * 100}, "venues", "MAX_LENGTH"),
    ({"notes": "x" * 2001}, "notes", "MAX_LENGTH"),
    ({"notes": "a\x00b"}, "notes", "NULL_CHARACTERS_NOT_ALLOWED"),
    ({"client_order_id": "with space"}, "client_order_id", "BAD_CLIENT_ORDER_ID"),
    ({"client_order_id": "x" * 65}, "client_order_id", "MAX_LENGTH"),
    ({"client_order_id": "ключ"}, "client_order_id", "BAD_CLIENT_ORDER_ID"),
    ({"limit_prise": "50000"}, "limit_prise", "UNKNOWN_FIELD"),
]


@pytest.mark.parametrize(("changes", "field", "code"), BAD_INPUT, ids=[f"{str(case[0])[:60]} {case[2]}" for case in BAD_INPUT])
def test_bad_input_is_told_at_its_field_and_stores_nothing(submit: Submit, changes: dict[str, Any], field: str | None, code: str) -> None:
    response = submit(**changes)
    assert response.status_code == 400
    assert (field, code) in errors(response)
    assert not ParentOrder.objects.exists()
    assert not Exposure.objects.exists()
    assert not Violation.objects.exists()


@pytest.mark.parametrize("quantity", ["999999999999999", "12345678901.5", "1e15"])
def test_a_huge_order_without_any_limit_is_answered(submit: Submit, quantity: str) -> None:
    response = submit(quantity=quantity)
    assert response.status_code == 201
    assert Decimal(response.json()["quantity"]) == Decimal(quantity)


def test_what_differs_from_the_mode_is_stored_with_the_reasons(submit: Submit) -> None:
    answer = submit(parameters={"patience": "0.3", "slice_count": 5}, would_price="49000", remainder="leave").json()
    assert (answer["parameters"]["patience"], answer["parameters"]["slice_count"]) == (0.3, 5)
    assert answer["parameters"]["participation_cap"] == 0.1  # the mode's
    assert (answer["would_price"], answer["remainder"]) == ("49000", "leave")
    assert answer["decision_reasons"][0] == "Conservative prefers TWAP."


def test_the_same_parameters_written_differently_are_the_same_request(submit: Submit) -> None:
    first = submit(client_order_id="mine", parameters={"patience": "0.30", "slice_count": 5})
    again = submit(client_order_id="mine", parameters={"slice_count": "5", "patience": 0.3})
    assert (first.status_code, again.status_code) == (201, 200)
    assert submit(client_order_id="mine", parameters={"patience": "0.31", "slice_count": 5}).status_code == 409
    assert submit(client_order_id="mine", parameters={"patience": "0.30", "slice_count": 5}, remainder="leave").status_code == 409


def test_a_mode_is_one_of_the_administrators_rows(submit: Submit) -> None:
    ExecutionMode.objects.filter(name="conservative").update(is_enabled=False)
    assert errors(submit()) == [("mode", "UNKNOWN_MODE")]
    ExecutionMode.objects.create(
        name="overnight", title="Overnight", algorithm="twap", participation=0.02, risk_aversion=0.5, urgency=0.1, patience=0.95,
        slice_interval_seconds=60, randomise=0.3,
    )  # fmt: skip
    answer = submit(mode="overnight").json()
    assert (answer["mode"], answer["parameters"]["participation_cap"], answer["parameters"]["slice_count"]) == ("overnight", 0.02, 10)


def test_several_errors_are_told_together(submit: Submit) -> None:
    found = errors(submit(side="hold", quantity="x", nonsense=1))
    assert set(found) == {("side", "INVALID_CHOICE"), ("quantity", "INVALID"), ("nonsense", "UNKNOWN_FIELD")}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "null",
        "[]",
        '"text"',
        "5",
        "[" * 60_000,
        '{"quantity": NaN}',
        '{"quantity": Infinity}',
        '{"quantity": ' + "9" * 5000 + "}",
        "\ud800",
    ],
    ids=["empty", "cut", "null", "list", "text", "number", "deep", "nan", "infinity", "digits", "surrogate"],
)
def test_a_body_that_is_no_json_object_is_refused(api: APIClient, body: str) -> None:
    response = api.post(ORDERS, body.encode("utf-8", "surrogatepass"), content_type="application/json")
    assert response.status_code == 400
    assert errors(response)


def test_a_lone_surrogate_in_a_text_is_refused(api: APIClient) -> None:
    write_books()
    response = api.post(
        ORDERS,
        rb'{"symbol": "BTCUSDT", "side": "buy", "quantity": "1", "duration_minutes": "5", "notes": "\ud800"}',
        content_type="application/json",
    )
    assert errors(response) == [("notes", "SURROGATE_CHARACTERS_NOT_ALLOWED")]


def test_a_body_of_ten_megabytes_is_refused(api: APIClient) -> None:
    response = api.post(ORDERS, ORDER | {"notes": "x" * 10_000_000}, format="json")
    assert response.status_code == 413
    assert errors(response) == [(None, "BODY_TOO_LARGE")]


def test_another_content_type_is_refused(api: APIClient) -> None:
    response = api.post(ORDERS, "symbol=BTCUSDT", content_type="application/x-www-form-urlencoded")
    assert response.status_code == 415
    assert errors(response) == [(None, "UNSUPPORTED_MEDIA_TYPE")]


def test_notes_in_any_language_are_kept(submit: Submit) -> None:
    text = "日本語 🚀\nελληνικά  "
    assert submit(notes=text).json()["notes"] == text


def test_the_trader_is_the_one_whose_token_it_is(submit: Submit, trader: User) -> None:
    assert submit().json()["trader"] == trader.username


def test_a_name_that_is_given_twice_is_refused_and_stores_nothing(api: APIClient) -> None:
    write_books()
    body = '{"symbol": "BTCUSDT", "side": "buy", "quantity": "0.001", "quantity": "9", "duration_minutes": "1"}'
    response = api.generic("POST", ORDERS, body, content_type="application/json")
    assert response.status_code == 400
    assert ParentOrder.objects.count() == 0
