"""Coinbase's gateway: Advanced Trade, spot."""

from collections.abc import Sequence

from aiohttp import web

from execution.paper.events import Event
from execution.paper.gateways.base import Core, Operation
from execution.paper.gateways.coinbase import errors, rest
from execution.paper.gateways.coinbase.fills import FillIndex
from execution.paper.gateways.coinbase.market_calls import MarketCalls
from execution.paper.gateways.coinbase.rest import RestApi, json_response
from execution.paper.gateways.coinbase.signing import Tokens
from execution.paper.gateways.coinbase.streams import Streams
from execution.paper.gateways.coinbase.trading_calls import TradingCalls


class CoinbaseGateway:
    """Coinbase's protocol."""

    def __init__(self, core: Core) -> None:
        self._core = core
        tokens, fills = Tokens(core.exchange.settings.accounts), FillIndex()
        self._rest = RestApi(core, tokens, MarketCalls(core.venue), TradingCalls(core, fills), self._deliver_now)
        self._streams = Streams(core, tokens, fills)

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Register every endpoint under the venue's prefix."""
        router.add_get(f"/{self._core.venue.profile.name}/ws", self._streams.serve)
        self._rest.add_routes(router)

    def operation(self, method: str, path: str) -> Operation:
        """Classify a REST request by its path."""
        return rest.operation(method, path)

    def refusal(self, code: str, message: str, status: int) -> web.Response:
        """Return an error answer on demand; a name that the venue gives to refused orders comes as one."""
        if status in {418, 429}:
            return json_response(errors.too_many(), status)
        if code in errors.NEW_ORDER_FAILURES:
            is_preview = code.startswith("PREVIEW_")
            failure = errors.OrderFailure(
                errors.UNKNOWN if is_preview else code, code if is_preview else "UNKNOWN_PREVIEW_FAILURE_REASON", message
            )
            return json_response(failure.body(None))
        return json_response({"error": code, "error_details": message, "message": message}, status)

    def publish(self, now_ms: int, tick: int, part: int) -> None:
        """Send what changed on the public channels."""
        self._streams.publish(self._core.clock(now_ms), tick, part)

    def deliver(self, events: Sequence[Event]) -> None:
        """Send these events on the user channel."""
        self._streams.deliver(events)

    async def close(self) -> None:
        """Say goodbye on every socket."""
        await self._streams.close()

    def _deliver_now(self) -> None:
        self.deliver(self._core.venue.take_events())


GATEWAY = CoinbaseGateway
