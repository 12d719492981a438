"""How signals go with the mid's next move: correlation by horizon, with an interval over blocks of time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from analytics.lab.facts.statistics import TooFewObservations, bootstrap_interval, correlation
from analytics.lab.signals.shown import Shown
from execution.domain.signals.imbalance import imbalance_of_sizes, queue_imbalance
from execution.domain.signals.inputs import BPS, Floats, last_values
from execution.domain.signals.micro_price import MicroPrice
from execution.domain.signals.order_flow import order_flow_in_depths
from execution.domain.signals.queue_rates import measure_rates, mid_rise_signal
from execution.domain.signals.spread import spread_rank
from execution.domain.signals.toxicity import toxicity_score
from execution.domain.signals.trade_flow import momentum_bps, trade_imbalance
from execution.domain.signals.volatility import short_volatility_bps
from execution.domain.signals.vpin import vpin

HORIZONS = (1.0, 5.0, 10.0)
EVERY_SECONDS = 1.0
WARM_UP_SECONDS = 15.0
BLOCK_SECONDS = 20.0
RESAMPLES = 500
RATES_SECONDS = 60.0
BUCKET_SECONDS = 3.0  # as much volume as the warm-up traded in this time
BUCKETS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One signal of one group of recordings over one horizon: its correlation with the move (its size, for signals without direction).

    `bps` is the slope: how far the mid went, on average, for each standard deviation of the signal.
    """

    group: str
    signal: str
    horizon_seconds: float
    samples: int
    correlation: float
    low: float
    high: float
    bps: float


def leaning(shown: Shown, at: Floats, fitted: MicroPrice | None) -> dict[str, Floats]:
    """Return the signals with a direction at each time, (A,) each; positive leans up."""
    quotes, trades = shown.quotes, shown.trades
    depth = imbalance_of_sizes(shown.bid_depth, shown.ask_depth)
    found = {
        "queue imbalance": last_values(quotes.times, queue_imbalance(quotes), at),
        "depth imbalance, 10 bps": last_values(shown.depth_times, depth, at),
        "P(mid rises)": _rises(shown, at),
    }
    for window in (1.0, 10.0):
        found[f"order flow, {window:.0f} s"] = order_flow_in_depths(quotes, at, window_seconds=window)
        found[f"trade flow, {window:.0f} s"] = np.nan_to_num(trade_imbalance(trades, at, window_seconds=window))
        found[f"momentum, {window:.0f} s"] = momentum_bps(quotes, at, window_seconds=window)
    if fitted is not None:
        found["micro-price"] = last_values(quotes.times, (fitted.price(quotes) - quotes.mid) / quotes.mid, at)
    return found


def sizing(shown: Shown, at: Floats) -> dict[str, Floats]:
    """Return the signals without direction at each time, (A,) each."""
    quotes, trades = shown.quotes, shown.trades
    found = {
        "spread rank": spread_rank(quotes, at)[0],
        "volatility, 10 s": short_volatility_bps(quotes, at, window_seconds=10.0, step_seconds=0.5)[0],
        "toxicity": toxicity_score(quotes, trades, at)[0],
    }
    bucket_size = float(trades.sizes[trades.times <= WARM_UP_SECONDS].sum()) * BUCKET_SECONDS / WARM_UP_SECONDS
    if bucket_size > 0:
        found["VPIN"] = last_values(*vpin(trades, bucket_size=bucket_size, bucket_count=BUCKETS), at)
    return found


def foretell(group: str, recordings: Sequence[tuple[Shown, MicroPrice | None]]) -> list[Found]:
    """Measure every signal on recordings that ran at the same time.

    Values and moves are divided by their standard deviation in their recording, then pooled; a block is 20 s of all of them.
    """
    tables = [_table(shown, fitted) for shown, fitted in recordings]
    names = [name for name in tables[0] if all(name in table for table in tables)]
    found = []
    for name in names:
        for column, horizon in enumerate(HORIZONS):
            measured = _measured([table[name][:, (0, 1, 2 + column)] for table in tables])
            if measured is not None:
                found.append(Found(group=group, signal=name, horizon_seconds=horizon, **measured))
    return found


def _table(shown: Shown, fitted: MicroPrice | None) -> Mapping[str, Floats]:
    """Return by signal (time, value, move over each horizon), (A, 5); moves without sign where the signal has none."""
    at = np.arange(WARM_UP_SECONDS, shown.seconds - max(HORIZONS), EVERY_SECONDS)
    quotes = shown.quotes
    now = last_values(quotes.times, quotes.mid, at)
    moves = np.column_stack([BPS * np.log(last_values(quotes.times, quotes.mid, at + horizon) / now) for horizon in HORIZONS])
    signed = {name: np.column_stack((at, values, moves)) for name, values in leaning(shown, at, fitted).items()}
    return signed | {name: np.column_stack((at, values, np.abs(moves))) for name, values in sizing(shown, at).items()}


class _Measures(TypedDict):
    """What is measured of a signal over a horizon, as `Found` holds it."""

    samples: int
    correlation: float
    low: float
    high: float
    bps: float


def _measured(tables: Sequence[Floats]) -> _Measures | None:
    """Measure (time, value, move) rows, a table a recording; None where a column never changes or there is too little."""
    known = [table[np.isfinite(table).all(axis=1)] for table in tables]
    pooled = np.concatenate([_standardised(table) for table in known])
    numbers = (pooled[:, 0] // BLOCK_SECONDS).astype(np.int64)
    blocks = [pooled[numbers == number, 1:] for number in np.unique(numbers)]
    try:
        low, high = bootstrap_interval(blocks, correlation, resamples=RESAMPLES, seed=1)
        value = correlation(pooled[:, 1:])
    except TooFewObservations:
        return None
    size = float(np.sqrt(sum(len(table) * table[:, 2].var() for table in known if len(table)) / len(pooled)))
    return {"samples": len(pooled), "correlation": value, "low": low, "high": high, "bps": value * size}


def _standardised(table: Floats) -> Floats:
    """Return (time, value, move) with the last two centred and divided by their standard deviation."""
    if not len(table):
        return table
    spread = table[:, 1:].std(axis=0)
    centred = (table[:, 1:] - table[:, 1:].mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return np.column_stack((table[:, 0], centred))


def _rises(shown: Shown, at: Floats) -> Floats:
    """Return P(the mid rises next) - 1/2 with the rates of the last minute; not a number where the model has no answer."""
    values = np.full(at.size, np.nan)
    for number, now in enumerate(at.tolist()):
        measured = measure_rates(shown.quotes, shown.trades, now, window_seconds=min(RATES_SECONDS, now), tick=shown.tick)
        signal = mid_rise_signal(shown.quotes, now, measured) if measured else None
        if signal is not None and signal.value is not None:
            values[number] = signal.value - 0.5
    return values
