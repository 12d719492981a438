"""Check keys, signatures and times as OKX does."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime

from execution.paper.credentials import PASSPHRASE
from execution.paper.exchange import ApiKey
from execution.paper.gateways.okx.errors import AuthError

WINDOW_MS = 30_000
LOGIN_PATH = "/users/self/verify"


class Signatures:
    """The known API keys and their secrets."""

    def __init__(self, accounts: Mapping[str, ApiKey]) -> None:
        self._accounts = accounts

    def check(self, headers: Mapping[str, str], method: str, path: str, body: str, now_ms: int) -> str:
        """Return the key of a properly signed and timely request; `path` holds the query.

        Raises:
            AuthError: it is not.
        """
        key = _header(headers, "OK-ACCESS-KEY", "50103")
        signature = _header(headers, "OK-ACCESS-SIGN", "50106")
        timestamp = _header(headers, "OK-ACCESS-TIMESTAMP", "50107")
        passphrase = _header(headers, "OK-ACCESS-PASSPHRASE", "50104")
        if abs(now_ms - _milliseconds(timestamp)) > WINDOW_MS:
            raise AuthError("50102", "Timestamp request expired")
        if key not in self._accounts:
            raise AuthError("50111", "Invalid OK-ACCESS-KEY")
        if passphrase != PASSPHRASE:
            raise AuthError("50105", 'Request header "OK-ACCESS-PASSPHRASE" incorrect.')
        if not hmac.compare_digest(self._sign(key, f"{timestamp}{method}{path}{body}"), signature):
            raise AuthError("50113", "Invalid Sign")
        return key

    def check_login(self, login: Mapping[str, object], now_ms: int) -> str:
        """Return the key of a WebSocket login; its time stamp is in seconds.

        Raises:
            AuthError: it is not accepted.
        """
        key, timestamp = str(login.get("apiKey", "")), str(login.get("timestamp", ""))
        if not timestamp.replace(".", "", 1).isdigit():
            raise AuthError("60004", "Invalid timestamp")
        if abs(now_ms - float(timestamp) * 1000) > WINDOW_MS:
            raise AuthError("60006", "Timestamp request expired")
        if key not in self._accounts:
            raise AuthError("60005", "Invalid apiKey")
        if login.get("passphrase") != PASSPHRASE:
            raise AuthError("60024", "Wrong passphrase")
        if not hmac.compare_digest(self._sign(key, f"{timestamp}GET{LOGIN_PATH}"), str(login.get("sign", ""))):
            raise AuthError("60007", "Invalid sign")
        return key

    def _sign(self, key: str, text: str) -> str:
        digest = hmac.new(self._accounts[key].secret.encode(), text.encode(), hashlib.sha256).digest()
        return base64.b64encode(digest).decode()


def _header(headers: Mapping[str, str], name: str, code: str) -> str:
    value = headers.get(name)
    if not value:
        raise AuthError(code, f'Request header "{name}" cannot be empty.')
    return value


def _milliseconds(timestamp: str) -> float:
    """Read 2020-12-08T09:08:57.715Z."""
    try:
        moment = datetime.fromisoformat(timestamp)
    except ValueError as error:
        raise AuthError("50112", "Invalid OK-ACCESS-TIMESTAMP") from error
    if moment.tzinfo is None:
        raise AuthError("50112", "Invalid OK-ACCESS-TIMESTAMP")
    return moment.astimezone(UTC).timestamp() * 1000
