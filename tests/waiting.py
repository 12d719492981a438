"""Waiting for a condition, in place of sleeping."""

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_SECONDS = 120
Found = TypeVar("Found")


def wait_until(look: Callable[[], Found | None], seconds: float = PATIENCE_SECONDS) -> Found:
    """Look again and again until something is found, or the condition is true, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "the condition was not met in time"
        time.sleep(0.1)
    return found
