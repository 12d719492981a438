"""Measure one symbol of the market model: every fact, over so many hours of seeded paths."""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from analytics.lab.facts.bands import IMPACT_SHARES, MARK_SECONDS, bands_of
from analytics.lab.facts.impact import impact_decay, impact_exponent, impact_y
from analytics.lab.facts.measure import FACTS, Estimate, estimate, measure
from analytics.lab.facts.modelled import Metaorder, maker_marks, metaorder_shifts, observe_path
from analytics.lab.facts.observed import FloatArray, Observed
from analytics.lab.facts.report import Line, lines_of
from analytics.lab.facts.statistics import Statistic, TooFewObservations, mean

PATH_SECONDS = 1800.0
METAORDER_SECONDS = 600.0
PAIRS_PER_HOUR = 12
MAKER_PATHS_PER_PATH = 0.5
Progress = Callable[[str, int, int], None]
Measured = dict[str, Estimate | str]


def calibrate(symbol: str, *, hours: float, seed: int, progress: Progress) -> tuple[Line, ...]:
    """Return a line for each fact of a symbol of the model; the same seed gives the same lines.

    Args:
        hours: of paths left alone, in pieces of 30 minutes; half as many paths with resting orders, 12 pairs with metaorders an hour.
        progress: told (what, done, of how many) after each path.
    """
    facts, marks, impact = np.random.SeedSequence(seed).spawn(3)
    paths = math.ceil(hours * 3600 / PATH_SECONDS)
    observations, usd_per_minute = _observe(symbol, facts, paths, progress)
    measured: Measured = {name: _attempt(partial(measure, fact, observations, seed=seed)) for name, fact in FACTS.items()}
    measured |= _maker_facts(_maker_rows(symbol, marks, math.ceil(paths * MAKER_PATHS_PER_PATH), progress), seed)
    usd = usd_per_minute * METAORDER_SECONDS / 60
    rows = _impact_rows(symbol, impact, math.ceil(hours * PAIRS_PER_HOUR), usd, progress)
    measured |= _impact_facts(rows, measured["volatility_1m_bps"], seed)
    return lines_of(symbol, measured, bands_of(symbol))


def _observe(symbol: str, seed: np.random.SeedSequence, paths: int, progress: Progress) -> tuple[list[Observed], float]:
    """Return paths left alone, and the USD a minute that all venues traded on them."""
    pairs = [observe_path(symbol, seed=own, seconds=PATH_SECONDS) for own in _seeds(seed, paths, "paths", progress)]
    usd = sum(traded for _, traded in pairs)
    return [observed for observed, _ in pairs], usd * 60 / (paths * PATH_SECONDS)


def _maker_rows(symbol: str, seed: np.random.SeedSequence, paths: int, progress: Progress) -> list[dict[float, FloatArray]]:
    seeds = _seeds(seed, paths, "paths with resting orders", progress)
    return [maker_marks(symbol, seed=own, seconds=PATH_SECONDS, horizons=MARK_SECONDS) for own in seeds]


def _maker_facts(rows: Sequence[dict[float, FloatArray]], seed: int) -> Measured:
    """Return the mean marks after maker fills; each path is a block."""
    return {
        f"maker_mark_{horizon}s_bps": _attempt(partial(estimate, [row[horizon] for row in rows], mean, seed=seed))
        for horizon in MARK_SECONDS
    }


def _impact_rows(symbol: str, seed: np.random.SeedSequence, pairs: int, usd: float, progress: Progress) -> list[FloatArray]:
    """Return the shifts of metaorders of each share of the interval's volume, one row a seed, buys and sells in turn."""
    orders = [Metaorder(usd=share * usd, seconds=METAORDER_SECONDS) for share in IMPACT_SHARES]
    seeds = enumerate(_seeds(seed, pairs, "pairs with metaorders", progress))
    return [metaorder_shifts(symbol, seed=own, sign=1 - 2 * (number % 2), metaorders=orders) for number, own in seeds]


def _impact_facts(rows: Sequence[FloatArray], volatility: Estimate | str, seed: int) -> Measured:
    """Return the exponent, and Y and decay of each size, sigma being the model's own volatility over the execution."""
    minutes = METAORDER_SECONDS / 60
    sigma = volatility.value * math.sqrt(minutes) if isinstance(volatility, Estimate) else math.nan
    statistics: dict[str, Statistic] = {"impact_exponent": partial(impact_exponent, volume_shares=np.array(IMPACT_SHARES))}
    for size, share in enumerate(IMPACT_SHARES):
        statistics[f"impact_y_{share:.1%}"] = partial(impact_y, size=size, volume_share=share, volatility_bps=sigma)
        statistics[f"impact_decay_{share:.1%}"] = partial(impact_decay, size=size)
    return {name: _attempt(partial(estimate, rows, statistic, seed=seed)) for name, statistic in statistics.items()}


def _attempt(measuring: Callable[[], Estimate]) -> Estimate | str:
    """Return an estimate, or why there is none."""
    try:
        return measuring()
    except TooFewObservations as error:
        return str(error)


def _seeds(seed: np.random.SeedSequence, count: int, what: str, progress: Progress) -> Iterator[np.random.SeedSequence]:
    for number, own in enumerate(seed.spawn(count), 1):
        yield own
        progress(what, number, count)
