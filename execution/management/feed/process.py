"""Keep a stream of every venue open, and pass on what comes."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import structlog
from django.conf import settings

from dipmaster.domain.books import Book
from execution.management.feed import plan
from execution.management.feed.account import AccountSink, Nudge, Record
from execution.management.feed.database import DatabaseThread
from execution.management.feed.plan import Watched
from execution.market import bars, books, checkpoints
from execution.market.connection import async_redis
from execution.venues.ccxt.client import CcxtClient
from execution.venues.ccxt.exchange import make_exchange
from execution.venues.ccxt.market_stream import MarketConnection, PublicTrade
from execution.venues.ccxt.private_stream import PrivateConnection
from execution.venues.ccxt.stream import keep_connected

log = structlog.get_logger()
PUBLISH_SECONDS = 0.05
FLUSH_SECONDS = 1.0
PLAN_SECONDS = 10.0
STATUS_SECONDS = 60.0
FAILED_SECONDS = 1.0


class Feed:
    """The feed of all venues; `record` and `nudge` are the engine's."""

    def __init__(self, *, record: Record, nudge: Nudge) -> None:
        self._record = record
        self._nudge = nudge
        self._redis = async_redis()
        self._account_database = DatabaseThread("feed-account")
        self._market_database = DatabaseThread("feed-market")
        self._bars = bars.BarBuilder()
        self._unstored: list[bars.BarPart] = []
        self._markets: dict[str, MarketConnection] = {}
        self._ids: dict[tuple[str, str], tuple[int, int]] = {}
        self._streams: dict[tuple[str, str], tuple[Watched, asyncio.Task[None]]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set, then close everything."""
        try:
            await asyncio.gather(
                _every(PLAN_SECONDS, self._follow_plan, stop),
                _every(PUBLISH_SECONDS, self._publish, stop),
                _every(FLUSH_SECONDS, self._flush, stop),
                _every(STATUS_SECONDS, self._report, stop),
            )
        finally:
            await self._close()

    async def _close(self) -> None:
        await _cancel([task for _, task in self._streams.values()])
        try:
            self._unstored += self._bars.take_all()
            await self._store_bars()
        finally:
            await self._account_database.close()
            await self._market_database.close()
            await self._redis.aclose()

    async def _follow_plan(self) -> None:
        """Start, stop and replace streams as the desk's rows say."""
        wanted = {("market", item.account.name): item for item in await self._market_database.run(plan.market_plan)}
        wanted |= {("private", item.account.name): item for item in await self._market_database.run(plan.account_plan)}
        for key, (watched, task) in list(self._streams.items()):
            if wanted.get(key) != watched:
                await _cancel([task])
                del self._streams[key]
        for key, watched in wanted.items():
            if key not in self._streams:
                start = self._watch_market if key[0] == "market" else self._watch_account
                self._streams[key] = (watched, asyncio.create_task(start(watched)))
                log.info("stream_starts", kind=key[0], venue=key[1], symbols=watched.symbols)

    async def _watch_market(self, watched: Watched) -> None:
        name = watched.account.name
        for symbol, instrument_id in watched.instruments:
            self._ids[name, symbol] = (watched.venue_id, instrument_id)

        def make() -> MarketConnection:
            self._markets[name] = MarketConnection(watched.account, watched.symbols, on_trade=self._count)
            return self._markets[name]

        try:
            await keep_connected(f"{name} market", make)
        finally:
            self._markets.pop(name, None)

    async def _watch_account(self, watched: Watched) -> None:
        sink = AccountSink(watched, database=self._account_database, redis=self._redis, record=self._record, nudge=self._nudge)
        rest = _rest_client(watched)

        def make() -> PrivateConnection:
            return PrivateConnection(watched.account, watched.symbols, rest=rest, sink=sink)

        try:
            await keep_connected(f"{watched.account.name} private", make)
        finally:
            await rest.close()

    def _count(self, trade: PublicTrade) -> None:
        venue_id, instrument_id = self._ids[trade.venue, trade.symbol]
        self._bars.add_trade(venue_id=venue_id, instrument_id=instrument_id, at=trade.traded_at, price=trade.price, quantity=trade.quantity)

    async def _publish(self) -> None:
        changed = [book for connection in self._markets.values() for book in connection.take_books()]
        for book in changed:
            self._set_touch(book)
        if changed:
            await books.awrite(self._redis, changed)

    def _set_touch(self, book: Book) -> None:
        venue_id, instrument_id = self._ids[book.venue, book.symbol]
        bid = book.best_bid.price if book.best_bid else None
        ask = book.best_ask.price if book.best_ask else None
        self._bars.set_touch(venue_id=venue_id, instrument_id=instrument_id, at=book.received_at, bid=bid, ask=ask)

    async def _flush(self) -> None:
        now = datetime.now(UTC)
        await checkpoints.beat(self._redis, now)
        self._unstored += self._bars.take_finished(now)
        await self._store_bars()

    async def _store_bars(self) -> None:
        """Store the bars; what the database does not take waits for the next second."""
        parts, self._unstored = self._unstored, []
        try:
            await self._market_database.run(bars.store, parts)
        except Exception:
            self._unstored = [*parts, *self._unstored][-bars.KEPT_PENDING :]
            raise

    async def _report(self) -> None:
        frames = {name: connection.frames for name, connection in self._markets.items()}
        log.info("feed_status", frames=frames, streams=len(self._streams), cpu_seconds=round(time.process_time(), 1))


def _rest_client(watched: Watched) -> CcxtClient:
    """Return a REST client for backfills; fees do not matter there."""
    timeout, none = settings.VENUE_TIMEOUT_SECONDS, Decimal(0)
    exchange = make_exchange(watched.account)
    return CcxtClient(exchange, venue=watched.account.name, timeout_seconds=timeout, maker_fee_bps=none, taker_fee_bps=none)


async def _every(seconds: float, work: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Do something again and again until `stop` is set; a failure is told and does not end it."""
    while not stop.is_set():
        pause = seconds
        try:
            await work()
        except Exception:
            log.exception("feed_step_failed", step=getattr(work, "__name__", repr(work)))
            pause = max(seconds, FAILED_SECONDS)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            log.warning("stream_ended_badly", error=repr(result))
