"""USD-M's private stream: the events of one account, by a listen key."""

from collections.abc import Sequence

from aiohttp import web

from execution.paper.clock import now_ms
from execution.paper.events import Event, HoldingsEvent, OrderEvent
from execution.paper.gateways.base import Core
from execution.paper.gateways.binance import usdm_wire
from execution.paper.gateways.binance.listen_keys import ListenKey, ListenKeys
from execution.paper.gateways.binance.usdm_account_wire import account_update, funding_update, margins
from execution.paper.gateways.binance.usdm_calls import UsdmCalls
from execution.paper.sockets import Outbox

Json = usdm_wire.Json


class AccountSocket(Outbox):
    """One connection to an account's stream."""

    def __init__(self, socket: web.WebSocketResponse, core: Core, key: ListenKey) -> None:
        super().__init__(socket, faults=core.faults, latency=core.latency, is_private=True)
        self.key = key


class AccountStreams:
    """The private streams of USD-M on one venue."""

    def __init__(self, core: Core, calls: UsdmCalls, keys: ListenKeys) -> None:
        self._core, self._calls, self._keys = core, calls, keys
        self._symbols = {pair.listing.symbol: pair for pair in calls.pairs.values()}
        self._sockets: set[AccountSocket] = set()
        self._told: dict[tuple[str, str], object] = {}

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Handle one connection until it closes; nothing is asked over it."""
        key = self._keys.find(request.query.get("listenKey") or request.match_info.get("key", ""))
        if key is None:
            raise web.HTTPBadRequest(text="Invalid listenKey")
        socket = web.WebSocketResponse(heartbeat=60, compress=False)
        await socket.prepare(request)
        listener = AccountSocket(socket, self._core, key)
        self._sockets.add(listener)
        try:
            async for _ in socket:
                pass
        finally:
            self._sockets.discard(listener)
            listener.stop()
        return socket

    def deliver(self, events: Sequence[Event]) -> None:
        """Tell each account what happened to its orders, its wallet and its positions."""
        for event in events:
            frame = self._order_frame(event) if isinstance(event, OrderEvent) else self._holdings_frame(event)
            if frame is not None:
                self._post(event.account, frame)

    def expire_keys(self, now: int) -> None:
        """Tell of the keys that nobody has extended; their sockets stay open and are told nothing more."""
        for key in self._keys.take_expired(now):
            self._post(key.account, {"e": "listenKeyExpired", "E": now, "listenKey": key.text})
            key.is_valid = False

    def end(self, key: ListenKey) -> None:
        """Close the sockets of a key that its owner has taken out of force."""
        key.is_valid = False
        for socket in [socket for socket in self._sockets if socket.key is key]:
            socket.cut()

    async def close(self) -> None:
        """Say goodbye on every socket."""
        for socket in list(self._sockets):
            await socket.close()

    def _order_frame(self, event: OrderEvent) -> Json | None:
        pair = self._symbols.get(event.order.symbol)
        return usdm_wire.order_update(event, pair.listing, self._core.clock(now_ms())) if pair is not None else None

    def _holdings_frame(self, event: HoldingsEvent) -> Json | None:
        """Return an ACCOUNT_UPDATE where wallet or position have changed: an order that only rests changes neither."""
        pairs = [self._symbols[symbol] for symbol in event.symbols if symbol in self._symbols]
        if not pairs:
            return None
        state = margins(self._core.venue, self._core.venue.accounts[event.account], pairs)
        data = account_update(state) if event.funding is None else funding_update(state, event.funding.atoms)
        told = data["B"], [(position["pa"], position["ep"]) for position in data["P"]]  # not the profit, which moves by itself
        is_news = self._told.get((event.account, pairs[0].listing.symbol)) != told
        self._told[event.account, pairs[0].listing.symbol] = told
        now = self._core.clock(now_ms())
        return {"e": "ACCOUNT_UPDATE", "E": now, "T": now, "a": data} if is_news else None

    def _post(self, account: str, frame: Json) -> None:
        for socket in self._sockets:
            if socket.key.account == account and socket.key.is_valid:
                socket.post(frame)
