"""ccxt's coinbase, as it is, on a paper exchange of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import ccxt.pro
import pytest
import pytest_asyncio

from execution.paper.credentials import credentials
from execution.paper.process import PaperProcess
from execution.venues.coinbase import DIALECT

KEY, SECRET = "paper-key", "paper-secret"


@asynccontextmanager
async def _open_client(base_url: str, *, key: str = KEY, secret: str = SECRET) -> AsyncIterator[Any]:
    client = ccxt.pro.coinbase({**credentials("coinbase", key, secret), **DIALECT.options(), "enableRateLimit": False})
    client.urls = DIALECT.urls(f"{base_url}/coinbase")
    try:
        yield client
    finally:
        await client.close()


@pytest.fixture
def open_client() -> Any:
    """Return the function that opens ccxt's coinbase with a key."""
    return _open_client


@pytest_asyncio.fixture
async def client(exchange: PaperProcess) -> AsyncIterator[Any]:
    async with _open_client(exchange.base_url) as opened:
        await opened.load_markets()
        yield opened
        for order in await opened.fetch_open_orders():
            await opened.cancel_order(order["id"])
