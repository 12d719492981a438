"""Which of OKX's answers prove what."""

import json
from typing import Any

import pytest

from execution.venues.dialect import Refusal, Verdict
from execution.venues.okx.codes import read_refusal


def body(code: Any, message: Any = "words", data: Any = ()) -> str:
    return json.dumps({"code": code, "msg": message, "data": list(data)})


def item(code: str, **changes: str) -> dict[str, str]:
    return {"clOrdId": "ours1", "ordId": "", "sCode": code, "sMsg": "words", **changes}


def verdict(status: int, text: str) -> Verdict | None:
    refusal = read_refusal(status, text)
    return None if refusal is None else refusal.verdict


def test_a_refused_order_is_read_from_its_own_code_although_the_status_is_200() -> None:
    refusal = read_refusal(200, body("1", "All operations failed", [item("51008")]))
    assert refusal == Refusal(code="51008", message="words", verdict=Verdict.NO_EFFECT)


def test_an_item_that_failed_in_an_answer_that_succeeded_is_refused() -> None:
    assert verdict(200, body("0", "", [item("51400")])) is Verdict.NO_SUCH_ORDER


@pytest.mark.parametrize(
    "code", ["50036", "50102", "50113", "51000", "51001", "51006", "51020", "51121", "51137", "51150", "51169", "51170"]
)
def test_codes_from_before_the_matching_engine_and_by_it_prove_that_there_is_no_order(code: str) -> None:
    assert verdict(200, body("1", "", [item(code)])) is Verdict.NO_EFFECT


def test_a_sub_code_does_not_change_what_a_code_proves() -> None:
    assert verdict(200, body("1", "", [item("51008_1001")])) is Verdict.NO_EFFECT


@pytest.mark.parametrize("code", ["1", "50001", "50004", "50005", "50013", "50026", "51054", "51149", "51412", "59999"])
def test_codes_that_leave_the_outcome_open_prove_nothing(code: str) -> None:
    assert verdict(200, body(code)) is Verdict.OPEN
    assert verdict(200, body("1", "", [item(code)])) is Verdict.OPEN


@pytest.mark.parametrize("code", ["51016", "50071"])
def test_a_known_client_id_is_the_opposite_of_a_rejection(code: str) -> None:
    assert verdict(200, body("1", "", [item(code)])) is Verdict.DUPLICATE


@pytest.mark.parametrize("code", ["51400", "51401", "51402", "51410", "51603"])
def test_an_order_that_is_not_there_or_not_open_any_more_is_to_be_looked_up(code: str) -> None:
    assert verdict(200, body(code)) is Verdict.NO_SUCH_ORDER


@pytest.mark.parametrize(("status", "text"), [(429, body("50011")), (429, "<html>"), (200, body("50011")), (200, body("50061"))])
def test_rate_limits_are_told_by_code_and_by_status(status: int, text: str) -> None:
    assert verdict(status, text) is Verdict.RATE_LIMITED


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_no_answer_of_a_failing_server_is_a_refusal(status: int) -> None:
    assert read_refusal(status, body("51008")) is None


@pytest.mark.parametrize(
    "text", ["", "<html>", "[]", "null", '{"code": "51008"', body(51008), body(None), body("0"), body("0", "", [item("0")])]
)
def test_what_is_not_a_refusal_in_the_venues_own_form_is_none(text: str) -> None:
    assert read_refusal(200, text) is None


@pytest.mark.parametrize("data", [[], [item("51008"), item("51008")], ["51008"], [{}], [{"sCode": None}]])
def test_a_failure_that_is_not_about_one_order_proves_nothing(data: list[Any]) -> None:
    assert verdict(200, body("1", "All operations failed", data)) is Verdict.OPEN


def test_a_key_that_is_refused_placed_nothing() -> None:
    refusal = read_refusal(401, '{"msg":"Invalid OK-ACCESS-KEY","code":"50111"}')
    assert refusal == Refusal(code="50111", message="Invalid OK-ACCESS-KEY", verdict=Verdict.NO_EFFECT)
