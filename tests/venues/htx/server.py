"""The HTX server: routes, signatures and the shapes of its answers."""

import asyncio
import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from execution.paper.listings import Kind
from tests.venues.htx.exchange import HtxCore, HtxError, Json, now_ms
from tests.venues.htx.streams import Streams

KEY, SECRET = "htx-key", "htx-secret"
PAGE = 100
CONTRACT = {"contract_status": 1, "create_date": "20201021", "settlement_date": "1637481600000", "delivery_date": "", "delivery_time": ""}
LINEAR = {**CONTRACT, "symbol": "BTC", "contract_code": "BTC-USDT", "contract_size": 0.001, "price_tick": 0.1, "pair": "BTC-USDT"}
INVERSE = {**CONTRACT, "symbol": "BTC", "contract_code": "BTC-USD", "contract_size": 100, "price_tick": 0.1}
FUTURE = {**INVERSE, "contract_code": "BTC261225", "delivery_date": "20261225", "delivery_time": "1798185600000"}


class HtxServer:
    """HTX on loopback; `requests` holds what arrived, `orders` the bodies of the orders among it."""

    def __init__(self) -> None:
        self.core = HtxCore(KEY)
        self.requests: list[tuple[str, str]] = []
        self.orders: list[Json] = []
        self.redirects_orders_to = ""
        self.streams = Streams(self.core, key=KEY, secret=SECRET)
        self.url = ""

    async def start(self) -> None:
        app = web.Application(middlewares=[self._answer])
        app.add_routes(self._public())
        app.add_routes(self._private())
        app.add_routes(self.streams.routes())
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        self._pushing = asyncio.create_task(self.streams.run())

    async def stop(self) -> None:
        self._pushing.cancel()
        await asyncio.gather(self._pushing, return_exceptions=True)
        await self._runner.cleanup()

    def _public(self) -> list[web.RouteDef]:
        return [
            web.get("/v1/common/timestamp", self._timestamp),
            web.get("/v1/common/symbols", self._symbols),
            web.get("/v2/reference/currencies", self._currencies),
            web.get("/linear-swap-api/v1/swap_contract_info", self._contracts([{**LINEAR, "business_type": "swap"}])),
            web.get("/swap-api/v1/swap_contract_info", self._contracts([INVERSE])),
            web.get("/api/v1/contract_contract_info", self._contracts([FUTURE])),
        ]

    def _private(self) -> list[web.RouteDef]:
        return [
            web.get("/v1/account/accounts", self._accounts),
            web.get("/v1/account/accounts/{id}/balance", self._balance),
            web.post("/v1/order/orders/place", self._place),
            web.post("/v1/order/orders/submitCancelClientOrder", self._cancel_named),
            web.post("/v1/order/orders/{id}/submitcancel", self._cancel),
            web.get("/v1/order/openOrders", self._open_orders),
            web.get("/v1/order/orders", self._orders),
            web.get("/v1/order/orders/getClientOrder", self._named),
            web.get("/v1/order/orders/{id}", self._order),
            web.get("/v1/order/orders/{id}/matchresults", self._order_trades),
            web.get("/v1/order/matchresults", self._trades),
        ]

    @web.middleware
    async def _answer(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.requests.append((request.method, request.path))
        try:
            if request.path.startswith(("/v1/account", "/v1/order")):
                _check_signature(request)
            answer = await handler(request)
            if isinstance(answer, web.StreamResponse):
                return answer
        except HtxError as error:
            answer = {"status": "error", "err-code": error.code, "err-msg": str(error), "data": None}
        except web.HTTPNotFound:
            return web.Response(status=404, text="<html>Not Found</html>", content_type="text/html")
        return web.json_response(answer)

    async def _timestamp(self, request: web.Request) -> Json:
        return ok(now_ms())

    async def _symbols(self, request: web.Request) -> Json:
        return ok([_symbol(pair.listing, pair.is_trading) for pair in self.core.venue.pairs_of(Kind.SPOT)])

    async def _currencies(self, request: web.Request) -> Json:
        names = ("btc", "eth", "usdt")
        return {"code": 200, "data": [{"currency": name, "assetType": 1, "instStatus": "normal", "chains": []} for name in names]}

    def _contracts(self, rows: list[Json]) -> Any:
        async def contracts(request: web.Request) -> Json:
            return {**ok(rows), "ts": now_ms()}

        return contracts

    async def _accounts(self, request: web.Request) -> Json:
        return ok([{"id": 1, "type": "spot", "subtype": "", "state": "working"}])

    async def _balance(self, request: web.Request) -> Json:
        return ok({"id": 1, "type": "spot", "state": "working", "list": self.core.balances()})

    async def _place(self, request: web.Request) -> Json:
        if self.redirects_orders_to:
            raise web.HTTPTemporaryRedirect(self.redirects_orders_to + request.path_qs)
        body = await request.json()
        self.orders.append(body)
        return ok(str(self.core.place(body).order_id))

    async def _cancel(self, request: web.Request) -> Json:
        return ok(str(self.core.cancel(self.core.find(request.match_info["id"])).order_id))

    async def _cancel_named(self, request: web.Request) -> Json:
        return ok(str(self.core.cancel(self.core.named((await request.json())["client-order-id"])).order_id))

    async def _open_orders(self, request: web.Request) -> Json:
        return ok([self.core.order(order) for order in self.core.venue.open_orders(self.core.account)])

    async def _orders(self, request: web.Request) -> Json:
        states = request.query["states"].split(",")
        found = [self.core.order(order) for order in reversed(self.core.venue.orders(self.core.account))]
        return ok([order for order in found if order["state"] in states][:PAGE])

    async def _order(self, request: web.Request) -> Json:
        return self._one(self.core.find(request.match_info["id"]))

    async def _named(self, request: web.Request) -> Json:
        return self._one(self.core.named(request.query["clientOrderId"]))

    def _one(self, order: Any) -> Json:
        if order is None:
            raise HtxError("base-record-invalid", "record invalid")
        return ok(self.core.order(order))

    async def _order_trades(self, request: web.Request) -> Json:
        wanted = int(request.match_info["id"])
        return ok([self.core.trade(trade) for trade in self.core.venue.trades(self.core.account) if trade.order_id == wanted])

    async def _trades(self, request: web.Request) -> Json:
        """Answer newest first, a page at most, within at most 48 hours."""
        start, end = int(request.query["start-time"]), int(request.query.get("end-time", now_ms()))
        if end - start > 48 * 3_600_000:
            raise HtxError("invalid-time", "the window is longer than 48 hours")
        listing = self.core.listing(request.query["symbol"])
        known = self.core.venue.trades(self.core.account, listing.symbol)
        found = [self.core.trade(trade) for trade in reversed(known) if start <= trade.time_ms <= end]
        return ok(found[: int(request.query.get("size", PAGE))])


def ok(data: Any) -> Json:
    return {"status": "ok", "data": data}


def _symbol(listing: Any, is_trading: bool) -> Json:
    least = float(listing.quantity(listing.minimum_lots))
    return {
        "base-currency": listing.base.lower(),
        "quote-currency": listing.quote.lower(),
        "price-precision": listing.price_decimals,
        "amount-precision": listing.lot_decimals,
        "symbol-partition": "main",
        "symbol": listing.symbol.lower(),
        "state": "online" if is_trading else "offline",
        "value-precision": 8,
        "min-order-amt": least,
        "max-order-amt": float(listing.maximum_quantity),
        "min-order-value": float(listing.minimum_notional),
        "limit-order-min-order-amt": least,
        "limit-order-max-order-amt": float(listing.maximum_quantity),
        "api-trading": "enabled",
        "tags": "",
    }


def _check_signature(request: web.Request) -> None:
    """Check signature version 2: HMAC-SHA256 of method, host, path and sorted query, in base 64, and a time stamp of these minutes."""
    query = dict(request.query)
    given = query.pop("Signature", "")
    payload = "\n".join([request.method, request.host, request.path, urlencode(sorted(query.items()))])
    wanted = base64.b64encode(hmac.digest(SECRET.encode(), payload.encode(), hashlib.sha256)).decode()
    if query.get("AccessKeyId") != KEY:
        raise HtxError("api-signature-not-valid", "Signature not valid: Incorrect Access key")
    if not hmac.compare_digest(given, wanted):
        raise HtxError("api-signature-not-valid", "Signature not valid: Verification failure")
    stamp = datetime.fromisoformat(query["Timestamp"]).replace(tzinfo=UTC)
    if abs((datetime.now(UTC) - stamp).total_seconds()) > 300:
        raise HtxError("api-signature-not-valid", "Signature not valid: Timestamp expired")
