"""The account's own stream on a venue: each frame is kept first, then read."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import structlog

from dipmaster.domain.fills import Execution
from execution.venues.ccxt.exchange import VenueAccount
from execution.venues.ccxt.stream import Connection, ConnectionLost
from execution.venues.dialect import AccountNews, Dialect
from execution.venues.protocol import VenueClient

log = structlog.get_logger()
READY_SECONDS = 10.0
CHECKPOINT_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMessage:
    """A frame as it came."""

    received_at: datetime
    text: str


class PrivateSink(Protocol):
    """Where the account's frames and executions go; every method returns when the work is committed."""

    async def keep(self, messages: Sequence[RawMessage]) -> None:
        """Store raw frames."""
        ...

    async def deliver(self, executions: Sequence[Execution], client_order_ids: Sequence[str]) -> None:
        """Record executions, and have these orders looked at."""
        ...

    async def known_until(self) -> datetime:
        """Return the time up to which everything of the account is known to be recorded."""
        ...

    async def remember(self, moment: datetime) -> None:
        """Note that everything up to `moment` is recorded."""
        ...

    async def traded_symbols(self, since: datetime) -> Sequence[str]:
        """Return the symbols in which orders of ours may have traded since then."""
        ...

    async def open_orders(self) -> Sequence[str]:
        """Return the ids of our orders that may still change at the venue."""
        ...


OVERLAP = timedelta(seconds=60)


class PrivateConnection(Connection):
    """Order and execution reports of one account, and the REST backfill after each connection."""

    kind = "private"

    def __init__(self, account: VenueAccount, dialect: Dialect, symbols: Sequence[str], *, rest: VenueClient, sink: PrivateSink) -> None:
        super().__init__(account, dialect)
        self._dialect = dialect
        self._symbols = tuple(symbols)
        self._rest = rest
        self._sink = sink
        self._queue: asyncio.Queue[tuple[Any, RawMessage]] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_busy = False
        self._last_checkpoint = 0.0
        self._executions: list[Execution] = []
        self._order_ids: list[str] = []

    def receive(self, client: Any, data: Any) -> None:
        """Queue the frame as it came: nothing looks into it before it is stored."""
        text = data.decode(errors="replace") if isinstance(data, bytes) else str(data)
        self._queue.put_nowait((client, RawMessage(received_at=datetime.now(UTC), text=text)))

    async def open(self) -> None:
        """Subscribe, then fetch over REST what was missed while there was no stream."""
        await self.exchange.load_markets()
        self._reader = self._dialect.account_reader(self.exchange, venue=self.account.name, symbols=self.listed(self._symbols))
        self._tasks.append(asyncio.create_task(self._store_then_read()))
        await asyncio.wait_for(self._reader.subscribe(), READY_SECONDS)
        watch = getattr(self._reader, "watch", None)
        if watch is not None:
            self._tasks.append(asyncio.create_task(self._follow(watch)))
        await self._backfill()

    async def tick(self) -> None:
        """Note how far the account is recorded, and fail when storing or delivering failed."""
        for task in self._tasks:
            if task.done():
                task.result()
                raise ConnectionLost("frames are not read any more")
        if self._queue.empty() and not self._is_busy and time.monotonic() - self._last_checkpoint >= CHECKPOINT_SECONDS:
            self._last_checkpoint = time.monotonic()
            await self._sink.remember(datetime.now(UTC))

    async def close(self) -> None:
        """Close the sockets; what is not recorded yet comes back with the next backfill."""
        try:
            await super().close()
        finally:  # also when a socket does not close: nobody else knows of these tasks
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _backfill(self) -> None:
        since = await self._sink.known_until() - OVERLAP
        found: list[Execution] = []
        for symbol in self.listed(await self._sink.traded_symbols(since)):
            found += await self._rest.executions_since(symbol=symbol, since=since)
        await self._sink.deliver(found, await self._sink.open_orders())
        log.info("backfilled", venue=self.account.name, since=since.isoformat(), executions=len(found))

    async def _store_then_read(self) -> None:
        while True:
            batch = [await self._queue.get()]
            self._is_busy = True
            while not self._queue.empty():
                batch.append(self._queue.get_nowait())
            await self._sink.keep([message for _, message in batch])
            for client, message in batch:
                self.interpret(client, message.text)
            await self._hand_over()
            self._is_busy = False

    async def _follow(self, watch: Callable[[], AsyncIterator[AccountNews]]) -> None:
        """Take what ccxt made of the frames."""
        async for news in watch():
            self._take_news(news)
            await self._hand_over()

    async def _hand_over(self) -> None:
        executions, self._executions = self._executions, []
        ids, self._order_ids = list(dict.fromkeys(self._order_ids)), []
        if executions or ids:
            await self._sink.deliver(executions, ids)

    def take(self, message: Any) -> bool:
        """Read what the frame tells of our orders; ccxt sees the answers to its own requests only."""
        news = self._reader.read(message)
        if news is None:
            return False
        self._take_news(news)
        return True

    def _take_news(self, news: AccountNews) -> None:
        """Note what a frame tells; an order that it tells an execution of need not be asked for."""
        told = {execution.client_order_id for execution in news.executions}
        self._executions += news.executions
        self._order_ids += [name for name in news.client_order_ids if name not in told]
        if news.lost:
            self.lose(news.lost)
