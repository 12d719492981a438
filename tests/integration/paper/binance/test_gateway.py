"""The gateway over sockets, with a clock of the test's own: what ends with time."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from execution.paper.clock import now_ms
from execution.paper.engine import Side
from execution.paper.gateways.base import Operation
from execution.paper.gateways.binance.gateway import BinanceGateway
from execution.paper.gateways.binance.listen_keys import VALID_MS
from execution.paper.orders import OrderKind, Request
from tests.unit.execution.paper.gateways.binance.futures import BTC, make_core
from tests.waiting import PATIENCE_SECONDS

HEADERS = {"X-MBX-APIKEY": "paper-key"}


class Served:
    """A gateway whose time the test lets pass."""

    def __init__(self) -> None:
        self.core = make_core()
        self.account = self.core.venue.open_account("paper-key")
        self.gateway = BinanceGateway(self.core)
        app = web.Application()
        self.gateway.add_routes(app.router)
        self.client: Any = TestClient(TestServer(app))

    def trade(self, quantity: int) -> None:
        """Buy at the market and let the streams tell of it."""
        request = Request(symbol=BTC.symbol, side=Side.BUY, kind=OrderKind.MARKET, quantity=quantity, client_id=f"buy{quantity}")
        self.core.venue.place(self.account, request, now_ms())
        self.gateway.publish(now_ms(), 1, 0)
        self.gateway.deliver(self.core.venue.take_events())


@pytest_asyncio.fixture
async def served() -> AsyncIterator[Served]:
    served = Served()
    async with served.client:
        yield served
        await served.gateway.close()


async def listen_key(served: Served) -> str:
    answer = await served.client.post("/binance/fapi/v1/listenKey", headers=HEADERS)
    return str((await answer.json())["listenKey"])


async def frame(socket: Any) -> Any:
    return await asyncio.wait_for(socket.receive_json(), PATIENCE_SECONDS)


async def test_a_trade_is_told_with_the_position_that_it_makes(served: Served) -> None:
    async with served.client.ws_connect(f"/binance/private/ws?listenKey={await listen_key(served)}") as socket:
        served.trade(100)
        told = [await frame(socket) for _ in range(3)]
    assert [(one["e"], one["o"]["x"] if "o" in one else one["a"]["m"]) for one in told] == [
        ("ORDER_TRADE_UPDATE", "NEW"),
        ("ORDER_TRADE_UPDATE", "TRADE"),
        ("ACCOUNT_UPDATE", "ORDER"),
    ]
    trade, (position,) = told[1]["o"], told[2]["a"]["P"]
    assert (trade["s"], trade["c"], trade["l"], trade["L"], trade["ps"]) == ("BTCUSDT", "buy100", "0.100", "60000.1", "BOTH")
    assert (position["s"], position["pa"], position["ep"]) == ("BTCUSDT", "0.100", "60000.10000000")


async def test_a_listen_key_that_nobody_extends_ends_the_stream_with_a_word(served: Served) -> None:
    key = await listen_key(served)
    async with served.client.ws_connect(f"/binance/private/ws/{key}") as socket:
        served.gateway.publish(now_ms() + VALID_MS, 1, 0)
        told = await frame(socket)
        assert (told["e"], told["listenKey"]) == ("listenKeyExpired", key)
    assert await listen_key(served) != key


async def test_a_listen_key_that_is_not_in_force_opens_no_stream(served: Served) -> None:
    answer = await served.client.get("/binance/private/ws?listenKey=another")
    assert answer.status == 400


async def test_an_unknown_key_gets_no_listen_key(served: Served) -> None:
    answer = await served.client.post("/binance/fapi/v1/listenKey", headers={"X-MBX-APIKEY": "nobody"})
    assert (answer.status, (await answer.json())["code"]) == (401, -2015)


async def test_what_is_not_served_says_so(served: Served) -> None:
    answer = await served.client.get("/binance/fapi/v1/nothing")
    assert (answer.status, (await answer.json())["code"]) == (404, -1000)


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("POST", "/api/v3/order", Operation.CREATE),
        ("POST", "/fapi/v1/order", Operation.CREATE),
        ("DELETE", "/api/v3/openOrders", Operation.CANCEL),
        ("DELETE", "/fapi/v1/order", Operation.CANCEL),
        ("DELETE", "/fapi/v1/allOpenOrders", Operation.CANCEL),
        ("GET", "/fapi/v1/order", Operation.QUERY),
        ("GET", "/fapi/v3/account", Operation.QUERY),
        ("GET", "/sapi/v1/account/apiRestrictions", Operation.QUERY),
        ("GET", "/api/v3/depth", Operation.PUBLIC),
        ("GET", "/fapi/v1/depth", Operation.PUBLIC),
        ("GET", "/private/ws", Operation.STREAM),
        ("GET", "/stream/ws", Operation.STREAM),
    ],
)
def test_each_request_is_of_its_kind(method: str, path: str, operation: Operation) -> None:
    assert BinanceGateway(make_core()).operation(method, path) is operation
