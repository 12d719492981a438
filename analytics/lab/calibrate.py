"""Measure the market model and print its facts against their bands: `python -m analytics.lab.calibrate`.

The last line is `CALIBRATION {json}`. The exit code is 1 when something is broken (a fact with a band that cannot be measured, or is
no number), not when a fact lies outside its band: that is a MISS, named in the report.
"""

import argparse
import math
import sys
import time
from collections.abc import Sequence

from analytics.lab.facts.bands import BANDS
from analytics.lab.facts.calibration import Progress, calibrate
from analytics.lab.facts.report import Line, summary, table

SYMBOLS = ("BTC", "ETH", "SOL")
HOURS = 16.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report of the symbols asked for; return the exit code."""
    options = _options(arguments)
    lines: list[Line] = []
    for symbol in options.symbols:
        found = calibrate(symbol, hours=options.hours, seed=options.seed, progress=_progress(symbol))
        lines += found
        if not options.json:
            sys.stdout.write(table(found) + "\n\n")
            sys.stdout.flush()
    sys.stdout.write(summary(lines) + "\n")
    return int(any(line.is_broken for line in lines))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="calibrate", description="Hold the market model against what was recorded.")
    parser.add_argument(
        "--symbols", nargs="+", choices=sorted(BANDS), default=list(SYMBOLS), metavar="SYMBOL", help="of " + ", ".join(BANDS)
    )
    parser.add_argument("--hours", type=_hours, default=HOURS, help="of paths per symbol (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same report")
    parser.add_argument("--json", action="store_true", help="print the last line only")
    return parser.parse_args(arguments)


def _hours(text: str) -> float:
    hours = float(text)
    if not (math.isfinite(hours) and hours > 0):
        raise argparse.ArgumentTypeError(f"{text} is no positive number of hours")
    return hours


def _progress(symbol: str) -> Progress:
    """Return what tells of progress on standard error: one line that is written over on a terminal, a line at each end elsewhere."""
    start = time.monotonic()
    is_terminal = sys.stderr.isatty()

    def tell(what: str, done: int, of: int) -> None:
        if is_terminal or done == of:
            text = f"{symbol}: {done} of {of} {what}, {time.monotonic() - start:.0f} s"
            sys.stderr.write(f"\r{text:<70}" + ("\n" if done == of else "") if is_terminal else text + "\n")
            sys.stderr.flush()

    return tell


if __name__ == "__main__":
    sys.exit(main())
