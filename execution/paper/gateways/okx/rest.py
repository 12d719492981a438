"""OKX's REST endpoints: what is signed, how requests are read, how answers are wrapped."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

from execution.paper.accounts import Account
from execution.paper.clock import now_ms
from execution.paper.gateways.base import Core, Operation
from execution.paper.gateways.okx.account_calls import AccountCalls
from execution.paper.gateways.okx.deadman import DeadMan
from execution.paper.gateways.okx.errors import ApiError, Json
from execution.paper.gateways.okx.holdings import Holdings
from execution.paper.gateways.okx.market_calls import MarketCalls
from execution.paper.gateways.okx.order_calls import OrderCalls
from execution.paper.gateways.okx.params import error
from execution.paper.gateways.okx.signing import Signatures

PREFIX = "/api/v5/"
CREATING = frozenset({"trade/order", "trade/batch-orders"})
CANCELLING = frozenset({"trade/cancel-order", "trade/cancel-batch-orders", "trade/cancel-all-after"})
PUBLIC_FAMILIES = ("public/", "market/", "system/")
Answer = Callable[[Account, Any, web.Request], Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Everything that is served."""

    public: MarketCalls
    orders: OrderCalls
    account: AccountCalls
    holdings: Holdings
    deadman: DeadMan


class RestApi:
    """Dispatch requests to the venue's calls; `deliver` is told of every request that may have changed something."""

    def __init__(self, core: Core, signatures: Signatures, calls: Calls, deliver: Callable[[], None]) -> None:
        self._core, self._signatures, self._public, self._deliver = core, signatures, calls.public.calls, deliver
        self._reads = {**calls.account.calls, **calls.holdings.reads}
        self._writes = calls.holdings.writes
        orders, deadman = calls.orders, calls.deadman
        self._posts: dict[str, Answer] = {
            **dict.fromkeys(CREATING, lambda owner, body, request: orders.place(owner, body, self._now(), expires_ms=_deadline(request))),
            "trade/cancel-order": lambda owner, body, request: orders.cancel(owner, body, self._now()),
            "trade/cancel-batch-orders": lambda owner, body, request: orders.cancel(owner, body, self._now()),
            "trade/cancel-all-after": lambda owner, body, request: _wrapped(deadman.arm(owner, _object(body), now_ms())),
        }

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Register the endpoints."""
        router.add_route("*", f"/{self._core.venue.profile.name}{PREFIX}{{path:.+}}", self._serve)

    async def _serve(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        if request.method == "GET" and path in self._public:
            return await self._answer(lambda: _wrapped(self._public[path](dict(request.query), self._now())))
        if (request.method, path) not in self._known():
            return json_response({"code": "404", "data": {}, "msg": f"{request.method} {path} is not served"}, 404)
        body = await request.text()
        await self._core.latency.wait()
        response = await self._answer(lambda: self._signed(request, path, body))
        self._deliver()
        await self._core.latency.wait()
        return response

    def _known(self) -> set[tuple[str, str]]:
        return {("GET", path) for path in self._reads} | {("POST", path) for path in (*self._posts, *self._writes)}

    def _signed(self, request: web.Request, path: str, body: str) -> Json:
        signed_path = request.raw_path.removeprefix(f"/{self._core.venue.profile.name}")
        key = self._signatures.check(request.headers, request.method, signed_path, body, self._now())
        account = self._core.venue.accounts[key]
        if request.method == "GET":
            return _wrapped(self._reads[path](account, dict(request.query), self._now()))
        content = _content(body)
        if path in self._writes:
            return _wrapped(self._writes[path](account, _object(content), self._now()))
        return self._posts[path](account, content, request)

    async def _answer(self, run: Callable[[], Json]) -> web.Response:
        try:
            return json_response(run())
        except ApiError as refused:
            return json_response(refused.body(), refused.status)

    def _now(self) -> int:
        return self._core.clock(now_ms())


def json_response(body: Any, status: int = 200) -> web.Response:
    """Return a JSON answer."""
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json")


def operation(method: str, path: str) -> Operation:
    """Classify a request by its path behind the venue's prefix."""
    call = path.removeprefix(PREFIX)
    if not path.startswith(PREFIX):
        return Operation.STREAM
    if method == "GET":
        return Operation.PUBLIC if call.startswith(PUBLIC_FAMILIES) else Operation.QUERY
    if call in CREATING:
        return Operation.CREATE
    return Operation.CANCEL if call in CANCELLING else Operation.QUERY


def _wrapped(rows: list[Any]) -> Json:
    return {"code": "0", "data": rows, "msg": ""}


def _content(body: str) -> Any:
    if not body:
        raise ApiError("50000", "Body for POST request cannot be empty.", 400)
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError as unreadable:
        raise ApiError("50002", "JSON syntax error", 400) from unreadable


def _object(content: Any) -> Json:
    if not isinstance(content, dict):
        raise ApiError("50002", "JSON syntax error", 400)
    return content


def _deadline(request: web.Request) -> int | None:
    """Return the time after which an order request is not to be processed, from its `expTime` header."""
    text = request.headers.get("expTime", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise error("expTime")
    return int(text)
