"""Write books to Redis as they change.

What changes while nothing is on its way is sent at once. What changes while an answer is awaited is sent together when it has
come, each book once and in its newest state: a feed that falls behind writes less often, never later and later.
"""

import asyncio
from contextlib import suppress
from typing import Any, Protocol

import structlog
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import RedisError

from execution.market.books import KEPT_SECONDS, encode, key_of

log = structlog.get_logger()
LEVELS = 50
FAILED_SECONDS = 0.5


class Shown(Protocol):
    """A book that is kept elsewhere and read at the moment of writing."""

    @property
    def sequence(self) -> int | None:
        """The venue's number that it is at."""

    @property
    def bids(self) -> "Side":
        """The bids."""

    @property
    def asks(self) -> "Side":
        """The asks."""


class Side(Protocol):
    """One side of a book."""

    def top(self, count: int) -> list[str]:
        """Return the best levels as texts `price quantity`."""


Change = tuple[Shown, int] | None
"""A book with its time of receipt in microseconds since 1970, or none: it is to be removed."""


class BookWriter:
    """The one writer of a process; lives on one asyncio loop. `written` counts records, `round_trips` answers awaited."""

    def __init__(self, redis: AsyncRedis) -> None:
        self._redis = redis
        self._changed: dict[tuple[str, str], Change] = {}
        self._under_way: dict[tuple[str, str], Change] = {}
        self._wake = asyncio.Event()
        self._prefixes: dict[tuple[str, str], bytes] = {}
        self.written = self.round_trips = 0

    def put(self, venue: str, symbol: str, book: Shown, received_us: int) -> None:
        """Have a book written."""
        self._changed[venue, symbol] = (book, received_us)
        self._wake.set()

    def remove(self, venue: str, symbol: str) -> None:
        """Have a book removed: it must not be traded on."""
        self._changed[venue, symbol] = None
        self._wake.set()

    async def run(self) -> None:
        """Write until cancelled; while Redis does not answer, only the newest state of each book waits for it."""
        while True:
            try:
                await self._write()
            except (RedisError, OSError) as error:
                log.warning("books_not_written", error=repr(error))
                await asyncio.sleep(FAILED_SECONDS)

    async def finish(self, seconds: float = 1.0) -> None:
        """Wait until everything is written, at most so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._changed or self._under_way:
                    await asyncio.sleep(0.01)

    async def _write(self) -> None:
        pool: Any = self._redis.connection_pool
        connection = await pool.get_connection()
        try:
            while True:
                await self._wake.wait()
                await self._write_changed(connection)
        finally:
            await connection.disconnect()  # an answer may still be on its way
            await pool.release(connection)

    async def _write_changed(self, connection: Any) -> None:
        """Write what has changed in one round trip; what fails is kept unless something newer has come."""
        changed, self._changed = self._changed, {}
        self._under_way = changed
        self._wake.clear()
        try:
            await connection.send_packed_command([self._command(pair, change) for pair, change in changed.items()])
            for _ in changed:
                await connection.read_response(disable_decoding=True)
        except BaseException:
            self._changed = changed | self._changed
            self._wake.set()
            raise
        finally:
            self._under_way = {}
        self.written += len(changed)
        self.round_trips += 1

    def _command(self, pair: tuple[str, str], change: Change) -> bytes:
        """Return SET or DEL in Redis' protocol; only the record differs from one writing to the next."""
        if change is None:
            return _packed(b"DEL", key_of(*pair).encode())
        prefix = self._prefixes.get(pair)
        if prefix is None:
            key = key_of(*pair).encode()
            prefix = self._prefixes[pair] = b"*5\r\n$3\r\nSET\r\n$%d\r\n%b\r\n" % (len(key), key)
        book, received_us = change
        record = encode(received_us=received_us, sequence=book.sequence or 0, bids=book.bids.top(LEVELS), asks=book.asks.top(LEVELS))
        return b"%b$%d\r\n%b\r\n%b" % (prefix, len(record), record, _EXPIRY)


def _packed(*words: bytes) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)


_EXPIRY = b"$2\r\nEX\r\n$%d\r\n%d\r\n" % (len(str(KEPT_SECONDS)), KEPT_SECONDS)
