"""The process that reads every book from Redis as soon as it is told of a change, as a reader of books does.

Redis tells of each change of a key (keyspace notifications, switched on for the measurement only). The reader then fetches the book
and makes a Book of Decimals of it. The delay ends there, and began when the feed had the frame in its hands (`received_at`).

It says `ready` on standard output when it listens, and what it measured, as JSON, when SIGTERM comes.
"""

import gc
import json
import signal
import socket
import sys
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import django
import hiredis
from django.conf import settings
from redis import Redis

django.setup()

from execution.market import books  # noqa: E402 - after the settings
from execution.market.connection import redis  # noqa: E402

PATTERN = "__keyspace@*__:book:*"
POLL_SECONDS = 0.2
READ_BYTES = 65_536


class Reader:
    """Reads until it is told to stop."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._delays_ms = array("d")
        self._last: dict[tuple[str, str], tuple[Any, int]] = {}
        self._must_stop = False
        self.crossed = self.vanished = self.told = 0

    def stop(self, *_: Any) -> None:
        """End with the present message."""
        self._must_stop = True

    def run(self) -> None:
        """Follow the notifications."""
        with _subscribed() as told:
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            notifications = hiredis.Reader()
            while not self._must_stop:
                try:
                    notifications.feed(told.recv(READ_BYTES))
                except TimeoutError:
                    continue
                keys: dict[str, None] = {}
                while (message := notifications.gets()) is not False:
                    if message[0] == b"pmessage" and message[3] == b"set":
                        self.told += 1
                        keys[message[2].decode().split(":", 1)[1]] = None
                if keys:
                    self._read(list(keys))

    def forget(self, *_: Any) -> None:
        """Begin to measure: what came before was the start."""
        self._delays_ms = array("d")
        self.told = 0

    def _read(self, keys: list[str]) -> None:
        """Read what was told of since the last look, all at once as readers do."""
        for key, data in zip(keys, self._client.mget(keys), strict=True):
            if data is None:
                self.vanished += 1  # removed between the notification and now: the feed took it back
            else:
                self._take(key, data)

    def _take(self, key: str, data: bytes) -> None:
        _, venue, symbol = key.split(":")
        found = books.decode(data, venue=venue, symbol=symbol)
        now_us = time.time_ns() / 1000
        state = (found.book.received_at, found.sequence)
        if self._last.get((venue, symbol)) != state:  # else two changes were told of and one read met both
            self._last[venue, symbol] = state
            received_us = (found.book.received_at - books.EPOCH) / books.MICROSECOND
            self._delays_ms.append((now_us - received_us) / 1000)
        self.crossed += found.book.is_crossed

    def report(self) -> dict[str, Any]:
        """Return what was measured."""
        return {"delays_ms": list(self._delays_ms), "crossed": self.crossed, "vanished": self.vanished, "told": self.told}


@contextmanager
def _subscribed() -> Iterator[socket.socket]:
    """Open a socket to the embedded Redis on which it tells of changed books: the cheapest way to hear is not what is measured."""
    with socket.socket(socket.AF_UNIX) as told:
        told.connect(urlsplit(settings.REDIS_URL).path)
        told.sendall(f"PSUBSCRIBE {PATTERN}\r\n".encode())
        told.settimeout(POLL_SECONDS)
        yield told


def main() -> None:
    """Read until SIGTERM; SIGUSR1 begins the measurement."""
    reader = Reader(redis())
    gc.collect()
    gc.freeze()  # as the feed does: a full collection over everything that is imported takes longer than what is measured
    signal.signal(signal.SIGTERM, reader.stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGUSR1, reader.forget)
    reader.run()
    json.dump(reader.report(), sys.stdout)


if __name__ == "__main__":
    main()
