"""Bybit's public streams: `/v5/public/spot` and `/v5/public/linear`, the same topics on both."""

from collections import defaultdict
from collections.abc import Sequence

from execution.paper.clock import now_ms
from execution.paper.gateways.base import Core
from execution.paper.gateways.bybit.channels import EVERY, BookChannel, TickerChannel, TradeChannel
from execution.paper.gateways.bybit.market_calls import MarketCalls
from execution.paper.gateways.bybit.names import Names
from execution.paper.gateways.bybit.sockets import Json, Listener, Refusal, Streams, read_topics
from execution.paper.pair import Pair, Print

MOST_SPOT_TOPICS = 10
SWEEP_EVERY = 20  # ticks of 50 ms
Channel = BookChannel | TickerChannel | TradeChannel


class PublicStreams(Streams):
    """The public streams of one category."""

    def __init__(self, core: Core, names: Names, calls: MarketCalls, category: str) -> None:
        super().__init__(core, is_private=False)
        self._names, self._calls, self._category = names, calls, category
        self._pairs = names.pairs({"category": category})
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._channels: dict[str, Channel] = {}
        self._topics: dict[Pair, set[str]] = {pair: set() for pair in self._pairs}

    def publish(self, now: int, tick: int, part: int) -> None:
        """Send what changed in a part of the books since the last tick; what nobody listens to is thrown away once a second."""
        for pair, topics in self._topics.items():
            if pair.part != part:
                continue
            if topics:
                changes, trades = pair.take_changes(), pair.take_trades()
                for topic in topics:
                    self._publish_topic(topic, trades, now, tick, has_changed=changes.last >= changes.first)
            elif tick % SWEEP_EVERY == 0:
                pair.take_changes()
                pair.take_trades()

    def _publish_topic(self, topic: str, trades: list[Print], now: int, tick: int, *, has_changed: bool) -> None:
        channel = self._channels[topic]
        if isinstance(channel, BookChannel):
            frame = channel.publish(now, tick, has_changed=has_changed)
        else:
            frame = channel.publish(trades, now) if isinstance(channel, TradeChannel) else channel.publish(now, tick)
        if frame is not None:
            for listener in self._listeners[topic]:
                listener.send(frame)

    def _obey(self, listener: Listener, request: Json) -> None:
        op = request.get("op")
        if op == "ping":
            listener.answer("ping", request, message="pong")
        elif op == "subscribe":
            topics = self._checked(listener, request)
            listener.answer(op, request, message="subscribe")
            for topic in topics:
                self._enter(listener, topic)
        elif op == "unsubscribe":
            self._unsubscribe(listener, read_topics(request))
            listener.answer(op, request)
        else:
            raise Refusal("error:invalid op")

    def _checked(self, listener: Listener, request: Json) -> Sequence[str]:
        """Return the topics of a request, which is refused whole when one of them is wrong or subscribed to already."""
        topics = read_topics(request, most=MOST_SPOT_TOPICS if self._category == "spot" else None)
        for topic in topics:
            if self._pair_of(topic) is None:
                told = f"Invalid symbol :[{topic}]" if self._category == "spot" else f"error:handler not found,topic:{topic}"
                raise Refusal(told)
            if listener.listens(topic):
                raise Refusal(f"error:already subscribed,topic:{topic}")
        return list(dict.fromkeys(topics))

    def _pair_of(self, topic: str) -> Pair | None:
        kind, _, name = topic.partition(".")
        if kind == "orderbook":
            depth, _, name = name.partition(".")
            if not depth.isdigit() or int(depth) not in EVERY:
                return None
        elif kind not in {"publicTrade", "tickers"}:
            return None
        return self._names.find(self._category, name)

    def _enter(self, listener: Listener, topic: str) -> None:
        """Add a listener and send it the topic as it stands."""
        pair, now = self._pair_of(topic), self._core.clock(now_ms())
        if pair is None:
            return
        if not self._topics[pair]:
            pair.wake()
            pair.take_changes()
            pair.take_trades()
        pair.listeners += 1
        listener.topics.add(topic)
        self._listeners[topic].add(listener)
        self._topics[pair].add(topic)
        channel = self._channels.get(topic) or self._channels.setdefault(topic, self._make(pair, topic, now))
        if not isinstance(channel, TradeChannel):
            listener.send(channel.welcome(now))

    def _make(self, pair: Pair, topic: str, now: int) -> Channel:
        kind, *rest = topic.split(".")
        if kind == "orderbook":
            return BookChannel(pair, int(rest[0]), now)
        return TickerChannel(pair, self._calls, now) if kind == "tickers" else TradeChannel(pair)

    def _unsubscribe(self, listener: Listener, topics: Sequence[str]) -> None:
        for topic in topics:
            self._leave(listener, topic)

    def _leave(self, listener: Listener, topic: str) -> None:
        pair = self._pair_of(topic)
        if pair is None or not listener.listens(topic):
            return
        pair.listeners -= 1
        listener.topics.discard(topic)
        self._listeners[topic].discard(listener)
        if not self._listeners[topic]:
            del self._listeners[topic], self._channels[topic]
            self._topics[pair].discard(topic)
