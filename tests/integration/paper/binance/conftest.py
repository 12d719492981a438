"""One object of unmodified ccxt trades spot and USD-M on the paper exchange."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import ccxt.pro
import pytest
import pytest_asyncio

from execution.paper.process import PaperProcess
from execution.venues.binance import DIALECT

PERPETUALS = ("BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT")


@asynccontextmanager
async def _open(exchange: PaperProcess, *, key: str = "paper-key", secret: str = "paper-secret") -> AsyncIterator[Any]:
    client = ccxt.pro.binance({"apiKey": key, "secret": secret, **DIALECT.options()})
    client.urls = DIALECT.urls(f"{exchange.base_url}/binance")
    try:
        yield client
    finally:
        await client.close()


@pytest.fixture
def open_binance(exchange: PaperProcess) -> Any:
    """Return the function that opens a client with a key and a secret."""
    return lambda **credentials: _open(exchange, **credentials)


@pytest_asyncio.fixture
async def binance(exchange: PaperProcess) -> AsyncIterator[Any]:
    """A client with its markets loaded; afterwards nothing is open any more, orders or positions."""
    async with _open(exchange) as client:
        await client.load_markets()
        yield client
        for symbol in PERPETUALS:
            await client.cancel_all_orders(symbol)
        for position in await client.fetch_positions():
            side = "sell" if position["side"] == "long" else "buy"
            await client.create_order(position["symbol"], "market", side, position["contracts"], None, {"reduceOnly": True})
