"""Write books to Redis as they change.

A change is sent from within the handling of its frame, without waiting for the answers to those before it. When too many of those are
missing, changes wait and are sent together, each book once and in its newest state: a feed that falls behind writes less
often, never later and later.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

import hiredis
import structlog
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError

from execution.market.books import KEPT_SECONDS, encode, key_of

log = structlog.get_logger()
LEVELS = 50
FAILED_SECONDS = 0.5
MOST_UNANSWERED = 32
ANSWER_SECONDS = 5.0
READ_BYTES = 65_536


class KeptBook(Protocol):
    """A book that is kept elsewhere and read at the moment of writing."""

    @property
    def sequence(self) -> int | None:
        """The venue's number that it is at."""

    @property
    def bids(self) -> "BookSide":
        """The bids."""

    @property
    def asks(self) -> "BookSide":
        """The asks."""


class BookSide(Protocol):
    """One side of a book."""

    def top(self, count: int) -> list[str]:
        """Return the best levels as texts `price quantity`."""


Pair = tuple[str, str]
"""Venue and symbol."""
Change = tuple[KeptBook, int] | None
"""A book with its time of receipt in microseconds since 1970, or none: it is to be removed."""


class BookWriter:
    """The one writer of a process; lives on one asyncio loop. `written` counts the records that Redis has confirmed."""

    def __init__(self, redis: AsyncRedis) -> None:
        self._redis = redis
        self._changed: dict[Pair, Change] = {}
        self._unanswered: deque[tuple[Pair, Change]] = deque()
        self._send: Callable[[bytes], None] | None = None
        self._sent = asyncio.Event()
        self._prefixes: dict[Pair, bytes] = {}
        self.written = 0

    def put(self, venue: str, symbol: str, book: KeptBook, received_us: int) -> None:
        """Write a book."""
        self._change((venue, symbol), (book, received_us))

    def remove(self, venue: str, symbol: str) -> None:
        """Remove a book: it must not be traded on."""
        self._change((venue, symbol), None)

    async def run(self) -> None:
        """Keep a connection to Redis until cancelled; while there is none, only the newest state of each book waits for it."""
        while True:
            try:
                await self._stay_connected()
            except (RedisError, OSError) as error:
                log.warning("books_not_written", error=repr(error))
                await asyncio.sleep(FAILED_SECONDS)

    async def finish(self, seconds: float = 1.0) -> None:
        """Wait until everything is written, at most so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._changed or self._unanswered:
                    await asyncio.sleep(0.01)

    def _change(self, pair: Pair, change: Change) -> None:
        if self._send is None or self._changed or len(self._unanswered) >= MOST_UNANSWERED:
            self._changed[pair] = change
        else:
            self._unanswered.append((pair, change))
            self._send(self._command(pair, change))
            self._sent.set()

    async def _stay_connected(self) -> None:
        pool: Any = self._redis.connection_pool
        connection = await pool.get_connection()
        try:
            # redis-py's own way to send is a coroutine: it would run only after all frames that are at hand have been handled.
            self._send = connection._writer.write
            self._send_changed()
            await self._read_answers(connection)
        finally:
            self._send = None
            self._changed = dict(self._unanswered) | self._changed
            self._unanswered.clear()
            await connection.disconnect()  # an answer may still be on its way
            await pool.release(connection)

    async def _read_answers(self, connection: Any) -> None:
        """Read as many answers at once as have come: redis-py's own way wakes, and sets a clock, for each."""
        answers = hiredis.Reader()
        while True:
            self._sent.clear()
            while self._unanswered:
                async with asyncio.timeout(ANSWER_SECONDS):
                    data = await connection._reader.read(READ_BYTES)
                if not data:
                    raise RedisConnectionError("Redis closed the connection")
                answers.feed(data)
                self._take_answers(answers)
                if len(self._unanswered) <= MOST_UNANSWERED // 2:
                    self._send_changed()
            await self._sent.wait()

    def _take_answers(self, answers: hiredis.Reader) -> None:
        while (answer := answers.gets()) is not False:  # False: not whole yet
            if isinstance(answer, hiredis.ReplyError) or not self._unanswered:  # refused, or an answer to nothing: begin anew
                raise ResponseError(str(answer))
            self._unanswered.popleft()
            self.written += 1

    def _send_changed(self) -> None:
        """Send together what has waited."""
        if self._changed and self._send is not None:
            changed, self._changed = self._changed, {}
            self._unanswered.extend(changed.items())
            self._send(b"".join([self._command(pair, change) for pair, change in changed.items()]))
            self._sent.set()

    def _command(self, pair: Pair, change: Change) -> bytes:
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
