"""What both streams of a venue share: ccxt.pro's client with its frames tapped, and the life of a connection.

ccxt.pro's faults are met here and not in its code: an exception in a handler ends its receive loop silently, a gap in a book only
rejects a future that nobody may wait for, and a dead connection is noticed by its silence. Whatever is wrong ends the whole
connection; the next one starts from a clean state.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any

import ccxt.pro as ccxt_streams
import structlog

from dipmaster.domain.instruments import parse_symbol
from execution.venues.ccxt.addresses import without_query
from execution.venues.ccxt.exchange import VenueAccount, make_exchange
from execution.venues.dialect import Dialect

log = structlog.get_logger()
SILENT_SECONDS = 5.0  # neither a frame nor a pong: the connection is dead
PING_MILLISECONDS = 1500
CHECK_SECONDS = 0.25
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 10.0
GOOD_SECONDS = 30.0  # a connection that lasted this long was good: the next pause is short again


class ConnectionLost(RuntimeError):
    """The connection cannot be trusted any more and is replaced."""


class TappedLibrary:
    """A stand-in for the library module: its classes, with every frame passed to a tap before ccxt sees it."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> type:
        return type(f"Tapped{name}", (_Tapped, getattr(ccxt_streams, name)), {"connection": self._connection})


class _Tapped:
    """Mixed in before ccxt.pro's class, which has what is ignored of types here."""

    connection: "Connection"

    def client(self, url: str) -> Any:
        """Tap the text of each frame, before it is even decoded."""
        client = super().client(url)  # type: ignore[misc]
        if not hasattr(client, "untapped"):
            client.untapped = client.handle_text_or_binary_message
            client.tapped_at = time.monotonic()
            client.handle_text_or_binary_message = lambda data: self.connection.tap(client, data)
        return client

    def handle_message(self, client: Any, message: Any) -> None:
        """Let ccxt have the decoded frames that the connection does not take for itself."""
        if not self.connection.take(message):
            super().handle_message(client, message)  # type: ignore[misc]
            self.connection.handled(message)

    def on_error(self, client: Any, error: Any) -> None:
        """Notice an error of the connection even when nobody waits for a message."""
        super().on_error(client, error)  # type: ignore[misc]
        self.connection.lose(f"{type(error).__name__}: {error}")

    def on_close(self, client: Any, error: Any) -> None:
        """Notice the end of the connection even when nobody waits for a message."""
        super().on_close(client, error)  # type: ignore[misc]
        self.connection.lose(f"closed by the venue ({error})")


class Connection:
    """One ccxt.pro client from its first connection to its end; subclasses say what is watched."""

    kind = "stream"

    def __init__(self, account: VenueAccount, dialect: Dialect) -> None:
        self.account = account
        self.lost: str | None = None
        self.frames = 0
        self.exchange = make_exchange(account, dialect, library=TappedLibrary(self))
        self.exchange.streaming = {**self.exchange.streaming, "keepAlive": PING_MILLISECONDS}
        self.exchange.newUpdates = True

    def tap(self, client: Any, data: Any) -> None:
        """Count a frame as it arrives."""
        self.frames += 1
        client.tapped_at = time.monotonic()
        self.receive(client, data)

    def receive(self, client: Any, data: Any) -> None:
        """Take a frame as it came; by default it is interpreted at once."""
        self.interpret(client, data)

    def interpret(self, client: Any, data: Any) -> None:
        """Let ccxt decode and handle a frame; a failure ends the connection instead of ccxt's receive loop."""
        try:
            client.untapped(data)
        except Exception as error:
            log.exception("frame_not_understood", venue=self.account.name, kind=self.kind)
            self.lose(f"a frame was not understood: {error!r}"[:200])

    def take(self, message: Any) -> bool:
        """Handle a decoded frame; return whether ccxt need not see it."""
        return False

    def handled(self, message: Any) -> None:
        """Look at what ccxt made of a frame."""

    def lose(self, reason: str) -> None:
        """Give the connection up; the first reason counts."""
        self.lost = self.lost or without_query(reason)[:200]

    def check(self) -> None:
        """Raise when the connection cannot be trusted any more.

        Raises:
            ConnectionLost: it was lost or is silent.
        """
        self._raise_if_lost()
        now = time.monotonic()
        for client in (self.exchange.clients or {}).values():
            pong_age = (self.exchange.milliseconds() - client.lastPong) / 1000 if client.lastPong else SILENT_SECONDS
            if min(now - client.tapped_at, pong_age) >= SILENT_SECONDS:
                raise ConnectionLost(f"silent for {SILENT_SECONDS:g} s")

    async def connect(self, url: str) -> Any:
        """Open a socket and return ccxt's client of it.

        Raises:
            BaseError: it cannot be opened.
        """
        self.exchange.open()
        client = self.exchange.client(url)
        await client.connect(self.exchange.session)
        return client

    def listed(self, symbols: Iterable[str]) -> tuple[str, ...]:
        """Return those that the venue lists now; the others are told, and keep no stream of the others from being opened."""
        wanted = tuple(symbols)
        found = tuple(symbol for symbol in wanted if parse_symbol(symbol).ccxt_symbol in self.exchange.markets)
        if len(found) < len(wanted):
            missing = sorted(set(wanted) - set(found))
            log.error("symbols_not_listed", venue=self.account.name, kind=self.kind, symbols=missing)
        return found

    async def open(self) -> None:
        """Connect and subscribe."""
        raise NotImplementedError

    async def tick(self) -> None:
        """Do what is to be done every CHECK_SECONDS while the connection is good."""

    async def close(self) -> None:
        """Close the sockets."""
        await self.exchange.close()

    async def live(self) -> None:
        """Open the connection and stay until it is lost.

        Raises:
            ConnectionLost: it ended.
        """
        opening = asyncio.ensure_future(self.open())
        try:
            while not (await asyncio.wait({opening}, timeout=CHECK_SECONDS))[0]:
                self._raise_if_lost()
            opening.result()
            while True:
                self.check()
                await self.tick()
                await asyncio.sleep(CHECK_SECONDS)
        finally:
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
            await self.close()

    def _raise_if_lost(self) -> None:
        if self.lost:
            raise ConnectionLost(self.lost)


async def keep_connected(name: str, make: Callable[[], Connection]) -> None:
    """Open one connection after another until cancelled, with growing pauses while it does not work."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        began = time.monotonic()
        try:
            await make().live()
        except Exception as error:  # noqa: BLE001 - whatever it was, a new connection is the answer, and it is told
            log.warning("stream_reconnects", stream=name, reason=without_query(str(error) or repr(error)), pause=pause)
        pause = FIRST_PAUSE_SECONDS if time.monotonic() - began > GOOD_SECONDS else min(pause * 2, LONGEST_PAUSE_SECONDS)
        await asyncio.sleep(pause)
