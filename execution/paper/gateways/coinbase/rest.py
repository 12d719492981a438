"""Coinbase's REST endpoints: which call answers which path, and the answers' form."""

from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import web

from execution.paper.accounts import Account
from execution.paper.clock import now_ms
from execution.paper.gateways.base import Core, Operation
from execution.paper.gateways.coinbase.errors import ApiError, call_error, invalid, unauthorized
from execution.paper.gateways.coinbase.market_calls import MarketCalls
from execution.paper.gateways.coinbase.params import Params, PublicCall, SignedCall
from execution.paper.gateways.coinbase.signing import InvalidToken, Tokens
from execution.paper.gateways.coinbase.trading_calls import TradingCalls

V3 = "/api/v3/brokerage"
ORDERS = f"{V3}/orders"
CANCELS = f"{V3}/orders/batch_cancel"
OPEN_TO_ALL = ("/v2/time", "/v2/currencies", "/v2/exchange-rates", f"{V3}/time", f"{V3}/market/")
PUBLIC: dict[str, Callable[[MarketCalls, Params], Any]] = {
    "/v2/time": MarketCalls.old_time,
    "/v2/currencies": MarketCalls.currencies,
    "/v2/currencies/crypto": MarketCalls.crypto_currencies,
    "/v2/exchange-rates": MarketCalls.exchange_rates,
    f"{V3}/time": MarketCalls.time,
    f"{V3}/market/product_book": MarketCalls.book,
    f"{V3}/market/products": MarketCalls.products,
    f"{V3}/market/products/{{product_id}}": MarketCalls.product,
    f"{V3}/market/products/{{product_id}}/candles": MarketCalls.candles,
    f"{V3}/market/products/{{product_id}}/ticker": MarketCalls.ticker,
}
SIGNED_MARKET: dict[str, Callable[[MarketCalls, Params], Any]] = {
    f"{V3}/best_bid_ask": MarketCalls.best_bid_ask,
    f"{V3}/product_book": MarketCalls.book,
    f"{V3}/products": MarketCalls.products,
    f"{V3}/products/{{product_id}}": MarketCalls.product,
    f"{V3}/products/{{product_id}}/candles": MarketCalls.candles,
    f"{V3}/products/{{product_id}}/ticker": MarketCalls.ticker,
}
SIGNED: dict[tuple[str, str], Callable[[TradingCalls, Account, Params], Any]] = {
    ("POST", ORDERS): TradingCalls.create,
    ("POST", CANCELS): TradingCalls.cancel,
    ("GET", f"{ORDERS}/historical/batch"): TradingCalls.orders,
    ("GET", f"{ORDERS}/historical/fills"): TradingCalls.fills,
    ("GET", f"{ORDERS}/historical/{{order_id}}"): TradingCalls.order,
    ("GET", f"{V3}/accounts"): TradingCalls.accounts,
    ("GET", f"{V3}/accounts/{{account_uuid}}"): TradingCalls.account,
    ("GET", f"{V3}/key_permissions"): TradingCalls.key_permissions,
    ("GET", f"{V3}/portfolios"): TradingCalls.portfolios,
    ("GET", f"{V3}/transaction_summary"): TradingCalls.transaction_summary,
    ("GET", "/v2/accounts"): TradingCalls.wallets,
    ("GET", "/v2/user"): TradingCalls.user,
}


def json_response(body: Any, status: int = 200) -> web.Response:
    """Return an answer; text stays text."""
    if isinstance(body, str):
        return web.Response(text=body, status=status)
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json")


def operation(method: str, path: str) -> Operation:
    """Classify a request by its path behind the venue's prefix."""
    if method == "POST":
        return {ORDERS: Operation.CREATE, CANCELS: Operation.CANCEL}.get(path, Operation.QUERY)
    if path.startswith(OPEN_TO_ALL):
        return Operation.PUBLIC
    return Operation.QUERY if path.startswith(("/api/", "/v2/")) else Operation.STREAM


class RestApi:
    """Dispatch requests; `deliver` is told of every signed one, which may have changed something."""

    def __init__(self, core: Core, tokens: Tokens, market: MarketCalls, trading: TradingCalls, deliver: Callable[[], None]) -> None:
        self._core, self._tokens, self._deliver = core, tokens, deliver
        self._market, self._trading = market, trading
        self._prefix = f"/{core.venue.profile.name}"

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Register the endpoints, and a refusal for whatever else is asked for."""
        for path, call in PUBLIC.items():
            router.add_get(self._prefix + path, self._public(call.__get__(self._market)))
        for path, call in SIGNED_MARKET.items():
            router.add_get(self._prefix + path, self._signed(_for_anybody(call.__get__(self._market))))
        for (method, path), signed in SIGNED.items():
            router.add_route(method, self._prefix + path, self._signed(signed.__get__(self._trading)))
        for family in ("api", "v2"):
            router.add_route("*", f"{self._prefix}/{family}/{{tail:.*}}", self._unserved)

    async def _unserved(self, request: web.Request) -> web.Response:
        body = call_error(404, "NOT_FOUND", f"{request.method} {request.path} is not served by the paper exchange").body
        return json_response(body, 404)

    def _public(self, call: PublicCall) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.Response:
            return _answer(lambda: call(self._params(request, {})))

        return handle

    def _signed(self, call: SignedCall) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.Response:
            body = await request.read()
            await self._core.latency.wait()
            response = _answer(lambda: call(self._account(request), self._params(request, _object(body))))
            self._deliver()
            await self._core.latency.wait()
            return response

        return handle

    def _params(self, request: web.Request, body: dict[str, Any]) -> Params:
        query = {name: request.query.getall(name) for name in request.query}
        return Params(query=query, path=request.match_info, now_ms=self._core.clock(now_ms()), body=body)

    def _account(self, request: web.Request) -> Account:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer":
            raise unauthorized()
        try:
            key = self._tokens.check(token, uri=f"{request.method} {request.host}{request.path}", now_ms=self._core.clock(now_ms()))
        except InvalidToken as error:
            raise unauthorized() from error
        return self._core.venue.accounts[key]


def _answer(run: Callable[[], Any]) -> web.Response:
    try:
        return json_response(run())
    except ApiError as error:
        return json_response(error.body, error.status)


def _for_anybody(call: PublicCall) -> SignedCall:
    """Make a call that needs a key, but not whose it is."""
    return lambda account, params: call(params)


def _object(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any]) if body else {}
    except msgspec.DecodeError as error:
        raise invalid("the body is not a JSON object") from error
