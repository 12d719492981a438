"""From rows to clients, and nowhere else than this machine."""

from collections.abc import Iterator

import pytest

from execution.models import Venue
from execution.venues import registry, session
from execution.venues.ccxt.exchange import UnknownVenueClass, make_exchange
from execution.venues.ccxt.loopback import NotLoopback


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    session.close()


def test_a_venue_keeps_its_client(venue: Venue) -> None:
    assert registry.client(venue) is registry.client(venue)


def test_a_changed_address_gets_a_new_client(venue: Venue) -> None:
    first = registry.client(venue)
    venue.base_url = venue.base_url.replace("/binance", "/okx")
    assert registry.client(venue) is not first


@pytest.mark.parametrize("url", ["https://api.binance.com/binance", "http://10.0.0.1:8900/binance", "http://127.0.0.1.example.com/binance"])
def test_a_paper_venue_stays_on_this_machine(venue: Venue, url: str) -> None:
    venue.base_url = url
    with pytest.raises(NotLoopback):
        registry.client(venue)


def test_live_mode_is_refused_with_the_reason(venue: Venue) -> None:
    venue.mode = Venue.Mode.LIVE
    with pytest.raises(registry.LiveModeRefused, match="set it to paper"):
        registry.client(venue)


@pytest.mark.parametrize("ccxt_id", ["nobody", "kraken", "__class__"])
def test_a_protocol_that_is_not_spoken_is_named(venue: Venue, ccxt_id: str) -> None:
    venue.ccxt_id = ccxt_id
    with pytest.raises(UnknownVenueClass, match=ccxt_id):
        registry.client(venue)


async def test_an_address_changed_later_is_refused_when_it_is_used(venue: Venue) -> None:
    exchange = make_exchange(registry.paper_account(venue))
    exchange.urls["api"]["public"] = "https://api.binance.com/api/v3"
    with pytest.raises(NotLoopback):
        await exchange.publicGetTime()
    await exchange.close()


async def test_no_address_of_the_library_itself_is_kept(venue: Venue) -> None:
    exchange = make_exchange(registry.paper_account(venue))
    assert "binance.com" not in repr(exchange.urls)
    assert exchange.options["maxRetriesOnFailure"] == 0
    await exchange.close()
