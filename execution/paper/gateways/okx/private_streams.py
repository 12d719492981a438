"""OKX's private channels: orders, account, positions, balance_and_position."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from execution.paper.accounts import Account
from execution.paper.clock import now_ms
from execution.paper.events import Change, Event, HoldingsEvent, OrderEvent
from execution.paper.gateways.base import Core
from execution.paper.gateways.okx.account_calls import trades_of
from execution.paper.gateways.okx.errors import AuthError, Json
from execution.paper.gateways.okx.holdings import Holdings
from execution.paper.gateways.okx.instruments import KNOWN_TYPES, TYPES, Instruments, family, instrument_id
from execution.paper.gateways.okx.signing import Signatures
from execution.paper.gateways.okx.sockets import Connection, Sockets, Topic
from execution.paper.gateways.okx.wire import order_event_json
from execution.paper.listings import Kind, Listing

ORDERS, ACCOUNT, POSITIONS, BOTH = "orders", "account", "positions", "balance_and_position"
TYPED = frozenset({ORDERS, POSITIONS})
CHANNELS = TYPED | {ACCOUNT, BOTH}
SNAPSHOT, UPDATE = "snapshot", "event_update"
REGULAR_TICKS = 100  # account and positions are told every five seconds too


class PrivateSockets(Sockets):
    """The private address."""

    is_private = True

    def __init__(self, core: Core, instruments: Instruments, signatures: Signatures, holdings: Holdings) -> None:
        super().__init__(core)
        self._instruments, self._signatures, self._holdings = instruments, signatures, holdings

    def sign_in(self, connection: Connection, request: Mapping[str, Any]) -> None:
        """Check a login."""
        login = request["args"][0] if request["args"] and isinstance(request["args"][0], dict) else {}
        try:
            connection.key = self._signatures.check_login(login, self._now())
        except AuthError as refused:
            connection.refuse(request, refused.code, refused.message)
            return
        connection.answer("login", request, code="0", msg="")

    def is_served(self, topic: Mapping[str, str]) -> bool:
        """Tell whether a channel exists; orders and positions want a type of instrument."""
        channel, name = topic.get("channel"), topic.get("instId", "")
        if channel not in CHANNELS or (name and self._instruments.find(name) is None):
            return False
        return channel not in TYPED or topic.get("instType") in KNOWN_TYPES | {"ANY"}

    def join(self, connection: Connection, topic: Topic) -> None:
        """Begin with what there is; orders begin with their next change."""
        channel = dict(topic)["channel"]
        connection.answer("channel-conn-count", {}, channel=channel, connCount=str(self._count(connection.key, channel)))
        if channel != ORDERS:
            self._tell_holdings(connection, topic, event=SNAPSHOT)

    def deliver(self, events: Sequence[Event]) -> None:
        """Send these events: orders one by one, balances and positions once for all of them."""
        listening = {connection.key for connection in self.connections}
        assets: dict[str, set[str]] = defaultdict(set)
        symbols: dict[str, set[str]] = defaultdict(set)
        for event in events:
            if event.account not in listening:
                continue
            if isinstance(event, HoldingsEvent):
                assets[event.account] |= set(event.assets)
                symbols[event.account] |= set(event.symbols)
            else:
                self._tell_order(event)
        for connection in list(self.connections):
            if connection.key in assets:
                for topic in sorted(connection.topics):
                    self._tell_holdings(connection, topic, event=UPDATE, assets=assets[connection.key], symbols=symbols[connection.key])

    def publish(self, tick: int) -> None:
        """Tell accounts and positions regularly, as prices move."""
        if tick % REGULAR_TICKS:
            return
        for connection in list(self.connections):
            for topic in sorted(connection.topics):
                if dict(topic)["channel"] in {ACCOUNT, POSITIONS}:
                    self._tell_holdings(connection, topic, event=UPDATE)

    def _tell_order(self, event: OrderEvent) -> None:
        if event.change is Change.REJECTED:
            return
        listing, account = self.core.venue.pairs[event.order.symbol].listing, self.core.venue.accounts[event.account]
        row: Json | None = None
        for connection in list(self.connections):
            for topic in connection.topics if connection.key == event.account else ():
                if _concerns(dict(topic), ORDERS, listing):
                    row = row or order_event_json(event.order, listing, event.trade, trades_of(account, event.order))
                    connection.post({"arg": {**dict(topic), "uid": event.account}, "data": [row]})

    def _tell_holdings(
        self, connection: Connection, topic: Topic, *, event: str, assets: set[str] | None = None, symbols: set[str] | None = None
    ) -> None:
        """Tell balances of some assets and positions in some swaps, or of all, as far as the topic is about them."""
        named, now, account = dict(topic), self._now(), self.core.venue.accounts[connection.key]
        argument = {**named, "uid": account.key}
        if named["channel"] == ACCOUNT:
            wanted = [asset for asset in _chosen(assets, account) if named.get("ccy") in {None, asset}]
            pages = {"eventType": event, "curPage": 1, "lastPage": True}
            connection.post({"arg": argument, **pages, "data": [self._holdings.balance_json(account, now, wanted)]})
        elif named["channel"] == POSITIONS:
            rows = [row for row in self._positions(account, symbols, now) if _is_row_of(row, named)]
            if rows:
                connection.post({"arg": argument, "eventType": event, "data": rows})
        elif named["channel"] == BOTH:
            cash = [self._holdings.cash_json(account, asset, now) for asset in _chosen(assets, account)]
            kind = SNAPSHOT if event == SNAPSHOT else "filled"
            data = {"pTime": str(now), "eventType": kind, "balData": cash, "posData": self._positions(account, symbols, now), "trades": []}
            connection.post({"arg": argument, "data": [data]})

    def _positions(self, account: Account, symbols: set[str] | None, now: int) -> list[Json]:
        return self._holdings.swaps.positions_json(account, now, symbols, with_flat=symbols is not None)

    def _count(self, key: str, channel: str) -> int:
        """Return on how many connections an account listens to a channel."""
        return sum(
            connection.key == key and any(dict(topic)["channel"] == channel for topic in connection.topics)
            for connection in self.connections
        )

    def _now(self) -> int:
        return self.core.clock(now_ms())


def _concerns(topic: Mapping[str, str], channel: str, listing: Listing) -> bool:
    return (
        topic["channel"] == channel
        and topic.get("instType") in {"ANY", TYPES[listing.kind]}
        and topic.get("instId") in {None, instrument_id(listing)}
        and topic.get("instFamily") in {None, family(listing)}
    )


def _is_row_of(row: Json, topic: Mapping[str, str]) -> bool:
    return topic.get("instType") in {"ANY", row["instType"]} and topic.get("instId") in {None, row["instId"]}


def _chosen(assets: Iterable[str] | None, account: Account) -> list[str]:
    return sorted(account.wallet(Kind.SPOT) if assets is None else assets)
