"""What an experiment found: each algorithm at each size, alone and against the others on the same paths."""

import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analytics.lab.experiment import Experiment
from analytics.lab.measuring import MEASURES, violations_of
from analytics.lab.path import cost_of
from analytics.lab.statistics import Summary, summarise


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Everything that is the same for the algorithms that are compared."""

    source: str
    symbol: str
    minutes: float
    size: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One algorithm in one setting. `against`: its cost less that of each other algorithm, path by path (negative: this one is cheaper).

    `measures` holds only what could be measured on some path. `seconds_per_order`: of one core, the market included.
    """

    setting: Setting
    algorithm: str
    paths: int
    measures: Mapping[str, Summary]
    against: Mapping[str, Summary]
    within_band: float | None
    """Share of the paths on which the cost came out within one deviation of what pre-trade had said."""
    seconds_per_order: float

    def as_json(self) -> dict[str, Any]:
        """Return the row as the last line of the command has it: cost after control variates, and as it is (`raw`)."""
        cost = self.measures["cost_bps"]
        market = self.against.get("market")
        return {
            "source": self.setting.source,
            "symbol": self.setting.symbol,
            "minutes": self.setting.minutes,
            "size": self.setting.size,
            "algorithm": self.algorithm,
            "paths": self.paths,
            "cost_bps": cost.reduced.mean,
            "ci_low": cost.reduced.low,
            "ci_high": cost.reduced.high,
            "raw_cost_bps": cost.raw.mean,
            "raw_ci_low": cost.raw.low,
            "raw_ci_high": cost.raw.high,
            "median_cost_bps": cost.median,
            "risk_bps": cost.deviation,
            "vs_market_bps": market.reduced.mean if market else None,
            "vs_market_low": market.reduced.low if market else None,
            "vs_market_high": market.reduced.high if market else None,
            **{name: self._mean(name) for name in MEASURES if name != "cost_bps"},
            "within_band": self.within_band,
            "seconds_per_order": self.seconds_per_order,
        }

    def _mean(self, name: str) -> float | None:
        return self.measures[name].reduced.mean if name in self.measures else None


def rows_of(experiment: Experiment, records: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Summarise the records of an experiment, sorted by job, in the order in which the experiment names things."""
    found: dict[Setting, dict[str, list[_Point]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        for order in record["orders"]:
            setting = Setting(**{name: record["job"][name] for name in ("source", "symbol", "minutes")}, size=order["size"])
            point = _Point(order["cost"], tuple(record["controls"]), order["machine_seconds"])
            found[setting][order["algorithm"]].append(point)
    return [
        _row(setting, algorithm, found[setting], experiment.seed)
        for setting in _settings(experiment)
        if setting in found
        for algorithm in experiment.algorithms
    ]


def violations(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return every invariant that does not hold, with where."""
    found: list[str] = []
    for record in records:
        job = record["job"]
        for order in record["orders"]:
            where = f"{job['source']} {job['symbol']} {job['minutes']:g} min path {job['path']} {order['size']} {order['algorithm']}"
            found.extend(f"{where}: {what}" for what in violations_of(cost_of(order)))
    return found


@dataclass(frozen=True, slots=True)
class _Point:
    cost: Mapping[str, Any]
    controls: tuple[float, ...]
    machine_seconds: float


def _settings(experiment: Experiment) -> list[Setting]:
    return [
        Setting(source=source.name, symbol=symbol, minutes=minutes, size=size.label)
        for source in experiment.sources
        for symbol in experiment.symbols
        for minutes in experiment.minutes
        for size in experiment.sizes
    ]


def _row(setting: Setting, algorithm: str, found: Mapping[str, Sequence[_Point]], seed: int) -> Row:
    points = found[algorithm]
    summaries = {name: _summary(points, name, seed) for name in MEASURES}
    others = {other: _difference(points, found[other], f"{algorithm} {other}", seed) for other in found if other != algorithm}
    return Row(
        setting=setting,
        algorithm=algorithm,
        paths=len(points),
        measures={name: summary for name, summary in summaries.items() if summary},
        against=others,
        within_band=_within_band(points),
        seconds_per_order=sum(point.machine_seconds for point in points) / len(points),
    )


def _summary(points: Sequence[_Point], name: str, seed: int) -> Summary | None:
    """Summarise a figure over the paths where it could be measured; controls explain basis points only."""
    known = [point for point in points if point.cost[name] is not None]
    if not known:
        return None
    controls = [point.controls for point in known] if name.endswith("_bps") else ()
    return summarise([point.cost[name] for point in known], controls, seed=_seed(seed, name))


def _within_band(points: Sequence[_Point]) -> float | None:
    surprises = [point.cost["surprise"] for point in points if point.cost["surprise"] is not None]
    return sum(abs(surprise) <= 1 for surprise in surprises) / len(surprises) if surprises else None


def _difference(points: Sequence[_Point], others: Sequence[_Point], name: str, seed: int) -> Summary:
    differences = [one.cost["cost_bps"] - other.cost["cost_bps"] for one, other in zip(points, others, strict=True)]
    return summarise(differences, [point.controls for point in points], seed=_seed(seed, name))


def _seed(seed: int, name: str) -> int:
    """Return a seed of its own for each interval, the same in every process and on every day."""
    return seed * 2**32 + zlib.crc32(name.encode())
