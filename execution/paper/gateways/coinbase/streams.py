"""Coinbase's WebSocket: subscriptions, the market's frames at each tick, and the account's orders as things happen."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from execution.paper.clock import now_ms
from execution.paper.events import Change, Event, OrderEvent
from execution.paper.gateways.base import Core
from execution.paper.gateways.coinbase import market_wire
from execution.paper.gateways.coinbase.fills import FillIndex
from execution.paper.gateways.coinbase.products import find_pair, product_id
from execution.paper.gateways.coinbase.signing import InvalidToken, Tokens
from execution.paper.gateways.coinbase.sockets import Connection
from execution.paper.gateways.coinbase.wire import user_id, user_order_json
from execution.paper.pair import Pair

MARKET_CHANNELS = frozenset({"level2", "market_trades", "ticker", "ticker_batch"})
TRADES_EVERY, HEARTBEAT_EVERY, BATCH_EVERY, SWEEP_EVERY = 5, 20, 100, 20  # ticks of 50 ms
SUBSCRIBE_SECONDS = 5.0


class Refusal(Exception):
    """Why a message is refused."""


class Streams:
    """Every WebSocket of one venue."""

    def __init__(self, core: Core, tokens: Tokens, fills: FillIndex) -> None:
        self._core, self._tokens, self._fills = core, tokens, fills
        self._sockets: set[Connection] = set()
        self._listeners: Counter[str] = Counter()
        self._trades: dict[str, list[dict[str, Any]]] = {}
        self._closing: set[asyncio.Future[None]] = set()
        self._beats = 0

    async def close(self) -> None:
        """Say goodbye on every socket."""
        for connection in list(self._sockets):
            await connection.close()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Handle one connection until it closes; one that does not subscribe is closed."""
        socket = web.WebSocketResponse(heartbeat=60, compress=False)
        await socket.prepare(request)
        connection = Connection(socket, self._core)
        self._sockets.add(connection)
        deadline = asyncio.get_running_loop().call_later(SUBSCRIBE_SECONDS, self._close_idle, connection)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._hear(connection, message.data)
        finally:
            deadline.cancel()
            self._sockets.discard(connection)
            self._leave(connection, {channel: set(names) for channel, names in connection.products.items()})
            connection.stop()
        return socket

    def publish(self, now: int, tick: int, part: int) -> None:
        """Send what happened to a part of the books since the last tick: books at each, trades four times a second."""
        for pair in self._core.venue.pairs.values():
            if pair.part != part:
                continue
            name = product_id(pair.listing)
            if self._listeners[name]:
                self._publish_pair(pair, name, now, tick)
            elif tick % SWEEP_EVERY == 0:
                pair.take_changes()
                pair.take_trades()
        if part == 0 and tick % HEARTBEAT_EVERY == 0:
            self._beats += 1
            for connection in self._sockets:
                if "heartbeats" in connection.products:
                    connection.send("heartbeats", [market_wire.heartbeat_event(self._beats, now)], now)

    def deliver(self, events: Sequence[Event]) -> None:
        """Send what happened to orders to whom they belong."""
        for event in events:
            if isinstance(event, OrderEvent) and event.change is not Change.REJECTED:
                for connection in self._sockets:
                    self._deliver(connection, event)

    def _deliver(self, connection: Connection, event: OrderEvent) -> None:
        account = connection.accounts.get(event.account)
        pair = self._core.venue.pairs[event.order.symbol]
        wanted = connection.products.get("user", set()) - {user_id(account)} if account is not None else set()
        if account is None or (wanted and product_id(pair.listing) not in wanted):
            return
        trades = [
            trade
            for trade in self._fills.of(account, event.order.order_id)
            if event.trade is None or trade.trade_id <= event.trade.trade_id
        ]
        order = user_order_json(event.order, pair.listing, trades)
        connection.send("user", [{"type": "update", "orders": [order]}], self._now())

    def _publish_pair(self, pair: Pair, name: str, now: int, tick: int) -> None:
        updates = market_wire.updates_json(pair, pair.take_changes(), now)
        trades = [market_wire.trade_json(trade, pair) for trade in pair.take_trades()]
        waiting = self._trades.setdefault(name, [])
        waiting += trades
        if updates:
            self._send("level2", name, "l2_data", {"type": "update", "product_id": name, "updates": updates}, now)
        if waiting and tick % TRADES_EVERY == 0:
            self._send("market_trades", name, "market_trades", {"type": "update", "trades": waiting[::-1]}, now)
            self._trades[name] = []
        if trades:
            self._send_ticker("ticker", pair, name, now)
        if tick % BATCH_EVERY == 0:
            self._send_ticker("ticker_batch", pair, name, now)

    def _send_ticker(self, channel: str, pair: Pair, name: str, now: int) -> None:
        if any(connection.listens(channel, name) for connection in self._sockets):
            self._send(channel, name, channel, {"type": "update", "tickers": [market_wire.ticker_json(pair, now)]}, now)

    def _send(self, channel: str, name: str, told_as: str, event: dict[str, Any], now: int) -> None:
        for connection in self._sockets:
            if connection.listens(channel, name):
                connection.send(told_as, [event], now)

    def _hear(self, connection: Connection, text: str) -> None:
        try:
            message = msgspec.json.decode(text, type=dict[str, Any])
            change = {"subscribe": self._subscribe, "unsubscribe": self._unsubscribe}[str(message.get("type"))]
            change(connection, str(message.get("channel")), message)
        except (msgspec.DecodeError, KeyError):
            connection.refuse("message is not a subscribe or unsubscribe request")
        except Refusal as refusal:
            connection.refuse(str(refusal))

    def _subscribe(self, connection: Connection, channel: str, message: dict[str, Any]) -> None:
        key = self._key(message.get("jwt"), is_needed=channel == "user")
        names = self._names(channel, message)
        if channel == "user":
            self._enter_account(connection, key, names)
            return
        added = set(names) - connection.products.get(channel, set())
        connection.products.setdefault(channel, set()).update(names)
        connection.confirm(self._now())
        if channel in MARKET_CHANNELS:
            for name in sorted(added):
                self._enter(connection, channel, name)

    def _unsubscribe(self, connection: Connection, channel: str, message: dict[str, Any]) -> None:
        held = connection.products.get(channel, set())
        names = set(self._names(channel, message)) & held if message.get("product_ids") else set(held)
        self._leave(connection, {channel: names})
        held -= names
        if not held:
            connection.products.pop(channel, None)
        connection.confirm(self._now())

    def _names(self, channel: str, message: dict[str, Any]) -> list[str]:
        """Return the products of a message, checked."""
        products = message.get("product_ids") or []
        if channel == "heartbeats":
            return ["heartbeats"]
        if channel not in {"user", *MARKET_CHANNELS}:
            raise Refusal(f"channel {channel} is not a valid channel")
        if not isinstance(products, list) or (not products and channel != "user"):
            raise Refusal(f"product_ids are required for channel {channel}")
        unknown = [name for name in products if find_pair(self._core.venue, str(name)) is None]
        if unknown:
            raise Refusal(f"{unknown[0]} is not a valid product id")
        return products

    def _key(self, token: Any, *, is_needed: bool) -> str:
        if not token and not is_needed:
            return ""
        try:
            return self._tokens.check(str(token), uri="", now_ms=self._now())
        except InvalidToken as error:
            raise Refusal("authentication failure") from error

    def _enter(self, connection: Connection, channel: str, name: str) -> None:
        """Count a listener and show it where the product stands."""
        pair = find_pair(self._core.venue, name)
        if pair is None:
            return
        pair.wake()
        if not self._listeners[name]:  # nobody was told of what lies between
            pair.take_changes()
            pair.take_trades()
            self._trades[name] = []
        self._listeners[name] += 1
        pair.listeners += 1
        if channel == "market_trades" and not pair.tape:
            return  # there is nothing to show, and ccxt does not understand an empty list
        show = {"level2": market_wire.book_event, "market_trades": market_wire.trades_event}.get(channel, market_wire.ticker_event)
        connection.send("l2_data" if channel == "level2" else channel, [show(pair, self._now())], self._now())

    def _enter_account(self, connection: Connection, key: str, names: Iterable[str]) -> None:
        account = self._core.venue.accounts[key]
        connection.accounts[key] = account
        connection.is_private = True
        connection.products.setdefault("user", set()).update([user_id(account), *names])
        connection.confirm(self._now())
        pairs = self._core.venue.pairs
        orders = [
            user_order_json(order, pairs[order.symbol].listing, self._fills.of(account, order.order_id))
            for order in self._core.venue.open_orders(account)
        ]
        connection.send("user", [{"type": "snapshot", "orders": orders}], self._now())

    def _leave(self, connection: Connection, leaving: dict[str, set[str]]) -> None:
        for channel, names in leaving.items():
            for name in names if channel in MARKET_CHANNELS else ():
                pair = find_pair(self._core.venue, name)
                if pair is not None:
                    self._listeners[name] -= 1
                    pair.listeners -= 1
            if channel == "user":
                connection.accounts.clear()

    def _close_idle(self, connection: Connection) -> None:
        if not connection.products:
            closing = asyncio.ensure_future(connection.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    def _now(self) -> int:
        return self._core.clock(now_ms())
