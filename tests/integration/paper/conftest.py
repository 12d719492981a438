"""A paper exchange as a process of its own, and ccxt clients that trade on it over real sockets."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import ccxt.pro
import pytest
import pytest_asyncio

from execution.paper.process import PaperProcess, start
from execution.venues.binance import addresses
from tests.integration.paper import asking

KEY, SECRET = "paper-key", "paper-secret"


@asynccontextmanager
async def _open_client(base_url: str, venue: str = "binance", *, key: str = KEY, secret: str = SECRET) -> AsyncIterator[Any]:
    urls = addresses.urls(f"{base_url}/{venue}")
    client = ccxt.pro.binance({"apiKey": key, "secret": secret, **addresses.options(), "urls": urls})
    try:
        await client.load_markets()
        yield client
    finally:
        await client.close()


@pytest.fixture
def open_client() -> Any:
    """Return the function that opens a ccxt.pro client on a venue."""
    return _open_client


@pytest.fixture
def eventually() -> Any:
    """Return the function that waits for a condition."""
    return asking.eventually


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperProcess]:
    process = start(tmp_path_factory.mktemp("paper"), seed=7)
    yield process
    assert process.stop() == 0


@pytest_asyncio.fixture
async def client(exchange: PaperProcess) -> AsyncIterator[Any]:
    async with _open_client(exchange.base_url) as opened:
        yield opened
        for symbol in ("BTC/USDT", "ETH/USDT", "SOL/USDT"):
            if await opened.fetch_open_orders(symbol):
                await opened.cancel_all_orders(symbol)
