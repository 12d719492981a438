"""A recording, written here in the recorded format, is the market that ccxt sees."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import ccxt
import pytest

from execution.paper.process import PaperProcess, start

BTC, ETH = "BTC/USDT", "ETH/USDT"
START_NS = 1_723_161_253_000_000_000
OPENING = {"lastUpdateId": 10, "bids": [["61000.00", "1.5"], ["60999.00", "2"]], "asks": [["61001.00", "0.5"], ["61002.00", "3"]]}


def trade(number: int, price: str, quantity: str) -> dict[str, Any]:
    data = {"e": "trade", "E": number, "s": "BTCUSDT", "t": number, "p": price, "q": quantity, "T": number, "m": True, "M": True}
    return {"stream": "btcusdt@trade", "data": data}


def recording(path: Path) -> Path:
    """Write a book that stands still and sellers who trade 0.3 at the best bid twice a second, for two minutes."""
    lines = [
        (0.0, trade(0, "61000.00", "0.00001")),
        (0.0, OPENING),
        *((1 + step / 2, trade(step, "61000.00", "0.3")) for step in range(240)),
    ]
    with gzip.open(path, "wt") as file:
        file.writelines(f"{START_NS + int(seconds * 1e9)} {json.dumps(message)}\n" for seconds, message in lines)
    return path


@pytest.fixture
def replayed(tmp_path: Path) -> Iterator[PaperProcess]:
    process = start(tmp_path / "state", replay=[recording(tmp_path / "btcusdt.jsonl.gz")], speed=2.0)
    yield process
    assert process.stop() == 0


async def test_the_recorded_book_is_the_market_of_its_venue_and_nothing_else_trades(replayed: PaperProcess, open_client: Any) -> None:
    async with open_client(replayed.base_url) as client:
        book = await client.fetch_order_book(BTC)
        assert (book["asks"][0], book["bids"][1]) == ([61001.0, 0.5], [60999.0, 2.0])
        assert (client.markets[BTC]["active"], client.markets[ETH]["active"]) == (True, False)
        with pytest.raises(ccxt.MarketClosed):
            await client.create_order(ETH, "limit", "buy", 1, 2600)
    async with aiohttp.ClientSession(replayed.base_url) as session:
        venues = (await (await session.get("/control/status")).json())["venues"]
    assert {name: venue["symbols"] for name, venue in venues.items() if venue["symbols"]} == {"binance": ["BTCUSDT"]}


async def test_a_taker_trades_on_recorded_quantity_once(replayed: PaperProcess, open_client: Any) -> None:
    async with open_client(replayed.base_url) as client:
        first = await client.create_order(BTC, "limit", "buy", 0.5, 61001, {"timeInForce": "IOC"})
        second = await client.create_order(BTC, "limit", "buy", 0.5, 61001, {"timeInForce": "IOC"})
    assert (first["filled"], second["filled"]) == (0.5, 0)


async def test_a_passive_order_fills_from_recorded_trades_after_its_queue(
    replayed: PaperProcess, open_client: Any, eventually: Any
) -> None:
    async with open_client(replayed.base_url) as client:
        order = await client.create_order(BTC, "limit", "buy", 0.6, 61000, {"postOnly": True})
        assert order["filled"] == 0

        async def filled() -> bool:
            return (await client.fetch_order(order["id"], BTC))["status"] == "closed"

        assert await eventually(filled, seconds=60)
        trades = await client.fetch_my_trades(BTC)
    assert {trade["takerOrMaker"] for trade in trades} == {"maker"}
    assert {trade["price"] for trade in trades} == {61000}


async def test_the_status_says_when_the_recording_has_ended(tmp_path: Path, eventually: Any) -> None:
    process = start(tmp_path / "state", replay=[recording(tmp_path / "btcusdt.jsonl.gz")], speed=1000.0)
    try:
        async with aiohttp.ClientSession(process.base_url) as session:

            async def ended() -> bool:
                return (await (await session.get("/control/status")).json())["state"] == "ended"

            assert await eventually(ended)
            book = await (await session.get("/binance/api/v3/depth", params={"symbol": "BTCUSDT"})).json()
    finally:
        assert process.stop() == 0
    assert book["asks"][0] == ["61001.00000000", "0.50000000"]
