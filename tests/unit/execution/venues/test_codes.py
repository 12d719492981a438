"""Which answers prove that there is no order (Binance spot API, errors.md)."""

import json

import pytest

from execution.venues.ccxt.codes import Refusal, read_refusal


def body(code: object, message: object = "Filter failure: LOT_SIZE") -> str:
    return json.dumps({"code": code, "msg": message})


def test_a_4xx_with_code_and_words_is_a_refusal() -> None:
    assert read_refusal(400, body(-1013)) == Refusal(code=-1013, message="Filter failure: LOT_SIZE")


@pytest.mark.parametrize("status", [200, 302, 408, 418, 429, 500, 502, 503, 504])
def test_no_other_status_is_a_refusal(status: int) -> None:
    assert read_refusal(status, body(-1013)) is None


@pytest.mark.parametrize(
    "text", ["", "<html>", "[]", "null", '{"code": -1013}', body("-1013"), body(True), body(-1013.0), body(-1013, None), '{"code": -10']
)
def test_what_is_not_the_venues_own_form_is_no_refusal(text: str) -> None:
    assert read_refusal(400, text) is None


@pytest.mark.parametrize("code", [-1000, -1001, -1003, -1006, -1007, -1008, -1015, -1016, -2011, -2013, -2021, 0, 200])
def test_codes_that_leave_the_outcome_open_prove_nothing(code: int) -> None:
    assert not Refusal(code=code, message="Filter failure: LOT_SIZE").proves_no_order


@pytest.mark.parametrize("code", [-1013, -1021, -1100, -1111, -1121, -2015])
def test_codes_from_before_the_matching_engine_prove_that_there_is_no_order(code: int) -> None:
    assert Refusal(code=code, message="whatever").proves_no_order


def test_the_matching_engine_proves_it_in_known_words_only() -> None:
    assert Refusal(code=-2010, message="Order would immediately match and take.").proves_no_order
    assert not Refusal(code=-2010, message="Order would immediately match and take. Perhaps.").proves_no_order


def test_a_duplicate_is_the_opposite_of_a_rejection() -> None:
    duplicate = Refusal(code=-2010, message="Duplicate order sent.")
    assert duplicate.is_duplicate
    assert not duplicate.proves_no_order


def test_a_cancellation_refused_for_another_reason_does_not_say_that_the_order_is_unknown() -> None:
    assert Refusal(code=-2011, message="Unknown order sent.").is_unknown_order
    assert not Refusal(code=-2011, message="Order was not canceled due to cancel restrictions.").is_unknown_order
