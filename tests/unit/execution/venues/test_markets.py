"""What a venue trades is read once, and again beside the running work."""

import asyncio
from typing import Any

import ccxt.async_support as ccxt
import pytest

from execution.venues.ccxt import markets
from execution.venues.ccxt.markets import Markets

BTC = {"id": "btcusdt", "symbol": "BTC/USDT", "base": "BTC", "quote": "USDT", "type": "spot", "spot": True, "precision": {}, "limits": {}}


class Slow(ccxt.htx):  # type: ignore[misc]
    """An exchange that tells its markets at once the first time, and later only when it is let."""

    def __init__(self) -> None:
        super().__init__({"has": {"fetchCurrencies": False}})
        self.asked = 0
        self.is_asked_again, self.may_answer = asyncio.Event(), asyncio.Event()

    async def fetch_markets(self, params: Any = None) -> Any:
        self.asked += 1
        if self.asked > 1:
            self.is_asked_again.set()
            await self.may_answer.wait()
        return [BTC]


async def test_old_markets_serve_while_new_ones_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markets, "OLD_SECONDS", -1.0)
    exchange = Slow()
    loaded = Markets(exchange, "htx")
    await loaded.load()

    for _ in range(3):  # each of them finds what is known old
        async with asyncio.timeout(30):
            await loaded.load()
            await exchange.is_asked_again.wait()
            await exchange.load_markets()  # ccxt does so within each of its calls
    assert exchange.asked == 2

    exchange.may_answer.set()
    loaded.close()
    await exchange.close()
