"""The REST endpoints of the venues, and the control endpoints of the exchange."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from execution.paper import wire
from execution.paper.accounts import Account
from execution.paper.calls import Calls
from execution.paper.clock import now_ms
from execution.paper.errors import ApiError
from execution.paper.exchange import Exchange
from execution.paper.latency import Latency

SIGNATURE = re.compile(r"(?:^|&)signature=([^&]*)")
PUBLIC: dict[str, Callable[..., Any]] = {
    "ping": Calls.ping,
    "time": Calls.time,
    "exchangeInfo": Calls.exchange_info,
    "depth": Calls.depth,
    "trades": Calls.trades,
    "historicalTrades": Calls.trades,
    "aggTrades": Calls.aggregates,
    "klines": Calls.klines,
    "ticker/bookTicker": Calls.book_ticker,
    "ticker/24hr": Calls.day_ticker,
    "ticker/price": Calls.price_ticker,
}
SIGNED: dict[tuple[str, str], Callable[..., Any]] = {
    ("GET", "account"): Calls.account,
    ("GET", "account/commission"): Calls.commission,
    ("POST", "order"): Calls.place_order,
    ("GET", "order"): Calls.query_order,
    ("DELETE", "order"): Calls.cancel_order,
    ("GET", "openOrders"): Calls.open_orders,
    ("DELETE", "openOrders"): Calls.cancel_all,
    ("GET", "allOrders"): Calls.all_orders,
    ("GET", "myTrades"): Calls.my_trades,
}
WALLET: dict[tuple[str, str], Callable[..., Any]] = {("GET", "asset/tradeFee"): Calls.trade_fees}


def json_response(body: Any, status: int = 200) -> web.Response:
    """Return a JSON answer."""
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json")


class RestApi:
    """Dispatch requests to the calls of their venue."""

    def __init__(self, exchange: Exchange, calls: dict[str, Calls], latencies: dict[str, Latency], deliver: Callable[[], None]) -> None:
        self._exchange, self._calls, self._latencies, self._deliver = exchange, calls, latencies, deliver

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Register the venues' and the control endpoints."""
        router.add_get("/control/status", self._status)
        router.add_get("/control/orders", self._orders)
        for name in self._calls:
            router.add_route("*", f"/{name}/api/v3/{{path:.+}}", self._api)
            router.add_route("*", f"/{name}/sapi/v1/{{path:.+}}", self._wallet)

    async def _api(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        if request.method == "GET" and path in PUBLIC:
            return await self._answer(request, lambda calls, params: PUBLIC[path](calls, params, now_ms()))
        return await self._signed(request, SIGNED.get((request.method, path)))

    async def _wallet(self, request: web.Request) -> web.Response:
        if request.match_info["path"] == "system/status":
            return json_response({"status": 0, "msg": "normal"})
        return await self._signed(request, WALLET.get((request.method, request.match_info["path"])))

    async def _signed(self, request: web.Request, call: Callable[..., Any] | None) -> web.Response:
        if call is None:
            return json_response({"code": -1000, "msg": f"{request.method} {request.path} is not served by the paper exchange."}, 404)
        payload, signature = await _signed_payload(request)
        latency = self._latencies[_venue_name(request)]

        def run(calls: Calls, params: dict[str, str]) -> Any:
            account = self._account(request, calls, payload, signature, params)
            return call(calls, account, params, now_ms())

        await latency.wait()
        response = await self._answer(request, run)
        self._deliver()
        await latency.wait()
        return response

    def _account(self, request: web.Request, calls: Calls, payload: str, signature: str | None, params: dict[str, str]) -> Account:
        key = request.headers.get("X-MBX-APIKEY")
        checked = self._exchange.signatures.check(key, payload, signature, params, now_ms())
        return calls.venue.accounts[checked]

    async def _answer(self, request: web.Request, run: Callable[[Calls, dict[str, str]], Any]) -> web.Response:
        try:
            params = dict(parse_qsl(request.query_string, keep_blank_values=True))
            if request.method in {"POST", "PUT", "DELETE"}:
                params |= dict(parse_qsl(await request.text(), keep_blank_values=True))
            return json_response(run(self._calls[_venue_name(request)], params))
        except ApiError as error:
            return json_response(error.body(), error.status)

    async def _status(self, request: web.Request) -> web.Response:
        return json_response(self._exchange.status(now_ms()))

    async def _orders(self, request: web.Request) -> web.Response:
        """Return the venue's own record of every account: the witness of tests."""
        venue = self._exchange.venues.get(request.query.get("venue", ""))
        if venue is None:
            return json_response({"error": f"venue must be one of {', '.join(self._exchange.venues)}"}, 400)
        return json_response(
            {
                key: {
                    "orders": [wire.order_json(order, venue.pairs[order.symbol].listing) for order in account.orders.values()],
                    "trades": [wire.trade_json(trade, venue.pairs[trade.symbol].listing) for trade in account.trades],
                    "balances": wire.account_json(account, venue.profile, now_ms())["balances"],
                }
                for key, account in venue.accounts.items()
            }
        )


def _venue_name(request: web.Request) -> str:
    return request.path.split("/", 2)[1]


async def _signed_payload(request: web.Request) -> tuple[str, str | None]:
    """Return what the client signed, query and body without the signature, and the signature."""
    whole = request.raw_path.partition("?")[2] + await request.text()
    found = SIGNATURE.search(whole)
    return SIGNATURE.sub("", whole), found.group(1) if found else None
