"""Measure one symbol of the market model: every fact, over so many hours of seeded paths."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol, TypeVar

import numpy as np

from analytics.lab.facts.bands import IMPACT_SHARES, MARK_SECONDS, bands_of
from analytics.lab.facts.impact import impact_decay, impact_exponent, impact_y
from analytics.lab.facts.lead import LEAD_FACTS, Pair, measure_lead
from analytics.lab.facts.lead_bands import lead_bands_of
from analytics.lab.facts.lead_modelled import observe_lead
from analytics.lab.facts.measure import FACTS, Estimate, estimate, measure
from analytics.lab.facts.modelled import Metaorder, maker_marks, metaorder_shifts, observe_path
from analytics.lab.facts.observed import FloatArray, Observed
from analytics.lab.facts.report import Line, lines_of
from analytics.lab.facts.round_trips import SHAPES, gains, sizes_of
from analytics.lab.facts.statistics import Statistic, TooFewObservations, mean
from analytics.lab.facts.trading_bands import gain_name, posting_name, trading_bands
from analytics.lab.facts.two_sided import gain_per_notional
from analytics.lab.facts.two_sided_markets import posting_on_path

PATH_SECONDS = 600.0  # short, so that there are many: turbulence differs between paths
METAORDER_SECONDS = 600.0
PAIRS_PER_HOUR = 12
MAKER_PATHS_PER_PATH = 0.5
JOINT_PATHS_PER_PATH = 0.5
TRADING = "trading on nothing: gain in bps of the notional traded, before fees"
Measured = dict[str, Estimate | str]
Result = TypeVar("Result")


class Runs(Protocol):
    """Runs a function once for each seed and returns the results in the order of the seeds, on however many processes."""

    def __call__(
        self, what: str, function: Callable[[np.random.SeedSequence], Result], seeds: Sequence[np.random.SeedSequence], /
    ) -> list[Result]:
        """Run; `what` names the paths in what is told of progress."""


def calibrate(symbol: str, *, hours: float, seed: int, run: Runs, pairs: int | None = None) -> tuple[Line, ...]:
    """Return a line for each fact of a symbol of the model; the same seed gives the same lines.

    Args:
        hours: of paths left alone, in pieces of 10 minutes; as many starts of trading on nothing, half as many paths with resting orders,
            with quotes on both sides, and of perpetual and spot.
        pairs: of paths with and without metaorders; 12 an hour when None.
        run: runs paths, see `Runs`.
    """
    facts, marks, impact, leads = np.random.SeedSequence(seed).spawn(4)
    paths = math.ceil(hours * 3600 / PATH_SECONDS)
    observations, usd_per_minute = _observe(symbol, facts, paths, run)
    measured: Measured = {name: _attempt(partial(measure, fact, observations, seed=seed)) for name, fact in FACTS.items()}
    measured |= _maker_facts(_maker_rows(symbol, marks, math.ceil(paths * MAKER_PATHS_PER_PATH), run), seed)
    usd = usd_per_minute * METAORDER_SECONDS / 60
    rows = _impact_rows(symbol, impact, pairs or math.ceil(hours * PAIRS_PER_HOUR), usd, run)
    measured |= _impact_facts(rows, measured["volatility_1m_bps"], seed)
    measured |= _lead_facts(symbol, leads, seed, math.ceil(paths * JOINT_PATHS_PER_PATH), run)
    traded = _trading_lines(symbol, paths, seed, run)
    return (*lines_of(symbol, measured, {**bands_of(symbol), **lead_bands_of(symbol)}), *traded)


def _observe(symbol: str, seed: np.random.SeedSequence, paths: int, run: Runs) -> tuple[list[Observed], float]:
    """Return paths left alone, and the USD a minute that all venues traded on them."""
    pairs = run("paths", partial(_observe_one, symbol), seed.spawn(paths))
    usd = sum(traded for _, traded in pairs)
    return [observed for observed, _ in pairs], usd * 60 / (paths * PATH_SECONDS)


def _observe_one(symbol: str, seed: np.random.SeedSequence) -> tuple[Observed, float]:
    return observe_path(symbol, seed=seed, seconds=PATH_SECONDS)


def _maker_rows(symbol: str, seed: np.random.SeedSequence, paths: int, run: Runs) -> list[dict[float, FloatArray]]:
    return run("paths with resting orders", partial(_maker_one, symbol), seed.spawn(paths))


def _maker_one(symbol: str, seed: np.random.SeedSequence) -> dict[float, FloatArray]:
    return maker_marks(symbol, seed=seed, seconds=PATH_SECONDS, horizons=MARK_SECONDS)


def _maker_facts(rows: Sequence[dict[float, FloatArray]], seed: int) -> Measured:
    """Return the mean marks after maker fills; each path is a block."""
    return {
        f"maker_mark_{horizon}s_bps": _attempt(partial(estimate, [row[horizon] for row in rows], mean, seed=seed))
        for horizon in MARK_SECONDS
    }


def _impact_rows(symbol: str, seed: np.random.SeedSequence, pairs: int, usd: float, run: Runs) -> list[FloatArray]:
    """Return the shifts of metaorders of each share of the interval's volume, one row a seed, buys and sells in turn."""
    return run("pairs with metaorders", partial(_impact_one, symbol, usd), seed.spawn(pairs))


def _impact_one(symbol: str, usd: float, seed: np.random.SeedSequence) -> FloatArray:
    orders = [Metaorder(usd=share * usd, seconds=METAORDER_SECONDS) for share in IMPACT_SHARES]
    return metaorder_shifts(symbol, seed=seed, sign=1 - 2 * (seed.spawn_key[-1] % 2), metaorders=orders)


def _impact_facts(rows: Sequence[FloatArray], volatility: Estimate | str, seed: int) -> Measured:
    """Return the exponent, and Y and decay of each size, sigma being the model's own volatility over the execution."""
    minutes = METAORDER_SECONDS / 60
    sigma = volatility.value * math.sqrt(minutes) if isinstance(volatility, Estimate) else math.nan
    statistics: dict[str, Statistic] = {"impact_exponent": partial(impact_exponent, volume_shares=np.array(IMPACT_SHARES))}
    for size, share in enumerate(IMPACT_SHARES):
        statistics[f"impact_y_{share:.1%}"] = partial(impact_y, size=size, volume_share=share, volatility_bps=sigma)
        statistics[f"impact_decay_{share:.1%}"] = partial(impact_decay, size=size)
    return {name: _attempt(partial(estimate, rows, statistic, seed=seed)) for name, statistic in statistics.items()}


def _lead_facts(symbol: str, paths_seed: np.random.SeedSequence, seed: int, paths: int, run: Runs) -> Measured:
    """Return how perpetual and spot follow each other on paths of both; each path is a block."""
    pairs = run("paths of perpetual and spot", partial(_lead_one, symbol), paths_seed.spawn(paths))
    return {name: _attempt(partial(measure_lead, name, pairs, seed=seed)) for name in LEAD_FACTS}


def _lead_one(symbol: str, seed: np.random.SeedSequence) -> Pair:
    return observe_lead(symbol, seed=seed, seconds=PATH_SECONDS)


def _trading_lines(symbol: str, paths: int, seed: int, run: Runs) -> tuple[Line, ...]:
    """Return a line for each fact of trading on nothing."""
    nothing, posting = np.random.SeedSequence(seed).spawn(6)[4:]
    gained = _gains(symbol, run("starts of trading on nothing", partial(_gains_one, symbol), nothing.spawn(paths)), seed)
    posted = run("paths posted on", partial(_posting_one, symbol), posting.spawn(math.ceil(paths * MAKER_PATHS_PER_PATH)))
    return lines_of(symbol, gained | _posting_facts(posted, seed), trading_bands(symbol), section=TRADING)


def _gains_one(symbol: str, seed: np.random.SeedSequence) -> dict[str, FloatArray]:
    return gains(symbol, seed=seed, usd=sizes_of(symbol))


def _gains(symbol: str, rows: Sequence[dict[str, FloatArray]], seed: int) -> Measured:
    """Return the mean gain of each shape in each size; each start, a path of its own, is a block."""
    return {
        gain_name(shape, usd): _attempt(partial(estimate, [row[shape][:, size : size + 1] for row in rows], mean, seed=seed))
        for shape in SHAPES
        for size, usd in enumerate(sizes_of(symbol))
    }


def _posting_one(symbol: str, seed: np.random.SeedSequence) -> dict[float, FloatArray]:
    return posting_on_path(symbol, seed=seed, seconds=PATH_SECONDS, horizons=MARK_SECONDS)


def _posting_facts(rows: Sequence[dict[float, FloatArray]], seed: int) -> Measured:
    """Return what posting on both sides gains, marked after each of the horizons; each path is a block."""
    return {
        posting_name(horizon): _attempt(partial(estimate, [row[horizon] for row in rows], gain_per_notional, seed=seed))
        for horizon in MARK_SECONDS
    }


def _attempt(measuring: Callable[[], Estimate]) -> Estimate | str:
    """Return an estimate, or why there is none."""
    try:
        return measuring()
    except TooFewObservations as error:
        return str(error)
