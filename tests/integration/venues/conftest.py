"""A proxy before the paper exchange, and clients that go through it."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import count

import pytest
from pytest_django import Settings
from redis import Redis

from execution.models import Venue
from execution.paper.process import PaperProcess
from execution.venues import registry, session
from execution.venues.protocol import VenueClient
from tests.integration.venues.proxy import BackgroundLoop, Proxy

_numbers = count(1)


@pytest.fixture
def background() -> Iterator[BackgroundLoop]:
    loop = BackgroundLoop()
    yield loop
    loop.close()


@pytest.fixture
def proxy(paper_exchange: PaperProcess, background: BackgroundLoop) -> Iterator[Proxy]:
    proxy = Proxy(paper_exchange.base_url)
    background.run(proxy.start())
    yield proxy
    background.run(proxy.stop())


@pytest.fixture
def venue(proxy: Proxy) -> Venue:
    """An unsaved row: the clients read it and nothing else."""
    fees = {"maker_fee_bps": Decimal(10), "taker_fee_bps": Decimal(10)}
    return Venue(name="binance", title="Binance", ccxt_id="binance", mode="paper", base_url=f"{proxy.url}/binance", **fees)


@pytest.fixture
def client(venue: Venue, settings: Settings, redis: Redis) -> Iterator[VenueClient]:
    settings.VENUE_TIMEOUT_SECONDS = 5.0
    yield registry.client(venue)
    session.close()


@pytest.fixture
def order_id() -> str:
    return f"test{next(_numbers)}"
