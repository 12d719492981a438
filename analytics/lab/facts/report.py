"""The calibration report: each fact of the model against its band, misses named, nothing left out."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from analytics.lab.facts.bands import Band
from analytics.lab.facts.measure import Estimate

_HEADER = ("fact", "model", "95 % interval", "band", "", "target", "calibrated on, width", "held out")
_WIDTHS = (26, 9, 20, 18, 7, 9, 34, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One fact of a symbol: what the model gives, or why it gives nothing; its band, if anything recorded speaks of it."""

    symbol: str
    fact: str
    estimate: Estimate | None
    band: Band | None
    problem: str = ""
    section: str = ""

    @property
    def limits(self) -> tuple[float, float]:
        """Return between what the value has to lie: the band, and as far beyond it as chance may have led where that is forgiven.

        The whole interval lies beyond a band just when the value lies further beyond it than from the interval's near end.
        """
        if self.band is None:
            return -math.inf, math.inf
        low, high, estimate = self.band.low, self.band.high, self.estimate
        if self.band.is_missed_for_certain and estimate and estimate.low is not None and estimate.high is not None:
            return low - (estimate.high - estimate.value), high + (estimate.value - estimate.low)
        return low, high

    @property
    def is_ok(self) -> bool:
        """Say whether the value lies inside its limits."""
        low, high = self.limits
        return self.estimate is not None and self.band is not None and low <= self.estimate.value <= high

    @property
    def is_surely_outside(self) -> bool:
        """Say whether the whole interval of the estimate lies outside the band: not the luck of a few paths."""
        estimate, band = self.estimate, self.band
        if estimate is None or band is None or self.is_ok:
            return estimate is None and band is not None
        return estimate.low is not None and estimate.high is not None and (estimate.low > band.high or estimate.high < band.low)

    @property
    def is_broken(self) -> bool:
        """Say whether a fact that has a band could not be measured, or is no number."""
        if self.estimate is None:
            return self.band is not None
        return not math.isfinite(self.estimate.value)

    @property
    def verdict(self) -> str:
        """Return ok, MISS, BROKEN, or "no band" where nothing recorded speaks of the fact."""
        if self.is_broken:
            return "BROKEN"
        if self.band is None:
            return "no band"
        return "ok" if self.is_ok else "MISS"


def lines_of(symbol: str, measured: Mapping[str, Estimate | str], bands: Mapping[str, Band], *, section: str = "") -> tuple[Line, ...]:
    """Return a line for each fact measured (a text says why it could not be) and for each band, measured or not."""
    names = [*measured, *(name for name in bands if name not in measured)]
    return tuple(_line(symbol, name, measured.get(name, "not measured"), bands.get(name), section) for name in names)


def table(lines: Sequence[Line]) -> str:
    """Return one symbol's lines as text, then its misses and the held-out figures that lie outside."""
    rows = [_row(_HEADER)]
    for section, members in groupby(lines, key=lambda line: line.section):
        rows += [f"-- {section}"] * bool(section) + [_row(_cells(line)) for line in members]
    return "\n".join([lines[0].symbol if lines else "nothing measured", *rows, *_misses(lines), *_unchecked(lines)])


def summary(lines: Sequence[Line]) -> str:
    """Return the last line: CALIBRATION {symbol: {fact: {value, low, high, ok}}}, of the facts that have a band."""
    facts: dict[str, dict[str, dict[str, float | bool | None]]] = {}
    for line in lines:
        if line.band is not None:
            facts.setdefault(line.symbol, {})[line.fact] = {
                "value": _number(line.estimate),
                "low": _rounded(line.limits[0]),
                "high": _rounded(line.limits[1]),
                "ok": line.is_ok,
            }
    return "CALIBRATION " + json.dumps(facts, allow_nan=False)


def _line(symbol: str, fact: str, result: Estimate | str, band: Band | None, section: str) -> Line:
    if isinstance(result, str):
        return Line(symbol=symbol, fact=fact, estimate=None, band=band, problem=result, section=section)
    return Line(symbol=symbol, fact=fact, estimate=result, band=band, section=section)


def _cells(line: Line) -> tuple[str, ...]:
    estimate, band = line.estimate, line.band
    value = line.problem or (_short(estimate.value) if estimate else "")
    interval = f"{_short(estimate.low)} .. {_short(estimate.high)}" if estimate and estimate.low is not None else ""
    if band is None:
        return line.fact, value, interval, "", line.verdict, "", "nothing recorded", ""
    held_out = ", ".join(f"{check.source} {_short(check.value)}{'' if band.holds(check.value) else ' outside'}" for check in band.checks)
    limits = " .. ".join(_short(limit) for limit in line.limits)
    return line.fact, value, interval, limits, line.verdict, _short(band.target), f"{band.source}; {band.rule}", held_out


def _row(cells: tuple[str, ...]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()


def _misses(lines: Sequence[Line]) -> list[str]:
    judged = [line for line in lines if line.band is not None]
    misses = [line for line in judged if not line.is_ok]
    inside = f"{len(judged) - len(misses)} of {len(judged)} facts inside their band"
    return [inside + (": " if misses else "") + "; ".join(_miss(line) for line in misses)]


def _miss(line: Line) -> str:
    if line.estimate is None or line.band is None:
        return f"{line.fact} BROKEN ({line.problem})"
    value, (low, high) = line.estimate.value, line.limits
    edge, word = (low, "below") if value < low else (high, "above")
    return f"{line.fact} MISS ({_short(value)} is {word} {_short(edge)})"


def _unchecked(lines: Sequence[Line]) -> list[str]:
    checks = [(line, check) for line in lines if line.band is not None for check in line.band.checks]
    outside = [f"{line.fact} {check.source}" for line, check in checks if line.band is not None and not line.band.holds(check.value)]
    if not checks:
        return []
    return [
        f"{len(checks) - len(outside)} of {len(checks)} held-out figures inside their band"
        + (": all but " if outside else "")
        + "; ".join(outside)
    ]


def _short(value: float | None) -> str:
    """Return a number in four digits, thousands and millions by letter."""
    if value is None:
        return ""
    for size, letter in ((1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if letter == 'k' else size):.4g}{letter}"
    return f"{value:.4g}" if abs(value) >= 0.001 else f"{value:.1g}"


def _number(estimate: Estimate | None) -> float | None:
    return None if estimate is None or not math.isfinite(estimate.value) else _rounded(estimate.value)


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")
