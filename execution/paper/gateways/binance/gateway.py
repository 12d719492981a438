"""Binance's gateway: the spot half."""

from collections.abc import Sequence

from aiohttp import web

from execution.paper.events import Event
from execution.paper.gateways.base import Core, Operation
from execution.paper.gateways.binance import spot_endpoints
from execution.paper.gateways.binance.calls import Calls
from execution.paper.gateways.binance.rest import RestApi, json_response
from execution.paper.gateways.binance.signing import Signatures
from execution.paper.gateways.binance.streams import MarketStreams
from execution.paper.gateways.binance.websocket_api import WebSocketApi


class BinanceGateway:
    """Binance's spot protocol."""

    def __init__(self, core: Core) -> None:
        self._core = core
        calls, signatures = Calls(core), Signatures(core.exchange.settings.accounts)
        self._rest = RestApi(core, spot_endpoints.families(calls), signatures, self._deliver_now)
        self._streams = MarketStreams(core)
        self._user = WebSocketApi(core, calls, signatures, self._deliver_now)

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Register every endpoint under the venue's prefix."""
        name = self._core.venue.profile.name
        self._rest.add_routes(router)
        router.add_get(f"/{name}/stream", self._streams.serve)
        router.add_get(f"/{name}/stream/{{tail:.*}}", self._streams.serve)
        router.add_get(f"/{name}/ws-api/v3", self._user.serve)

    def operation(self, method: str, path: str) -> Operation:
        """Classify a REST request by its path."""
        return self._rest.operation(method, path)

    def refusal(self, code: str, message: str, status: int) -> web.Response:
        """Return an error answer on demand."""
        number = int(code) if code else -1003
        return json_response({"code": number, "msg": message}, status)

    def publish(self, now_ms: int, tick: int) -> None:
        """Send what changed on the public streams."""
        self._streams.publish(self._core.clock(now_ms), tick)

    def deliver(self, events: Sequence[Event]) -> None:
        """Send these events on the user streams."""
        self._user.deliver(events)

    async def close(self) -> None:
        """Say goodbye on every socket."""
        await self._streams.close()
        await self._user.close()

    def _deliver_now(self) -> None:
        self.deliver(self._core.venue.take_events())


GATEWAY = BinanceGateway
