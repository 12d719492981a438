"""Bybit's gateway: v5, unified trading account, spot and linear perpetuals."""

from collections.abc import Sequence

from aiohttp import web

from execution.paper.clock import now_ms
from execution.paper.events import Event
from execution.paper.gateways.base import Core, Operation
from execution.paper.gateways.bybit import rest
from execution.paper.gateways.bybit.account_calls import AccountCalls
from execution.paper.gateways.bybit.market_calls import MarketCalls
from execution.paper.gateways.bybit.names import Names
from execution.paper.gateways.bybit.order_calls import OrderCalls
from execution.paper.gateways.bybit.private_streams import PrivateStreams
from execution.paper.gateways.bybit.protection import Protection
from execution.paper.gateways.bybit.public_streams import PublicStreams
from execution.paper.gateways.bybit.rest import RestApi, envelope, json_response

TOO_MANY_VISITS = 10006
SERVER_ERROR = 10016


class BybitGateway:
    """Bybit's protocol."""

    def __init__(self, core: Core) -> None:
        self._core = core
        names = Names(core.venue)
        market, orders = MarketCalls(core, names), OrderCalls(core, names)
        self._protection = Protection(core.venue)
        account = AccountCalls(core, names, self._protection)
        self._rest = RestApi(core, market, orders, account, self._deliver_now)
        self._public = {category: PublicStreams(core, names, market, category) for category in ("spot", "linear")}
        self._private = PrivateStreams(core, orders.trades, self._protection)

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Register every endpoint under the venue's prefix."""
        prefix = f"/{self._core.venue.profile.name}/v5"
        for category, streams in self._public.items():
            router.add_get(f"{prefix}/public/{category}", streams.serve)
        router.add_get(f"{prefix}/private", self._private.serve)
        self._rest.add_routes(router)

    def operation(self, method: str, path: str) -> Operation:
        """Classify a request by its path."""
        return rest.operation(method, path)

    def refusal(self, code: str, message: str, status: int) -> web.Response:
        """Return an error answer on demand: rate limits come with HTTP 200, a ban of the address with HTTP 403 and no JSON."""
        if status in {403, 418}:
            return web.Response(text="access too frequent. Please try again in 5 minutes", status=403)
        if status == 429 and not code:
            return self._refuse(TOO_MANY_VISITS, "Too many visits. Exceeded the API Rate Limit.", 200)
        number = int(code) if code.lstrip("-").isdigit() else SERVER_ERROR
        return self._refuse(number, message, status if status >= 500 else 200)

    def publish(self, now_ms: int, tick: int, part: int) -> None:
        """Send what changed on the public streams, and cancel for those whose private stream has been away for too long."""
        self._protection.enforce(now_ms)
        for streams in self._public.values():
            streams.publish(self._core.clock(now_ms), tick, part)

    def deliver(self, events: Sequence[Event]) -> None:
        """Send these events on the private streams."""
        self._private.deliver(events)

    async def close(self) -> None:
        """Say goodbye on every socket."""
        await self._private.close()
        for streams in self._public.values():
            await streams.close()

    def _deliver_now(self) -> None:
        self.deliver(self._core.venue.take_events())

    def _refuse(self, code: int, message: str, status: int) -> web.Response:
        return json_response(envelope(None, self._core.clock(now_ms()), code=code, message=message), status)


GATEWAY = BybitGateway
