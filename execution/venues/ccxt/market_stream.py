"""A venue's public streams: books kept from its own frames, and trades.

A venue that sends changes only has its snapshots fetched over REST: after subscribing, after a gap, when a book stays crossed and
when prices leave what the snapshot covered. Where the stream itself sends snapshots, the connection is replaced instead.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from ccxt.base.errors import BaseError

from execution.domain.book_keeping import Outcome
from execution.domain.streams import StreamState, StreamTally
from execution.venues.ccxt.exchange import VenueAccount
from execution.venues.ccxt.stream import Connection, ConnectionLost
from execution.venues.ccxt.watched_book import MarketSink, WatchedBook
from execution.venues.dialect import BookUpdate, Dialect, Lost, PublicTrade, Subscription

log = structlog.get_logger()
READY_SECONDS = 20.0
QUIET_SECONDS = 5.0  # a connection with a socket on which no market data comes, or comes any more, is replaced
CROSSED_SECONDS = 1.0
UNASKED_SECONDS = 1.0  # a book that no change was received of is asked for after this long
NARROW_SECONDS = 10.0  # snapshots that are due because prices moved: at most one in this time
SNAPSHOTS_AT_ONCE = 4
SNAPSHOT_TRIES = 6
FIRST_PAUSE_SECONDS = 0.1

OnUpdate = Callable[[BookUpdate], None]


class MarketConnection(Connection):
    """Books and trades of one venue's listings; `tallies` by symbol outlive the connection.

    `on_update` gets every update as it was read, fetched snapshots included: it records.
    """

    kind = "market"

    def __init__(
        self,
        account: VenueAccount,
        dialect: Dialect,
        tallies: Mapping[str, StreamTally],
        *,
        sink: MarketSink,
        on_update: OnUpdate | None = None,
    ) -> None:
        super().__init__(account, dialect)
        self._dialect = dialect
        self._sink = sink
        self._on_update = on_update
        self._books = {symbol: WatchedBook(symbol, tally=tally, sink=sink) for symbol, tally in tallies.items()}
        self._readers: dict[str, Callable[[bytes | str], Any]] = {}
        self._data_at: dict[str, float] = {}
        self._resyncs: dict[str, asyncio.Task[None]] = {}
        self._narrow_at: dict[str, float] = {}
        self._slots = asyncio.Semaphore(SNAPSHOTS_AT_ONCE)
        self._watching: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Subscribe to every listing's book and trades."""
        await self.exchange.load_markets()
        self._books = {symbol: self._books[symbol] for symbol in self.listed(self._books)}
        self._reader = self._dialect.market_reader(self.exchange, venue=self.account.name, symbols=tuple(self._books))
        watch = getattr(self._reader, "watch", None)
        if watch is not None:
            self._watching = asyncio.create_task(self._follow(watch))
            return
        for subscription in self._reader.subscriptions():
            await self._subscribe(subscription)

    async def _subscribe(self, subscription: Subscription) -> None:
        self._readers[subscription.url] = subscription.read or self._reader.read
        client = await self.connect(subscription.url)
        for message in subscription.messages:
            await client.send(message)
        self._data_at[subscription.url] = time.monotonic()

    async def _follow(self, watch: Callable[[], Any]) -> None:
        """Take what ccxt made of the frames."""
        try:
            async for news in watch():
                self._take(news, time.time_ns() // 1000, "")
            self.lose("ccxt ended the stream")
        except Exception as error:
            log.exception("stream_not_understood", venue=self.account.name)
            self.lose(f"{type(error).__name__}: {error}"[:200])

    def receive(self, client: Any, data: Any) -> None:
        """Read a frame at once, unless the connection is given up; ccxt does not see those that the reader reads."""
        if self.lost is not None:
            return
        read = self._readers.get(client.url)
        if read is None:
            self.interpret(client, data)
            return
        client.lastPong = self.exchange.milliseconds()  # whatever the venue sends is a sign of life
        received_us = time.time_ns() // 1000
        try:
            for news in read(data):
                self._take(news, received_us, client.url)
        except Exception as error:
            log.exception("frame_not_understood", venue=self.account.name, kind=self.kind)
            self.lose(f"a frame was not understood: {error!r}"[:200])

    def _take(self, news: BookUpdate | PublicTrade | Lost, received_us: int, url: str) -> None:
        if isinstance(news, Lost):
            self.lose(news.reason)
            return
        self._data_at[url] = time.monotonic()
        if isinstance(news, PublicTrade):
            self._sink.count(news)
            return
        if self._on_update is not None:
            self._on_update(news)
        book = self._books[news.symbol]
        outcome = book.take(news, received_us)
        if outcome is Outcome.GAP or outcome is Outcome.WAITING:
            self._miss(book, outcome)

    def _miss(self, book: WatchedBook, outcome: Outcome) -> None:
        """Get a snapshot for a book that has none."""
        if self._reader.needs_snapshot:
            self._resync(book)
        elif outcome is Outcome.GAP:
            self.lose(f"gap in the book of {book.symbol}")

    def _resync(self, book: WatchedBook) -> None:
        running = self._resyncs.get(book.symbol)
        if running is None or running.done():
            self._resyncs[book.symbol] = asyncio.create_task(self._fetch(book))

    async def _fetch(self, book: WatchedBook) -> None:
        """Fetch snapshots until one fits the changes that were received meanwhile."""
        book.tally.resyncs += book.tally.book_us > 0
        pause = FIRST_PAUSE_SECONDS
        for _ in range(SNAPSHOT_TRIES):
            try:
                async with self._slots:
                    snapshot = await self._reader.snapshot(book.symbol)
                if self._on_update is not None:
                    self._on_update(snapshot)
                if book.load(snapshot, time.time_ns() // 1000):
                    return
            except (BaseError, ValueError, TimeoutError, OSError) as error:
                log.warning("snapshot_failed", venue=self.account.name, symbol=book.symbol, error=repr(error)[:200])
            await asyncio.sleep(pause)
            pause *= 2
        self.lose(f"no snapshot of {book.symbol} fits its changes after {SNAPSHOT_TRIES} tries")

    async def tick(self) -> None:
        """Ask for the snapshots that are due."""
        now = time.monotonic()
        for book in self._books.values():
            if book.crossed_since is not None and now - book.crossed_since > CROSSED_SECONDS:
                self._leave_crossed(book)
            elif self._reader.needs_snapshot and self._is_due(book, now):
                self._resync(book)

    def _leave_crossed(self, book: WatchedBook) -> None:
        """Begin a book anew that is out of step with its venue."""
        if self._reader.needs_snapshot:
            book.give_up()
            self._resync(book)
        else:
            self.lose(f"the book of {book.symbol} stays crossed")

    def _is_due(self, book: WatchedBook, now: float) -> bool:
        if book.missing_since is not None:
            return now - book.missing_since > UNASKED_SECONDS
        if not book.is_narrow or now - self._narrow_at.get(book.symbol, 0.0) < NARROW_SECONDS:
            return False
        self._narrow_at[book.symbol] = now
        return True

    def check(self) -> None:
        """Raise when the connection is lost, a socket silent, or a book was never delivered.

        Raises:
            ConnectionLost: it cannot be trusted any more.
        """
        super().check()
        now = time.monotonic()
        if any(now - at > QUIET_SECONDS for at in self._data_at.values()):
            raise ConnectionLost(f"no market data for {QUIET_SECONDS:g} s")
        missing = [book for book in self._books.values() if book.missing_since is not None and now - book.missing_since > READY_SECONDS]
        if missing:
            raise ConnectionLost(f"no book of {', '.join(book.symbol for book in missing)} within {READY_SECONDS:g} s")

    async def close(self) -> None:
        """Close the sockets; no book of this connection may be traded on any more."""
        for book in self._books.values():
            book.hide(StreamState.LOST)
        tasks = [task for task in (*self._resyncs.values(), self._watching) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await super().close()
