"""Binance's REST endpoints: families of calls below a prefix, each with its own words of refusal."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from execution.paper.accounts import Account
from execution.paper.clock import now_ms
from execution.paper.gateways.base import Core, Operation
from execution.paper.gateways.binance.errors import ApiError
from execution.paper.gateways.binance.signing import Signatures
from execution.paper.refusals import Refused

SIGNATURE = re.compile(r"(?:^|&)signature=([^&]*)")
CREATES = frozenset({("POST", "order")})
CANCELS = frozenset({("DELETE", "order"), ("DELETE", "openOrders"), ("DELETE", "allOpenOrders")})
Call = Callable[..., Any]
Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The endpoints below one prefix: answered to anybody by path, to a known key, and to signed requests, by method and path."""

    prefix: str
    refusal_of: Callable[[Refused], ApiError]
    public: Mapping[str, Call] = field(default_factory=dict)
    keyed: Mapping[Key, Call] = field(default_factory=dict)
    signed: Mapping[Key, Call] = field(default_factory=dict)


def json_response(body: Any, status: int = 200) -> web.Response:
    """Return a JSON answer."""
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json")


class RestApi:
    """Dispatch requests to the venue's calls; `deliver` is told of every request that may have changed something."""

    def __init__(self, core: Core, families: Sequence[Family], signatures: Signatures, deliver: Callable[[], None]) -> None:
        self._core, self._families, self._signatures, self._deliver = core, families, signatures, deliver

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Register the endpoints."""
        for family in self._families:
            router.add_route("*", f"/{self._core.venue.profile.name}{family.prefix}/{{path:.+}}", self._handler(family))

    def operation(self, method: str, path: str) -> Operation:
        """Classify a request by its path behind the venue's prefix."""
        family = next((family for family in self._families if path.startswith(f"{family.prefix}/")), None)
        if family is None:
            return Operation.STREAM
        tail = path.removeprefix(f"{family.prefix}/")
        if method == "GET" and tail in family.public:
            return Operation.PUBLIC
        key = (method, tail.rpartition("/")[2])
        return Operation.CREATE if key in CREATES else Operation.CANCEL if key in CANCELS else Operation.QUERY

    def _handler(self, family: Family) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.Response:
            key = request.method, request.match_info["path"]
            if key[0] == "GET" and key[1] in family.public:
                call = family.public[key[1]]
                return await self._answer(request, family, lambda params: call(params, self._now()))
            if key in family.keyed:
                return await self._private(request, family, family.keyed[key], self._known)
            if key in family.signed:
                return await self._private(request, family, family.signed[key], await self._signer(request))
            return json_response({"code": -1000, "msg": f"{request.method} {request.path} is not served by the paper exchange."}, 404)

        return handle

    async def _private(
        self, request: web.Request, family: Family, call: Call, admit: Callable[[web.Request, dict[str, str]], Account]
    ) -> web.Response:
        await self._core.latency.wait()
        response = await self._answer(request, family, lambda params: call(admit(request, params), params, self._now()))
        self._deliver()
        await self._core.latency.wait()
        return response

    def _known(self, request: web.Request, params: dict[str, str]) -> Account:
        """Admit whoever names a known key: listen keys are handed out so."""
        return self._core.venue.accounts[self._signatures.known(request.headers.get("X-MBX-APIKEY"))]

    async def _signer(self, request: web.Request) -> Callable[[web.Request, dict[str, str]], Account]:
        payload, signature = await _signed_payload(request)

        def admit(request: web.Request, params: dict[str, str]) -> Account:
            key = request.headers.get("X-MBX-APIKEY")
            return self._core.venue.accounts[self._signatures.check(key, payload, signature, params, self._now())]

        return admit

    async def _answer(self, request: web.Request, family: Family, run: Callable[[dict[str, str]], Any]) -> web.Response:
        try:
            params = dict(parse_qsl(request.query_string, keep_blank_values=True))
            if request.method in {"POST", "PUT", "DELETE"}:
                params |= dict(parse_qsl(await request.text(), keep_blank_values=True))
            return json_response(run(params))
        except ApiError as error:
            return json_response(error.body(), error.status)
        except Refused as refused:
            refusal = family.refusal_of(refused)
            return json_response(refusal.body(), refusal.status)

    def _now(self) -> int:
        return self._core.clock(now_ms())


async def _signed_payload(request: web.Request) -> tuple[str, str | None]:
    """Return what the client signed, query and body without the signature, and the signature."""
    whole = request.raw_path.partition("?")[2] + await request.text()
    found = SIGNATURE.search(whole)
    return SIGNATURE.sub("", whole), found.group(1) if found else None
