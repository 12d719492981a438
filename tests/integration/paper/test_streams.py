"""Unmodified ccxt.pro follows the market and its own executions over real sockets."""

import asyncio
from contextlib import suppress
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
import ccxt
import pytest

from execution.paper.process import PaperProcess, start
from tests.waiting import PATIENCE_SECONDS

BTC, ETH, SOL = "BTC/USDT", "ETH/USDT", "SOL/USDT"


@pytest.mark.parametrize("symbol", [BTC, SOL])
async def test_a_watched_book_equals_a_rest_snapshot_of_the_same_update(
    client: Any, open_client: Any, exchange: PaperProcess, symbol: str
) -> None:
    """Collect both until an update id is seen on both sides: the snapshot and the diffs must tell the same book."""
    watched: dict[int, tuple[Any, Any]] = {}
    snapshots: dict[int, tuple[Any, Any]] = {}

    async def watch() -> None:
        while True:
            book = await client.watch_order_book(symbol)
            watched[book["nonce"]] = (list(map(tuple, book["bids"])), list(map(tuple, book["asks"])))

    async def compare() -> bool:
        async with open_client(exchange.base_url) as other:
            while not (same := watched.keys() & snapshots.keys()) or len(watched) < 10:
                book = await other.fetch_order_book(symbol, 1000)
                snapshots[book["nonce"]] = (list(map(tuple, book["bids"])), list(map(tuple, book["asks"])))
            return all(watched[nonce] == snapshots[nonce] for nonce in same)

    watching = asyncio.create_task(watch())
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await compare()
    finally:
        watching.cancel()


async def test_watched_trades_carry_a_side_and_ascending_ids(client: Any) -> None:
    seen: list[Any] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(seen) < 5:
            seen += await client.watch_trades(BTC)
    identities = [int(trade["id"]) for trade in seen]
    assert identities == sorted(set(identities))
    assert {trade["side"] for trade in seen} <= {"buy", "sell"}


async def test_best_bids_and_asks_are_streamed(client: Any) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        quote = (await client.watch_bids_asks([ETH]))[ETH]
    assert quote["bid"] < quote["ask"]


async def listening(client: Any, *channels: str) -> None:
    """Wait until ccxt waits for news of the account on these channels."""
    (account,) = [one for url, one in client.clients.items() if "ws-api" in url]
    while not all(any(name.startswith(channel) for name in account.futures) for channel in channels):
        await asyncio.sleep(0.01)


async def test_watched_orders_and_trades_deliver_executions(client: Any) -> None:
    async def until_closed() -> list[Any]:
        seen: list[Any] = []
        while not seen or seen[-1]["status"] != "closed":
            seen += await client.watch_orders(BTC)
        return seen

    async with asyncio.timeout(PATIENCE_SECONDS):
        await client.authenticate({"type": "spot"})  # returns when the venue has confirmed: what trades before is not told
        orders, trades = asyncio.create_task(until_closed()), asyncio.create_task(client.watch_my_trades(BTC))
        await listening(client, "orders", "myTrades")
        placed = await client.create_order(BTC, "market", "buy", 0.05, None, {"clientOrderId": "watched-1"})
        events, fills = await orders, await trades
    assert {event["clientOrderId"] for event in events} == {"watched-1"}
    assert events[-1]["filled"] == 0.05
    assert {fill["order"] for fill in fills} == {placed["id"]}
    assert {fill["fee"]["currency"] for fill in fills} == {"USDT"}
    assert {fill["id"] for fill in fills} <= {str(fill["tradeId"]) for fill in placed["info"]["fills"]}


async def raw_events(client: Any, actions: Any, *, count: int) -> list[dict[str, Any]]:
    """Subscribe to the user stream by hand, act, and return the first execution reports."""
    async with aiohttp.ClientSession() as session, session.ws_connect(client.urls["api"]["ws"]["ws-api"]["spot"]) as socket:
        await socket.send_json({"id": "1", "method": "userDataStream.subscribe.signature", "params": client.sign_params({})})
        assert (await socket.receive_json(timeout=PATIENCE_SECONDS))["status"] == 200
        await actions()
        events: list[dict[str, Any]] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(events) < count:
                event = (await socket.receive_json(timeout=PATIENCE_SECONDS))["event"]
                events += [event] if event["e"] == "executionReport" else []
        return events


async def test_a_cancelled_order_reports_new_and_canceled_with_its_original_client_id(client: Any) -> None:
    async def actions() -> None:
        order = await client.create_order(BTC, "limit", "buy", 0.01, 50_000, {"clientOrderId": "gone-1"})
        await client.cancel_order(order["id"], BTC)

    new, cancelled = await raw_events(client, actions, count=2)
    assert (new["x"], new["X"], new["c"]) == ("NEW", "NEW", "gone-1")
    assert (cancelled["x"], cancelled["X"], cancelled["C"]) == ("CANCELED", "CANCELED", "gone-1")


async def test_an_immediate_or_cancel_order_that_finds_nothing_reports_expired(client: Any) -> None:
    async def actions() -> None:
        await client.create_order(BTC, "limit", "buy", 0.01, 50_000, {"timeInForce": "IOC"})

    new, expired = await raw_events(client, actions, count=2)
    assert (new["x"], expired["x"], expired["X"]) == ("NEW", "EXPIRED", "EXPIRED")


async def test_a_post_only_order_that_would_take_reports_rejected(client: Any) -> None:
    async def actions() -> None:
        with pytest.raises(ccxt.OrderImmediatelyFillable):
            await client.create_order(BTC, "limit", "buy", 0.01, 70_000, {"postOnly": True, "clientOrderId": "crossing-1"})

    (rejected,) = await raw_events(client, actions, count=1)
    assert (rejected["x"], rejected["X"], rejected["c"], rejected["r"]) == ("REJECTED", "REJECTED", "crossing-1", "WOULD_MATCH_IMMEDIATELY")


async def test_a_fill_reports_each_trade_and_ends_filled(client: Any) -> None:
    async def actions() -> None:
        await client.create_order(BTC, "market", "sell", 0.01)

    new, last = await raw_events(client, actions, count=2)
    assert (new["x"], last["x"], last["X"], last["N"]) == ("NEW", "TRADE", "FILLED", "USDT")
    assert float(last["z"]) == 0.01


async def test_a_passive_order_at_the_touch_is_filled_by_the_background_flow(client: Any, eventually: Any) -> None:
    """Rest at the best prices of both sides until the flow has filled one of the orders as maker."""

    async def join(symbol: str, side: str) -> None:
        book = await client.fetch_order_book(symbol, 5)
        price = book["bids" if side == "buy" else "asks"][0][0]
        await client.create_order(symbol, "limit", side, 0.01, price)

    async def attempt() -> Any:
        for symbol in (BTC, ETH):
            if await client.fetch_open_orders(symbol):
                await client.cancel_all_orders(symbol)
        await asyncio.gather(*(join(symbol, side) for symbol in (BTC, ETH) for side in ("buy", "sell")))
        orders = [await client.fetch_open_orders(symbol) for symbol in (BTC, ETH)]
        with suppress(TimeoutError):  # the touch has moved away from every order: join it again
            await eventually(partial(any_change, orders), seconds=3)
        trades = [trade for symbol in (BTC, ETH) for trade in await client.fetch_my_trades(symbol)]
        return [trade for trade in trades if trade["takerOrMaker"] == "maker"]

    async def any_change(before: list[Any]) -> bool:
        now = [await client.fetch_open_orders(symbol) for symbol in (BTC, ETH)]
        return [len(orders) for orders in now] != [len(orders) for orders in before]

    assert await eventually(attempt, seconds=90)


async def test_an_invalid_stream_is_refused(client: Any) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(client.urls["api"]["ws"]["spot"] + "/0") as socket:
        await socket.send_json({"method": "SUBSCRIBE", "params": ["nousdt@trade"], "id": 1})
        assert (await socket.receive_json(timeout=PATIENCE_SECONDS))["error"]["code"] == 2


async def test_the_combined_endpoint_wraps_frames_with_their_stream_name(client: Any, exchange: PaperProcess) -> None:
    address = exchange.base_url.replace("http", "ws") + "/binance/stream?streams=btcusdt@depth@100ms"
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket:
        frame = await socket.receive_json(timeout=PATIENCE_SECONDS)
    assert frame["stream"] == "btcusdt@depth@100ms"
    assert frame["data"]["e"] == "depthUpdate"


async def test_depth_events_follow_one_another_without_a_gap(client: Any) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(client.urls["api"]["ws"]["spot"] + "/0") as socket:
        await socket.send_json({"method": "SUBSCRIBE", "params": ["ethusdt@depth@100ms"], "id": 1})
        await socket.receive_json(timeout=PATIENCE_SECONDS)
        events = [await socket.receive_json(timeout=PATIENCE_SECONDS) for _ in range(20)]
    for before, after in pairwise(events):
        assert after["U"] == before["u"] + 1


async def test_a_wrong_signature_does_not_open_a_user_stream(client: Any) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(client.urls["api"]["ws"]["ws-api"]["spot"]) as socket:
        params = {**client.sign_params({}), "signature": "0" * 64}
        await socket.send_json({"id": "1", "method": "userDataStream.subscribe.signature", "params": params})
        answer = await socket.receive_json(timeout=PATIENCE_SECONDS)
    assert (answer["status"], answer["error"]["code"]) == (400, -1022)


async def test_the_exchange_stops_cleanly_under_its_listeners(open_client: Any, tmp_path: Path) -> None:
    process = start(tmp_path, seed=3)
    async with open_client(process.base_url) as client:
        await client.watch_order_book(BTC)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await client.authenticate({"type": "spot"})
            orders = asyncio.create_task(client.watch_orders(BTC))
            await listening(client, "orders")
        assert await asyncio.to_thread(process.stop) == 0
        with pytest.raises(ccxt.NetworkError):
            await orders
