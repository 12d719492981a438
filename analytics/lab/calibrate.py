"""Measure the market model and print its facts against their bands: `python -m analytics.lab.calibrate`.

The last line is `CALIBRATION {json}`. The exit code is 1 when something is broken (a fact with a band that cannot be measured, or is
no number), not when a fact lies outside its band: that is a MISS, named in the report. The lab's pages show each symbol's last report.
"""

import argparse
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import TypeVar

import numpy as np

from analytics.lab.facts.bands import BANDS
from analytics.lab.facts.calibration import calibrate
from analytics.lab.facts.kept import KeptCalibration, calibration_file, calibration_of, keep
from analytics.lab.facts.report import Line, summary, table

SYMBOLS = ("BTC", "ETH", "SOL")
HOURS = 48.0  # fewer leave kurtosis and impact to luck
Result = TypeVar("Result")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report of the symbols asked for; return the exit code."""
    options = _options(arguments)
    lines: list[Line] = []
    kept: dict[str, KeptCalibration] = {}
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        for symbol in options.symbols:
            found = calibrate(symbol, hours=options.hours, seed=options.seed, run=_Runs(pool, symbol))
            lines += found
            kept[symbol] = calibration_of(found, hours=options.hours, seed=options.seed, now=datetime.now(UTC))
            if not options.json:
                sys.stdout.write(table(found) + "\n\n")
                sys.stdout.flush()
    sys.stdout.write(summary(lines) + "\n")
    keep(kept, calibration_file())
    return int(any(line.is_broken for line in lines))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="calibrate", description="Hold the market model against what was recorded.")
    parser.add_argument(
        "--symbols", nargs="+", choices=sorted(BANDS), default=list(SYMBOLS), metavar="SYMBOL", help="of " + ", ".join(BANDS)
    )
    parser.add_argument("--hours", type=_hours, default=HOURS, help="of paths per symbol (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same report")
    parser.add_argument("--processes", type=_count, default=os.cpu_count() or 1, help="the report does not depend on it")
    parser.add_argument("--json", action="store_true", help="print the last line only")
    return parser.parse_args(arguments)


def _hours(text: str) -> float:
    hours = float(text)
    if not (math.isfinite(hours) and hours > 0):
        raise argparse.ArgumentTypeError(f"{text} is no positive number of hours")
    return hours


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number of processes")
    return count


class _Runs:
    """Run paths on a pool, in order, and tell of progress on standard error."""

    def __init__(self, pool: Executor, symbol: str) -> None:
        self._pool, self._symbol, self._start = pool, symbol, time.monotonic()

    def __call__(
        self, what: str, function: Callable[[np.random.SeedSequence], Result], seeds: Sequence[np.random.SeedSequence], /
    ) -> list[Result]:
        """Return a result for each seed."""
        results = []
        for result in self._pool.map(function, seeds, chunksize=4):
            results.append(result)
            self._tell(what, len(results), len(seeds))
        return results

    def _tell(self, what: str, done: int, of: int) -> None:
        """Write over one line on a terminal; elsewhere write a line at each end."""
        text = f"{self._symbol}: {done} of {of} {what}, {time.monotonic() - self._start:.0f} s"
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{text:<70}" + ("\n" if done == of else ""))
        elif done == of:
            sys.stderr.write(text + "\n")
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
