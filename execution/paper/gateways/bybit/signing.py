"""Check API keys, time stamps and signatures as Bybit does.

Sources: https://bybit-exchange.github.io/docs/v5/guide for REST, .../docs/v5/ws/connect for the private stream.
"""

import hashlib
import hmac
from collections.abc import Mapping

from execution.paper.exchange import ApiKey
from execution.paper.gateways.bybit.errors import KEY_INVALID, ApiError

DEFAULT_WINDOW_MS = 5000
AHEAD_MS = 1000
KEY, TIMESTAMP, WINDOW, SIGNATURE = "X-BAPI-API-KEY", "X-BAPI-TIMESTAMP", "X-BAPI-RECV-WINDOW", "X-BAPI-SIGN"


def check_request(keys: Mapping[str, ApiKey], headers: Mapping[str, str], payload: str, now_ms: int) -> str:
    """Return the key of a properly signed and timely request; `payload` is its query or its body, as sent."""
    if not headers.get(KEY):
        raise ApiError(KEY_INVALID.code, KEY_INVALID.message, 401)
    key, stamp = headers[KEY], headers.get(TIMESTAMP, "")
    window = headers.get(WINDOW) or str(DEFAULT_WINDOW_MS)
    if key not in keys:
        raise KEY_INVALID
    _check_time(stamp, window, now_ms)
    origin = f"{stamp}{key}{headers.get(WINDOW, '')}{payload}"
    if not _is_signed(keys[key].secret, origin, headers.get(SIGNATURE, "")):
        raise ApiError(10004, f"error sign! origin_string[{origin}]")
    return key


def check_login(keys: Mapping[str, ApiKey], key: str, expires: str, signature: str, now_ms: int) -> None:
    """Refuse a login to the private stream that is expired or not properly signed."""
    if key not in keys:
        raise KEY_INVALID
    if not expires.isdigit() or int(expires) < now_ms:
        raise ApiError(10004, "Params Error")
    if not _is_signed(keys[key].secret, f"GET/realtime{expires}", signature):
        raise ApiError(10004, "Params Error")


def _check_time(stamp: str, window: str, now_ms: int) -> None:
    """Require: server time - receive window <= time stamp < server time + 1000."""
    is_number = stamp.isascii() and stamp.isdigit() and window.isascii() and window.isdigit()
    if not is_number or not now_ms - int(window) <= int(stamp) < now_ms + AHEAD_MS:
        seen = f"req_timestamp[{stamp}],server_timestamp[{now_ms}],recv_window[{window}]"
        raise ApiError(10002, f"invalid request, please check your server timestamp or recv_window param. {seen}")


def _is_signed(secret: str, origin: str, signature: str) -> bool:
    expected = hmac.new(secret.encode(), origin.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, signature.lower())
