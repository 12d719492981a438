"""Streams through ccxt's own bybit, and over bare sockets where ccxt has no word for it."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from execution.paper.process import PaperProcess
from execution.venues.bybit.market import BybitMarketReader
from execution.venues.dialect import BookUpdate, Lost, PublicTrade, Subscription
from tests.integration.paper.asking import control, eventually, fresh_id
from tests.integration.paper.bybit.conftest import KEY, LINEAR, SECRET, SPOT
from tests.waiting import PATIENCE_SECONDS

BOTH = pytest.mark.parametrize("symbol", [SPOT, LINEAR])
FAR_AHEAD = "9999999999999"


@asynccontextmanager
async def socket(exchange: PaperProcess, path: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Open a bare socket."""
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{exchange.base_url}/bybit/v5/{path}") as opened:
        yield opened


async def ask(opened: aiohttp.ClientWebSocketResponse, request: dict[str, Any]) -> Any:
    """Send a request and return the next frame."""
    await opened.send_json(request)
    return await opened.receive_json(timeout=PATIENCE_SECONDS)


def login() -> dict[str, Any]:
    signature = hmac.new(SECRET.encode(), f"GET/realtime{FAR_AHEAD}".encode(), hashlib.sha256).hexdigest()
    return {"op": "auth", "args": [KEY, FAR_AHEAD, signature]}


@BOTH
async def test_books_trades_and_tickers_arrive(client: Any, symbol: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        first = await client.watch_order_book(symbol)
        assert len(first["bids"]) == 50
        second = await client.watch_order_book(symbol)
        assert second["bids"][0][0] < second["asks"][0][0]
        watching = asyncio.create_task(client.watch_trades(symbol))
        ticker = await client.watch_ticker(symbol)
        await client.create_order(symbol, "market", "buy", 0.01)
        assert (await watching)[-1]["symbol"] == ticker["symbol"] == symbol


async def test_the_best_prices_arrive(client: Any) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        best = (await client.watch_bids_asks([SPOT]))[SPOT]
    assert best["bid"] < best["ask"]


class Follower:
    """What our reader made of the frames of its own sockets."""

    def __init__(self) -> None:
        self.numbers: dict[str, list[int]] = {}
        self.traded: set[str] = set()

    async def follow(self, subscription: Subscription) -> None:
        """Subscribe on a socket of its own and read on until cancelled."""
        assert subscription.read is not None
        async with aiohttp.ClientSession() as session, session.ws_connect(subscription.url) as opened:
            for message in subscription.messages:
                await opened.send_json(message)
            async for frame in opened:
                for news in subscription.read(frame.data):
                    self.take(news)

    def take(self, news: BookUpdate | PublicTrade | Lost) -> None:
        """Note a book's number or a trade; the first news of a book is a snapshot, and no other is."""
        assert not isinstance(news, Lost)
        if isinstance(news, PublicTrade):
            self.traded.add(news.symbol)
        else:
            assert news.is_snapshot == (news.symbol not in self.numbers)
            self.numbers.setdefault(news.symbol, []).append(news.last)


async def test_our_reader_follows_both_categories_without_a_gap(client: Any) -> None:
    reader = BybitMarketReader(client, venue="bybit", symbols=("BTCUSDT", "BTCUSDT-PERP", "ETHUSDT"))
    follower = Follower()
    tasks = [asyncio.create_task(follower.follow(subscription)) for subscription in reader.subscriptions()]

    async def is_enough() -> bool:
        assert not any(task.done() for task in tasks)
        return len(follower.numbers) == 3 and all(len(found) > 10 for found in follower.numbers.values()) and bool(follower.traded)

    await eventually(is_enough)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for found in follower.numbers.values():
        assert found == list(range(found[0], found[0] + len(found)))


async def test_a_book_over_rest_reads_like_one_of_the_stream(client: Any) -> None:
    update = await BybitMarketReader(client, venue="bybit", symbols=("BTCUSDT",)).snapshot("BTCUSDT")
    assert update.is_snapshot
    assert len(update.bids) == len(update.asks) == 50
    assert Decimal(update.bids[0][0]) < Decimal(update.asks[0][0])


@BOTH
async def test_an_accounts_own_streams(client: Any, symbol: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        orders, trades, balance = (
            asyncio.create_task(watch) for watch in (client.watch_orders(symbol), client.watch_my_trades(symbol), client.watch_balance())
        )

        async def is_subscribed() -> bool:
            subscriptions = next((found.subscriptions for url, found in client.clients.items() if url.endswith("/v5/private")), {})
            return {f"orders:{symbol}", f"myTrades:{symbol}"} <= set(subscriptions) and any("balances" in name for name in subscriptions)

        await eventually(is_subscribed)
        link = fresh_id()
        placed = await client.create_order(symbol, "market", "buy", 0.01, None, {"clientOrderId": link})
        assert (await orders)[-1]["clientOrderId"] == link
        trade = (await trades)[-1]
        assert (trade["order"], trade["symbol"], trade["takerOrMaker"]) == (placed["id"], symbol, "taker")
        assert (await balance)["USDT"]["total"] > 0


async def test_positions_arrive(client: Any) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        await client.watch_positions([LINEAR])  # the snapshot
        watching = asyncio.create_task(client.watch_positions([LINEAR]))

        async def is_subscribed() -> bool:
            return any(f"positions::{LINEAR}" in found.subscriptions for found in client.clients.values())

        await eventually(is_subscribed)
        await client.create_order(LINEAR, "market", "buy", 0.01)
        assert (await watching)[-1]["symbol"] == LINEAR


async def test_an_order_is_told_through_all_its_states(exchange: PaperProcess, client: Any) -> None:
    async with socket(exchange, "private") as opened:
        assert (await ask(opened, login()))["success"]
        assert (await ask(opened, {"op": "subscribe", "req_id": "1", "args": ["order.spot", "execution"]}))["success"]
        ask_price = (await client.fetch_order_book(SPOT, 1))["asks"][0][0]
        await client.create_order(SPOT, "limit", "buy", 60, ask_price, {"timeInForce": "IOC", "clientOrderId": (link := fresh_id())})
        states: list[str] = []
        executed = Decimal(0)
        while not states or states[-1] not in {"Filled", "PartiallyFilledCanceled"}:
            frame = await opened.receive_json(timeout=PATIENCE_SECONDS)
            (row,) = frame["data"]
            assert (row["category"], row["orderLinkId"]) == ("spot", link)
            if frame["topic"] == "execution":
                executed += Decimal(row["execQty"])
            else:
                states.append(row["orderStatus"])
    assert states[0] == "New"
    assert set(states[1:-1]) == {"PartiallyFilled"}
    assert executed == Decimal(row["cumExecQty"])


@pytest.mark.parametrize(
    ("path", "request_", "words"),
    [
        ("public/spot", {"op": "subscribe", "args": ["tickers.NOPEUSDT"]}, "Invalid symbol :[tickers.NOPEUSDT]"),
        ("public/linear", {"op": "subscribe", "args": ["tickers.NOPEUSDT"]}, "error:handler not found,topic:tickers.NOPEUSDT"),
        ("public/linear", {"op": "subscribe", "args": ["orderbook.500.BTCUSDT"]}, "error:handler not found,topic:orderbook.500.BTCUSDT"),
        ("public/spot", {"op": "subscribe", "args": ["tickers.BTCUSDT"] * 11}, "args size >10"),
        ("public/spot", {"op": "subscribe", "args": "tickers.BTCUSDT"}, "error:invalid args"),
        ("public/spot", {"op": "dance"}, "error:invalid op"),
        ("public/spot", {"args": []}, "error:invalid op"),
        ("private", {"op": "subscribe", "args": ["order"]}, "error:request not authorized"),
        ("private", {"op": "auth", "args": [KEY, FAR_AHEAD, "00"]}, "Params Error"),
        ("private", {"op": "auth", "args": ["nobody", FAR_AHEAD, "00"]}, "API key is invalid."),
        ("private", {"op": "auth", "args": [KEY]}, "Params Error"),
        ("private", {"op": "auth"}, "Params Error"),
    ],
)
async def test_a_wrong_request_is_refused_in_words(exchange: PaperProcess, path: str, request_: dict[str, Any], words: str) -> None:
    async with socket(exchange, path) as opened:
        answer = await ask(opened, {"req_id": "7", **request_})
    assert (answer["success"], answer["ret_msg"], answer["req_id"]) == (False, words, "7")


@pytest.mark.parametrize("path", ["public/spot", "private"])
async def test_a_frame_that_is_no_request_is_refused_and_the_stream_goes_on(exchange: PaperProcess, path: str) -> None:
    async with socket(exchange, path) as opened:
        await opened.send_str("{")
        assert (await opened.receive_json(timeout=PATIENCE_SECONDS))["success"] is False
        pong = await ask(opened, {"op": "ping", "req_id": "9"})
    assert pong["req_id"] == "9"
    assert "pong" in {pong["op"], pong.get("ret_msg")}


async def test_a_topic_is_left_again(exchange: PaperProcess) -> None:
    async with socket(exchange, "public/linear") as opened:
        await ask(opened, {"op": "subscribe", "args": ["orderbook.50.BTCUSDT"]})
        await opened.send_json({"op": "unsubscribe", "req_id": "2", "args": ["orderbook.50.BTCUSDT"]})
        while (frame := await opened.receive_json(timeout=PATIENCE_SECONDS)).get("op") != "unsubscribe":
            assert frame["topic"] == "orderbook.50.BTCUSDT"
        pong = await ask(opened, {"op": "ping"})
    assert pong["ret_msg"] == "pong"


@BOTH
async def test_orders_are_cancelled_when_the_private_stream_stays_away(exchange: PaperProcess, client: Any, symbol: str) -> None:
    product, topic = ("SPOT", "dcp.spot") if symbol == SPOT else ("DERIVATIVES", "dcp.future")
    await client.cancel_all_orders_after(3000, {"product": product, "type": product})
    async with socket(exchange, "private") as opened:
        assert (await ask(opened, login()))["success"]
        assert (await ask(opened, {"op": "subscribe", "args": [topic]}))["success"]
        bid = (await client.fetch_order_book(symbol, 1))["bids"][0][0]
        order = await client.create_order(symbol, "limit", "buy", 0.01, float(client.price_to_precision(symbol, bid * 0.9)))
        assert len(await client.fetch_open_orders(symbol)) == 1

    async def is_cancelled() -> bool:
        return (await client.fetch_order(order["id"], symbol, {"acknowledged": True}))["status"] == "canceled"

    await eventually(is_cancelled)
    row = (await client.fetch_order(order["id"], symbol, {"acknowledged": True}))["info"]
    assert row["cancelType"] == "CancelByDCP"


async def test_a_gap_on_demand_shows_in_the_numbers(exchange: PaperProcess) -> None:
    async with socket(exchange, "public/linear") as opened:
        await ask(opened, {"op": "subscribe", "args": ["orderbook.50.BTCUSDT"]})
        numbers = [(await opened.receive_json(timeout=PATIENCE_SECONDS))["data"]["u"] for _ in range(3)]
        assert numbers == list(range(numbers[0], numbers[0] + 3))
        control(exchange.base_url, "POST", "faults", {"venue": "bybit", "fault": "gap", "stream": "public", "count": 1})
        for _ in range(1000):
            numbers.append((await opened.receive_json(timeout=PATIENCE_SECONDS))["data"]["u"])
            if numbers[-1] != numbers[-2] + 1:
                break
    assert numbers[-1] == numbers[-2] + 2
