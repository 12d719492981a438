"""What a venue trades, as ccxt loaded it: once for all calls, and again beside the running work when it has become old."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

OLD_SECONDS = 3600.0  # venues list and delist


class NoMarkets(RuntimeError):
    """The venue did not tell what it trades."""


class Markets:
    """Loads the markets of one exchange of ccxt."""

    def __init__(self, exchange: Any, venue: str) -> None:
        self._exchange = exchange
        self._venue = venue
        self._loading: asyncio.Task[Any] | None = None
        self._renewing: asyncio.Task[Any] | None = None
        self._began_at = 0.0

    async def load(self, *, reload: bool = False) -> None:
        """Have them loaded; a caller that gives up does not take the others with it, and a failure is not kept.

        Raises:
            NoMarkets: they could not be loaded.
        """
        loading = self._loading
        if loading is None or _has_failed(loading) or (reload and loading.done()):
            loading = self._start(reload)
        elif loading.done() and time.monotonic() - self._began_at > OLD_SECONDS:
            self._renew()
        try:
            await asyncio.shield(loading)
        except Exception as error:
            raise NoMarkets(f"{self._venue} does not tell what it trades: {type(error).__name__}: {error}") from error

    def close(self) -> None:
        """Give up loading."""
        for task in (self._loading, self._renewing):
            if task is not None:
                task.cancel()

    def _start(self, reload: bool) -> asyncio.Task[Any]:
        self._loading = self._begin(self._exchange.load_markets(reload))
        return self._loading

    def _renew(self) -> None:
        """Read them again while what is known serves on: ccxt's `load_markets` would have every cancel wait for the answer."""
        if self._renewing is None or self._renewing.done():
            self._renewing = self._begin(self._exchange.load_markets_helper(True))

    def _begin(self, loading: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        self._began_at = time.monotonic()
        task = asyncio.ensure_future(loading)
        task.add_done_callback(_has_failed)  # looks at the error, so that one which nobody waits for is not reported as lost
        return task


def _has_failed(task: asyncio.Task[Any]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
