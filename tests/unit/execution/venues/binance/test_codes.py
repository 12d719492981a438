"""Which answers prove that there is no order (Binance's error lists of spot and USD-M)."""

import json

import pytest

from execution.venues.binance.codes import read_refusal
from execution.venues.dialect import Refusal, Verdict


def body(code: object, message: object = "whatever") -> str:
    return json.dumps({"code": code, "msg": message})


def verdict(code: int, message: str = "whatever") -> Verdict:
    refusal = read_refusal(400, body(code, message))
    assert refusal is not None
    return refusal.verdict


def test_a_4xx_with_code_and_words_is_a_refusal() -> None:
    expected = Refusal(code="-1013", message="Filter failure: LOT_SIZE", verdict=Verdict.NO_EFFECT)
    assert read_refusal(400, body(-1013, "Filter failure: LOT_SIZE")) == expected


@pytest.mark.parametrize("status", [200, 302, 408, 500, 502, 503, 504])
def test_no_other_status_is_a_refusal(status: int) -> None:
    assert read_refusal(status, body(-1013)) is None


@pytest.mark.parametrize(
    "text", ["", "<html>", "[]", "null", '{"code": -1013}', body("-1013"), body(True), body(-1013.0), body(-1013, None), '{"code": -10']
)
def test_what_is_not_the_venues_own_form_is_no_refusal(text: str) -> None:
    assert read_refusal(400, text) is None


@pytest.mark.parametrize("code", [-1000, -1001, -1006, -1007, -1008, -1010, -1016, -2011, -2020, -2021, -2022, -2026, -4117, 0, 200])
def test_codes_that_leave_the_outcome_open_prove_nothing(code: int) -> None:
    assert verdict(code) is Verdict.OPEN


@pytest.mark.parametrize("code", [-1013, -1021, -1100, -1111, -1121, -2015])
def test_codes_from_before_the_matching_engine_prove_that_there_is_no_order(code: int) -> None:
    assert verdict(code) is Verdict.NO_EFFECT


@pytest.mark.parametrize("code", [-2018, -2019, -2027, -4003, -4005, -4014, -4015, -4023, -4164, -5021, -5022])
def test_usd_m_refuses_by_codes_of_its_own(code: int) -> None:
    assert verdict(code) is Verdict.NO_EFFECT


def test_the_spot_matching_engine_proves_it_in_known_words_only() -> None:
    assert verdict(-2010, "Order would immediately match and take.") is Verdict.NO_EFFECT
    assert verdict(-2010, "Order would immediately match and take. Perhaps.") is Verdict.OPEN


def test_a_refused_reduce_only_order_is_told_from_a_failed_cancel_and_replace_by_its_words() -> None:
    assert verdict(-2022, "ReduceOnly Order is rejected.") is Verdict.NO_EFFECT


@pytest.mark.parametrize(("code", "message"), [(-2010, "Duplicate order sent."), (-4116, "ClientOrderId is duplicated.")])
def test_a_duplicate_is_the_opposite_of_a_rejection(code: int, message: str) -> None:
    assert verdict(code, message) is Verdict.DUPLICATE


def test_a_cancellation_refused_for_another_reason_does_not_say_that_the_order_is_unknown() -> None:
    assert verdict(-2011, "Unknown order sent.") is Verdict.NO_SUCH_ORDER
    assert verdict(-2011, "Order was not canceled due to cancel restrictions.") is Verdict.OPEN


def test_a_query_is_denied_by_code() -> None:
    assert verdict(-2013, "Order does not exist.") is Verdict.NO_SUCH_ORDER


@pytest.mark.parametrize("status", [418, 429])
@pytest.mark.parametrize("text", [body(-1003, "Too many requests"), "<html>slow down</html>"])
def test_a_limit_is_told_by_the_status_whatever_the_words(status: int, text: str) -> None:
    refusal = read_refusal(status, text)
    assert refusal is not None
    assert refusal.verdict is Verdict.RATE_LIMITED
