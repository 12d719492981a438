"""Check API keys, signatures and timestamps as Binance does."""

import hashlib
import hmac
import re
from collections.abc import Mapping

from execution.paper.exchange import ApiKey
from execution.paper.gateways.binance.errors import ApiError, missing

KEY_FORMAT = re.compile(r"^[A-Za-z0-9_-]{1,128}$")
DEFAULT_WINDOW_MS = 5000
LONGEST_WINDOW_MS = 60_000
AHEAD_MS = 1000


class Signatures:
    """The known API keys and their secrets."""

    def __init__(self, accounts: Mapping[str, ApiKey]) -> None:
        self._accounts = accounts

    def known(self, key: str | None) -> str:
        """Return a key that names an account; nothing is signed."""
        self._secret(key)
        assert key is not None
        return key

    def check(self, key: str | None, payload: str, signature: str | None, params: Mapping[str, str], now_ms: int) -> str:
        """Return the key of a properly signed and timely request."""
        secret = self._secret(key)
        if not signature:
            raise missing("signature")
        _check_time(params, now_ms)
        expected = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, signature.lower()):
            raise ApiError(-1022, "Signature for this request is not valid.")
        assert key is not None
        return key

    def _secret(self, key: str | None) -> str:
        if not key or not KEY_FORMAT.match(key):
            raise ApiError(-2014, "API-key format invalid.", 401)
        if key not in self._accounts:
            raise ApiError(-2015, "Invalid API-key, IP, or permissions for action.", 401)
        return self._accounts[key].secret


def _check_time(params: Mapping[str, str], now_ms: int) -> None:
    try:
        timestamp = int(params.get("timestamp", ""))
        window = int(float(params.get("recvWindow") or DEFAULT_WINDOW_MS))
    except ValueError as error:
        raise missing("timestamp") from error
    if window > LONGEST_WINDOW_MS:
        raise ApiError(-1131, "recvWindow must be less than 60000.")
    if timestamp >= now_ms + AHEAD_MS:
        raise ApiError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if now_ms - timestamp > window:
        raise ApiError(-1021, "Timestamp for this request is outside of the recvWindow.")
