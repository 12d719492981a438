"""Our tokens are taken for one request, and for no longer than we wait for its answer."""

import base64
import json
from typing import Any

import ccxt.async_support
import pytest

from execution.paper.credentials import credentials
from execution.paper.exchange import ApiKey
from execution.paper.gateways.coinbase.signing import InvalidToken, Tokens
from execution.venues.coinbase import DIALECT
from execution.venues.coinbase.tokens import socket_token

NOW_MS = 1_700_000_000_500
HOST = "https://api.coinbase.com"
ORDERS = "/api/v3/brokerage/orders"


@pytest.fixture
def exchange() -> Any:
    return ccxt.async_support.coinbase(dict(credentials("coinbase", "k", "s")))


def token(exchange: Any, method: str, path: str) -> str | None:
    """Return the token of a request that is waited for for four seconds."""
    headers = DIALECT.headers(exchange, method, f"{HOST}{path}", now_ms=NOW_MS, timeout_seconds=4.0)
    return headers["Authorization"].removeprefix("Bearer ") if headers else None


def times(text: str | None) -> tuple[int, int]:
    assert text is not None
    part = text.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims["nbf"], claims["exp"]


def test_an_order_may_arrive_as_long_as_we_wait_on_either_side_of_now(exchange: Any) -> None:
    assert times(token(exchange, "POST", ORDERS)) == (1_699_999_996, 1_700_000_005)


def test_a_question_has_room_for_clocks_that_are_half_a_minute_apart(exchange: Any) -> None:
    assert times(token(exchange, "GET", ORDERS)) == (1_699_999_970, 1_700_000_031)


def test_the_venue_takes_it_for_this_request_without_its_parameters_only(exchange: Any) -> None:
    text, keys = token(exchange, "GET", f"{ORDERS}/historical/batch?limit=5"), Tokens({"k": ApiKey(secret="s")})
    assert text is not None
    assert keys.check(text, uri=f"GET api.coinbase.com{ORDERS}/historical/batch", now_ms=NOW_MS) == "k"
    with pytest.raises(InvalidToken):
        keys.check(text, uri=f"GET api.coinbase.com{ORDERS}", now_ms=NOW_MS)


def test_no_two_tokens_are_the_same(exchange: Any) -> None:
    assert token(exchange, "POST", ORDERS) != token(exchange, "POST", ORDERS)


def test_a_sockets_token_is_taken_now_and_for_no_request(exchange: Any) -> None:
    keys = Tokens({"k": ApiKey(secret="s")})
    assert keys.check(socket_token(exchange), uri="", now_ms=exchange.milliseconds()) == "k"


@pytest.mark.parametrize("path", ["/api/v3/brokerage/time", "/api/v3/brokerage/market/products", "/v2/currencies"])
def test_what_is_told_to_everybody_is_asked_for_without_a_token(exchange: Any, path: str) -> None:
    assert token(exchange, "GET", path) is None
