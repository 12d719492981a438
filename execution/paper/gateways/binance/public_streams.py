"""Public market streams of one kind of instrument: who listens to what, and what is sent at each tick.

The endpoint takes Binance's SUBSCRIBE, UNSUBSCRIBE and LIST_SUBSCRIPTIONS. Streams served: `<symbol>@depth@100ms` (also
`@depth`), `@trade`, `@aggTrade`, `@bookTicker` and the slow channels of the kind. A frame is encoded once and sent to all who
listen.
"""

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import msgspec
from aiohttp import WSMsgType, web

from execution.paper.gateways.base import Core
from execution.paper.listings import Kind
from execution.paper.pair import BookChanges, Pair, Print
from execution.paper.sockets import Outbox

DEPTH_CHANNELS = ("depth@100ms", "depth")
FAST_CHANNELS = frozenset({*DEPTH_CHANNELS, "trade", "aggTrade", "bookTicker"})
DEPTH_EVERY, SLOW_EVERY = 2, 20  # ticks
ENCODER = msgspec.json.Encoder()
Json = dict[str, Any]


class Events(Protocol):
    """What the channels of one kind of instrument say."""

    kind: Kind
    slow_channels: tuple[str, ...]

    def name(self, pair: Pair) -> str:
        """Return the venue's name of a pair."""

    def depth(self, pair: Pair, changes: BookChanges, now_ms: int) -> Json:
        """Return a change of a book."""

    def trade(self, pair: Pair, trade: Print, now_ms: int) -> Json:
        """Return a public trade."""

    def aggregate(self, pair: Pair, trade: Print, now_ms: int) -> Json:
        """Return a public trade as an aggregate of its own."""

    def quote(self, pair: Pair, now_ms: int) -> Json:
        """Return the best prices."""

    def slow(self, channel: str, pair: Pair, now_ms: int) -> Json:
        """Return what one of the slow channels says once a second."""


class Listener(Outbox):
    """One public WebSocket; `wraps` frames as {"stream", "data"} on the combined endpoint."""

    def __init__(self, socket: web.WebSocketResponse, core: Core, *, wraps: bool) -> None:
        super().__init__(socket, faults=core.faults)
        self.wraps = wraps
        self.names: set[str] = set()


class PublicStreams:
    """The public streams of one kind of instrument on one venue."""

    def __init__(self, core: Core, events: Events) -> None:
        self._core, self._events = core, events
        self._pairs = {events.name(pair): pair for pair in core.venue.pairs_of(events.kind)}
        self._channels = FAST_CHANNELS | set(events.slow_channels)
        self._quotes: dict[str, tuple[int, int, int, int] | None] = {}
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._sockets: set[Listener] = set()

    async def close(self) -> None:
        """Say goodbye to every listener."""
        for listener in list(self._sockets):
            await listener.close()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Handle one connection until it closes."""
        socket = web.WebSocketResponse(heartbeat=60, compress=False)
        await socket.prepare(request)
        combined = request.path.rstrip("/").endswith("/stream")
        listener = Listener(socket, self._core, wraps=combined)
        self._sockets.add(listener)
        self._subscribe(listener, [name for name in request.query.get("streams", "").split("/") if self._exists(name)])
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    listener.post(self._answer(listener, message.data), is_data=False)
        finally:
            self._sockets.discard(listener)
            self._unsubscribe(listener, list(listener.names))
            listener.stop()
        return socket

    def publish(self, now_ms: int, tick: int, part: int) -> None:
        """Send what happened to a part of the books since the last tick; books are not in step with one another."""
        for number, (name, pair) in enumerate(self._pairs.items()):
            if pair.part != part:
                continue
            trades = pair.take_trades()
            if pair.is_trading and pair.listeners:
                self._publish_trades(name.lower(), pair, trades, now_ms)
                self._publish_book(name.lower(), pair, now_ms, tick + number)

    def _publish_trades(self, name: str, pair: Pair, trades: list[Print], now_ms: int) -> None:
        for trade in trades:
            self._send(f"{name}@trade", partial(self._events.trade, pair, trade, now_ms))
            self._send(f"{name}@aggTrade", partial(self._events.aggregate, pair, trade, now_ms))

    def _publish_book(self, name: str, pair: Pair, now_ms: int, tick: int) -> None:
        if self._listeners.get(f"{name}@bookTicker"):
            self._publish_quote(name, pair, now_ms)
        if tick % DEPTH_EVERY == 0:
            changes = pair.take_changes()
            if changes.bids or changes.asks:
                for channel in DEPTH_CHANNELS:
                    self._send(f"{name}@{channel}", partial(self._events.depth, pair, changes, now_ms))
        if tick % SLOW_EVERY == 0:
            for channel in self._events.slow_channels:
                self._send(f"{name}@{channel}", partial(self._events.slow, channel, pair, now_ms))

    def _publish_quote(self, name: str, pair: Pair, now_ms: int) -> None:
        quote = pair.quote()
        if quote != self._quotes.get(name):
            self._quotes[name] = quote
            self._send(f"{name}@bookTicker", partial(self._events.quote, pair, now_ms))

    def _send(self, name: str, make: Callable[[], Json]) -> None:
        listeners = self._listeners.get(name)
        if not listeners:
            return
        data = make()
        raw = ENCODER.encode(data)
        for listener in list(listeners):
            listener.post(ENCODER.encode({"stream": name, "data": data}) if listener.wraps else raw)

    def _answer(self, listener: Listener, text: str) -> Json:
        try:
            message = msgspec.json.decode(text)
            method, identity, names = message["method"], message.get("id"), message.get("params", [])
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
            return {"error": {"code": 3, "msg": "Invalid JSON: expected an object with method, params and id"}, "id": None}
        if method == "LIST_SUBSCRIPTIONS":
            return {"result": sorted(listener.names), "id": identity}
        if method not in {"SUBSCRIBE", "UNSUBSCRIBE"}:
            return {"error": {"code": 2, "msg": f"Invalid request: unknown variant `{method}`"}, "id": identity}
        unknown = [name for name in names if not self._exists(str(name))]
        if unknown:
            return {"error": {"code": 2, "msg": f"Invalid request: invalid stream {unknown[0]}"}, "id": identity}
        (self._subscribe if method == "SUBSCRIBE" else self._unsubscribe)(listener, names)
        return {"result": None, "id": identity}

    def _exists(self, name: str) -> bool:
        symbol, _, channel = name.partition("@")
        return symbol.upper() in self._pairs and channel in self._channels

    def _subscribe(self, listener: Listener, names: list[str]) -> None:
        for name in names:
            if name not in listener.names:
                self._listen(self._pairs[name.partition("@")[0].upper()])
            listener.names.add(name)
            self._listeners[name].add(listener)

    def _listen(self, pair: Pair) -> None:
        """Keep a book awake; what changed while nobody listened is not told."""
        pair.wake()
        if not pair.listeners:
            pair.take_changes()
        pair.listeners += 1

    def _unsubscribe(self, listener: Listener, names: list[str]) -> None:
        for name in names:
            if name in listener.names:
                self._pairs[name.partition("@")[0].upper()].listeners -= 1
            listener.names.discard(name)
            self._listeners[name].discard(listener)
