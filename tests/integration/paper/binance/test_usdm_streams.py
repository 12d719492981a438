"""USD-M's streams through unmodified ccxt.pro, and through the desk's own readers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import aiohttp
import msgspec

from dipmaster.domain.fills import Execution
from execution.paper.process import PaperProcess
from execution.venues.binance.account import BinanceAccountReader
from execution.venues.binance.market import BinanceMarketReader
from execution.venues.dialect import BookUpdate, PublicTrade
from tests.waiting import PATIENCE_SECONDS

BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"


@asynccontextmanager
async def socket(url: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as opened:
        yield opened


async def test_a_book_is_kept_by_ccxt_and_stays_sorted_and_uncrossed(binance: Any) -> None:
    for _ in range(10):
        book = await asyncio.wait_for(binance.watch_order_book(BTC), PATIENCE_SECONDS)
    bids, asks = [level[0] for level in book["bids"]], [level[0] for level in book["asks"]]
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]


async def test_trades_of_the_perpetual_arrive(binance: Any) -> None:
    trades = await asyncio.wait_for(binance.watch_trades(BTC), PATIENCE_SECONDS)
    assert {trade["symbol"] for trade in trades} == {BTC}


async def test_an_order_and_its_trade_are_told_with_its_client_id(binance: Any) -> None:
    orders = asyncio.ensure_future(binance.watch_orders(BTC))
    trades = asyncio.ensure_future(binance.watch_my_trades(BTC))
    await _private_socket(binance)
    await binance.create_order(BTC, "market", "buy", 0.01, None, {"clientOrderId": "usdm-stream-1"})
    assert (await asyncio.wait_for(orders, PATIENCE_SECONDS))[0]["clientOrderId"] == "usdm-stream-1"
    (trade, *_) = await asyncio.wait_for(trades, PATIENCE_SECONDS)
    assert (trade["symbol"], trade["side"], trade["fee"]["currency"]) == (BTC, "buy", "USDT")


async def test_a_position_and_the_wallet_are_told(binance: Any) -> None:
    binance.options["watchPositions"] = {"fetchPositionsSnapshot": False, "awaitPositionsSnapshot": False}
    positions = asyncio.ensure_future(binance.watch_positions([ETH]))
    balance = asyncio.ensure_future(binance.watch_balance({"type": "swap"}))
    await _private_socket(binance)
    await binance.create_order(ETH, "market", "sell", 0.1)
    (position,) = await asyncio.wait_for(positions, PATIENCE_SECONDS)
    assert (position["symbol"], position["side"], position["contracts"]) == (ETH, "short", 0.1)
    assert (await asyncio.wait_for(balance, PATIENCE_SECONDS))["USDT"]["total"] > 0


async def test_a_listen_key_stays_the_same_until_it_is_deleted(binance: Any) -> None:
    first = (await binance.fapiPrivatePostListenKey())["listenKey"]
    assert (await binance.fapiPrivatePostListenKey())["listenKey"] == first
    assert (await binance.fapiPrivatePutListenKey())["listenKey"] == first
    async with socket(binance.get_private_ws_url("linear", first)) as opened:
        await binance.fapiPrivateDeleteListenKey()
        assert (await asyncio.wait_for(opened.receive(), PATIENCE_SECONDS)).type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}
    assert (await binance.fapiPrivatePostListenKey())["listenKey"] != first


async def test_the_desks_reader_follows_a_spot_and_a_perpetual_book_without_a_gap(binance: Any, exchange: PaperProcess) -> None:
    reader = BinanceMarketReader(binance, venue="binance", symbols=["BTCUSDT", "BTCUSDT-PERP"])
    for subscription in reader.subscriptions():
        async with socket(subscription.url) as opened:
            for message in subscription.messages:
                await opened.send_str(msgspec.json.encode(message).decode())
            kinds = await _follow(reader, opened)
        assert kinds == {BookUpdate, PublicTrade}


async def test_the_desks_reader_hears_of_executions_on_both_of_the_accounts_streams(binance: Any) -> None:
    reader = BinanceAccountReader(binance, venue="binance", symbols=["BTCUSDT", "BTCUSDT-PERP"])
    told: asyncio.Queue[Execution] = asyncio.Queue()
    leave_to_ccxt = binance.handle_message

    def handle(client: Any, message: Any) -> None:
        news = reader.read(message)
        if news is None:
            leave_to_ccxt(client, message)
        for execution in news.executions if news else ():
            told.put_nowait(execution)

    binance.handle_message = handle
    await asyncio.wait_for(reader.subscribe(), PATIENCE_SECONDS)
    await binance.create_order("BTC/USDT", "market", "buy", 0.01, None, {"newClientOrderId": "reader-spot"})
    await binance.create_order(BTC, "market", "buy", 0.01, None, {"newClientOrderId": "reader-usdm"})
    heard: dict[str, Decimal] = {}
    async with asyncio.timeout(PATIENCE_SECONDS):
        while sum(heard.values()) < Decimal("0.02"):
            execution = await told.get()
            name = f"{execution.client_order_id} {execution.symbol}"
            heard[name] = heard.get(name, Decimal(0)) + execution.quantity
    assert heard == {"reader-spot BTCUSDT": Decimal("0.01"), "reader-usdm BTCUSDT-PERP": Decimal("0.01")}


async def _follow(reader: BinanceMarketReader, opened: aiohttp.ClientWebSocketResponse) -> set[type]:
    """Read until trades and thirty changes of the book have come; each change must fit the one before and the snapshot."""
    last, changes, kinds = None, 0, set()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while changes < 30 or len(kinds) < 2:
            for item in reader.read((await opened.receive()).data):
                kinds.add(type(item))
                if not isinstance(item, BookUpdate):
                    continue
                if last is None:
                    last = (await reader.snapshot(item.symbol)).last
                if item.last > last:
                    assert item.first <= last + 1
                    last, changes = item.last, changes + 1
    return kinds


async def _private_socket(client: Any) -> None:
    """Wait until ccxt is connected to the account's stream."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not any("listenKey" in url and opened.connected.done() for url, opened in (client.clients or {}).items()):
            await asyncio.sleep(0.01)
