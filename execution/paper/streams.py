"""Public market streams: who listens to what, and what is sent at each tick.

The endpoint takes Binance's SUBSCRIBE, UNSUBSCRIBE and LIST_SUBSCRIPTIONS. Streams served: `<symbol>@depth@100ms` (also
`@depth`), `@trade`, `@aggTrade`, `@bookTicker`, `@ticker`,
`@miniTicker`. A frame is encoded once and sent to all who listen.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from execution.paper import market_wire
from execution.paper.engine import Side
from execution.paper.pair import Pair, Print
from execution.paper.venue import Venue

KINDS = frozenset({"depth@100ms", "depth", "trade", "aggTrade", "bookTicker", "ticker", "miniTicker"})
MOST_UNSENT_FRAMES = 5_000
ENCODER = msgspec.json.Encoder()


class Listener:
    """One public WebSocket; `wraps` frames as {"stream", "data"} on the combined endpoint."""

    def __init__(self, socket: web.WebSocketResponse, *, wraps: bool) -> None:
        self._socket, self.wraps = socket, wraps
        self._frames: asyncio.Queue[bytes] = asyncio.Queue(MOST_UNSENT_FRAMES)
        self._pump = asyncio.create_task(self._send_frames())
        self.names: set[str] = set()

    def post(self, frame: bytes) -> None:
        """Queue one encoded frame; a listener that does not read is cut off, so that it cannot hold up the market."""
        try:
            self._frames.put_nowait(frame)
        except asyncio.QueueFull:
            self.close()

    def close(self) -> None:
        """Stop sending."""
        self._pump.cancel()

    async def _send_frames(self) -> None:
        try:
            while not self._socket.closed:
                await self._socket.send_str((await self._frames.get()).decode())
        except ConnectionError:
            return  # the reader of this socket notices and ends the connection
        finally:
            await self._socket.close()


class MarketStreams:
    """The public streams of one venue."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._sockets: set[web.WebSocketResponse] = set()

    async def close(self) -> None:
        """Say goodbye to every listener."""
        for socket in list(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Handle one connection until it closes."""
        socket = web.WebSocketResponse(heartbeat=60)
        await socket.prepare(request)
        self._sockets.add(socket)
        combined = request.path.rstrip("/").endswith("/stream")
        listener = Listener(socket, wraps=combined)
        self._subscribe(listener, [name for name in request.query.get("streams", "").split("/") if name])
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    listener.post(ENCODER.encode(self._answer(listener, message.data)))
        finally:
            self._sockets.discard(socket)
            self._unsubscribe(listener, list(listener.names))
            listener.close()
        return socket

    def publish(self, now_ms: int, *, with_depth: bool, with_ticker: bool) -> None:
        """Send what happened since the last tick."""
        for pair in self.venue.pairs.values():
            if pair.is_trading:
                self._publish_pair(pair, now_ms, with_depth=with_depth, with_ticker=with_ticker)

    def _publish_pair(self, pair: Pair, now_ms: int, *, with_depth: bool, with_ticker: bool) -> None:
        name = pair.listing.symbol.lower()
        for trade in pair.fresh:
            self._send(f"{name}@trade", partial(_trade_event, pair, trade, now_ms))
            self._send(f"{name}@aggTrade", partial(_aggregate_event, pair, trade, now_ms))
        pair.fresh.clear()
        quote = pair.quote()
        if quote != pair.last_quote:
            pair.last_quote = quote
            self._send(f"{name}@bookTicker", partial(_quote_event, pair))
        if with_depth and pair.book.changes:
            event = depth_event(pair, now_ms)
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
        return symbol.upper() in self.venue.pairs and kind in KINDS

    def _subscribe(self, listener: Listener, names: list[str]) -> None:
        for name in names:
            listener.names.add(name)
            self._listeners[name].add(listener)

    def _unsubscribe(self, listener: Listener, names: list[str]) -> None:
        for name in names:
            listener.names.discard(name)
            self._listeners[name].discard(listener)


def depth_event(pair: Pair, now_ms: int) -> dict[str, Any]:
    """Return the book's changes since the last depth event and start collecting anew."""
    first, pair.streamed_id = pair.streamed_id + 1, pair.book.update_id
    changed: dict[Side, list[tuple[int, int]]] = {Side.BUY: [], Side.SELL: []}
    for side, price in pair.book.changes:
        changed[side].append((price, pair.book.quantity_at(side, price)))
    pair.book.changes.clear()
    return {
        "e": "depthUpdate",
        "E": now_ms,
        "s": pair.listing.symbol,
        "U": first,
        "u": pair.streamed_id,
        "b": market_wire.levels_json(pair.listing, sorted(changed[Side.BUY], reverse=True)),
        "a": market_wire.levels_json(pair.listing, sorted(changed[Side.SELL])),
    }


def _trade_event(pair: Pair, trade: Print, now_ms: int) -> dict[str, Any]:
    return {
        "e": "trade",
        "E": now_ms,
        "s": pair.listing.symbol,
        "t": trade.trade_id,
        "p": pair.listing.price_text(trade.price),
        "q": pair.listing.quantity_text(trade.quantity),
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
