"""Bybit's REST endpoints: which call answers which path, and the envelope of the answers."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from execution.paper.accounts import Account
from execution.paper.clock import now_ms
from execution.paper.gateways.base import Core, Operation
from execution.paper.gateways.bybit.account_calls import AccountCalls
from execution.paper.gateways.bybit.errors import ApiError
from execution.paper.gateways.bybit.market_calls import MarketCalls
from execution.paper.gateways.bybit.names import Params
from execution.paper.gateways.bybit.order_calls import OrderCalls
from execution.paper.gateways.bybit.params import read_body
from execution.paper.gateways.bybit.signing import check_request

CREATE = "/v5/order/create"
CANCELS = frozenset({"/v5/order/cancel", "/v5/order/cancel-all"})
STREAMS = ("/v5/public/", "/v5/private")
PublicCall = Callable[[Params, int], Any]
SignedCall = Callable[[Account, Params, int], Any]


def envelope(result: Any, now: int, *, code: int = 0, message: str = "OK") -> dict[str, Any]:
    """Return an answer as every call gives it."""
    return {"retCode": code, "retMsg": message, "result": {} if result is None else result, "retExtInfo": {}, "time": now}


def json_response(body: Any, status: int = 200) -> web.Response:
    """Return a JSON answer."""
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json")


def operation(method: str, path: str) -> Operation:
    """Classify a request by its path behind the venue's prefix."""
    if path.startswith(STREAMS):
        return Operation.STREAM
    if path == CREATE:
        return Operation.CREATE
    if path in CANCELS:
        return Operation.CANCEL
    return Operation.PUBLIC if path.startswith("/v5/market/") else Operation.QUERY


class RestApi:
    """Dispatch requests; `deliver` is called after every signed one, which may have changed something."""

    def __init__(self, core: Core, market: MarketCalls, orders: OrderCalls, account: AccountCalls, deliver: Callable[[], None]) -> None:
        self._core, self._deliver = core, deliver
        self._prefix = f"/{core.venue.profile.name}"
        self._public: dict[str, PublicCall] = {
            "/v5/market/time": market.time,
            "/v5/market/instruments-info": market.instruments,
            "/v5/market/orderbook": market.orderbook,
            "/v5/market/tickers": market.tickers,
            "/v5/market/recent-trade": market.recent_trades,
            "/v5/market/kline": market.bars,
            "/v5/market/funding/history": market.funding_history,
        }
        self._signed: dict[tuple[str, str], SignedCall] = {
            ("POST", CREATE): orders.create,
            ("POST", "/v5/order/cancel"): orders.cancel,
            ("POST", "/v5/order/cancel-all"): orders.cancel_all,
            ("GET", "/v5/order/realtime"): orders.live,
            ("GET", "/v5/order/history"): orders.history,
            ("GET", "/v5/execution/list"): orders.executions,
            ("POST", "/v5/order/disconnected-cancel-all"): account.protect,
            ("GET", "/v5/account/query-dcp-info"): account.protection,
            ("GET", "/v5/account/wallet-balance"): account.wallet,
            ("GET", "/v5/account/info"): account.info,
            ("GET", "/v5/account/fee-rate"): account.fee_rates,
            ("GET", "/v5/position/list"): account.positions,
            ("POST", "/v5/position/set-leverage"): account.set_leverage,
            ("POST", "/v5/position/switch-mode"): account.switch_mode,
            ("GET", "/v5/user/query-api"): account.key,
            ("GET", "/v5/asset/coin/query-info"): account.coins,
        }

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Register the endpoints, and a refusal for whatever else is asked for."""
        for path, call in self._public.items():
            router.add_get(self._prefix + path, self._answer_public(call))
        for (method, path), signed in self._signed.items():
            router.add_route(method, self._prefix + path, self._answer_signed(signed))
        router.add_route("*", f"{self._prefix}/{{tail:.*}}", self._unserved)

    async def _unserved(self, request: web.Request) -> web.Response:
        return json_response(envelope(None, self._now(), code=10017, message="Route not found."), 404)

    def _answer_public(self, call: PublicCall) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            return self._run(lambda now: call(_query(request), now))

        return handle

    def _answer_signed(self, call: SignedCall) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            body = await request.read()
            await self._core.latency.wait()
            response = self._run(lambda now: self._call_signed(call, request, body, now))
            self._deliver()
            await self._core.latency.wait()
            return response

        return handle

    def _call_signed(self, call: SignedCall, request: web.Request, body: bytes, now: int) -> Any:
        """Check the signature over exactly what was sent, then call."""
        is_post = request.method == "POST"
        payload = body.decode(errors="replace") if is_post else request.raw_path.partition("?")[2]
        key = check_request(self._core.exchange.settings.accounts, request.headers, payload, now)
        return call(self._core.venue.accounts[key], read_body(body) if is_post else _query(request), now)

    def _run(self, call: Callable[[int], Any]) -> web.Response:
        now = self._now()
        try:
            return json_response(envelope(call(now), now))
        except ApiError as error:
            return json_response(envelope(None, now, code=error.code, message=error.message), error.status)

    def _now(self) -> int:
        return self._core.clock(now_ms())


def _query(request: web.Request) -> dict[str, str]:
    return dict(request.query)
