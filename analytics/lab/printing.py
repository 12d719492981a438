"""What the command prints: a bar while it runs, a table and a line for machines when it is done."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, TextIO

from analytics.lab.experiment import Experiment
from analytics.lab.results import Row
from analytics.lab.statistics import Estimate, Summary

BAR_WIDTH = 30
_HEADINGS = (
    "size",
    "algorithm",
    "paths",
    "cost bps [95 %]",
    "as it is [95 %]",
    "vs market [95 %]",
    "fill",
    "maker",
    "slip",
    "vs VWAP",
    "sd",
    "expected ± sd",
    "within",
)
_WIDTHS = (10, 18, 5, 23, 25, 24, 6, 6, 7, 8, 7, 15, 6)


class Bar:
    """A progress bar on a terminal; elsewhere a line at every tenth."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._began: tuple[float, int] | None = None
        self._tenth = -1

    def __call__(self, done: int, total: int) -> None:
        """Show how far it is."""
        if self._began is None:
            self._began = (time.monotonic(), done)
        tenth = 10 * done // total
        if not self._stream.isatty() and tenth == self._tenth:
            return
        self._tenth = tenth
        filled = BAR_WIDTH * done // total
        text = f"[{'#' * filled}{'.' * (BAR_WIDTH - filled)}] {done} of {total} paths{self._left(done, total)}"
        self._stream.write(f"\r{text}\x1b[K" + ("\n" if done == total else "") if self._stream.isatty() else f"{text}\n")
        self._stream.flush()

    def _left(self, done: int, total: int) -> str:
        began, before = self._began or (0.0, 0)
        if done in (before, total):
            return ""
        seconds = (time.monotonic() - began) / (done - before) * (total - done)
        return f", about {seconds // 60:.0f} min {seconds % 60:02.0f} s left"


def table(rows: Sequence[Row]) -> str:
    """Return the rows as text, a block for each source, symbol and horizon."""
    lines: list[str] = []
    title = ""
    for row in rows:
        here = f"{row.setting.symbol}, {row.setting.minutes:g} minutes, {row.setting.source}"
        if here != title:
            lines += ["", here, _line(_HEADINGS)] if lines else [here, _line(_HEADINGS)]
            title = here
        lines.append(_line(_cells(row)))
    return "\n".join([*lines, "", _speed(rows)])


def machine_line(rows: Sequence[Row]) -> str:
    """Return the last line of the command."""
    return f"LAB {json.dumps([row.as_json() for row in rows], allow_nan=False)}"


def document(experiment: Experiment, rows: Sequence[Row], violations: Sequence[str]) -> dict[str, Any]:
    """Return everything that was found, as it is written to a file."""
    return {
        "experiment": experiment.as_json(),
        "violations": list(violations),
        "rows": [
            row.as_json()
            | {
                "measures": {name: asdict(summary) for name, summary in row.measures.items()},
                "against": {name: asdict(summary) for name, summary in row.against.items()},
            }
            for row in rows
        ],
    }


def _cells(row: Row) -> tuple[str, ...]:
    cost, market = row.measures["cost_bps"], row.against.get("market")
    return (
        row.setting.size,
        row.algorithm,
        str(row.paths),
        _interval(cost.reduced),
        _interval(cost.raw),
        _interval(market.reduced) if market else "",
        _share(row.measures.get("fill_rate")),
        _share(row.measures.get("maker_share")),
        _mean(row.measures.get("arrival_bps")),
        _mean(row.measures.get("vwap_bps")),
        "" if cost.deviation is None else f"{cost.deviation:.2f}",
        _expected(row),
        "" if row.within_band is None else f"{row.within_band:.0%}",
    )


def _line(cells: Sequence[str]) -> str:
    return " ".join(
        cell.ljust(width) if index < 2 else cell.rjust(width) for index, (cell, width) in enumerate(zip(cells, _WIDTHS, strict=True))
    )


def _interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{estimate.mean:.2f}"
    return f"{estimate.mean:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"


def _share(summary: Summary | None) -> str:
    return "" if summary is None else f"{summary.raw.mean:.0%}"


def _mean(summary: Summary | None) -> str:
    return "" if summary is None else f"{summary.reduced.mean:.2f}"


def _expected(row: Row) -> str:
    expected, deviation = (row.measures.get(name) for name in ("expected_bps", "expected_deviation_bps"))
    return f"{expected.raw.mean:.2f} ± {deviation.raw.mean:.2f}" if expected and deviation else ""


def _speed(rows: Sequence[Row]) -> str:
    """Say what the slowest kind of order took, also as a multiple of real time."""
    slowest = max(rows, key=lambda row: row.seconds_per_order / row.setting.minutes)
    seconds, minutes = slowest.seconds_per_order, slowest.setting.minutes
    return (
        f"Slowest: {slowest.algorithm} on {slowest.setting.symbol}, {seconds:.2f} s of one core for an order of {minutes:g} minutes, "
        f"{minutes * 60 / max(seconds, 1e-9):,.0f} times real time."
    )
