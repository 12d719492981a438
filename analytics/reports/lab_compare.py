"""Two experiments side by side: the same rows, their costs, and the difference with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from analytics.domain.experiments import ExperimentSettings, ResultRow, difference
from analytics.reports.lab_words import algorithm_title, bps, is_baseline, minutes_of, signed_bps, size_title, source_title, span

Key = tuple[str, float, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One experiment's cost."""

    cost: str
    interval: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRow:
    """One symbol, size and algorithm in both."""

    market: str
    size: str
    label: str
    is_baseline: bool
    first: Side
    second: Side
    difference: str
    interval: str
    is_certain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What is shown of two experiments: the rows that both have, and how many only one of them has.

    `shares_paths`: same seed, source and minutes, so that the true interval is narrower than shown.
    """

    rows: tuple[ComparedRow, ...]
    only_first: int
    only_second: int
    settings: tuple[tuple[str, str, str, bool], ...]
    shares_paths: bool


def compare(first: tuple[ExperimentSettings, Sequence[ResultRow]], second: tuple[ExperimentSettings, Sequence[ResultRow]]) -> Comparison:
    """Pair the rows of two experiments, in the order of the first; differences are second − first."""
    before, after = (_by_key(rows) for _given, rows in (first, second))
    keys = [key for key in before if key in after]
    short = len({(key[1], key[2]) for key in keys}) < 2  # one horizon, one source: the symbol says it all
    settings = tuple(_settings_lines(first[0], second[0]))
    one, other = first[0], second[0]
    shares = (one.seed, one.sources, one.minutes) == (other.seed, other.sources, other.minutes)
    return Comparison(
        rows=tuple(_row(key, before[key], after[key], is_short=short) for key in keys),
        only_first=len(before) - len(keys),
        only_second=len(after) - len(keys),
        settings=settings,
        shares_paths=shares,
    )


def _by_key(rows: Sequence[ResultRow]) -> dict[Key, ResultRow]:
    return {(row.symbol, row.minutes, row.source, row.size, row.algorithm): row for row in rows}


def _row(key: Key, before: ResultRow, after: ResultRow, *, is_short: bool) -> ComparedRow:
    symbol, minutes, source, size, algorithm = key
    moved = difference(after.cost, before.cost)
    words = {"symbol": symbol, "minutes": f"{minutes:g}", "source": source_title(source)}
    return ComparedRow(
        market=symbol if is_short else _("%(symbol)s, %(minutes)s min, %(source)s") % words,
        size=size_title(size),
        label=algorithm_title(algorithm),
        is_baseline=is_baseline(algorithm),
        first=_side(before),
        second=_side(after),
        difference=signed_bps(moved.mean),
        interval=span(moved, is_signed=True),
        is_certain=moved.excludes_zero,
    )


def _side(row: ResultRow) -> Side:
    return Side(cost=bps(row.cost.mean), interval=span(row.cost, is_signed=False))


def _settings_lines(first: ExperimentSettings, second: ExperimentSettings) -> list[tuple[str, str, str, bool]]:
    """Return name, both values and whether they differ, of everything that an experiment is set by."""
    pairs = [(name, one, other) for (name, one), (_name, other) in zip(settings_words(first), settings_words(second), strict=True)]
    return [(name, one, other, one != other) for name, one, other in pairs]


def settings_words(settings: ExperimentSettings) -> list[tuple[str, str]]:
    """Return everything that an experiment is set by, in words."""
    return [
        (_("Symbols"), ", ".join(settings.symbols)),
        (_("Algorithms"), ", ".join(algorithm_title(name) for name in settings.algorithms)),
        (_("Sizes"), ", ".join(size_title(size) for size in settings.sizes)),
        (_("Market"), ", ".join(source_title(name) for name in settings.sources)),
        (_("Horizon"), _("%(minutes)s min") % {"minutes": minutes_of(settings)}),
        (_("Paths"), f"{settings.paths:,}"),
        (_("Seed"), str(settings.seed)),
    ]
