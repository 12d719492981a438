"""What Coinbase's answers prove (Advanced Trade API reference): refused orders come with HTTP 200."""

import json
from typing import Any

import pytest

from execution.venues.coinbase.codes import is_cancel_taken, read_refusal, refused_cancel
from execution.venues.dialect import Verdict


def refused(error: str = "UNKNOWN_FAILURE_REASON", preview: str = "UNKNOWN_PREVIEW_FAILURE_REASON", new: str = "") -> str:
    response = {"error": error, "message": "", "error_details": "", "preview_failure_reason": preview, "new_order_failure_reason": new}
    return json.dumps({"success": False, "error_response": response, "order_configuration": {}})


def call(error: str, words: str = "words") -> str:
    return json.dumps({"error": error, "error_details": words, "message": words})


def verdict(status: int, body: str) -> Verdict | None:
    refusal = read_refusal(status, body)
    return None if refusal is None else refusal.verdict


@pytest.mark.parametrize(
    "body",
    [
        refused(error="INSUFFICIENT_FUND"),
        refused(preview="PREVIEW_INVALID_BASE_SIZE_TOO_SMALL"),
        refused(new="INVALID_LIMIT_PRICE_POST_ONLY"),
        refused(error="INSUFFICIENT_FUND", preview="PREVIEW_INSUFFICIENT_FUND", new="UNKNOWN_FAILURE_REASON"),
    ],
)
def test_a_named_check_that_failed_proves_that_there_is_no_order(body: str) -> None:
    assert verdict(200, body) is Verdict.NO_EFFECT


@pytest.mark.parametrize(
    "body",
    [
        refused(),
        refused(preview="PREVIEW_RISK_PROXY_FAILURE"),
        refused(error="SOMETHING_NEW"),
        json.dumps({"success": False, "error_response": {}}),
    ],
)
def test_a_refusal_for_a_reason_inside_the_venue_or_for_none_proves_nothing(body: str) -> None:
    assert verdict(200, body) is Verdict.OPEN


def test_a_used_client_id_says_that_the_order_is_there() -> None:
    assert verdict(200, refused(new="DUPLICATE_CLIENT_ORDER_ID")) is Verdict.DUPLICATE


@pytest.mark.parametrize("name", ["INVALID_ARGUMENT", "PERMISSION_DENIED", "UNAUTHENTICATED"])
def test_a_call_that_is_wrong_in_itself_has_no_effect(name: str) -> None:
    assert verdict(400, call(name)) is Verdict.NO_EFFECT


def test_a_refused_token_has_no_effect() -> None:
    assert verdict(401, "Unauthorized\n") is Verdict.NO_EFFECT
    assert verdict(401, json.dumps({"errors": [{"id": "expired_token", "message": "The access token expired"}]})) is Verdict.NO_EFFECT


def test_another_page_with_status_401_proves_nothing() -> None:
    assert read_refusal(401, "<html>Unauthorized</html>") is None


@pytest.mark.parametrize("name", ["NOT_FOUND", "unknown"])
def test_an_order_is_denied_in_these_words_only(name: str) -> None:
    assert verdict(404, call(name, "order with this orderID was not found")) is Verdict.NO_SUCH_ORDER
    assert verdict(404, call(name, "not found")) is Verdict.OPEN


@pytest.mark.parametrize("status", [418, 429])
def test_a_rate_limit_is_one_whatever_stands_in_it(status: int) -> None:
    assert verdict(status, "") is Verdict.RATE_LIMITED
    assert verdict(status, json.dumps({"errors": [{"id": "rate_limit_exceeded", "message": "Too many"}]})) is Verdict.RATE_LIMITED


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_time_out_or_a_fault_of_the_server_proves_nothing(status: int) -> None:
    assert read_refusal(status, refused(error="INSUFFICIENT_FUND")) is None
    assert read_refusal(status, call("INVALID_ARGUMENT")) is None


@pytest.mark.parametrize("status", [200, 400, 404])
@pytest.mark.parametrize(
    "body", ["", "<html>", "[]", "null", "{}", '{"success": false', '{"error": 5}', '{"errors": [7]}', '{"success": "false"}']
)
def test_what_is_not_the_venues_own_words_proves_nothing(status: int, body: str) -> None:
    assert read_refusal(status, body) is None


def cancelled(**result: Any) -> dict[str, Any]:
    return {"results": [{"success": False, "order_id": "o-1", **result}]}


@pytest.mark.parametrize("reason", ["UNKNOWN_CANCEL_ORDER", "ORDER_IS_FULLY_FILLED", "COMMANDER_REJECTED_CANCEL_ORDER"])
def test_a_cancel_of_what_is_not_open_is_a_reason_to_look_it_up(reason: str) -> None:
    refusal = refused_cancel(cancelled(failure_reason=reason))
    assert refusal is not None
    assert (refusal.code, refusal.verdict) == (reason, Verdict.NO_SUCH_ORDER)


def test_a_cancel_that_was_refused_for_another_reason_proves_nothing() -> None:
    refusal = refused_cancel(cancelled(failure_reason="INVALID_CANCEL_REQUEST"))
    assert refusal is not None
    assert refusal.verdict is Verdict.OPEN


def test_a_cancel_that_is_under_way_already_is_taken() -> None:
    answer = cancelled(failure_reason="DUPLICATE_CANCEL_REQUEST")
    assert refused_cancel(answer) is None
    assert is_cancel_taken(answer, "o-1")


@pytest.mark.parametrize(
    "answer", [{}, {"results": []}, {"results": [None]}, {"results": [{"success": True, "order_id": "o-2"}]}, {"results": "o-1"}]
)
def test_an_answer_about_no_or_another_order_does_not_confirm_the_cancel(answer: dict[str, Any]) -> None:
    assert refused_cancel(answer) is None
    assert not is_cancel_taken(answer, "o-1")
