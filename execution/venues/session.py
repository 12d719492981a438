"""The process's one asyncio loop for venues, in a daemon thread of its own."""

import asyncio
import atexit
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

import structlog
from django.conf import settings

log = structlog.get_logger()
T = TypeVar("T")
CLOSE_SECONDS = 3.0
GRACE_SECONDS = 0.5  # clients keep the timeout themselves and then answer `Unknown`; this one only guards against a client that hangs


class _Session:
    """A running loop and what is to be closed before it ends."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.loop = asyncio.new_event_loop()
        self.closers: list[Callable[[], Awaitable[None]]] = []
        self.retiring: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="venues", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def close(self) -> None:
        """Close every client, then stop the loop."""
        asyncio.run_coroutine_threadsafe(self._close_all(), self.loop).result(CLOSE_SECONDS + 1)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(CLOSE_SECONDS)
        if not self._thread.is_alive():
            self.loop.close()

    async def retire(self, closer: Callable[[], Awaitable[None]]) -> None:
        """Close something later."""
        task = asyncio.ensure_future(self._close_later(closer))
        self.retiring.add(task)
        task.add_done_callback(self.retiring.discard)

    async def _close_later(self, closer: Callable[[], Awaitable[None]]) -> None:
        await asyncio.sleep(settings.VENUE_TIMEOUT_SECONDS + GRACE_SECONDS)
        self.closers.remove(closer)
        await closer()

    async def _close_all(self) -> None:
        for task in self.retiring:
            task.cancel()
        await asyncio.gather(*self.retiring, return_exceptions=True)
        closers, self.closers = self.closers, []
        closings = (asyncio.wait_for(closer(), CLOSE_SECONDS) for closer in closers)
        for result in await asyncio.gather(*closings, return_exceptions=True):
            if isinstance(result, BaseException):
                log.warning("venue_client_not_closed", error=repr(result))


_lock = threading.Lock()
_session: _Session | None = None


def _current() -> _Session:
    """Return this process's session; a forked child cannot use its parent's thread and gets one of its own."""
    global _session  # noqa: PLW0603 - one loop per process is the point
    with _lock:
        if _session is None or _session.pid != os.getpid():
            _session = _Session()
        return _session


def _reset_after_fork() -> None:
    """Give a forked child a lock that nobody holds and no session."""
    global _session, _lock
    _lock, _session = threading.Lock(), None


os.register_at_fork(after_in_child=_reset_after_fork)


def loop() -> asyncio.AbstractEventLoop:
    """Return the loop, running."""
    return _current().loop


def on_close(closer: Callable[[], Awaitable[None]]) -> None:
    """Have something closed on the loop before it ends."""
    _current().closers.append(closer)


def retire(closer: Callable[[], Awaitable[None]]) -> None:
    """Close something that is in nobody's hands any more once its last calls must have ended, instead of with the loop."""
    asyncio.run_coroutine_threadsafe(_current().retire(closer), _current().loop)


def run(call: Coroutine[Any, Any, T], timeout_seconds: float | None = None) -> T:
    """Run one coroutine on the loop and return its result; raise what it raises.

    Raises:
        TimeoutError: it took longer than `timeout_seconds`, by default settings.VENUE_TIMEOUT_SECONDS.
    """
    return asyncio.run_coroutine_threadsafe(_within(call, timeout_seconds), loop()).result()


def run_all(calls: Sequence[Coroutine[Any, Any, T]]) -> list[T | BaseException]:
    """Run all calls at once and return results, or the exceptions in their place, in the order of the calls.

    Threads may call this at the same time. A call that is not done in time gets a TimeoutError: nothing is proven about it.
    """
    if not calls:
        return []
    return asyncio.run_coroutine_threadsafe(_gather(calls), loop()).result()


async def _gather(calls: Sequence[Coroutine[Any, Any, T]]) -> list[T | BaseException]:
    return await asyncio.gather(*(_within(call, None) for call in calls), return_exceptions=True)


async def _within(call: Coroutine[Any, Any, T], timeout_seconds: float | None) -> T:
    return await asyncio.wait_for(call, timeout_seconds or settings.VENUE_TIMEOUT_SECONDS + GRACE_SECONDS)


@atexit.register
def close() -> None:
    """Close the clients and stop the loop; the next call starts a new one."""
    global _session
    with _lock:
        session, _session = _session, None
    if session is not None and session.pid == os.getpid():
        session.close()
