"""ccxt.pro's coinbase and the desk's own readers hear the market and the account."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from execution.paper.process import PaperProcess
from execution.venues.coinbase import DIALECT
from execution.venues.dialect import BookUpdate, Lost, PublicTrade
from tests.waiting import PATIENCE_SECONDS

SYMBOL = "BTC/USDT"


@asynccontextmanager
async def socket(exchange: PaperProcess) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    url = DIALECT.urls(f"{exchange.base_url}/coinbase")["api"]["ws"]
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as opened, asyncio.timeout(PATIENCE_SECONDS):
        yield opened


async def test_ccxt_keeps_the_book_and_hears_trades_and_prices(client: Any) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        for _ in range(3):
            book = await client.watch_order_book(SYMBOL)
        trades = await client.watch_trades(SYMBOL)
        ticker = await client.watch_ticker(SYMBOL)
    assert book["bids"][0][0] < book["asks"][0][0]
    assert trades
    assert ticker["bid"] < ticker["ask"]


async def test_ccxt_hears_what_happens_to_its_orders(client: Any) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        await client.watch_orders()  # what was open before
        hearing = asyncio.ensure_future(client.watch_orders())
        await asyncio.sleep(0)
        ask = (await client.fetch_order_book(SYMBOL, 1))["asks"][0][0]
        price = client.price_to_precision(SYMBOL, ask * 1.01)
        answer = await client.create_order(SYMBOL, "limit", "buy", 0.01, price, {"client_order_id": "heard", "timeInForce": "IOC"})
        told = [order for order in await hearing if order["id"] == answer["id"]]
        while not told or told[-1]["status"] != "closed":
            told = [order for order in await client.watch_orders() if order["id"] == answer["id"]]
    assert (told[-1]["clientOrderId"], told[-1]["filled"]) == ("heard", 0.01)


async def test_the_account_is_told_to_nobody_without_a_token(exchange: PaperProcess) -> None:
    async with socket(exchange) as opened:
        await opened.send_json({"type": "subscribe", "product_ids": [], "channel": "user"})
        assert await opened.receive_json() == {"type": "error", "message": "authentication failure"}


UNKNOWN_PRODUCT = '{"type":"subscribe","channel":"level2","product_ids":["XXX-USDT"]}'


@pytest.mark.parametrize("message", ["", "[]", "{}", '{"type":"subscribe"}', UNKNOWN_PRODUCT])
async def test_a_message_that_asks_for_nothing_is_refused(exchange: PaperProcess, message: str) -> None:
    async with socket(exchange) as opened:
        await opened.send_str(message)
        assert (await opened.receive_json())["type"] == "error"


class Books:
    """What a reader makes of a connection: whole books and trades."""

    def __init__(self, client: Any, symbols: list[str]) -> None:
        self.reader = DIALECT.market_reader(client, venue="coinbase", symbols=symbols)
        self.sides: dict[str, tuple[dict[str, str], dict[str, str]]] = {}
        self.trades: list[PublicTrade] = []

    async def follow(self, opened: aiohttp.ClientWebSocketResponse) -> None:
        """Take one frame."""
        for news in self.reader.read(await opened.receive_str()):
            assert not isinstance(news, Lost), news
            if isinstance(news, PublicTrade):
                self.trades.append(news)
            else:
                self._apply(news)

    def _apply(self, update: BookUpdate) -> None:
        sides = ({}, {}) if update.is_snapshot else self.sides[update.symbol]
        for kept, levels in zip(sides, (update.bids, update.asks), strict=True):
            for price, quantity in levels:
                kept[price] = quantity
                if not float(quantity):
                    del kept[price]
        self.sides[update.symbol] = sides

    def best(self, symbol: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        bids, asks = self.sides[symbol]
        return sorted(bids.items(), key=lambda level: -float(level[0]))[:5], sorted(asks.items(), key=lambda level: float(level[0]))[:5]


async def test_the_reader_keeps_the_books_that_the_venue_has(client: Any, exchange: PaperProcess) -> None:
    """The two are compared until they were read at the same moment; a reader that went astray would never agree again."""
    books = Books(client, ["BTCUSDT", "ETHUSDT"])
    async with socket(exchange) as opened:
        (subscription,) = books.reader.subscriptions()
        for message in subscription.messages:
            await opened.send_json(message)
        for _ in range(100):
            await books.follow(opened)
        for symbol, product in (("BTCUSDT", "BTC-USDT"), ("ETHUSDT", "ETH-USDT")):
            while True:
                told = (await client.v3PublicGetBrokerageMarketProductBook({"product_id": product, "limit": 5}))["pricebook"]
                wanted = tuple([(level["price"], level["size"]) for level in told[side]] for side in ("bids", "asks"))
                seen = [books.best(symbol)]
                for _ in range(10):
                    await books.follow(opened)
                    seen.append(books.best(symbol))
                if wanted in seen:
                    break
        while not books.trades:
            await books.follow(opened)
    assert books.trades[0].price > 0


async def test_frames_are_numbered_over_all_channels(exchange: PaperProcess) -> None:
    async with socket(exchange) as opened:
        for channel in ("heartbeats", "level2", "market_trades", "ticker"):
            await opened.send_json({"type": "subscribe", "product_ids": ["BTC-USDT", "ETH-USDT"], "channel": channel})
        frames = [await opened.receive_json() for _ in range(60)]
    assert [frame["sequence_num"] for frame in frames] == list(range(60))
    assert {"subscriptions", "heartbeats", "l2_data", "market_trades", "ticker"} >= {frame["channel"] for frame in frames}


async def test_a_channel_that_was_left_falls_silent(exchange: PaperProcess) -> None:
    async with socket(exchange) as opened:
        for kind, channel in (("subscribe", "level2"), ("subscribe", "heartbeats"), ("unsubscribe", "level2")):
            await opened.send_json({"type": kind, "product_ids": ["BTC-USDT"], "channel": channel})
        while True:
            frame = await opened.receive_json()
            if frame["channel"] == "subscriptions" and frame["events"] == [{"subscriptions": {"heartbeats": ["heartbeats"]}}]:
                break
        assert [(await opened.receive_json())["channel"] for _ in range(2)] == ["heartbeats", "heartbeats"]
