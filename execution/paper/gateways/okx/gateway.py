"""OKX's gateway: one unified account, spot and USDT swaps, below `/api/v5` and `/ws/v5`."""

from collections.abc import Sequence

from aiohttp import web

from execution.paper.events import Event
from execution.paper.gateways.base import Core, Operation
from execution.paper.gateways.okx import rest
from execution.paper.gateways.okx.account_calls import AccountCalls
from execution.paper.gateways.okx.deadman import DeadMan
from execution.paper.gateways.okx.errors import ApiError, AuthError
from execution.paper.gateways.okx.holdings import Holdings
from execution.paper.gateways.okx.instruments import Instruments
from execution.paper.gateways.okx.market_calls import MarketCalls
from execution.paper.gateways.okx.order_calls import OrderCalls
from execution.paper.gateways.okx.private_streams import PrivateSockets
from execution.paper.gateways.okx.public_streams import BUSINESS, PUBLIC, Listeners, PublicSockets, Publisher
from execution.paper.gateways.okx.rest import Calls, RestApi, json_response
from execution.paper.gateways.okx.signing import Signatures

LIMITED = ("50011", "Too Many Requests")
UNAUTHORISED = 401
ITEM_CODES = ("51", "54")


class OkxGateway:
    """OKX v5."""

    def __init__(self, core: Core) -> None:
        self._core = core
        instruments, signatures = Instruments(core.venue), Signatures(core.exchange.settings.accounts)
        orders, holdings, listeners = OrderCalls(core, instruments), Holdings(core, instruments), Listeners()
        self._deadman = DeadMan(core.venue)
        calls = Calls(
            public=MarketCalls(core, instruments),
            orders=orders,
            account=AccountCalls(core, instruments, orders),
            holdings=holdings,
            deadman=self._deadman,
        )
        self._rest = RestApi(core, signatures, calls, self._deliver_now)
        self._publisher = Publisher(core, instruments, listeners)
        self._private = PrivateSockets(core, instruments, signatures, holdings)
        self._sockets = {
            "public": PublicSockets(core, instruments, PUBLIC, listeners),
            "business": PublicSockets(core, instruments, BUSINESS, listeners),
            "private": self._private,
        }

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Register every endpoint under the venue's prefix."""
        self._rest.add_routes(router)
        for name, sockets in self._sockets.items():
            router.add_get(f"/{self._core.venue.profile.name}/ws/v5/{name}", sockets.serve)

    def operation(self, method: str, path: str) -> Operation:
        """Classify a REST request by its path."""
        return rest.operation(method, path)

    def refusal(self, code: str, message: str, status: int) -> web.Response:
        """Return an error answer on demand: codes of orders stand with the order, the others stand alone."""
        if not code:
            code, message = LIMITED
        if code.startswith(ITEM_CODES) and status < UNAUTHORISED:
            item = {"clOrdId": "", "ordId": "", "sCode": code, "sMsg": message, "subCode": "", "tag": ""}
            return json_response({"code": "1", "data": [item], "msg": "All operations failed"}, 200)
        error = AuthError(code, message) if status == UNAUTHORISED else ApiError(code, message, status)
        return json_response(error.body(), status)

    def publish(self, now_ms: int, tick: int, part: int) -> None:
        """Send what changed on the public channels, and let the dead man's timers run out."""
        if self._deadman.cancel_due(now_ms):
            self._deliver_now()
        self._publisher.publish(self._core.clock(now_ms), tick, part)
        if part == 0:
            self._private.publish(tick)

    def deliver(self, events: Sequence[Event]) -> None:
        """Send these events on the private channels."""
        self._private.deliver(events)

    async def close(self) -> None:
        """Say goodbye on every socket."""
        for sockets in self._sockets.values():
            await sockets.close()

    def _deliver_now(self) -> None:
        self.deliver(self._core.venue.take_events())


GATEWAY = OkxGateway
