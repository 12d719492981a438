"""Make ccxt's own exchange objects for a venue.

The classes are ccxt's. These seams are used: `handle_errors`, to keep the venue's own words (ccxt's exception classes do not tell
whether an order exists); `fetch`, to note what has left, and `fetch` and `client`, to refuse at the last moment an address of a
paper venue that is not on this machine; `open`, to follow no redirect: nothing that is signed is sent a second time, or elsewhere.
"""

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, NoReturn

import aiohttp
import ccxt.async_support as ccxt_rest
from ccxt.base.errors import BaseError

from execution.venues.ccxt.loopback import require_all_loopback, require_loopback
from execution.venues.dialect import Dialect, Refusal, Verdict

DEFAULT_WAIT_SECONDS = 10.0  # after a rate limit that names no time
BAN_SECONDS = 120.0  # after 418, the shortest ban that Binance tells of


class UnknownVenueClass(ValueError):
    """The library has no such exchange."""


class Redirected(RuntimeError):
    """A venue sent a request elsewhere; it was not followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueAccount:
    """Where a venue is and how to sign in."""

    name: str
    ccxt_id: str
    base_url: str
    """A paper venue's, including its own path: http://127.0.0.1:8900/binance. Live: empty, ccxt knows the addresses."""
    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)
    password: str = field(default="", repr=False)
    timeout_seconds: float
    is_live: bool = False


departures: ContextVar[list[str] | None] = ContextVar("departures", default=None)
"""The methods of the requests that have left for a venue in this context, when somebody wants to know."""


class Words:
    """Mixed in before ccxt's class: keeps what the venue said, notes what left, follows no redirect.

    What is ignored of types here is what only the class behind it has.
    """

    dialect: Dialect

    async def fetch(self, url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        """Add the dialect's headers and note that a request leaves."""
        left = departures.get()
        if left is not None:
            left.append(method)
        own = self.dialect.headers(self, method, url, now_ms=self._venue_time(), timeout_seconds=self.timeout / 1000)  # type: ignore[attr-defined]
        return await super().fetch(url, method, {**(headers or {}), **own}, body)  # type: ignore[misc]

    def _venue_time(self) -> int:
        """Return the venue's time in milliseconds, as far as its offset is known."""
        return int(self.milliseconds() - self.options.get("timeDifference", 0))  # type: ignore[attr-defined]

    def open(self, *args: Any, **kwargs: Any) -> None:
        """Have redirects refused."""
        super().open(*args, **kwargs)  # type: ignore[misc]
        session: aiohttp.ClientSession = self.session  # type: ignore[attr-defined]
        if session is not None and not session.trace_configs:
            session.trace_configs.append(_without_redirects())

    def handle_errors(self, status: int, *answer: Any) -> Any:
        """Let ccxt judge the answer; keep the venue's own words, and how long it wants to be left alone, with what it raises."""
        reason, url, method, headers, body = answer[:5]
        try:
            result = super().handle_errors(status, *answer)  # type: ignore[misc]
            self.handle_http_status_code(status, reason, url, method, body)  # type: ignore[attr-defined]
        except BaseError as error:
            error.refusal = self.dialect.read_refusal(status, body)
            error.wait_seconds = _wait_seconds(status, headers)
            raise
        return result


class Guard(Words):
    """Mixed in before ccxt's class for a paper venue: nothing leaves this machine."""

    async def fetch(self, url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        """Refuse to leave this machine, whatever the address was made from."""
        require_loopback(url)
        return await super().fetch(url, method, headers, body)

    def client(self, url: str) -> Any:
        """Refuse to leave this machine with a stream."""
        require_loopback(url)
        return super().client(url)  # type: ignore[misc]


def refusal_of(error: BaseException) -> Refusal | None:
    """Return the venue's own refusal behind an exception of ccxt, if there is one."""
    refusal = getattr(error, "refusal", None)
    return refusal if isinstance(refusal, Refusal) else None


def denies_the_order(error: BaseException) -> bool:
    """Tell whether the venue's own words behind an exception of ccxt say that there is no such order, or none that is open."""
    refusal = refusal_of(error)
    return refusal is not None and refusal.verdict is Verdict.NO_SUCH_ORDER


def wait_of(error: BaseException) -> float:
    """Return how many seconds a rate limit wants us to wait."""
    return float(getattr(error, "wait_seconds", DEFAULT_WAIT_SECONDS))


def make_exchange(account: VenueAccount, dialect: Dialect, *, library: Any = ccxt_rest) -> Any:
    """Return ccxt's exchange for an account; `library` is ccxt.async_support or ccxt.pro.

    Raises:
        UnknownVenueClass: ccxt has no such exchange.
        NotLoopback: an address of a paper venue is not on this machine.
    """
    if account.ccxt_id not in ccxt_rest.exchanges:
        raise UnknownVenueClass(f"{account.name}: ccxt has no exchange {account.ccxt_id!r}")
    seams = Words if account.is_live else Guard
    cls = type(f"{seams.__name__}ed{account.ccxt_id}", (seams, getattr(library, account.ccxt_id)), {"dialect": dialect})
    exchange = cls(_options(account, dialect))
    if not account.is_live:
        exchange.urls = dialect.urls(require_loopback(account.base_url))  # nothing of ccxt's own tree is kept: test, demo, documentation
        require_all_loopback(exchange.urls)
        exchange.timeout_on_exit = 10  # milliseconds; ccxt's quarter of a second is for TLS, which loopback does without
    return exchange


def _options(account: VenueAccount, dialect: Dialect) -> dict[str, Any]:
    """Return ccxt's constructor arguments; the dialect's come over the general ones."""
    own = dialect.options()
    milliseconds = int(account.timeout_seconds * 1000)
    general = {
        "maxRetriesOnFailure": 0,  # ccxt would send a new order again
        "adjustForTimeDifference": True,
        # The venue refuses what arrives later than we wait: nothing of a call that is given up can still take effect long after.
        "recvWindow": milliseconds,
    }
    return {
        "apiKey": account.api_key,
        "secret": account.api_secret,
        "password": account.password or None,
        "number": str,
        "enableRateLimit": False,  # the desk's own budget is shared by all processes and keeps room for cancels
        "timeout": milliseconds,
        **own,
        "options": {**general, **own.get("options", {})},
    }


def _without_redirects() -> aiohttp.TraceConfig:
    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(_refuse_redirect)
    trace.freeze()
    return trace


async def _refuse_redirect(session: Any, context: Any, params: aiohttp.TraceRequestRedirectParams) -> NoReturn:
    target = params.response.headers.get("Location", "")
    raise Redirected(f"{params.url.host} answered {params.response.status}, a redirect to {target.partition('?')[0]}: not followed")


def _wait_seconds(status: int, headers: Any) -> float:
    """Return what `Retry-After` says, as far as it is a number of seconds."""
    named = {str(name).lower(): value for name, value in dict(headers or {}).items()}.get("retry-after", "")
    try:
        return max(float(named), 0.0)
    except ValueError:
        return BAN_SECONDS if status == 418 else DEFAULT_WAIT_SECONDS
