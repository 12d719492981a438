"""The exchange's clock: read here and passed on everywhere else."""

import time


def now_ms() -> int:
    """Return milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000
