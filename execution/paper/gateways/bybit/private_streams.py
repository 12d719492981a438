"""Bybit's private stream: `/v5/private`, orders, executions, positions and the wallet of one account over one socket."""

from collections.abc import Iterable, Sequence
from typing import Any

from execution.paper.accounts import Account
from execution.paper.clock import now_ms
from execution.paper.events import Change, Event, HoldingsEvent, OrderEvent
from execution.paper.gateways.base import Core
from execution.paper.gateways.bybit import account_wire, wire
from execution.paper.gateways.bybit.errors import ApiError
from execution.paper.gateways.bybit.names import category_of
from execution.paper.gateways.bybit.protection import TOPICS as PROTECTED_TOPICS
from execution.paper.gateways.bybit.protection import Protection
from execution.paper.gateways.bybit.signing import check_login
from execution.paper.gateways.bybit.sockets import Json, Listener, Refusal, Streams, read_topics

CATEGORIES = ("spot", "linear", "inverse", "option")
TOPICS = frozenset(
    {"order", "execution", "position", "wallet", *(f"{kind}.{name}" for kind in ("order", "execution", "position") for name in CATEGORIES)}
)


class PrivateStreams(Streams):
    """The private streams of one venue's accounts."""

    def __init__(self, core: Core, trades: wire.TradesByOrder, protection: Protection) -> None:
        super().__init__(core, is_private=True)
        self._trades, self._protection = trades, protection
        self._sent = 0

    def deliver(self, events: Sequence[Event]) -> None:
        """Send these events to whom they belong: orders and executions one by one, wallet and positions once."""
        for key in dict.fromkeys(event.account for event in events):
            listeners = [listener for listener in self._open if listener.key == key]
            if listeners:
                self._deliver_to(listeners, self._core.venue.accounts[key], [event for event in events if event.account == key])

    def _deliver_to(self, listeners: list[Listener], account: Account, events: Iterable[Event]) -> None:
        symbols: dict[str, None] = {}
        has_new_balances = False
        for event in events:
            if isinstance(event, HoldingsEvent):
                has_new_balances = True
                symbols.update(dict.fromkeys(event.symbols))
                self._deliver_funding(listeners, event)
            elif event.change is not Change.REJECTED:  # a refused request is answered, not told of
                self._deliver_order(listeners, account, event)
        for symbol in symbols:
            row = account_wire.position_json(self._core.venue, account, symbol, self._now())
            self._send(listeners, "position", "linear", {"category": "linear", **row, "entryPrice": row["avgPrice"]})
        if has_new_balances:
            self._send(listeners, "wallet", "", account_wire.wallet_json(self._core.venue, account, set()))

    def _deliver_funding(self, listeners: list[Listener], event: HoldingsEvent) -> None:
        if event.funding is not None:
            row = wire.funding_json(event.funding, self._core.venue.pairs[event.funding.symbol].listing)
            self._send(listeners, "execution", "linear", {"category": "linear", **row, "feeCoin": row.pop("feeCurrency")})

    def _deliver_order(self, listeners: list[Listener], account: Account, event: OrderEvent) -> None:
        venue, listing = self._core.venue, self._core.venue.pairs[event.order.symbol].listing
        category = category_of(listing)
        known = self._trades.of(account, event.order.order_id)
        until = [trade for trade in known if event.trade is None or trade.trade_id <= event.trade.trade_id]
        if event.trade is not None:
            row = wire.execution_json(event.trade, event.order, listing, venue.profile)
            self._send(listeners, "execution", category, {"category": category, **row, "feeCoin": row.pop("feeCurrency"), "execPnl": "0"})
        self._send(listeners, "order", category, {"category": category, **wire.order_json(event.order, listing, until)})

    def _send(self, listeners: Iterable[Listener], topic: str, category: str, row: Json) -> None:
        """Send a row to who listens to the topic as a whole or to its category's part."""
        self._sent += 1
        now = self._now()
        for listener in listeners:
            for name in (topic, f"{topic}.{category}"):
                if listener.listens(name):
                    listener.send({"id": f"{listener.connection_id}-{self._sent}", "topic": name, "creationTime": now, "data": [row]})

    def _obey(self, listener: Listener, request: Json) -> None:
        op = request.get("op")
        if op == "ping":
            number = {"req_id": str(request["req_id"])} if "req_id" in request else {}
            pong = {"op": "pong", "args": [str(self._now())], "conn_id": listener.connection_id}
            listener.outbox.post({**number, **pong}, is_data=False)
            return
        if op == "auth":
            self._sign_in(listener, request.get("args"))
        elif op == "subscribe":
            self._subscribe(listener, read_topics(request))
        elif op == "unsubscribe":
            self._unsubscribe(listener, read_topics(request))
        else:
            raise Refusal("error:invalid op")
        listener.answer(op, request)

    def _sign_in(self, listener: Listener, arguments: Any) -> None:
        if not isinstance(arguments, list) or len(arguments) != 3:
            raise Refusal("Params Error")
        key, expires, signature = map(str, arguments)
        try:
            check_login(self._core.exchange.settings.accounts, key, expires, signature, self._now())
        except ApiError as error:
            raise Refusal(error.message) from error
        listener.key = key

    def _subscribe(self, listener: Listener, topics: Sequence[str]) -> None:
        if not listener.key:
            raise Refusal("error:request not authorized")
        for topic in topics:
            if topic not in TOPICS and topic not in PROTECTED_TOPICS:
                raise Refusal(f"error:handler not found,topic:{topic}")
            if listener.listens(topic):
                raise Refusal(f"error:already subscribed,topic:{topic}")
        listener.topics.update(topics)
        for topic in PROTECTED_TOPICS.keys() & set(topics):
            self._protection.join(listener.key, topic)

    def _unsubscribe(self, listener: Listener, topics: Sequence[str]) -> None:
        for topic in listener.topics & set(topics):
            listener.topics.discard(topic)
            if topic in PROTECTED_TOPICS:
                self._protection.leave(listener.key, topic, now_ms())

    def _now(self) -> int:
        return self._core.clock(now_ms())
