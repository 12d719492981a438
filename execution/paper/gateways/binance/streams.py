"""Public market streams: who listens to what, and what is sent at each tick.

The endpoint takes Binance's SUBSCRIBE, UNSUBSCRIBE and LIST_SUBSCRIPTIONS. Streams served: `<symbol>@depth@100ms` (also
`@depth`), `@trade`, `@aggTrade`, `@bookTicker`, `@ticker`,
`@miniTicker`. A frame is encoded once and sent to all who listen.
"""

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from execution.paper.gateways.base import Core
from execution.paper.gateways.binance import market_wire
from execution.paper.listings import Kind
from execution.paper.pair import Pair, Print
from execution.paper.sockets import Outbox

KINDS = frozenset({"depth@100ms", "depth", "trade", "aggTrade", "bookTicker", "ticker", "miniTicker"})
DEPTH_EVERY, TICKER_EVERY = 2, 20  # ticks
ENCODER = msgspec.json.Encoder()


class Listener(Outbox):
    """One public WebSocket; `wraps` frames as {"stream", "data"} on the combined endpoint."""

    def __init__(self, socket: web.WebSocketResponse, core: Core, *, wraps: bool) -> None:
        super().__init__(socket, faults=core.faults)
        self.wraps = wraps
        self.names: set[str] = set()


class MarketStreams:
    """The public streams of one venue."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._pairs = {pair.listing.symbol: pair for pair in core.venue.pairs_of(Kind.SPOT)}
        self._quotes: dict[str, tuple[int, int, int, int] | None] = {}
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._sockets: set[Listener] = set()

    async def close(self) -> None:
        """Say goodbye to every listener."""
        for listener in list(self._sockets):
            await listener.close()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Handle one connection until it closes."""
        socket = web.WebSocketResponse(heartbeat=60)
        await socket.prepare(request)
        combined = request.path.rstrip("/").endswith("/stream")
        listener = Listener(socket, self._core, wraps=combined)
        self._sockets.add(listener)
        self._subscribe(listener, [name for name in request.query.get("streams", "").split("/") if name])
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    listener.post(self._answer(listener, message.data), is_data=False)
        finally:
            self._sockets.discard(listener)
            self._unsubscribe(listener, list(listener.names))
            listener.stop()
        return socket

    def publish(self, now_ms: int, tick: int) -> None:
        """Send what happened since the last tick."""
        for pair in self._pairs.values():
            if pair.is_trading:
                self._publish_pair(pair, now_ms, with_depth=tick % DEPTH_EVERY == 0, with_ticker=tick % TICKER_EVERY == 0)

    def _publish_pair(self, pair: Pair, now_ms: int, *, with_depth: bool, with_ticker: bool) -> None:
        name = pair.listing.symbol.lower()
        for trade in pair.take_trades():
            self._send(f"{name}@trade", partial(_trade_event, pair, trade, now_ms))
            self._send(f"{name}@aggTrade", partial(_aggregate_event, pair, trade, now_ms))
        quote = pair.quote()
        if quote != self._quotes.get(name):
            self._quotes[name] = quote
            self._send(f"{name}@bookTicker", partial(_quote_event, pair))
        if with_depth and (event := depth_event(pair, now_ms)) is not None:
            for suffix in ("depth@100ms", "depth"):
                self._send(f"{name}@{suffix}", lambda: event)
        if with_ticker:
            self._send(f"{name}@ticker", partial(_ticker_event, pair, now_ms))
            self._send(f"{name}@miniTicker", partial(_mini_ticker_event, pair, now_ms))

    def _send(self, name: str, make: Callable[[], dict[str, Any]]) -> None:
        listeners = self._listeners.get(name)
        if not listeners:
            return
        data = make()
        raw = ENCODER.encode(data)
        for listener in list(listeners):
            listener.post(ENCODER.encode({"stream": name, "data": data}) if listener.wraps else raw)

    def _answer(self, listener: Listener, text: str) -> dict[str, Any]:
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
        symbol, _, kind = name.partition("@")
        return symbol.upper() in self._pairs and kind in KINDS

    def _subscribe(self, listener: Listener, names: list[str]) -> None:
        for name in names:
            if name not in listener.names and (pair := self._pairs.get(name.partition("@")[0].upper())) is not None:
                pair.listeners += 1
                pair.wake()
            listener.names.add(name)
            self._listeners[name].add(listener)

    def _unsubscribe(self, listener: Listener, names: list[str]) -> None:
        for name in names:
            if name in listener.names and (pair := self._pairs.get(name.partition("@")[0].upper())) is not None:
                pair.listeners -= 1
            listener.names.discard(name)
            self._listeners[name].discard(listener)


def depth_event(pair: Pair, now_ms: int) -> dict[str, Any] | None:
    """Return the book's changes since the last depth event, None when there are none."""
    changes = pair.take_changes()
    if not changes.bids and not changes.asks:
        return None
    return {
        "e": "depthUpdate",
        "E": now_ms,
        "s": pair.listing.symbol,
        "U": changes.first,
        "u": changes.last,
        "b": market_wire.levels_json(pair.listing, changes.bids),
        "a": market_wire.levels_json(pair.listing, changes.asks),
    }


def _trade_event(pair: Pair, trade: Print, now_ms: int) -> dict[str, Any]:
    return {
        "e": "trade",
        "E": now_ms,
        "s": pair.listing.symbol,
        "t": trade.trade_id,
        "p": pair.listing.price_text(trade.price, 8),
        "q": pair.listing.quantity_text(trade.quantity, 8),
        "T": trade.time_ms,
        "m": trade.buyer_is_maker,
        "M": True,
    }


def _aggregate_event(pair: Pair, trade: Print, now_ms: int) -> dict[str, Any]:
    return {"e": "aggTrade", "E": now_ms, "s": pair.listing.symbol, **market_wire.aggregate_json(trade, pair.listing)}


def _quote_event(pair: Pair) -> dict[str, Any]:
    quote = market_wire.quote_json(pair)
    return {
        "u": pair.book.update_id,
        "s": quote["symbol"],
        "b": quote["bidPrice"],
        "B": quote["bidQty"],
        "a": quote["askPrice"],
        "A": quote["askQty"],
    }


def _ticker_event(pair: Pair, now_ms: int) -> dict[str, Any]:
    ticker = market_wire.ticker_json(pair, now_ms)
    names = {
        "p": "priceChange",
        "P": "priceChangePercent",
        "w": "weightedAvgPrice",
        "x": "prevClosePrice",
        "c": "lastPrice",
        "Q": "lastQty",
        "b": "bidPrice",
        "B": "bidQty",
        "a": "askPrice",
        "A": "askQty",
        "o": "openPrice",
        "h": "highPrice",
        "l": "lowPrice",
        "v": "volume",
        "q": "quoteVolume",
        "O": "openTime",
        "C": "closeTime",
        "F": "firstId",
        "L": "lastId",
        "n": "count",
    }
    return {"e": "24hrTicker", "E": now_ms, "s": ticker["symbol"], **{short: ticker[long] for short, long in names.items()}}


def _mini_ticker_event(pair: Pair, now_ms: int) -> dict[str, Any]:
    event = _ticker_event(pair, now_ms)
    return {**{short: event[short] for short in ("E", "s", "c", "o", "h", "l", "v", "q")}, "e": "24hrMiniTicker"}
