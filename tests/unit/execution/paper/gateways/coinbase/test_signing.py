"""A token is good for one key, one request and two minutes (CDP API key authentication; RFC 7519)."""

import base64
import json
from typing import Any

import ccxt.async_support
import pytest

from execution.paper.credentials import credentials
from execution.paper.exchange import ApiKey
from execution.paper.gateways.coinbase.signing import InvalidToken, Tokens

SECONDS = 1_700_000_000
URL = "http://127.0.0.1:8900/coinbase/api/v3/brokerage/orders?limit=1"
URI = "POST 127.0.0.1:8900/coinbase/api/v3/brokerage/orders"


@pytest.fixture
def tokens() -> Tokens:
    return Tokens({"k": ApiKey(secret="s")})


def signer(key: str = "k", secret: str = "s") -> Any:
    return ccxt.async_support.coinbase(dict(credentials("coinbase", key, secret)))


def token(**changes: Any) -> str:
    """Return a token as ccxt makes it, with other claims or header fields."""
    exchange = signer()
    header = {"kid": exchange.apiKey, "nonce": "00ff", "alg": "ES256"}
    claims = {"iss": "cdp", "sub": exchange.apiKey, "nbf": SECONDS, "exp": SECONDS + 120, "uri": URI}
    header |= {name: value for name, value in changes.items() if name in header}
    claims |= {name: value for name, value in changes.items() if name not in header}
    return str(exchange.jwt(claims, exchange.encode(exchange.secret), "sha256", False, header))


def check(tokens: Tokens, text: str, *, uri: str = URI, seconds: float = SECONDS) -> str:
    return tokens.check(text, uri=uri, now_ms=int(seconds * 1000))


def test_ccxts_token_names_its_key(tokens: Tokens) -> None:
    assert check(tokens, signer().create_auth_token(SECONDS, "POST", URL)) == "k"


def test_a_token_of_the_newer_issuer_is_taken(tokens: Tokens) -> None:
    assert check(tokens, token()) == "k"


def test_a_sockets_token_is_for_no_request(tokens: Tokens) -> None:
    assert check(tokens, signer().create_auth_token(SECONDS), uri="") == "k"
    with pytest.raises(InvalidToken):
        check(tokens, signer().create_auth_token(SECONDS))


def test_a_token_is_taken_to_its_last_second_and_not_a_moment_longer(tokens: Tokens) -> None:
    assert check(tokens, token(), seconds=SECONDS + 119.999) == "k"
    with pytest.raises(InvalidToken):
        check(tokens, token(), seconds=SECONDS + 120)


def test_a_token_of_the_future_is_refused(tokens: Tokens) -> None:
    with pytest.raises(InvalidToken):
        check(tokens, token(), seconds=SECONDS - 0.001)


def test_another_secret_is_refused(tokens: Tokens) -> None:
    with pytest.raises(InvalidToken):
        check(tokens, signer(secret="t").create_auth_token(SECONDS, "POST", URL))


def test_another_key_is_refused(tokens: Tokens) -> None:
    with pytest.raises(InvalidToken):
        check(tokens, signer(key="l").create_auth_token(SECONDS, "POST", URL))


@pytest.mark.parametrize(
    "changes",
    [
        {"uri": "GET 127.0.0.1:8900/coinbase/api/v3/brokerage/orders"},
        {"uri": "POST 127.0.0.1:8900/coinbase/api/v3/brokerage/orders/batch_cancel"},
        {"uri": "POST 127.0.0.1:8901/coinbase/api/v3/brokerage/orders"},
        {"iss": "somebody"},
        {"sub": "organizations/paper/apiKeys/l"},
        {"exp": SECONDS + 121},
        {"exp": None},
        {"nbf": "now"},
        {"nonce": ""},
        {"alg": "HS256"},
        {"kid": "k"},
    ],
)
def test_a_token_with_something_wrong_is_refused(tokens: Tokens, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        check(tokens, token(**changes))


def test_a_changed_claim_breaks_the_signature(tokens: Tokens) -> None:
    head, _, signature = token().split(".")
    claims = {"iss": "cdp", "sub": signer().apiKey, "nbf": SECONDS, "exp": SECONDS + 60, "uri": URI}
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    with pytest.raises(InvalidToken):
        check(tokens, f"{head}.{part}.{signature}")


@pytest.mark.parametrize("text", ["", ".", "..", "a.b", "a.b.c", "é.é.é", "e30.e30.e30", "bnVsbA.e30.AA", "x" * 5000])
def test_what_is_no_token_is_refused(tokens: Tokens, text: str) -> None:
    with pytest.raises(InvalidToken):
        check(tokens, text)
