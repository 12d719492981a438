"""Make ccxt's own exchange objects for a paper venue.

The classes are ccxt's. Two seams are used: `handle_errors` and `handle_http_status_code`, to keep status and body of a refused
request (ccxt's exception classes do not tell whether an order exists), and `fetch` and `client`, to refuse at the last
moment an address that is not on this machine.
"""

from dataclasses import dataclass
from typing import Any

import ccxt.async_support as ccxt_rest
from ccxt.base.errors import BaseError

from execution.paper.urls import ccxt_options, ccxt_urls
from execution.venues.ccxt.codes import Refusal, read_refusal
from execution.venues.ccxt.loopback import require_all_loopback, require_loopback


class UnknownVenueClass(ValueError):
    """The library has no such exchange, or not the protocol that is spoken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperAccount:
    """Where a paper venue is and how to sign in."""

    name: str
    ccxt_id: str
    base_url: str
    """Including the venue's own path: http://127.0.0.1:8900/binance."""
    api_key: str
    api_secret: str
    timeout_seconds: float


class Guard:
    """Mixed in before ccxt's class."""

    async def fetch(self, url: str, *args: Any, **kwargs: Any) -> Any:
        """Refuse to leave this machine, whatever the address was made from."""
        require_loopback(url)
        return await super().fetch(url, *args, **kwargs)  # type: ignore[misc]

    def client(self, url: str) -> Any:
        """Refuse to leave this machine with a stream."""
        require_loopback(url)
        return super().client(url)  # type: ignore[misc]

    def handle_errors(self, status: int, *args: Any) -> Any:
        """Let ccxt judge the answer; keep the venue's own words with what it raises (the body is ccxt's sixth argument)."""
        try:
            return super().handle_errors(status, *args)  # type: ignore[misc]
        except BaseError as error:
            error.refusal = read_refusal(status, args[4])
            raise


def refusal_of(error: BaseException) -> Refusal | None:
    """Return the venue's own refusal behind an exception of ccxt, if there is one."""
    refusal = getattr(error, "refusal", None)
    return refusal if isinstance(refusal, Refusal) else None


SPOKEN = frozenset({"binance"})
"""Protocols with a dialect (see `binance`); the paper exchange speaks the same ones."""


def make_exchange(account: PaperAccount, *, library: Any = ccxt_rest) -> Any:
    """Return ccxt's exchange for a paper account; `library` is ccxt.async_support or ccxt.pro.

    Raises:
        UnknownVenueClass: ccxt has no such exchange or its protocol is not spoken here.
        NotLoopback: one of its addresses is not on this machine.
    """
    if account.ccxt_id not in ccxt_rest.exchanges:
        raise UnknownVenueClass(f"{account.name}: ccxt has no exchange {account.ccxt_id!r}")
    if account.ccxt_id not in SPOKEN:
        raise UnknownVenueClass(f"{account.name}: {account.ccxt_id!r} is not spoken yet, only {', '.join(sorted(SPOKEN))}")
    cls = type(f"Paper{account.ccxt_id}", (Guard, getattr(library, account.ccxt_id)), {})
    base_url, _, path = require_loopback(account.base_url).rstrip("/").rpartition("/")
    exchange = cls(
        {
            **ccxt_options(),
            "apiKey": account.api_key,
            "secret": account.api_secret,
            "enableRateLimit": True,
            "rateLimiterAlgorithm": "rollingWindow",  # the venue counts weight a minute: a burst need not queue behind a steady drip
            "rollingWindowSize": 60_000.0,
            "timeout": int(account.timeout_seconds * 1000),
        }
    )
    exchange.urls = {"api": ccxt_urls(base_url, path)}  # nothing of ccxt's own tree is kept: test, demo and documentation addresses
    exchange.options["adjustForTimeDifference"] = True
    # The venue refuses what arrives later than we wait: nothing of a call that is given up can still take effect long after.
    exchange.options["recvWindow"] = int(account.timeout_seconds * 1000)
    exchange.timeout_on_exit = 10  # milliseconds; ccxt's quarter of a second is for TLS, which loopback does without
    require_all_loopback(exchange.urls)
    return exchange
