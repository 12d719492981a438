"""Keys, time stamps and signatures; the signed example is computed here, the rule is the documentation's."""

import hashlib
import hmac

import pytest

from execution.paper.exchange import ApiKey
from execution.paper.gateways.bybit.errors import ApiError
from execution.paper.gateways.bybit.signing import check_login, check_request

KEYS = {"key1": ApiKey(secret="hush")}
NOW = 1_700_000_000_000
QUERY = "category=linear&symbol=BTCUSDT"


def sign(text: str, secret: str = "hush") -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def headers(stamp: int = NOW, window: str = "5000", payload: str = QUERY, **changes: str) -> dict[str, str]:
    made = {
        "X-BAPI-API-KEY": "key1",
        "X-BAPI-TIMESTAMP": str(stamp),
        "X-BAPI-RECV-WINDOW": window,
        "X-BAPI-SIGN": sign(f"{stamp}key1{window}{payload}"),
    }
    return made | changes


def code(sent: dict[str, str], payload: str = QUERY) -> tuple[int, int]:
    with pytest.raises(ApiError) as refusal:
        check_request(KEYS, sent, payload, NOW)
    return refusal.value.code, refusal.value.status


def test_a_request_signed_over_time_key_window_and_query_is_the_keys() -> None:
    assert check_request(KEYS, headers(), QUERY, NOW) == "key1"


def test_a_request_without_a_key_is_unauthorised() -> None:
    assert code({}) == (10003, 401)


def test_a_request_of_an_unknown_key_is_refused() -> None:
    assert code(headers(**{"X-BAPI-API-KEY": "key2"})) == (10003, 200)


@pytest.mark.parametrize("stamp", [NOW - 5000, NOW + 999])
def test_the_edges_of_the_window_are_in_time(stamp: int) -> None:
    assert check_request(KEYS, headers(stamp), QUERY, NOW) == "key1"


@pytest.mark.parametrize("stamp", [NOW - 5001, NOW + 1000])
def test_beyond_the_window_is_too_late_or_too_early(stamp: int) -> None:
    assert code(headers(stamp)) == (10002, 200)


def test_the_callers_own_window_counts() -> None:
    assert code(headers(NOW - 1001, "1000")) == (10002, 200)


@pytest.mark.parametrize("changes", [{"X-BAPI-TIMESTAMP": "soon"}, {"X-BAPI-TIMESTAMP": ""}, {"X-BAPI-RECV-WINDOW": "-1"}])
def test_a_time_that_is_no_number_is_out_of_the_window(changes: dict[str, str]) -> None:
    assert code(headers(**changes)) == (10002, 200)


@pytest.mark.parametrize("signature", ["", "00", sign(f"{NOW}key15000{QUERY}", "guess")])
def test_a_wrong_signature_is_refused(signature: str) -> None:
    assert code(headers(**{"X-BAPI-SIGN": signature})) == (10004, 200)


def test_a_changed_query_does_not_fit_its_signature() -> None:
    assert code(headers(), QUERY + "&limit=1") == (10004, 200)


def test_a_login_is_signed_over_its_expiry() -> None:
    check_login(KEYS, "key1", str(NOW + 1), sign(f"GET/realtime{NOW + 1}"), NOW)


@pytest.mark.parametrize(
    ("key", "expires", "signature"),
    [
        ("key2", str(NOW + 1), sign(f"GET/realtime{NOW + 1}")),
        ("key1", str(NOW - 1), sign(f"GET/realtime{NOW - 1}")),
        ("key1", "soon", sign("GET/realtimesoon")),
        ("key1", str(NOW + 1), sign(f"GET/realtime{NOW + 2}")),
    ],
)
def test_a_wrong_login_is_refused(key: str, expires: str, signature: str) -> None:
    with pytest.raises(ApiError):
        check_login(KEYS, key, expires, signature, NOW)
