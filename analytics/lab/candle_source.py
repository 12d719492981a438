"""Recorded days as a source of markets: one-minute candles drive the model's efficient price and activity.

Stretches come from the days that the model was not calibrated on; what a desk would know before an order comes from those before it.
Within a minute the price runs from close to close along a seeded Brownian bridge as rough as the candle's range says, never outside it.
Activity is the minute's USD over the recording's median, so that quiet and busy hours are those of the day.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np

from analytics.lab.background import Background
from analytics.lab.candles import MINUTES_A_DAY, Candles, read_candles
from analytics.lab.finding import candle_files
from analytics.lab.market import LabMarket
from analytics.lab.model_books import currency_of, path_of
from analytics.lab.model_source import ModelSource, market_of
from execution.domain.volume_curve import fit_curve
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
        random = self._random(symbol, path, seed)
        recording = _candles(candle_files(currency_of(symbol))[0])
        first = _first_of_stretch(symbol, recording, _length(minutes), random)
        driver = driver_of(recording[first : first + _length(minutes) + 1], random, usual_usd=float(np.median(recording.usd)))
        market_path = path_of(symbol, np.random.SeedSequence(_entropy(symbol, path, seed)), driver=driver)
        return market_of(
            symbol,
            market_path,
            warm_up_seconds=self.model.warm_up_seconds,
            delay_seconds=self.model.delay_seconds,
            start_at=recording[first : first + 1].start + timedelta(minutes=1, seconds=self.model.warm_up_seconds),
        )

    def background(self, symbol: str, *, path: int, seed: int, minutes: float) -> Background:
        """Return what the candles before the stretch show; what a minute's activity means in volume is the model's."""
        recording = _candles(candle_files(currency_of(symbol))[0])
        first = _first_of_stretch(symbol, recording, _length(minutes), self._random(symbol, path, seed))
        known = recording[: first + 1 + int(self.model.warm_up_seconds // SECONDS_A_MINUTE)]
        usual = self.model.background(symbol, path=path, seed=seed, minutes=minutes)
        return _background(known, float(np.median(recording.usd)), usual)

    def _random(self, symbol: str, path: int, seed: int) -> np.random.Generator:
        return np.random.default_rng([*_entropy(symbol, path, seed), zlib.crc32(self.name.encode())])


def _entropy(symbol: str, path: int, seed: int) -> list[int]:
    return [seed, path, zlib.crc32(symbol.encode())]


def _length(minutes: float) -> int:
    return int(np.ceil(minutes)) + RESERVE_MINUTES


def _background(known: Candles, usual_usd: float, usual: Background) -> Background:
    """Return the curve of the whole days that are known, the last two days' minutes, the last day's moves and volatility."""
    scale = float(np.exp(usual.curve.level or 0.0)) / usual_usd
    offset = int(known.minutes[0] % MINUTES_A_DAY)
    volumes = np.full(offset + int(known.minutes[-1] - known.minutes[0]) + 1, np.nan)
    volumes[offset + known.minutes - known.minutes[0]] = known.usd * scale
    whole = volumes.size // MINUTES_A_DAY * MINUTES_A_DAY
    first_day = (known.start - timedelta(minutes=offset)).date()
    curve = fit_curve(volumes[:whole].reshape(-1, MINUTES_A_DAY), first_day)
    day = known[max(len(known) - MINUTES_A_DAY, 0) :].returns_bps()
    return Background(
        curve=usual.curve if curve.level is None else curve,
        minutes=volumes[-2 * MINUTES_A_DAY :],
        moves_bps=day,
        minute_volatility_bps=float(day.std()) if day.size else usual.minute_volatility_bps,
    )


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


def _first_of_stretch(symbol: str, recording: Candles, minutes: int, random: np.random.Generator) -> int:
    """Draw where a stretch without a gap begins, on a held-out day if there is one: the candle before its first minute."""
    if len(recording) <= minutes:
        raise TooFewCandles(f"the candles of {symbol} last {len(recording)} minutes, the order needs {minutes + 1}")
    whole = np.flatnonzero(recording.minutes[minutes:] - recording.minutes[:-minutes] == minutes)
    if not whole.size:
        raise TooFewCandles(f"no {minutes + 1} minutes of the candles of {symbol} are without a gap")
    held_out = whole[recording.minutes[whole] >= _held_out_from(recording)]
    return int(random.choice(held_out if held_out.size else whole))


def _held_out_from(recording: Candles) -> int:
    """Return the minute at which the days begin that the model was not calibrated on: the second half of the whole ones."""
    days = recording.days()
    return int(days[len(days) // 2].minutes[0]) if days else 0


@lru_cache(maxsize=8)
def _candles(path: Path) -> Candles:
    return read_candles(path)
