"""What Bybit's answers prove (docs v5/error): refusals come with HTTP 200."""

import json

import pytest

from execution.venues.bybit.codes import DUPLICATE, NO_EFFECT, NO_SUCH_ORDER, RATE_LIMITED, read_refusal
from execution.venues.dialect import Verdict


def body(code: object, message: object = "Insufficient balance.") -> str:
    return json.dumps({"retCode": code, "retMsg": message, "result": {}, "retExtInfo": {}, "time": 1672211918471})


def verdict(status: int, text: str) -> Verdict | None:
    refusal = read_refusal(status, text)
    return None if refusal is None else refusal.verdict


@pytest.mark.parametrize("status", [200, 400, 401, 404])
def test_a_code_with_words_is_a_refusal_whatever_the_status(status: int) -> None:
    refusal = read_refusal(status, body(170131))
    assert refusal is not None
    assert (refusal.code, refusal.message, refusal.verdict) == ("170131", "Insufficient balance.", Verdict.NO_EFFECT)


def test_an_acceptance_is_no_refusal() -> None:
    assert read_refusal(200, body(0, "OK")) is None


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_time_out_or_a_fault_of_the_server_proves_nothing(status: int) -> None:
    assert read_refusal(status, body(170131)) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>",
        "[]",
        "null",
        "{}",
        '{"retCode": 170131}',
        body("170131"),
        body(True),
        body(170131.0),
        body(170131, None),
        '{"retCode": 1',
    ],
)
def test_what_is_not_the_venues_own_form_is_no_refusal(text: str) -> None:
    assert read_refusal(200, text) is None


@pytest.mark.parametrize(
    "code", [10000, 10014, 10016, 170001, 170007, 170032, 170035, 170146, 170149, 170191, 170212, 170234, 40004, 99999, -1]
)
def test_codes_that_leave_the_outcome_open_prove_nothing(code: int) -> None:
    assert verdict(200, body(code)) is Verdict.OPEN


@pytest.mark.parametrize("code", [110072, 170141])
def test_a_used_client_id_means_that_the_order_is_there(code: int) -> None:
    assert verdict(200, body(code)) is Verdict.DUPLICATE


@pytest.mark.parametrize("code", [110001, 110008, 110010, 170213, 170142, 170139])
def test_an_order_that_ended_or_never_was_is_to_be_looked_up(code: int) -> None:
    assert verdict(200, body(code)) is Verdict.NO_SUCH_ORDER


@pytest.mark.parametrize("text", [body(10006, "Too many visits!"), body(170222, "Too many requests in this time frame.")])
def test_a_rate_limit_is_told_with_http_200(text: str) -> None:
    assert verdict(200, text) is Verdict.RATE_LIMITED


def test_a_rate_limit_is_told_by_status_too() -> None:
    assert verdict(429, "") is Verdict.RATE_LIMITED
    assert verdict(403, "access too frequent. Please try again in 5 minutes") is Verdict.RATE_LIMITED


def test_a_403_for_another_reason_is_not_the_venues_own_word() -> None:
    assert read_refusal(403, "The Amazon CloudFront distribution is configured to block access from your country.") is None


def test_no_code_has_two_meanings() -> None:
    groups = (NO_EFFECT, DUPLICATE, NO_SUCH_ORDER, RATE_LIMITED)
    assert sum(len(group) for group in groups) == len(frozenset().union(*groups))
