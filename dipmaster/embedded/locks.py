"""Locks between processes. The kernel drops them when their holder dies, so none is ever stale."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dipmaster.embedded.errors import EmbeddedError

_RETRY_SECONDS = 0.05


class AlreadyLockedError(EmbeddedError):
    """Another process holds the lock."""


@contextmanager
def exclusive(path: Path, *, timeout_seconds: float) -> Iterator[int]:
    """Hold an exclusive lock on `path`; the value is its descriptor, and whoever inherits that holds the lock too.

    Raises:
        AlreadyLockedError: another process still held it after `timeout_seconds`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:  # inherited only by children that it is passed to: Python opens files close-on-exec
        deadline = time.monotonic() + timeout_seconds
        while not _locked(file.fileno()):
            if time.monotonic() >= deadline:
                raise AlreadyLockedError(f"Another process has held {path} for {timeout_seconds:g} s. Wait for it or stop it.")
            time.sleep(_RETRY_SECONDS)
        yield file.fileno()


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
