"""Disconnect protection (DCP): orders are cancelled when every private stream that asked for it has been away for too long.

Sources: https://bybit-exchange.github.io/docs/v5/order/dcp and .../docs/v5/websocket/private/dcp.
"""

from execution.paper.gateways.bybit.errors import parameter_error
from execution.paper.gateways.bybit.names import Params
from execution.paper.gateways.bybit.params import read_integer
from execution.paper.gateways.bybit.wire import BY_DCP
from execution.paper.listings import Kind
from execution.paper.refusals import Reason, Refused
from execution.paper.venue import Venue

SHORTEST_SECONDS, LONGEST_SECONDS = 3, 300
PRODUCTS = {"SPOT": Kind.SPOT, "DERIVATIVES": Kind.PERPETUAL}
TOPICS = {"dcp.spot": "SPOT", "dcp.future": "DERIVATIVES", "dcp.option": "OPTIONS"}
Guarded = tuple[str, str]


class Protection:
    """Which accounts are protected, for which products, and since when nobody listens; the topics keep count of the listeners."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._windows: dict[Guarded, int] = {}
        self._listeners: dict[Guarded, int] = {}
        self._away_since: dict[Guarded, int] = {}

    def set(self, key: str, params: Params) -> None:
        """Set an account's window in seconds for a product."""
        product, window = params.get("product") or "OPTIONS", read_integer(params, "timeWindow")
        if product not in {*PRODUCTS, "OPTIONS"}:
            raise parameter_error("params error: product invalid")
        if window is None or not SHORTEST_SECONDS <= window <= LONGEST_SECONDS:
            raise parameter_error("params error: timeWindow invalid")
        self._windows[key, product] = window

    def windows(self, key: str) -> list[tuple[str, int]]:
        """Return the products that an account is protected for, with their windows in seconds."""
        return [(product, window) for (owner, product), window in self._windows.items() if owner == key]

    def join(self, key: str, topic: str) -> None:
        """Note that a private stream listens to one of TOPICS."""
        guarded = (key, TOPICS[topic])
        self._listeners[guarded] = self._listeners.get(guarded, 0) + 1
        self._away_since.pop(guarded, None)

    def leave(self, key: str, topic: str, now_ms: int) -> None:
        """Note that it has gone."""
        guarded = (key, TOPICS[topic])
        self._listeners[guarded] -= 1
        if not self._listeners[guarded]:
            self._away_since[guarded] = now_ms

    def enforce(self, now_ms: int) -> None:
        """Cancel the orders of those who have been away for too long; called with every tick."""
        for guarded, since in list(self._away_since.items()):
            window = self._windows.get(guarded)
            if window is not None and now_ms - since >= window * 1000:
                del self._away_since[guarded]
                self._cancel_all(*guarded, now_ms)

    def _cancel_all(self, key: str, product: str, now_ms: int) -> None:
        account, kind = self._venue.accounts[key], PRODUCTS.get(product)
        for order in list(account.open_orders.values()):
            if self._venue.pairs[order.symbol].listing.kind is not kind:
                continue
            try:
                self._venue.cancel(account, order, now_ms, note=BY_DCP)
            except Refused as refused:
                if refused.reason is not Reason.ORDER_ENDED:  # it traded just now: there is nothing to cancel
                    raise
