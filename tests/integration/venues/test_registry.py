"""From rows to clients: a paper venue stays on this machine, a live one needs all that real money needs."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings
from redis import Redis

from execution.domain.venue_orders import Acknowledged
from execution.models import Venue, VenueCredential
from execution.venues import registry, session
from execution.venues.ccxt.exchange import UnknownVenueClass, make_exchange
from execution.venues.ccxt.loopback import NotLoopback
from execution.venues.ccxt.unified import UnifiedDialect
from execution.venues.live import LiveModeRefused
from execution.venues.session import run
from tests.integration.venues.orders import resting
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    session.close()


@pytest.fixture
def stored(venue: Venue, db: None) -> Venue:
    venue.save()
    return venue


def store_keys(venue: Venue, key: str, secret: str, password: str = "") -> None:
    credential, _ = VenueCredential.objects.get_or_create(venue=venue)
    for name, text in (("api_key", key), ("api_secret", secret), ("password", password)):
        credential.put(name, text)
    credential.save()


def read_again(venue: Venue) -> Venue:
    """Return the row as another process would read it."""
    return Venue.objects.select_related("credential").get(pk=venue.pk)


def test_a_venue_keeps_its_client(venue: Venue) -> None:
    assert registry.client(venue) is registry.client(venue)


def test_a_row_read_again_keeps_its_client(stored: Venue) -> None:
    assert registry.client(read_again(stored)) is registry.client(read_again(stored))


def test_a_changed_address_gets_a_new_client(venue: Venue) -> None:
    first = registry.client(venue)
    venue.base_url = venue.base_url.replace("/binance", "/okx")
    assert registry.client(venue) is not first


@pytest.mark.parametrize("name", ["maker_fee_bps", "refusals"])
def test_changed_terms_get_a_new_client(venue: Venue, name: str) -> None:
    first = registry.client(venue)
    setattr(venue, name, {"maker_fee_bps": 3, "refusals": {"17": "no effect"}}[name])
    assert registry.client(venue) is not first


def test_a_changed_credential_gets_a_new_client_and_the_old_one_is_closed(stored: Venue, settings: Settings, redis: Redis) -> None:
    settings.VENUE_TIMEOUT_SECONDS = 1.0
    first = registry.client(read_again(stored))
    assert isinstance(run(first.place(resting("oldclient"))), Acknowledged)
    store_keys(stored, settings.PAPER_API_KEY, "another secret")
    assert registry.client(read_again(stored)) is not first
    wait_until(lambda: first._exchange.session is None)  # type: ignore[attr-defined]  # after the time that its last calls may take


def test_stored_keys_sign_on_paper_too(stored: Venue) -> None:
    store_keys(stored, "a key", "a secret", "a phrase")
    account = registry.account_of(read_again(stored))
    assert (account.api_key, account.api_secret, account.password) == ("a key", "a secret", "a phrase")
    assert "a secret" not in repr(account)


def test_without_stored_keys_the_paper_account_signs(venue: Venue, settings: Settings) -> None:
    account = registry.account_of(venue)
    assert (account.api_key, account.api_secret) == (settings.PAPER_API_KEY, settings.PAPER_API_SECRET)


@pytest.mark.parametrize("url", ["https://api.binance.com/binance", "http://10.0.0.1:8900/binance", "http://127.0.0.1.example.com/binance"])
def test_a_paper_venue_stays_on_this_machine(venue: Venue, url: str) -> None:
    venue.base_url = url
    with pytest.raises(NotLoopback):
        registry.client(venue)


def test_live_mode_is_refused_while_the_server_is_not_set_to_it(venue: Venue) -> None:
    venue.mode = Venue.Mode.LIVE
    with pytest.raises(LiveModeRefused, match="DIPMASTER_LIVE_TRADING=1"):
        registry.client(venue)


def test_live_mode_is_refused_without_keys(venue: Venue, settings: Settings) -> None:
    settings.LIVE_TRADING = True
    venue.mode = Venue.Mode.LIVE
    with pytest.raises(LiveModeRefused, match="no API key"):
        registry.client(venue)


def test_a_live_venue_is_reached_at_its_own_addresses(stored: Venue, settings: Settings) -> None:
    settings.LIVE_TRADING = True
    store_keys(stored, "a key", "a secret")
    row = read_again(stored)
    row.mode = Venue.Mode.LIVE
    account = registry.account_of(row)
    assert (account.is_live, account.base_url) == (True, "")

    async def urls() -> dict[str, str]:
        exchange = make_exchange(account, registry.dialect_of("binance"))
        await exchange.close()
        return dict(exchange.urls["api"])

    assert run(urls())["private"] == "https://api.binance.com/api/v3"


@pytest.mark.parametrize("ccxt_id", ["nobody", "__class__", "ccxt", "session"])
def test_a_protocol_that_ccxt_does_not_know_is_named(venue: Venue, ccxt_id: str) -> None:
    venue.ccxt_id = ccxt_id
    with pytest.raises(UnknownVenueClass, match=ccxt_id):
        registry.client(venue)


@pytest.mark.parametrize("ccxt_id", sorted(registry.OWN_PACKAGES))
def test_a_venue_with_a_package_has_its_own_dialect(ccxt_id: str) -> None:
    dialect = registry.dialect_of(ccxt_id)
    assert dialect.ccxt_id == ccxt_id
    assert type(dialect) is not UnifiedDialect


def test_any_other_exchange_of_ccxt_is_spoken_through_unified_calls() -> None:
    assert type(registry.dialect_of("kraken")) is UnifiedDialect


async def test_an_address_changed_later_is_refused_when_it_is_used(venue: Venue) -> None:
    exchange = make_exchange(registry.account_of(venue), registry.dialect_of("binance"))
    exchange.urls["api"]["public"] = "https://api.binance.com/api/v3"
    with pytest.raises(NotLoopback):
        await exchange.publicGetTime()
    await exchange.close()


@pytest.mark.parametrize("ccxt_id", ["binance", "bybit", "coinbase", "okx", "htx", "kraken"])
async def test_no_address_of_the_library_itself_is_kept(venue: Venue, ccxt_id: str) -> None:
    venue.ccxt_id = ccxt_id
    exchange = make_exchange(registry.account_of(venue), registry.dialect_of(ccxt_id))
    assert ".com" not in repr(exchange.urls)
    assert exchange.options["maxRetriesOnFailure"] == 0
    await exchange.close()
