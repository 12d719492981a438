"""From a venue's row to its client."""

import asyncio
import os
import threading

from django.conf import settings

from execution.models import Venue
from execution.venues import session
from execution.venues.ccxt.client import CcxtClient
from execution.venues.ccxt.exchange import PaperAccount, make_exchange
from execution.venues.protocol import VenueClient


class LiveModeRefused(RuntimeError):
    """Live trading is not switched on in this version."""


_Key = tuple[int, int, PaperAccount, str, str]
_clients: dict[_Key, VenueClient] = {}
_lock = threading.Lock()


def client(venue: Venue) -> VenueClient:
    """Return the client of a venue on the process's venue loop; a changed row gets a new one.

    Raises:
        LiveModeRefused: the venue is in live mode.
        NotLoopback: a paper venue's address is not on this machine.
        UnknownVenueClass: ccxt or this desk does not speak the venue's protocol.
    """
    account = paper_account(venue)
    loop = session.loop()
    key = (os.getpid(), id(loop), account, str(venue.maker_fee_bps), str(venue.taker_fee_bps))
    with _lock:
        found = _clients.get(key)
        if found is None:
            found = _clients[key] = asyncio.run_coroutine_threadsafe(_make(venue, account), loop).result(settings.VENUE_TIMEOUT_SECONDS)
            session.on_close(found.close)
        return found


def paper_account(venue: Venue) -> PaperAccount:
    """Return where a paper venue is and how to sign in.

    Raises:
        LiveModeRefused: the venue is in live mode.
    """
    if venue.mode != Venue.Mode.PAPER:
        raise LiveModeRefused(f"{venue.name} is set to live trading, which this version refuses: set it to paper")
    return PaperAccount(
        name=venue.name,
        ccxt_id=venue.ccxt_id,
        base_url=venue.base_url or f"{settings.PAPER_EXCHANGE_URL.rstrip('/')}/{venue.name}",
        api_key=settings.PAPER_API_KEY,
        api_secret=settings.PAPER_API_SECRET,
        timeout_seconds=settings.VENUE_TIMEOUT_SECONDS,
    )


async def _make(venue: Venue, account: PaperAccount) -> VenueClient:
    return _client(venue, account)


def _client(venue: Venue, account: PaperAccount) -> CcxtClient:
    return CcxtClient(
        make_exchange(account),
        venue=venue.name,
        timeout_seconds=settings.VENUE_TIMEOUT_SECONDS,
        maker_fee_bps=venue.maker_fee_bps,
        taker_fee_bps=venue.taker_fee_bps,
    )
