"""Keep a stream of every venue open, and pass on what comes."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime

import structlog

from dipmaster.domain.instruments import InstrumentKind, parse_symbol
from execution.domain.streams import StreamStatus
from execution.management.feed import plan
from execution.management.feed.account import AccountSink, Nudge, Record
from execution.management.feed.database import DatabaseThread
from execution.management.feed.health import JUDGE_SECONDS, look_after
from execution.management.feed.market import VenueMarket
from execution.management.feed.plan import Watched
from execution.market import bars, checkpoints, status
from execution.market.book_writer import BookWriter
from execution.market.connection import async_redis
from execution.venues import budget, registry
from execution.venues.ccxt.exchange import VenueAccount
from execution.venues.ccxt.market_stream import MarketConnection
from execution.venues.ccxt.private_stream import PrivateConnection
from execution.venues.ccxt.stream import keep_connected
from execution.venues.dialect import Dialect
from execution.venues.monitor import Monitor

log = structlog.get_logger()
FLUSH_SECONDS = 1.0
PLAN_SECONDS = 10.0
STATUS_SECONDS = 60.0
FAILED_SECONDS = 1.0
TOLD = ("frames", "gaps", "resyncs", "crossed")


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
        self._writer = BookWriter(self._redis)
        self._monitor = Monitor()
        self._markets: dict[str, VenueMarket] = {}
        self._streams: dict[tuple[str, str], tuple[Watched, asyncio.Task[None]]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set, then close everything."""
        writing = asyncio.create_task(self._writer.run())
        try:
            await asyncio.gather(
                _every(PLAN_SECONDS, self._follow_plan, stop),
                _every(FLUSH_SECONDS, self._flush, stop),
                _every(JUDGE_SECONDS, self._judge, stop),
                _every(STATUS_SECONDS, self._report, stop),
            )
        finally:
            await self._close(writing)

    async def _close(self, writing: asyncio.Task[None]) -> None:
        await _cancel([task for _, task in self._streams.values()])
        try:
            await self._writer.finish()
            await _cancel([writing])
            self._unstored += self._bars.take_all()
            await self._store_bars()
        finally:
            await self._account_database.close()
            await self._market_database.close()
            await self._redis.aclose()

    async def _follow_plan(self) -> None:
        """Start, stop and replace streams as the desk's rows say, and tell everybody the venues' request limits."""
        wanted = {("market", item.account.name): item for item in await self._market_database.run(plan.market_plan)}
        wanted |= {("private", item.account.name): item for item in await self._market_database.run(plan.account_plan)}
        for key, (watched, task) in list(self._streams.items()):
            if wanted.get(key) != watched or task.done():
                await _cancel([task])
                del self._streams[key]
        for key, watched in wanted.items():
            if key not in self._streams:
                start = self._watch_market if key[0] == "market" else self._watch_account
                self._streams[key] = (watched, asyncio.create_task(start(watched)))
                log.info("stream_starts", kind=key[0], venue=key[1], symbols=len(watched.symbols))
        await self._market_database.run(budget.publish_all)

    async def _watch_market(self, watched: Watched) -> None:
        name, dialect = watched.account.name, registry.dialect_of(watched.account.ccxt_id)
        market = self._markets[name] = VenueMarket(watched, writer=self._writer, bars=self._bars)
        try:
            await asyncio.gather(*(_keep_market(watched.account, dialect, kind, market) for kind in InstrumentKind))
        finally:
            self._markets.pop(name, None)

    async def _watch_account(self, watched: Watched) -> None:
        dialect = registry.dialect_of(watched.account.ccxt_id)
        sink = AccountSink(watched, database=self._account_database, redis=self._redis, record=self._record, nudge=self._nudge)
        rest = registry.backfill_client(watched.account)

        def make() -> PrivateConnection:
            return PrivateConnection(watched.account, dialect, watched.symbols, rest=rest, sink=sink)

        try:
            private = keep_connected(f"{watched.account.name} private", make)
            await asyncio.gather(private, look_after(self._monitor, watched.account.name, rest))
        finally:
            await rest.close()

    async def _flush(self) -> None:
        now = datetime.now(UTC)
        await checkpoints.beat(self._redis, now)
        await status.write(self._redis, self._statuses())
        self._unstored += self._bars.take_finished(now)
        await self._store_bars()

    async def _judge(self) -> None:
        await self._monitor.evaluate(datetime.now(UTC), self._statuses())

    def _statuses(self) -> list[StreamStatus]:
        return [found for market in self._markets.values() for found in market.statuses()]

    async def _store_bars(self) -> None:
        """Store the bars; what the database does not take waits for the next second."""
        parts, self._unstored = self._unstored, []
        try:
            await self._market_database.run(bars.store, parts)
        except Exception:
            self._unstored = [*parts, *self._unstored][-bars.KEPT_PENDING :]
            raise

    async def _report(self) -> None:
        tallies = {name: market.tallies.values() for name, market in self._markets.items()}
        totals = {name: [sum(getattr(tally, what) for tally in found) for what in TOLD] for name, found in tallies.items()}
        log.info("feed_status", told=TOLD, totals=totals, books_written=self._writer.written, cpu_seconds=round(time.process_time(), 1))


async def _keep_market(account: VenueAccount, dialect: Dialect, kind: InstrumentKind, market: VenueMarket) -> None:
    """Keep the books of one kind of instrument: what goes wrong with perpetuals leaves the spot books alone."""
    tallies = {symbol: tally for symbol, tally in market.tallies.items() if parse_symbol(symbol).kind is kind}
    if tallies:
        await keep_connected(f"{account.name} {kind.value} market", lambda: MarketConnection(account, dialect, tallies, sink=market))


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
