"""Where an account's frames and executions go."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.asyncio import Redis as AsyncRedis

from dipmaster.domain.fills import Execution
from execution.management.feed import plan
from execution.management.feed.database import DatabaseThread
from execution.market import checkpoints, raw_frames
from execution.venues.ccxt.private_stream import RawMessage

Record = Callable[[Sequence[Execution], datetime], Any]
Nudge = Callable[[Sequence[str], datetime], Any]
FIRST_LOOK_BACK = timedelta(days=1)  # without a checkpoint: longer than any order of ours works


class AccountSink:
    """One venue account's way into the database and the engine."""

    def __init__(self, watched: plan.Watched, *, database: DatabaseThread, redis: AsyncRedis, record: Record, nudge: Nudge) -> None:
        self._watched = watched
        self._database = database
        self._redis = redis
        self._record = record
        self._nudge = nudge

    async def keep(self, messages: Sequence[RawMessage]) -> None:
        """Store raw frames; a database that does not answer is waited for, nothing is read before it does."""
        rows = [(message.received_at, message.text) for message in messages]
        await self._database.insist(raw_frames.keep, venue_id=self._watched.venue_id, messages=rows)

    async def deliver(self, executions: Sequence[Execution], client_order_ids: Sequence[str]) -> None:
        """Record executions, then have the orders looked up."""
        now = datetime.now(UTC)
        if executions:
            await self._database.insist(self._record, executions, now)
        if client_order_ids:
            await self._database.insist(self._nudge, client_order_ids, now)

    async def known_until(self) -> datetime:
        """Return the last checkpoint, or a day ago when there is none."""
        known = await checkpoints.read_recorded_until(self._redis, self._watched.account.name)
        return known or datetime.now(UTC) - FIRST_LOOK_BACK

    async def remember(self, moment: datetime) -> None:
        """Write the checkpoint."""
        await checkpoints.write_recorded_until(self._redis, self._watched.account.name, moment)

    async def traded_symbols(self, since: datetime) -> Sequence[str]:
        """Return the symbols in which orders of ours may have traded since then."""
        return await self._database.insist(plan.traded_symbols, self._watched.venue_id, since - FIRST_LOOK_BACK)

    async def open_orders(self) -> Sequence[str]:
        """Return the ids of our orders that may still change at the venue."""
        return await self._database.insist(plan.open_orders, self._watched.venue_id)
