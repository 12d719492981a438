"""The WebSocket API: user data streams, and the signed order calls over the same connection.

Methods: ping, time, exchangeInfo, depth, userDataStream.subscribe.signature, userDataStream.unsubscribe, order.place,
order.cancel, order.status, openOrders.status, openOrders.cancelAll, account.status, myTrades, allOrders.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from execution.paper.clock import now_ms
from execution.paper.events import Event, OrderEvent
from execution.paper.gateways.base import Core
from execution.paper.gateways.binance import spot_wire
from execution.paper.gateways.binance.errors import ApiError, refusal_of
from execution.paper.gateways.binance.signing import Signatures
from execution.paper.gateways.binance.spot_calls import SpotCalls
from execution.paper.listings import Kind
from execution.paper.refusals import Refused
from execution.paper.sockets import Outbox

PUBLIC: dict[str, Callable[..., Any]] = {
    "ping": SpotCalls.ping,
    "time": SpotCalls.time,
    "exchangeInfo": SpotCalls.exchange_info,
    "depth": SpotCalls.depth,
}
SIGNED: dict[str, Callable[..., Any]] = {
    "order.place": SpotCalls.place_order,
    "order.cancel": SpotCalls.cancel_order,
    "order.status": SpotCalls.query_order,
    "openOrders.status": SpotCalls.open_orders,
    "openOrders.cancelAll": SpotCalls.cancel_all,
    "account.status": SpotCalls.account,
    "myTrades": SpotCalls.my_trades,
    "allOrders": SpotCalls.all_orders,
}
Json = dict[str, Any]


class UserSocket(Outbox):
    """One connection to the WebSocket API, with the accounts whose events it asked for."""

    def __init__(self, socket: web.WebSocketResponse, core: Core) -> None:
        super().__init__(socket, faults=core.faults, latency=core.latency, is_private=True)
        self.subscriptions: dict[str, int] = {}


class WebSocketApi:
    """The WebSocket API of one venue."""

    def __init__(self, core: Core, calls: SpotCalls, signatures: Signatures, deliver: Callable[[], None]) -> None:
        self._core, self._calls, self._signatures, self._deliver = core, calls, signatures, deliver
        self._sockets: set[UserSocket] = set()
        self._subscriptions = 0

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Handle one connection until it closes."""
        socket = web.WebSocketResponse(heartbeat=60, compress=False)
        await socket.prepare(request)
        user = UserSocket(socket, self._core)
        self._sockets.add(user)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._handle(user, message.data)
        finally:
            self._sockets.discard(user)
            user.stop()
        return socket

    async def close(self) -> None:
        """Say goodbye to every user."""
        for user in list(self._sockets):
            await user.close()

    def deliver(self, events: Sequence[Event]) -> None:
        """Hand events to the sockets that subscribed to their account."""
        for event in events:
            listening = [user for user in self._sockets if event.account in user.subscriptions]
            frame = self._frame(event) if listening else None
            if frame is None:
                continue
            for user in listening:
                user.post({"subscriptionId": user.subscriptions[event.account], "event": frame})

    def _frame(self, event: Event) -> Json | None:
        """Return an event as Binance tells it, None for one that is not of its spot market."""
        if isinstance(event, OrderEvent):
            pair = self._calls.pairs.get(event.order.symbol)
            return spot_wire.execution_report(event, pair.listing, self._now()) if pair else None
        wallet = self._core.venue.wallet(self._core.venue.accounts[event.account], Kind.SPOT)
        return spot_wire.position_event(wallet, event.assets, self._now()) if event.assets and not event.symbols else None

    async def _handle(self, user: UserSocket, text: str) -> None:
        try:
            message = msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.DecodeError:
            user.post({"id": None, "status": 400, "error": {"code": -1135, "msg": "Invalid JSON."}}, is_data=False)
            return
        await self._core.latency.wait()
        user.post({"id": message.get("id"), **self._answer(user, message), "rateLimits": []}, is_data=False)
        self._deliver()

    def _answer(self, user: UserSocket, message: Json) -> Json:
        try:
            return {"status": 200, "result": self._result(user, str(message.get("method")), message.get("params") or {})}
        except ApiError as error:
            return {"status": error.status, "error": error.body()}
        except Refused as refused:
            refusal = refusal_of(refused)
            return {"status": refusal.status, "error": refusal.body()}

    def _result(self, user: UserSocket, method: str, raw: Json) -> Any:
        params = {name: _text(value) for name, value in raw.items() if value is not None}
        if method in PUBLIC:
            return PUBLIC[method](self._calls, params, self._now())
        if method == "userDataStream.unsubscribe":
            user.subscriptions.clear()
            return {}
        if method != "userDataStream.subscribe.signature" and method not in SIGNED:
            raise ApiError(-1020, "This operation is not supported.")
        key = self._check(params)
        if method in SIGNED:
            return SIGNED[method](self._calls, self._core.venue.accounts[key], params, self._now())
        if key not in user.subscriptions:
            user.subscriptions[key] = self._subscriptions
            self._subscriptions += 1
        return {"subscriptionId": user.subscriptions[key]}

    def _check(self, params: dict[str, str]) -> str:
        signed = {name: value for name, value in params.items() if name != "signature"}
        payload = "&".join(f"{name}={signed[name]}" for name in sorted(signed))
        return self._signatures.check(params.get("apiKey"), payload, params.get("signature"), params, self._now())

    def _now(self) -> int:
        return self._core.clock(now_ms())


def _text(value: Any) -> str:
    """Write a parameter as the client signed it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
