"""Database work off the event loop, in threads with a connection of their own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

import structlog
from django.db import InterfaceError, OperationalError, close_old_connections, connection

log = structlog.get_logger()
P = ParamSpec("P")
T = TypeVar("T")
LONGEST_PAUSE_SECONDS = 5.0


class DatabaseThread:
    """One thread with one connection; calls run one after the other."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function in the thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(_call, function, *args, **kwargs))

    async def insist(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function in the thread, again and again while the database does not answer."""
        pause = 0.2
        while True:
            try:
                return await self.run(function, *args, **kwargs)
            except (OperationalError, InterfaceError) as error:
                log.warning("database_does_not_answer", thread=self._name, error=str(error), pause=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def close(self) -> None:
        """Finish what is queued and close the connection."""
        await self.run(_close)
        self._threads.shutdown()


def _close() -> None:
    connection.close()


def _call(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    close_old_connections()
    return function(*args, **kwargs)
