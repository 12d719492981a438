"""USD-M's listen keys: who may listen to which account's events, and until when."""

import secrets
from dataclasses import dataclass

from execution.paper.gateways.binance.usdm_errors import NO_SUCH_LISTEN_KEY

VALID_MS = 60 * 60_000


@dataclass(slots=True, kw_only=True)
class ListenKey:
    """A key to an account's stream."""

    account: str
    text: str
    valid_until_ms: int
    is_valid: bool = True


class ListenKeys:
    """The listen keys in force, one per account."""

    def __init__(self) -> None:
        self._keys: dict[str, ListenKey] = {}

    def open(self, account: str, now_ms: int) -> ListenKey:
        """Return the account's key, extended, or a new one."""
        if account not in self._keys:
            self._keys[account] = ListenKey(account=account, text=secrets.token_hex(32), valid_until_ms=0)
        return self.extend(account, now_ms)

    def extend(self, account: str, now_ms: int) -> ListenKey:
        """Make the account's key valid for another hour."""
        key = self._keys.get(account)
        if key is None:
            raise NO_SUCH_LISTEN_KEY
        key.valid_until_ms = now_ms + VALID_MS
        return key

    def close(self, account: str) -> ListenKey | None:
        """Take the account's key out of force."""
        return self._keys.pop(account, None)

    def find(self, text: str) -> ListenKey | None:
        """Return the key in force that is spelled so."""
        return next((key for key in self._keys.values() if secrets.compare_digest(key.text, text)), None)

    def take_expired(self, now_ms: int) -> list[ListenKey]:
        """Take out of force, and return, the keys that nobody has extended in time."""
        return [self._keys.pop(key.account) for key in list(self._keys.values()) if now_ms >= key.valid_until_ms]
