"""OKX's WebSockets through ccxt.pro's own okx, and through our readers."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import ccxt
import pytest

from execution.paper.process import PaperProcess
from execution.venues.dialect import BookUpdate, PublicTrade
from execution.venues.okx.market import OkxMarketReader
from tests.integration.paper.asking import control, fresh_id
from tests.integration.paper.okx.conftest import SPOT, SWAP, open_client
from tests.waiting import PATIENCE_SECONDS

BOTH = pytest.mark.parametrize("symbol", [SPOT, SWAP])


async def soon(waiting: Any) -> Any:
    """Wait for what a stream brings, not for ever."""
    return await asyncio.wait_for(waiting, PATIENCE_SECONDS)


@asynccontextmanager
async def socket(exchange: PaperProcess, name: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Open one of the WebSockets without ccxt."""
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{exchange.base_url}/okx/ws/v5/{name}") as opened:
        yield opened


async def frame(opened: aiohttp.ClientWebSocketResponse) -> Any:
    return json.loads(await soon(opened.receive_str()))


@BOTH
async def test_books_trades_and_tickers(client: Any, symbol: str) -> None:
    first = await soon(client.watch_order_book(symbol))
    nonce = first["nonce"]
    while (book := await soon(client.watch_order_book(symbol)))["nonce"] == nonce:
        pass
    assert book["bids"][0][0] < book["asks"][0][0]
    assert (await soon(client.watch_order_book(symbol, 5)))["bids"]
    assert (await soon(client.watch_bids_asks([symbol])))[symbol]["bid"] > 0
    assert (await soon(client.watch_ticker(symbol)))["symbol"] == symbol
    watching = asyncio.create_task(client.watch_trades(symbol))
    await client.create_order(symbol, "market", "buy", 1 if symbol == SWAP else 0.01)
    assert (await soon(watching))[-1]["symbol"] == symbol


@BOTH
async def test_orders_and_fills_arrive(client: Any, symbol: str) -> None:
    link, size = fresh_id(), 1 if symbol == SWAP else 0.01
    await soon(client.authenticate())
    fills = asyncio.create_task(client.watch_my_trades(symbol))
    orders = asyncio.create_task(client.watch_orders(symbol))
    await subscribed(client, 2)
    await client.create_order(symbol, "market", "buy", size, None, {"clOrdId": link})
    (fill, *_) = await soon(fills)
    assert (fill["info"]["clOrdId"], fill["takerOrMaker"], fill["info"]["fillFee"][0]) == (link, "taker", "-")
    assert (await soon(orders))[-1]["clientOrderId"] == link


async def subscribed(client: Any, count: int) -> None:
    """Wait until ccxt has sent its subscriptions: the private socket answers each with the number of its connections."""
    (private,) = [one for url, one in client.clients.items() if url.endswith("/private")]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(private.subscriptions) <= count:  # the login counts too
            await asyncio.sleep(0.01)
    await private.send("ping")
    before = private.lastPong
    async with asyncio.timeout(PATIENCE_SECONDS):
        while private.lastPong in (None, before):
            await asyncio.sleep(0.01)


async def test_balances_and_positions_arrive(client: Any) -> None:
    assert (await soon(client.watch_balance()))["USDT"]["total"] > 0
    positions = asyncio.create_task(client.watch_positions([SWAP]))
    await subscribed(client, 2)
    await client.create_order(SWAP, "market", "buy", 1)
    assert (await soon(positions))[0]["symbol"] == SWAP


async def test_a_wrong_login_is_refused(exchange: PaperProcess) -> None:
    async with open_client(exchange.base_url, secret="wrong") as client:
        with pytest.raises(ccxt.AuthenticationError, match="60007"):
            await soon(client.authenticate())


async def test_a_ping_is_answered_as_text(exchange: PaperProcess) -> None:
    async with socket(exchange, "public") as opened:
        await opened.send_str("ping")
        assert await soon(opened.receive_str()) == "pong"


@pytest.mark.parametrize(
    ("name", "sent", "code"),
    [
        ("public", {"op": "subscribe", "args": [{"channel": "books", "instId": "NO-SUCH"}]}, "60018"),
        ("public", {"op": "subscribe", "args": [{"channel": "orders", "instType": "ANY"}]}, "60018"),
        ("public", {"op": "subscribe", "args": ["books"]}, "60013"),
        ("public", {"op": "dance", "args": []}, "60019"),
        ("public", {"op": "subscribe"}, "60012"),
        ("private", {"op": "subscribe", "args": [{"channel": "orders", "instType": "ANY"}]}, "60011"),
        ("private", {"op": "login", "args": [{"apiKey": "nobody", "timestamp": "1"}]}, "60006"),
        ("business", {"op": "subscribe", "args": [{"channel": "books", "instId": "BTC-USDT"}]}, "60018"),
    ],
)
async def test_what_cannot_be_had_is_refused(exchange: PaperProcess, name: str, sent: Any, code: str) -> None:
    async with socket(exchange, name) as opened:
        await opened.send_json({"id": "7", **sent})
        answer = await frame(opened)
    assert (answer["event"], answer["code"], answer["id"]) == ("error", code, "7")


async def test_what_is_no_json_is_refused(exchange: PaperProcess) -> None:
    async with socket(exchange, "public") as opened:
        await opened.send_str("{")
        assert (await frame(opened))["code"] == "60012"


async def test_the_business_socket_tells_every_trade(exchange: PaperProcess, client: Any) -> None:
    async with socket(exchange, "business") as opened:
        await opened.send_json({"op": "subscribe", "args": [{"channel": "trades-all", "instId": "BTC-USDT"}]})
        assert (await frame(opened))["event"] == "subscribe"
        await client.create_order(SPOT, "market", "buy", 0.01)
        assert (await frame(opened))["data"][0]["instId"] == "BTC-USDT"


async def test_our_reader_follows_the_book_to_the_venues_own(exchange: PaperProcess, client: Any) -> None:
    """Every frame has the sequence of the one before it, spot and swap."""
    reader = OkxMarketReader(client, venue="okx", symbols=("BTCUSDT", "BTCUSDT-PERP"))
    (subscription,) = reader.subscriptions()
    sequences: dict[str, int] = {}
    changes: dict[str, int] = {"BTCUSDT": 0, "BTCUSDT-PERP": 0}
    async with socket(exchange, "public") as opened:
        for message in subscription.messages:
            await opened.send_json(message)
        while min(changes.values()) < 20:
            for news in reader.read(await soon(opened.receive_str())):
                assert isinstance(news, BookUpdate | PublicTrade)
                if isinstance(news, BookUpdate):
                    assert news.is_snapshot or news.first == sequences[news.symbol] + 1
                    changes[news.symbol] += not news.is_snapshot
                    sequences[news.symbol] = news.last


async def test_a_lost_frame_is_a_gap_in_the_sequence(exchange: PaperProcess, client: Any) -> None:
    reader = OkxMarketReader(client, venue="okx", symbols=("BTCUSDT",))
    async with socket(exchange, "public") as opened:

        async def book() -> BookUpdate:
            """Return the next of the book's own updates: answers to the subscription are none."""
            while True:
                for news in reader.read(await opened.receive_str()):
                    assert isinstance(news, BookUpdate)
                    return news

        await opened.send_json({"op": "subscribe", "args": [{"channel": "books", "instId": "BTC-USDT"}]})
        await soon(book())
        last = (await soon(book())).last
        control(exchange.base_url, "POST", "faults", {"venue": "okx", "fault": "gap", "stream": "public", "count": 1})
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (update := await book()).first == last + 1:  # what was under way still arrives
                last = update.last
    assert update.first > last + 1
