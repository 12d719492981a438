"""From a venue's row to its client."""

import asyncio
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module

import ccxt.async_support as ccxt_rest
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist

from execution.market import health
from execution.models import Venue
from execution.models.credentials import Credentials
from execution.paper.credentials import credentials
from execution.venues import budget, session
from execution.venues.ccxt.client import CcxtClient
from execution.venues.ccxt.exchange import UnknownVenueClass, VenueAccount, make_exchange
from execution.venues.ccxt.unified import UnifiedDialect
from execution.venues.dialect import Dialect, Verdict
from execution.venues.live import require_live
from execution.venues.protocol import VenueClient

OWN_PACKAGES = frozenset({"binance", "bybit", "coinbase", "okx"})
"""ccxt ids whose venues have a package here, `execution.venues.<ccxt id>`; every other exchange is spoken through ccxt's unified calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    """All that a client is made from: when it changes there is a new client."""

    account: VenueAccount
    maker_fee_bps: Decimal
    taker_fee_bps: Decimal
    verdicts: tuple[tuple[str, Verdict], ...]


_clients: dict[tuple[int, int, str], tuple[_Terms, CcxtClient]] = {}
_lock = threading.Lock()


def client(venue: Venue) -> VenueClient:
    """Return the client of a venue on the process's venue loop; a changed row or credential gets a new one, and the old one is closed.

    Raises:
        LiveModeRefused: the venue is in live mode, and that is not allowed, or it has no keys.
        NotLoopback: a paper venue's address is not on this machine.
        UnknownVenueClass: ccxt has no such exchange.
    """
    terms = _terms(venue)
    loop = session.loop()
    key = (os.getpid(), id(loop), venue.name)
    with _lock:
        known = _clients.get(key)
        if known is not None and known[0] == terms:
            return known[1]
        made = asyncio.run_coroutine_threadsafe(_make(terms), loop).result(settings.VENUE_TIMEOUT_SECONDS)
        _clients[key] = (terms, made)
    session.on_close(made.close)
    if known is not None:
        session.retire(known[1].close)
    return made


def backfill_client(account: VenueAccount) -> CcxtClient:
    """Return a client on the running loop for somebody who closes it himself, and needs no listings: fees do not matter."""
    return _client(_Terms(account=account, maker_fee_bps=Decimal(0), taker_fee_bps=Decimal(0), verdicts=()))


def account_of(venue: Venue) -> VenueAccount:
    """Return where a venue is and how to sign in.

    Raises:
        LiveModeRefused: the venue is in live mode, and that is not allowed, or it has no keys.
        CredentialsUnreadable: its keys were stored under another encryption key.
    """
    is_live = venue.mode == Venue.Mode.LIVE
    keys = _stored_keys(venue)
    if is_live:
        require_live(venue.name, is_switched_on=settings.LIVE_TRADING, has_keys=keys is not None)
    keys = keys or _paper_keys(venue.ccxt_id)
    return VenueAccount(
        name=venue.name,
        ccxt_id=venue.ccxt_id,
        base_url="" if is_live else venue.base_url or f"{settings.PAPER_EXCHANGE_URL.rstrip('/')}/{venue.name}",
        api_key=keys.api_key,
        api_secret=keys.api_secret,
        password=keys.password,
        timeout_seconds=settings.VENUE_TIMEOUT_SECONDS,
        is_live=is_live,
    )


def dialect_of(ccxt_id: str, verdicts: Mapping[str, Verdict] | None = None) -> Dialect:
    """Return how a venue is spoken to; `verdicts` says what the codes of one without a package prove.

    Raises:
        UnknownVenueClass: ccxt has no such exchange.
    """
    if ccxt_id not in ccxt_rest.exchanges:
        raise UnknownVenueClass(f"ccxt has no exchange {ccxt_id!r}")
    if ccxt_id in OWN_PACKAGES:
        dialect: Dialect = import_module(f"execution.venues.{ccxt_id}").DIALECT
        return dialect
    return UnifiedDialect(ccxt_id, verdicts)


def _terms(venue: Venue) -> _Terms:
    return _Terms(
        account=account_of(venue),
        maker_fee_bps=venue.maker_fee_bps,
        taker_fee_bps=venue.taker_fee_bps,
        verdicts=tuple((code, Verdict(word)) for code, word in sorted(venue.refusals.items())),
    )


def _stored_keys(venue: Venue) -> Credentials | None:
    try:
        credential = venue.credential
    except ObjectDoesNotExist:
        return None
    return credential.reveal() if credential.is_complete else None


def _paper_keys(ccxt_id: str) -> Credentials:
    keys = credentials(ccxt_id, settings.PAPER_API_KEY, settings.PAPER_API_SECRET)
    return Credentials(api_key=keys["apiKey"], api_secret=keys["secret"], password=keys.get("password", ""))


async def _make(terms: _Terms) -> CcxtClient:
    return _client(terms)


def _client(terms: _Terms) -> CcxtClient:
    dialect = dialect_of(terms.account.ccxt_id, dict(terms.verdicts))
    return CcxtClient(
        make_exchange(terms.account, dialect),
        dialect,
        venue=terms.account.name,
        timeout_seconds=terms.account.timeout_seconds,
        maker_fee_bps=terms.maker_fee_bps,
        taker_fee_bps=terms.taker_fee_bps,
        observe=health.observe,
        budget=budget,
        read_clock=health.clock_offset,
        is_live=terms.account.is_live,
    )
