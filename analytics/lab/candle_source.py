"""Recorded days as a source of markets: one-minute candles drive the model's efficient price and activity.

Within a minute the price runs from close to close along a seeded Brownian bridge as rough as the candle's range says, never outside it.
Activity is the minute's USD over the recording's median, so that quiet and busy hours are those of the day.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from analytics.lab.candles import Candles, read_candles
from analytics.lab.finding import candle_files
from analytics.lab.market import LabMarket
from analytics.lab.model_books import currency_of, path_of
from analytics.lab.model_source import ModelSource, market_of
from execution.market_model.layout import Reals
from execution.market_model.records import Driver

RESERVE_MINUTES = 3
"""What a path lasts beyond its order: the warm-up before it and the last answers after it."""
LEAST_ACTIVITY, MOST_ACTIVITY = 0.05, 20.0
SECONDS_A_MINUTE = 60


class TooFewCandles(ValueError):
    """No stretch of a recording without a gap is as long as the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandleSource:
    """Stretches of recorded candles, drawn by path and seed; books, queues and takers are the model's."""

    name: str = "candles"
    model: ModelSource = field(default_factory=ModelSource)

    @property
    def symbols(self) -> Sequence[str]:
        """Return the symbols of the model that are recorded.

        Raises:
            NoData: there is no data folder.
        """
        return tuple(symbol for symbol in self.model.symbols if candle_files(currency_of(symbol)))

    def open(self, symbol: str, *, path: int, seed: int, minutes: float) -> LabMarket:
        """Return the market of a path at its beginning.

        Raises:
            TooFewCandles: nothing without a gap is as long as the order.
            CandleError: a file of candles is damaged.
        """
        entropy = [seed, path, zlib.crc32(symbol.encode())]
        random = np.random.default_rng([*entropy, zlib.crc32(self.name.encode())])
        stretch = _stretch(currency_of(symbol), int(np.ceil(minutes)) + RESERVE_MINUTES, random)
        market_path = path_of(symbol, np.random.SeedSequence(entropy), driver=driver_of(stretch, random))
        return market_of(symbol, market_path, warm_up_seconds=self.model.warm_up_seconds, delay_seconds=self.model.delay_seconds)


def driver_of(candles: Candles, random: np.random.Generator, usual_usd: float | None = None) -> Driver:
    """Return what candles tell of price and activity; the first one only gives the price of the start.

    `usual_usd`: the minute's USD at which activity is 1; the candles' own median when none.
    """
    usual = float(np.median(candles.usd)) if usual_usd is None else usual_usd
    minutes = [
        _within(float(candles.close[index - 1]), float(candles.close[index]), float(candles.low[index]), float(candles.high[index]), random)
        for index in range(1, len(candles))
    ]
    prices = np.concatenate([candles.close[:1], *minutes])
    activity = np.clip(candles.usd[1:] / usual if usual > 0 else np.ones(len(candles) - 1), LEAST_ACTIVITY, MOST_ACTIVITY)
    return Driver(price_bps=1e4 * (prices / prices[0] - 1), activity=activity)


def _within(start: float, end: float, low: float, high: float, random: np.random.Generator) -> Reals:
    """Return a minute's prices by second: a bridge from the last close to this one, its deviation Parkinson's ln(H/L) / sqrt(4 ln 2)."""
    time = np.arange(1, SECONDS_A_MINUTE + 1) / SECONDS_A_MINUTE
    walk = np.cumsum(random.standard_normal(SECONDS_A_MINUTE)) / np.sqrt(SECONDS_A_MINUTE)
    deviation = start * np.log(high / low) / np.sqrt(4 * np.log(2))
    prices = start + (end - start) * time + deviation * (walk - time * walk[-1])
    found: Reals = np.clip(prices, min(low, start, end), max(high, start, end))
    found[-1] = end
    return found


def _stretch(symbol: str, minutes: int, random: np.random.Generator) -> Candles:
    """Draw a stretch without a gap, with one candle before it."""
    candles = _candles(candle_files(symbol)[0])
    if len(candles) <= minutes:
        raise TooFewCandles(f"the candles of {symbol} last {len(candles)} minutes, the order needs {minutes + 1}")
    whole = np.flatnonzero(candles.minutes[minutes:] - candles.minutes[:-minutes] == minutes)
    if not whole.size:
        raise TooFewCandles(f"no {minutes + 1} minutes of the candles of {symbol} are without a gap")
    start = int(random.choice(whole))
    return candles[start : start + minutes + 1]


@lru_cache(maxsize=8)
def _candles(path: Path) -> Candles:
    return read_candles(path)
