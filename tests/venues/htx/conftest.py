"""An HTX on loopback, a row for it, and a client made from the row."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from pytest_django import Settings
from redis import Redis

from execution.models import Venue, VenueCredential
from execution.venues import registry, session
from execution.venues.protocol import VenueClient
from tests.integration.venues.proxy import BackgroundLoop
from tests.venues.htx.server import KEY, SECRET, HtxServer

REFUSALS = {
    "account-frozen-balance-insufficient-error": "no effect",
    "order-value-min-error": "no effect",
    "order-limitorder-amount-min-error": "no effect",
    "order-orderprice-precision-error": "no effect",
    "base-symbol-trade-disabled": "no effect",
    "api-signature-not-valid": "no effect",
    "base-record-invalid": "no such order",
    "order-orderstate-error": "no such order",
    "base-request-exceed-frequency-limit": "rate limited",
}


@pytest.fixture
def htx() -> Iterator[HtxServer]:
    background, server = BackgroundLoop(), HtxServer()
    background.run(server.start())
    yield server
    background.run(server.stop())
    background.close()


@pytest.fixture
def row(htx: HtxServer, db: None) -> Venue:
    """All there is of HTX in the desk: one row, and the keys of its account."""
    venue = Venue.objects.create(
        name="htx",
        title="HTX",
        ccxt_id="htx",
        base_url=htx.url,
        maker_fee_bps=Decimal(20),
        taker_fee_bps=Decimal(20),
        min_order_notional=Decimal(20),
        max_order_notional=Decimal(50_000),
        refusals=REFUSALS,
    )
    store_keys(venue, KEY, SECRET)
    return venue


@pytest.fixture
def client(row: Venue, settings: Settings, redis: Redis) -> Iterator[VenueClient]:
    settings.VENUE_TIMEOUT_SECONDS = 10.0
    yield registry.client(row)
    session.close()


def store_keys(venue: Venue, key: str, secret: str) -> None:
    credential = VenueCredential(venue=venue)
    credential.put("api_key", key)
    credential.put("api_secret", secret)
    credential.save()
