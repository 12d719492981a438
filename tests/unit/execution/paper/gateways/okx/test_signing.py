"""Keys, signatures and times, as OKX checks them; the signatures are computed here from OKX's description."""

import base64
import hashlib
import hmac

import pytest

from execution.paper.credentials import PASSPHRASE
from execution.paper.exchange import ApiKey
from execution.paper.gateways.okx.errors import AuthError
from execution.paper.gateways.okx.signing import Signatures

NOW = 1_607_418_537_715
STAMP = "2020-12-08T09:08:57.715Z"
PATH = "/api/v5/account/balance?ccy=BTC"
SIGNATURES = Signatures({"k": ApiKey(secret="22582BD0CFF14C41EDBF1AB98506286D")})


def signed(text: str, secret: str = "22582BD0CFF14C41EDBF1AB98506286D") -> str:
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()


def headers(stamp: str = STAMP, **changes: str) -> dict[str, str]:
    names = {
        "OK-ACCESS-KEY": "k",
        "OK-ACCESS-SIGN": signed(f"{stamp}GET{PATH}"),
        "OK-ACCESS-TIMESTAMP": stamp,
        "OK-ACCESS-PASSPHRASE": PASSPHRASE,
    }
    return names | {f"OK-ACCESS-{name.upper()}": value for name, value in changes.items()}


def code(sent: dict[str, str], now_ms: int = NOW, path: str = PATH) -> str:
    with pytest.raises(AuthError) as refused:
        SIGNATURES.check(sent, "GET", path, "", now_ms)
    assert refused.value.status == 401
    return refused.value.code


def test_a_signed_request_is_its_keys() -> None:
    assert SIGNATURES.check(headers(), "GET", PATH, "", NOW) == "k"


def test_the_body_is_signed_too() -> None:
    sent = headers(sign=signed(f'{STAMP}POST/api/v5/trade/order{{"a":1}}'))
    assert SIGNATURES.check(sent, "POST", "/api/v5/trade/order", '{"a":1}', NOW) == "k"
    with pytest.raises(AuthError, match="50113"):
        SIGNATURES.check(sent, "POST", "/api/v5/trade/order", '{"a":2}', NOW)


@pytest.mark.parametrize(("name", "expected"), [("key", "50103"), ("passphrase", "50104"), ("sign", "50106"), ("timestamp", "50107")])
def test_every_header_is_needed(name: str, expected: str) -> None:
    assert code(headers(**{name: ""})) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"key": "another"}, "50111"),
        ({"passphrase": "wrong"}, "50105"),
        ({"sign": signed("something else")}, "50113"),
        ({"sign": signed(f"{STAMP}GET{PATH}", "another secret")}, "50113"),
        ({"timestamp": "yesterday"}, "50112"),
        ({"timestamp": "2020-12-08T09:08:57.715"}, "50112"),
        ({"timestamp": str(NOW)}, "50112"),
    ],
)
def test_what_is_wrong_is_told_by_its_code(changes: dict[str, str], expected: str) -> None:
    assert code(headers(**changes)) == expected


@pytest.mark.parametrize("late_ms", [-30_001, 30_001])
def test_a_request_is_good_for_half_a_minute_around_its_time(late_ms: int) -> None:
    assert code(headers(), NOW + late_ms) == "50102"


@pytest.mark.parametrize("late_ms", [-30_000, 30_000])
def test_half_a_minute_is_still_good(late_ms: int) -> None:
    assert SIGNATURES.check(headers(), "GET", PATH, "", NOW + late_ms) == "k"


def test_another_query_than_the_signed_one_is_refused() -> None:
    assert code(headers(), path="/api/v5/account/balance?ccy=ETH") == "50113"


def login(**changes: str) -> dict[str, str]:
    stamp = str(NOW // 1000)
    sent = {"apiKey": "k", "passphrase": PASSPHRASE, "timestamp": stamp, "sign": signed(f"{stamp}GET/users/self/verify")}
    return sent | changes


def test_a_login_is_signed_over_a_fixed_path() -> None:
    assert SIGNATURES.check_login(login(), NOW) == "k"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"apiKey": "another"}, "60005"),
        ({"passphrase": "wrong"}, "60024"),
        ({"sign": "x"}, "60007"),
        ({"timestamp": ""}, "60004"),
        ({"timestamp": "soon"}, "60004"),
        ({"timestamp": str(NOW // 1000 - 31)}, "60006"),
    ],
)
def test_a_wrong_login_is_told_by_its_code(changes: dict[str, str], expected: str) -> None:
    with pytest.raises(AuthError) as refused:
        SIGNATURES.check_login(login(**changes), NOW)
    assert refused.value.code == expected
