"""Binance's gateway: spot and USD-M."""

from collections.abc import Sequence

from aiohttp import web

from execution.paper.events import Event
from execution.paper.gateways.base import Core, Operation
from execution.paper.gateways.binance import spot_endpoints, usdm_endpoints
from execution.paper.gateways.binance.listen_keys import ListenKeys
from execution.paper.gateways.binance.public_streams import PublicStreams
from execution.paper.gateways.binance.rest import RestApi, json_response
from execution.paper.gateways.binance.signing import Signatures
from execution.paper.gateways.binance.spot_calls import SpotCalls
from execution.paper.gateways.binance.spot_events import SpotEvents
from execution.paper.gateways.binance.usdm_account_calls import UsdmAccountCalls
from execution.paper.gateways.binance.usdm_calls import UsdmCalls
from execution.paper.gateways.binance.usdm_countdown import Countdowns
from execution.paper.gateways.binance.usdm_events import UsdmEvents
from execution.paper.gateways.binance.usdm_private_streams import AccountStreams
from execution.paper.gateways.binance.websocket_api import WebSocketApi

USDM_CATEGORIES = ("public", "market")


class BinanceGateway:
    """Binance's protocols of spot and of USD-M perpetuals."""

    def __init__(self, core: Core) -> None:
        self._core = core
        signatures = Signatures(core.exchange.settings.accounts)
        spot, usdm, keys = SpotCalls(core), UsdmCalls(core), ListenKeys()
        self._countdowns = Countdowns(core.venue)
        self._user = WebSocketApi(core, spot, signatures, self._deliver_now)
        self._account_streams = AccountStreams(core, usdm, keys)
        futures = usdm_endpoints.family(usdm, UsdmAccountCalls(usdm, self._countdowns), keys, self._account_streams)
        self._rest = RestApi(core, (*spot_endpoints.families(spot), futures), signatures, self._deliver_now)
        self._streams = PublicStreams(core, SpotEvents())
        self._usdm_streams = PublicStreams(core, UsdmEvents(core.venue))

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Register every endpoint under the venue's prefix."""
        root = f"/{self._core.venue.profile.name}"
        self._rest.add_routes(router)
        router.add_get(f"{root}/stream", self._streams.serve)
        router.add_get(f"{root}/stream/{{tail:.*}}", self._streams.serve)
        router.add_get(f"{root}/ws-api/v3", self._user.serve)
        for category in USDM_CATEGORIES:
            for path in ("ws", "ws/{tail:.*}", "stream"):
                router.add_get(f"{root}/{category}/{path}", self._usdm_streams.serve)
        for path in ("ws", "ws/{key}"):
            router.add_get(f"{root}/private/{path}", self._account_streams.serve)

    def operation(self, method: str, path: str) -> Operation:
        """Classify a REST request by its path."""
        return self._rest.operation(method, path)

    def refusal(self, code: str, message: str, status: int) -> web.Response:
        """Return an error answer on demand."""
        number = int(code) if code else -1003
        return json_response({"code": number, "msg": message}, status)

    def publish(self, now_ms: int, tick: int, part: int) -> None:
        """Send what changed on the public streams; cancel, and end, what has run out of time."""
        now = self._core.clock(now_ms)
        self._account_streams.expire_keys(now)
        if self._countdowns.expire(now):
            self._deliver_now()
        self._streams.publish(now, tick, part)
        self._usdm_streams.publish(now, tick, part)

    def deliver(self, events: Sequence[Event]) -> None:
        """Send these events on the private streams."""
        self._user.deliver(events)
        self._account_streams.deliver(events)

    async def close(self) -> None:
        """Say goodbye on every socket."""
        await self._streams.close()
        await self._usdm_streams.close()
        await self._user.close()
        await self._account_streams.close()

    def _deliver_now(self) -> None:
        self.deliver(self._core.venue.take_events())


GATEWAY = BinanceGateway
