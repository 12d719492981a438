"""A paper exchange as a process of its own, and unmodified ccxt clients that speak to its OKX."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import ccxt.pro
import pytest
import pytest_asyncio

from execution.paper.credentials import credentials
from execution.paper.process import PaperProcess, start
from execution.venues.okx import addresses

KEY, SECRET = "paper-key", "paper-secret"
WITHDRAWING_KEY = "withdrawing-key"
ACCOUNTS = (f"{KEY}:{SECRET}", f"{WITHDRAWING_KEY}:{SECRET}:withdraw")
SPOT, SWAP = "BTC/USDT", "BTC/USDT:USDT"


@asynccontextmanager
async def open_client(base_url: str, *, key: str = KEY, secret: str = SECRET, **changes: Any) -> AsyncIterator[Any]:
    """Open ccxt.pro's own okx, as it comes, at the paper exchange's addresses."""
    client = ccxt.pro.okx({**credentials("okx", key, secret), **addresses.options(), "timeout": 10_000, **changes})
    client.urls = addresses.urls(f"{base_url}/okx")
    client.timeout_on_exit = 10
    try:
        yield client
    finally:
        await client.close()


def code_of(error: BaseException) -> str:
    """Return the venue's own code in ccxt's error."""
    text = str(error)
    answer = json.loads(text[text.index("{") :])
    return str(answer["data"][0]["sCode"] if answer.get("data") else answer["code"])


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperProcess]:
    process = start(tmp_path_factory.mktemp("paper"), seed=7, accounts=ACCOUNTS)
    yield process
    assert process.stop() == 0


@pytest_asyncio.fixture
async def client(exchange: PaperProcess) -> AsyncIterator[Any]:
    async with open_client(exchange.base_url) as opened:
        await opened.load_markets()
        yield opened
        for symbol in (SPOT, SWAP):
            for order in await opened.fetch_open_orders(symbol):
                await opened.cancel_order(order["id"], symbol)
