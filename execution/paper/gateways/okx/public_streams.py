"""OKX's public channels: books, books5, bbo-tbt, trades, tickers, mark-price, and trades-all on the business address."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from execution.paper.gateways.base import Core
from execution.paper.gateways.okx.books import BEST, FIVE, FULL, Book
from execution.paper.gateways.okx.errors import Json
from execution.paper.gateways.okx.instruments import TYPES, Instruments, instrument_id
from execution.paper.gateways.okx.market_wire import ticker_json, trade_json
from execution.paper.gateways.okx.sockets import Connection, Sockets, Topic
from execution.paper.gateways.okx.swaps import Swaps
from execution.paper.listings import Kind
from execution.paper.pair import Pair, Print

TRADES, ALL_TRADES, TICKERS, MARK_PRICE = "trades", "trades-all", "tickers", "mark-price"
PUBLIC = frozenset({FULL, FIVE, BEST, TRADES, TICKERS, MARK_PRICE})
BUSINESS = frozenset({ALL_TRADES})
BOOK_EVERY, TICKER_EVERY = 2, 4  # ticks of 50 ms: books 100 ms, tickers 200 ms; bbo-tbt and trades at every tick
ENCODER = msgspec.json.Encoder()


class PublicSockets(Sockets):
    """The public or the business address; who listens is kept per channel and instrument."""

    def __init__(self, core: Core, instruments: Instruments, channels: frozenset[str], listeners: "Listeners") -> None:
        super().__init__(core)
        self._instruments, self._channels, self._listeners = instruments, channels, listeners

    def is_served(self, topic: Mapping[str, str]) -> bool:
        """Tell whether a channel of a listed instrument exists here."""
        pair = self._instruments.find(topic.get("instId", ""))
        if pair is None or topic.get("channel") not in self._channels:
            return False
        return topic["channel"] != MARK_PRICE or pair.listing.kind is Kind.PERPETUAL

    def join(self, connection: Connection, topic: Topic) -> None:
        """Begin with a snapshot at the next publication."""
        named = dict(topic)
        pair = self._instruments.find(named["instId"])
        assert pair is not None
        pair.listeners += 1
        pair.wake()
        self._listeners.add(connection, named["channel"], named["instId"])

    def leave(self, connection: Connection, topic: Topic) -> None:
        """Stop telling a connection of a topic."""
        named = dict(topic)
        pair = self._instruments.find(named["instId"])
        if topic in connection.topics and pair is not None:
            pair.listeners -= 1
        super().leave(connection, topic)
        self._listeners.remove(connection, named["channel"], named["instId"])


class Listeners:
    """Who listens to which channel of which instrument; newcomers wait for their first frame."""

    def __init__(self) -> None:
        self.joined: dict[tuple[str, str], set[Connection]] = defaultdict(set)
        self.newcomers: dict[tuple[str, str], set[Connection]] = defaultdict(set)

    def add(self, connection: Connection, channel: str, name: str) -> None:
        """Let a connection wait for its first frame."""
        self.newcomers[channel, name].add(connection)

    def remove(self, connection: Connection, channel: str, name: str) -> None:
        """Forget a connection."""
        self.joined[channel, name].discard(connection)
        self.newcomers[channel, name].discard(connection)

    def take_newcomers(self, channel: str, name: str) -> set[Connection]:
        """Return who waits for the first frame; they belong to the others from now on."""
        waiting = self.newcomers.pop((channel, name), set())
        if waiting:
            self.joined[channel, name] |= waiting
        return waiting

    def send(self, channel: str, name: str, frame: Json | None, to: Iterable[Connection] | None = None) -> None:
        """Send a frame, encoded once."""
        receivers = self.joined.get((channel, name), ()) if to is None else to
        if frame is None or not receivers:
            return
        encoded = ENCODER.encode({"arg": {"channel": channel, "instId": name}, **frame})
        for connection in list(receivers):
            connection.post(encoded)

    def is_heard(self, channel: str, name: str) -> bool:
        """Tell whether anybody listens."""
        return bool(self.joined.get((channel, name)) or self.newcomers.get((channel, name)))


class Publisher:
    """Sends what happened to every instrument; books of different instruments are told in different ticks."""

    def __init__(self, core: Core, instruments: Instruments, listeners: Listeners) -> None:
        self._listeners, self._swaps = listeners, Swaps(core)
        self._books = {instrument_id(pair.listing): Book(pair) for pair in instruments.of_type("")}

    def publish(self, now_ms: int, tick: int, part: int) -> None:
        """Send what happened to a part of the books since the last tick."""
        for index, (name, book) in enumerate(self._books.items()):
            if book.pair.part != part or not book.pair.is_trading:
                continue
            self._publish_trades(name, book.pair.take_trades(), book.pair)
            self._publish_best(BEST, name, book, now_ms)
            if (tick + index) % BOOK_EVERY == 0:
                self._publish_book(name, book, now_ms)
                self._publish_best(FIVE, name, book, now_ms)
            if (tick + index) % TICKER_EVERY == 0:
                self._publish_tickers(name, book.pair, now_ms)

    def _publish_trades(self, name: str, trades: Iterable[Print], pair: Pair) -> None:
        for channel in (TRADES, ALL_TRADES):
            self._listeners.take_newcomers(channel, name)
            if self._listeners.is_heard(channel, name):
                for trade in trades:
                    row = trade_json(trade, pair.listing)
                    count = {"count": "1", "seqId": pair.book.update_id} if channel == TRADES else {}
                    self._listeners.send(channel, name, {"data": [{**row, **count}]})

    def _publish_book(self, name: str, book: Book, now_ms: int) -> None:
        """Tell those who listen what changed, then give newcomers the whole book: both go on from the same number."""
        if not self._listeners.is_heard(FULL, name):
            return
        self._listeners.send(FULL, name, book.change(now_ms))
        newcomers = self._listeners.take_newcomers(FULL, name)
        if newcomers:
            self._listeners.send(FULL, name, book.snapshot(now_ms), newcomers)

    def _publish_best(self, channel: str, name: str, book: Book, now_ms: int) -> None:
        if self._listeners.is_heard(channel, name):
            newcomers = self._listeners.take_newcomers(channel, name)
            self._listeners.send(channel, name, book.best(channel, now_ms, is_new=bool(newcomers)))

    def _publish_tickers(self, name: str, pair: Pair, now_ms: int) -> None:
        for channel in (TICKERS, MARK_PRICE):
            self._listeners.take_newcomers(channel, name)
        if self._listeners.is_heard(TICKERS, name):
            self._listeners.send(TICKERS, name, {"data": [ticker_json(pair, now_ms)]})
        if self._listeners.is_heard(MARK_PRICE, name):
            mark = {"instType": TYPES[pair.listing.kind], "instId": name, "markPx": self._swaps.mark_text(pair), "ts": str(now_ms)}
            self._listeners.send(MARK_PRICE, name, {"data": [mark]})
