"""What every measurement needs: shares of values, and what processes take of the machine."""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psutil

MEGABYTE = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Quantiles of a measured quantity, in its unit; NaN when nothing was measured."""

    count: int
    p50: float
    p90: float
    p99: float
    largest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Return the quantiles of values."""
        if not values:
            nan = float("nan")
            return cls(count=0, p50=nan, p90=nan, p99=nan, largest=nan)
        p50, p90, p99 = (float(value) for value in np.percentile(values, (50, 90, 99)))
        return cls(count=len(values), p50=p50, p90=p90, p99=p99, largest=float(max(values)))


class Consumption:
    """CPU seconds of one process since this was made, as a share of one core, and its memory."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._cpu, self._at = self._seconds(), time.monotonic()

    def cpu_share(self) -> float:
        """Return CPU seconds per second of time that has passed."""
        return (self._seconds() - self._cpu) / (time.monotonic() - self._at)

    def memory_mb(self) -> float:
        """Return the resident memory in megabytes."""
        return float(self._process.memory_info().rss / MEGABYTE)

    def _seconds(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def conclude(figures: dict[str, Any]) -> None:
    """Print the line that machines read, the last one."""
    say(f"BENCH {json.dumps(figures)}")
