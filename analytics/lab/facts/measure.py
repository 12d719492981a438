"""The facts by name, and how one is measured: pooled over paths, with a block-bootstrap interval."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from analytics.lab.facts import book, flow, prices
from analytics.lab.facts.observed import FloatArray, Observed
from analytics.lab.facts.statistics import (
    Statistic,
    TooFewObservations,
    bootstrap_interval,
    correlation,
    deviation,
    excess_kurtosis,
    mean,
    median,
    slope,
)

RESAMPLES = 200
BLOCKS = 12  # an observation is cut into at most so many stretches; see `blocks_of`


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact: its rows in an observation and the statistic over them. The definition is the docstring of `rows`."""

    unit: str
    rows: Callable[[Observed], FloatArray]
    statistic: Statistic


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A fact's value with its 95 % interval; without one (None) where too few blocks were observed."""

    value: float
    low: float | None
    high: float | None
    blocks: int


def _book_facts() -> dict[str, Fact]:
    depth = {f"depth_{bps}bps_usd": Fact(unit="USD", rows=partial(book.depth_rows, bps=bps), statistic=median) for bps in book.DEPTH_BPS}
    cost = {
        f"immediate_cost_{usd // 1000}k_bps": Fact(unit="bps", rows=partial(book.immediate_cost_rows, usd=usd), statistic=median)
        for usd in book.IMMEDIATE_USD
    }
    return {"spread_bps": Fact(unit="bps", rows=book.spread_rows, statistic=median)} | depth | cost


def _flow_facts() -> dict[str, Fact]:
    signs = {f"sign_autocorrelation_{lag}": Fact(unit="", rows=partial(flow.sign_rows, lag=lag), statistic=correlation) for lag in (1, 10)}
    return {
        "parents_per_minute": Fact(unit="1/min", rows=flow.rate_rows, statistic=mean),
        "mean_parent_usd": Fact(unit="USD", rows=flow.size_rows, statistic=mean),
        "volume_usd_per_minute": Fact(unit="USD/min", rows=flow.volume_rows, statistic=mean),
        **signs,
        "kyle_slope_10s": Fact(unit="bps/USD M", rows=partial(flow.kyle_rows, window_seconds=10.0), statistic=slope),
    }


def _price_facts() -> dict[str, Fact]:
    imbalance = {
        f"imbalance_return_{seconds}s": Fact(
            unit="", rows=partial(prices.imbalance_rows, horizon_seconds=float(seconds)), statistic=correlation
        )
        for seconds in (1, 10, 60)
    }
    return {
        "volatility_1m_bps": Fact(unit="bps", rows=prices.minute_return_rows, statistic=deviation),
        "kurtosis_1m": Fact(unit="", rows=prices.minute_return_rows, statistic=excess_kurtosis),
        **imbalance,
    }


FACTS: Mapping[str, Fact] = _book_facts() | _flow_facts() | _price_facts()


def measure(fact: Fact, observations: Sequence[Observed], *, seed: int, resamples: int = RESAMPLES) -> Estimate:
    """Measure a fact over observations, pooled. Each is a block where there are many (paths); few (recordings) are cut into blocks.

    Raises:
        TooFewObservations: the fact is not defined on what was observed.
    """
    rows = [fact.rows(observed) for observed in observations]
    blocks = rows if len(rows) >= BLOCKS else [block for part in rows for block in blocks_of(part)]
    return estimate(blocks, fact.statistic, seed=seed, resamples=resamples)


def estimate(blocks: Sequence[FloatArray], statistic: Statistic, *, seed: int, resamples: int = RESAMPLES) -> Estimate:
    """Return a statistic of all rows and its interval over blocks."""
    if not blocks:
        raise TooFewObservations("nothing observed")
    value = statistic(np.concatenate(blocks))
    if len(blocks) < 3:
        return Estimate(value=value, low=None, high=None, blocks=len(blocks))
    low, high = bootstrap_interval(blocks, statistic, resamples=resamples, seed=seed)
    return Estimate(value=value, low=low, high=high, blocks=len(blocks))


def blocks_of(rows: FloatArray) -> list[FloatArray]:
    """Cut rows, which are in order of time, into stretches: BLOCKS of them, fewer when there are fewer rows.

    A stretch is 15 s of the shortest recording (3 minutes), 43 s of the longest: about as long as the memory of signs and quotes (100
    parents). Returns over 60 s reach across such stretches; their intervals are too narrow.
    """
    return [part for part in np.array_split(rows, BLOCKS) if len(part)]
