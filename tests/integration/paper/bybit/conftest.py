"""A paper exchange as a process of its own, and unmodified ccxt clients that speak to its Bybit."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import ccxt.pro
import pytest
import pytest_asyncio

from execution.paper.process import PaperProcess, start
from execution.venues.bybit.addresses import urls

KEY, SECRET = "paper-key", "paper-secret"
WITHDRAWING_KEY = "withdrawing-key"
ACCOUNTS = (f"{KEY}:{SECRET}", f"{WITHDRAWING_KEY}:{SECRET}:withdraw")
SPOT, LINEAR = "BTC/USDT", "BTC/USDT:USDT"


@asynccontextmanager
async def open_client(base_url: str, *, key: str = KEY, secret: str = SECRET, **options: Any) -> AsyncIterator[Any]:
    """Open ccxt.pro's own bybit, as it comes, at the paper exchange's addresses."""
    chosen = {"defaultType": "spot", "adjustForTimeDifference": True, **options}
    client = ccxt.pro.bybit({"apiKey": key, "secret": secret, "enableRateLimit": False, "timeout": 10_000, "options": chosen})
    client.urls = urls(f"{base_url}/bybit")
    client.timeout_on_exit = 10
    try:
        yield client
    finally:
        await client.close()


def code_of(error: BaseException) -> int:
    """Return the venue's own code in ccxt's error."""
    text = str(error)
    return int(json.loads(text[text.index("{") :])["retCode"])


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
        for symbol in (SPOT, LINEAR):
            await opened.cancel_all_orders(symbol)
