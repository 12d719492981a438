"""The streams of the small HTX: books and trades, packed by gzip as HTX packs them, and the account's, which HTX does not pack."""

import asyncio
import base64
import gzip
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from aiohttp import WSMsgType, web

from execution.paper.accounts import Order, Trade
from execution.paper.engine import Side
from execution.paper.events import OrderEvent
from execution.paper.listings import Listing
from execution.paper.pair import Print
from tests.venues.htx.exchange import STATES, HtxCore, Json, now_ms, order_type

PUSH_SECONDS = 0.1  # HTX sends the changes of 150 levels ten times a second
DEPTH = 150


class Streams:
    """Three endpoints; `push` sends what has happened since."""

    def __init__(self, core: HtxCore, *, key: str, secret: str) -> None:
        self._core = core
        self._key, self._secret = key, secret
        self._topics: dict[web.WebSocketResponse, set[str]] = {}
        self._sequences = {name.lower(): 1000 for name in core.venue.pairs}
        self.signed_in = 0

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/ws", self._public), web.get("/feed", self._public), web.get("/ws/v2", self._private)]

    def is_listening(self, topic: str) -> bool:
        """Tell whether somebody has subscribed."""
        return any(topic in topics for topics in self._topics.values())

    async def run(self) -> None:
        """Push ten times a second until cancelled."""
        while True:
            await self.push()
            await asyncio.sleep(PUSH_SECONDS)

    async def push(self) -> None:
        """Send the books' changes, the trades and what happened to the account's orders."""
        for pair in self._core.venue.pairs.values():
            changes, name = pair.take_changes(), pair.listing.symbol.lower()
            before = self._sequences[name]
            self._sequences[name] += 1
            tick = {"seqNum": before + 1, "prevSeqNum": before, **_levels(pair.listing, changes.bids, changes.asks)}
            await self._send(f"market.{name}.mbp.{DEPTH}", tick)
            trades = [_public_trade(pair.listing, trade) for trade in pair.take_trades()]
            if trades:
                await self._send(f"market.{name}.trade.detail", {"id": trades[0]["id"], "ts": now_ms(), "data": trades})
        for event in self._core.venue.take_events():
            if isinstance(event, OrderEvent) and event.account == self._core.account.key:
                await self._tell(event)

    async def _public(self, request: web.Request) -> web.WebSocketResponse:
        return await self._serve(request, self._answer_public, lambda message: gzip.compress(json.dumps(message).encode()))

    async def _private(self, request: web.Request) -> web.WebSocketResponse:
        host = request.host

        def answer(message: Json) -> Json | None:
            return self._answer_private(message, host)

        return await self._serve(request, answer, json.dumps)

    async def _serve(
        self, request: web.Request, answer: Callable[[Json], Json | None], pack: Callable[[Json], bytes | str]
    ) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        socket.pack = pack  # type: ignore[attr-defined]
        await socket.prepare(request)
        self._topics[socket] = set()
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                message = json.loads(frame.data)
                told = answer(message)
                if told is not None:
                    await _post(socket, told)
                topic = message.get("sub") or (message.get("ch") if message.get("action") == "sub" else None)
                if topic:
                    self._topics[socket].add(topic)
        del self._topics[socket]
        return socket

    def _answer_public(self, message: Json) -> Json | None:
        if "sub" in message:
            return {"id": message["id"], "status": "ok", "subbed": message["sub"], "ts": now_ms()}
        if "req" in message:
            return {"id": message["id"], "rep": message["req"], "status": "ok", "ts": now_ms(), "data": self._snapshot(message["req"])}
        return None

    def _snapshot(self, topic: str) -> Json:
        name = topic.split(".")[1]
        pair = self._core.venue.pairs[name.upper()]
        return {"seqNum": self._sequences[name], **_levels(pair.listing, pair.shown(Side.BUY, DEPTH), pair.shown(Side.SELL, DEPTH))}

    def _answer_private(self, message: Json, host: str) -> Json | None:
        if message.get("ch") == "auth":
            is_good = self._is_signed(message["params"], host)
            self.signed_in += is_good
            return {"action": "req", "code": 200 if is_good else 2002, "ch": "auth", "data": {}, "message": "" if is_good else "auth.fail"}
        if message.get("action") == "sub":
            return {"action": "sub", "code": 200, "ch": message["ch"], "data": {}}
        return None

    def _is_signed(self, params: Json, host: str) -> bool:
        """Check signature version 2.1. ccxt takes "wss://" and the host off what it signs as the path, but not the "ws://" of loopback."""
        signed = {name: params[name] for name in ("accessKey", "signatureMethod", "signatureVersion", "timestamp")}
        payload = "\n".join(["GET", host, f"ws://{host}/ws/v2", urlencode(sorted(signed.items()))])
        wanted = base64.b64encode(hmac.digest(self._secret.encode(), payload.encode(), hashlib.sha256)).decode()
        return params["accessKey"] == self._key and hmac.compare_digest(params["signature"], wanted)

    async def _tell(self, event: OrderEvent) -> None:
        name = event.order.symbol.lower()
        await self._push(f"orders#{name}", _order_news(event.order, self._core))
        if event.trade is not None:
            await self._push(f"trade.clearing#{name}#0", _clearing(event.order, event.trade, self._core))

    async def _send(self, topic: str, tick: Json) -> None:
        await self._post_to(topic, {"ch": topic, "ts": now_ms(), "tick": tick})

    async def _push(self, topic: str, data: Json) -> None:
        await self._post_to(topic, {"action": "push", "ch": topic, "data": data})

    async def _post_to(self, topic: str, message: Json) -> None:
        for socket, topics in list(self._topics.items()):
            if topic in topics and not socket.closed:
                await _post(socket, message)


async def _post(socket: web.WebSocketResponse, message: Json) -> None:
    packed = socket.pack(message)  # type: ignore[attr-defined]
    await (socket.send_bytes(packed) if isinstance(packed, bytes) else socket.send_str(packed))


def _levels(listing: Listing, bids: Any, asks: Any) -> Json:
    sides = {"bids": bids, "asks": asks}
    return {
        name: [[float(listing.price(price)), float(listing.quantity(lots))] for price, lots in levels] for name, levels in sides.items()
    }


def _public_trade(listing: Listing, trade: Print) -> Json:
    return {
        "id": trade.trade_id,
        "ts": trade.time_ms,
        "tradeId": trade.trade_id,
        "amount": float(listing.quantity(trade.quantity)),
        "price": float(listing.price(trade.price)),
        "direction": "sell" if trade.buyer_is_maker else "buy",
    }


def _order_news(order: Order, core: HtxCore) -> Json:
    listing = core.venue.pairs[order.symbol].listing
    return {
        "orderStatus": STATES[order.status],
        "eventType": "creation" if not order.executed else "trade",
        "orderCreateTime": order.created_ms,
        "lastActTime": order.updated_ms,
        "orderSource": "spot-api",
        "accountId": 1,
        "orderPrice": listing.price_text(order.price),
        "orderSize": listing.quantity_text(order.quantity),
        "execAmt": listing.quantity_text(order.executed),
        "remainAmt": listing.quantity_text(order.remaining),
        "symbol": order.symbol.lower(),
        "type": order_type(order),
        "orderId": order.order_id,
        "clientOrderId": order.note,
    }


def _clearing(order: Order, trade: Trade, core: HtxCore) -> Json:
    listing = core.venue.pairs[order.symbol].listing
    told = core.trade(trade)
    return {
        "eventType": "trade",
        "symbol": order.symbol.lower(),
        "orderId": order.order_id,
        "orderSide": "buy" if trade.side is Side.BUY else "sell",
        "orderType": order_type(order),
        "accountId": 1,
        "source": "spot-api",
        "orderCreateTime": order.created_ms,
        "orderStatus": STATES[order.status],
        "feeCurrency": told["fee-currency"],
        "tradePrice": listing.price_text(trade.price),
        "tradeVolume": listing.quantity_text(trade.quantity),
        "aggressor": not trade.is_maker,
        "tradeId": trade.trade_id,
        "tradeTime": trade.time_ms,
        "transactFee": told["filled-fees"],
        "feeDeduct": "0",
        "feeDeductType": "",
    }
