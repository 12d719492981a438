"""Binance's REST endpoints."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from execution.paper.accounts import Account
from execution.paper.clock import now_ms
from execution.paper.gateways.base import Core, Operation
from execution.paper.gateways.binance.calls import Calls
from execution.paper.gateways.binance.errors import ApiError, refusal_of
from execution.paper.gateways.binance.signing import Signatures
from execution.paper.refusals import Refused

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
    """Dispatch requests to the venue's calls; `deliver` is told of every request that may have changed something."""

    def __init__(self, core: Core, calls: Calls, signatures: Signatures, deliver: Callable[[], None]) -> None:
        self._core, self._calls, self._signatures, self._deliver = core, calls, signatures, deliver

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Register the endpoints."""
        name = self._core.venue.profile.name
        router.add_route("*", f"/{name}/api/v3/{{path:.+}}", self._api)
        router.add_route("*", f"/{name}/sapi/v1/{{path:.+}}", self._wallet)

    async def _api(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        if request.method == "GET" and path in PUBLIC:
            return await self._answer(request, lambda params: PUBLIC[path](self._calls, params, self._now()))
        return await self._signed(request, SIGNED.get((request.method, path)))

    async def _wallet(self, request: web.Request) -> web.Response:
        if request.match_info["path"] == "system/status":
            return json_response({"status": 0, "msg": "normal"})
        return await self._signed(request, WALLET.get((request.method, request.match_info["path"])))

    async def _signed(self, request: web.Request, call: Callable[..., Any] | None) -> web.Response:
        if call is None:
            return json_response({"code": -1000, "msg": f"{request.method} {request.path} is not served by the paper exchange."}, 404)
        payload, signature = await _signed_payload(request)

        def run(params: dict[str, str]) -> Any:
            account = self._account(request, payload, signature, params)
            return call(self._calls, account, params, self._now())

        await self._core.latency.wait()
        response = await self._answer(request, run)
        self._deliver()
        await self._core.latency.wait()
        return response

    def _account(self, request: web.Request, payload: str, signature: str | None, params: dict[str, str]) -> Account:
        key = request.headers.get("X-MBX-APIKEY")
        checked = self._signatures.check(key, payload, signature, params, self._now())
        return self._core.venue.accounts[checked]

    async def _answer(self, request: web.Request, run: Callable[[dict[str, str]], Any]) -> web.Response:
        try:
            params = dict(parse_qsl(request.query_string, keep_blank_values=True))
            if request.method in {"POST", "PUT", "DELETE"}:
                params |= dict(parse_qsl(await request.text(), keep_blank_values=True))
            return json_response(run(params))
        except ApiError as error:
            return json_response(error.body(), error.status)
        except Refused as refused:
            refusal = refusal_of(refused)
            return json_response(refusal.body(), refusal.status)

    def _now(self) -> int:
        return self._core.clock(now_ms())


def operation(method: str, path: str) -> Operation:
    """Classify a request by its path behind the venue's prefix."""
    _, _, tail = path.removeprefix("/").partition("/v3/")
    if path.startswith("/api/") and method == "GET" and tail in PUBLIC:
        return Operation.PUBLIC
    if tail == "order" and method == "POST":
        return Operation.CREATE
    if tail in {"order", "openOrders"} and method == "DELETE":
        return Operation.CANCEL
    return Operation.QUERY if path.startswith(("/api/", "/sapi/")) else Operation.STREAM


async def _signed_payload(request: web.Request) -> tuple[str, str | None]:
    """Return what the client signed, query and body without the signature, and the signature."""
    whole = request.raw_path.partition("?")[2] + await request.text()
    found = SIGNATURE.search(whole)
    return SIGNATURE.sub("", whole), found.group(1) if found else None
