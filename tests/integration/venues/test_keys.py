"""Keys that must not trade: a clear message, and no order at the venue, on every venue that tells what a key may do."""

import json
from collections.abc import Iterator
from decimal import Decimal
from urllib.request import urlopen

import pytest
from pytest_django import Settings
from redis import Redis

from execution.domain.venue_orders import Acknowledged, CancelOutcome, LookupOutcome, NotFound, Rejected, Unknown
from execution.models import Venue
from execution.paper.process import PaperProcess
from execution.paper.process import start as start_paper_exchange
from execution.venues import registry, session
from execution.venues.dialect import KeyRights
from execution.venues.protocol import VenueClient
from execution.venues.session import run
from tests.integration.venues.orders import resting

VENUES = ("binance", "okx", "bybit", "coinbase")
GOOD, RISKY, WRONG = ("paper-key", "paper-secret"), ("risky-key", "risky-secret"), ("paper-key", "another-secret")


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperProcess]:
    accounts = [":".join(GOOD), f"{':'.join(RISKY)}:withdraw"]
    process = start_paper_exchange(tmp_path_factory.mktemp("keys"), accounts=accounts)
    yield process
    process.stop()


@pytest.fixture(autouse=True)
def _closed(settings: Settings, redis: Redis, exchange: PaperProcess) -> Iterator[None]:
    settings.PAPER_EXCHANGE_URL = exchange.base_url
    settings.VENUE_TIMEOUT_SECONDS = 10.0
    yield
    session.close()


def client_of(name: str, settings: Settings, keys: tuple[str, str]) -> VenueClient:
    settings.PAPER_API_KEY, settings.PAPER_API_SECRET = keys
    fees = {"maker_fee_bps": Decimal(10), "taker_fee_bps": Decimal(10)}
    return registry.client(Venue(name=name, title=name.title(), ccxt_id=name, mode="paper", **fees))


def orders_at(exchange: PaperProcess, name: str) -> list[object]:
    with urlopen(f"{exchange.base_url}/control/orders?venue={name}", timeout=30) as answer:
        return [order for account in json.load(answer).values() for order in account["orders"]]


def looked_up(client: VenueClient, order_id: str) -> LookupOutcome:
    return run(client.lookup(symbol="BTCUSDT", client_order_id=order_id, venue_order_id=None))


def cancelled(client: VenueClient, order_id: str) -> CancelOutcome:
    return run(client.cancel(symbol="BTCUSDT", client_order_id=order_id, venue_order_id=None))


@pytest.mark.parametrize("name", VENUES)
def test_a_key_that_may_withdraw_places_nothing_and_says_so(name: str, settings: Settings, exchange: PaperProcess) -> None:
    before = orders_at(exchange, name)
    client = client_of(name, settings, RISKY)
    assert run(client.key_rights()) == KeyRights(can_trade=True, can_withdraw=True)
    outcome = run(client.place(resting(f"risky{name}")))
    assert isinstance(outcome, Rejected), outcome
    assert (outcome.code, outcome.reason) == (
        "not_sent_key_refused",
        f"the API key of {name} may withdraw: replace it by one that may only read and trade",
    )
    assert orders_at(exchange, name) == before


@pytest.mark.parametrize("name", VENUES)
def test_a_key_that_may_withdraw_still_looks_up_and_cancels(name: str, settings: Settings) -> None:
    client = client_of(name, settings, RISKY)
    assert isinstance(looked_up(client, f"never{name}"), NotFound)
    assert isinstance(cancelled(client, f"never{name}"), NotFound)


@pytest.mark.parametrize("name", VENUES)
def test_a_wrong_key_places_nothing_and_says_so(name: str, settings: Settings, exchange: PaperProcess) -> None:
    before = orders_at(exchange, name)
    client = client_of(name, settings, WRONG)
    outcome = run(client.place(resting(f"wrong{name}")))
    assert isinstance(outcome, Rejected), outcome
    assert outcome.code == "not_sent_key_refused"
    assert outcome.reason.startswith(f"{name} does not accept the API key: ")
    assert orders_at(exchange, name) == before


@pytest.mark.parametrize("name", VENUES)
def test_with_a_wrong_key_lookups_and_cancels_prove_nothing(name: str, settings: Settings) -> None:
    client = client_of(name, settings, WRONG)
    assert isinstance(looked_up(client, "any"), Unknown)
    assert isinstance(cancelled(client, "any"), Unknown)


@pytest.mark.parametrize("name", VENUES)
def test_a_key_that_only_trades_is_good(name: str, settings: Settings) -> None:
    client = client_of(name, settings, GOOD)
    assert run(client.key_rights()) == KeyRights(can_trade=True, can_withdraw=False)
    assert isinstance(run(client.place(resting(f"good{name}"))), Acknowledged)
