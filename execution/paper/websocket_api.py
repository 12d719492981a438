"""The WebSocket API: user data streams, and the signed order calls over the same connection.

Methods: ping, time, exchangeInfo, depth, userDataStream.subscribe.signature, userDataStream.unsubscribe, order.place,
order.cancel, order.status, openOrders.status, openOrders.cancelAll, account.status, myTrades, allOrders.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from execution.paper.calls import Calls
from execution.paper.clock import now_ms
from execution.paper.errors import ApiError
from execution.paper.exchange import Exchange
from execution.paper.latency import Latency

PUBLIC: dict[str, Callable[..., Any]] = {
    "ping": Calls.ping,
    "time": Calls.time,
    "exchangeInfo": Calls.exchange_info,
    "depth": Calls.depth,
}
SIGNED: dict[str, Callable[..., Any]] = {
    "order.place": Calls.place_order,
    "order.cancel": Calls.cancel_order,
    "order.status": Calls.query_order,
    "openOrders.status": Calls.open_orders,
    "openOrders.cancelAll": Calls.cancel_all,
    "account.status": Calls.account,
    "myTrades": Calls.my_trades,
    "allOrders": Calls.all_orders,
}
Frame = dict[str, Any]


class UserSocket:
    """One connection to the WebSocket API; frames leave in order, each after the venue's latency."""

    def __init__(self, socket: web.WebSocketResponse, latency: Latency) -> None:
        self._socket, self._latency = socket, latency
        self._queue: asyncio.Queue[tuple[float, Frame]] = asyncio.Queue()
        self._due = 0.0
        self.subscriptions: dict[str, int] = {}

    def post(self, frame: Frame) -> None:
        """Queue a frame to leave after the latency, never before an earlier one."""
        self._due = max(self._due, asyncio.get_running_loop().time() + self._latency.draw())
        self._queue.put_nowait((self._due, frame))

    async def close(self) -> None:
        """Say goodbye."""
        await self._socket.close(code=WSCloseCode.GOING_AWAY)

    async def pump(self) -> None:
        """Send queued frames when they are due."""
        while True:
            due, frame = await self._queue.get()
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            if self._socket.closed:
                return
            await self._socket.send_str(msgspec.json.encode(frame).decode())


class WebSocketApi:
    """The WebSocket API of one venue."""

    def __init__(self, exchange: Exchange, calls: Calls, latency: Latency) -> None:
        self._exchange, self._calls, self._latency = exchange, calls, latency
        self._sockets: set[UserSocket] = set()
        self._subscriptions = 0

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Handle one connection until it closes."""
        socket = web.WebSocketResponse(heartbeat=60)
        await socket.prepare(request)
        user = UserSocket(socket, self._latency)
        self._sockets.add(user)
        pump = asyncio.create_task(user.pump())
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._handle(user, message.data)
        finally:
            self._sockets.discard(user)
            pump.cancel()
        return socket

    async def close(self) -> None:
        """Say goodbye to every user."""
        for user in list(self._sockets):
            await user.close()

    def deliver(self) -> None:
        """Hand the venue's new events to the sockets that subscribed to their account."""
        events, self._calls.venue.events = self._calls.venue.events, []
        for key, event in events:
            for user in self._sockets:
                if key in user.subscriptions:
                    user.post({"subscriptionId": user.subscriptions[key], "event": event})

    async def _handle(self, user: UserSocket, text: str) -> None:
        try:
            message = msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.DecodeError:
            user.post({"id": None, "status": 400, "error": {"code": -1135, "msg": "Invalid JSON."}})
            return
        await self._latency.wait()
        try:
            result = self._result(user, str(message.get("method")), message.get("params") or {})
            user.post({"id": message.get("id"), "status": 200, "result": result, "rateLimits": []})
        except ApiError as error:
            user.post({"id": message.get("id"), "status": error.status, "error": error.body(), "rateLimits": []})
        self.deliver()

    def _result(self, user: UserSocket, method: str, raw: dict[str, Any]) -> Any:
        params = {name: _text(value) for name, value in raw.items() if value is not None}
        if method in PUBLIC:
            return PUBLIC[method](self._calls, params, now_ms())
        if method == "userDataStream.unsubscribe":
            user.subscriptions.clear()
            return {}
        if method != "userDataStream.subscribe.signature" and method not in SIGNED:
            raise ApiError(-1020, "This operation is not supported.")
        key = self._check(params)
        if method in SIGNED:
            return SIGNED[method](self._calls, self._calls.venue.accounts[key], params, now_ms())
        if key not in user.subscriptions:
            user.subscriptions[key] = self._subscriptions
            self._subscriptions += 1
        return {"subscriptionId": user.subscriptions[key]}

    def _check(self, params: dict[str, str]) -> str:
        signed = {name: value for name, value in params.items() if name != "signature"}
        payload = "&".join(f"{name}={signed[name]}" for name in sorted(signed))
        return self._exchange.signatures.check(params.get("apiKey"), payload, params.get("signature"), params, now_ms())


def _text(value: Any) -> str:
    """Write a parameter as the client signed it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
