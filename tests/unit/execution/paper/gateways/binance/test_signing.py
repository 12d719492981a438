"""Keys, signatures and timestamps are checked like Binance's."""

import hashlib
import hmac

import pytest

from execution.paper.exchange import ApiKey
from execution.paper.gateways.binance.errors import ApiError
from execution.paper.gateways.binance.signing import Signatures

NOW = 1_700_000_000_000
SIGNATURES = Signatures({"key": ApiKey(secret="secret")})


def check(key: str | None = "key", *, timestamp: str = str(NOW), window: str = "", secret: str = "secret") -> str:
    payload = f"symbol=BTCUSDT&timestamp={timestamp}"
    signature = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
    return SIGNATURES.check(key, payload, signature, {"timestamp": timestamp, "recvWindow": window}, NOW)


def test_a_signed_and_timely_request_names_its_account() -> None:
    assert check() == "key"


def test_the_signature_of_the_published_example_is_accepted() -> None:
    """Binance spot API documentation, "SIGNED Endpoint Examples", HMAC keys."""
    payload = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
    known = Signatures({"documented": ApiKey(secret="NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j")})
    signature = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
    params = {"timestamp": "1499827319559", "recvWindow": "5000"}
    assert known.check("documented", payload, signature, params, 1499827319559) == "documented"


@pytest.mark.parametrize(
    ("arguments", "code", "status"),
    [
        ({"key": None}, -2014, 401),
        ({"key": "no such format!"}, -2014, 401),
        ({"key": "unknown"}, -2015, 401),
        ({"secret": "wrong"}, -1022, 400),
        ({"timestamp": str(NOW - 5001)}, -1021, 400),
        ({"timestamp": str(NOW + 1000)}, -1021, 400),
        ({"timestamp": "soon"}, -1102, 400),
        ({"window": "60001"}, -1131, 400),
    ],
)
def test_a_badly_signed_or_late_request_is_refused(arguments: dict[str, str | None], code: int, status: int) -> None:
    with pytest.raises(ApiError) as refusal:
        check(**arguments)  # type: ignore[arg-type]
    assert (refusal.value.code, refusal.value.status) == (code, status)
