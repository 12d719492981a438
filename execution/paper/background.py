"""What drives the background traders: the efficient price, the signs of takers, the ladder of quotes."""

import math
from collections import deque
from typing import Protocol
from zlib import crc32

import numpy as np
import numpy.typing as npt

from execution.paper.engine import Side
from execution.paper.model_parameters import DEPTH_BUCKETS, PERPETUAL_DEPTH, PREMIUM_SD_BPS, PREMIUM_SECONDS, SymbolModel

BPS = 1e-4
SECONDS_PER_DAY = 86_400.0
SIZE_SIGMA = 0.8
REFRESH_SECONDS = 8.0
IMPACT_SECONDS = 60.0
SIGN_STREAMS, STREAM_ALPHA, STREAM_LENGTH = 3, 1.5, 6.0
LONGEST_STREAM = 3000

Reals = npt.NDArray[np.float64]


def generator(seed: int, *names: str) -> np.random.Generator:
    """Return the random numbers of one (seed, symbol, venue)."""
    return np.random.default_rng([seed, *(crc32(name.encode()) for name in names)])


class Price(Protocol):
    """What makers of a book believe in, and what its takers push."""

    def price(self, delay_steps: int) -> float:
        """Return the price as seen a number of steps late."""

    def inform(self, basis_points: float) -> None:
        """Move the price by what everybody reads as news."""

    def push(self, signed_usd: float) -> None:
        """Add the push of one taker."""


class EfficientPrice:
    """The price all spot books follow: a geometric diffusion plus the decaying push of takers' flow."""

    def __init__(self, model: SymbolModel, random: np.random.Generator, start: float) -> None:
        self._model, self._random = model, random
        self._log = math.log(start)
        self.impact_bps = 0.0
        self.asleep = 0.0  # the share of the flow whose books sleep
        self._seen: deque[float] = deque([start] * 3, maxlen=3)

    def step(self, seconds: float) -> None:
        """Move the price on."""
        variance = self._model.diffusion_daily**2 + self.asleep * self._model.flow_daily**2
        self._log += math.sqrt(variance * seconds / SECONDS_PER_DAY) * self._random.standard_normal()
        self.impact_bps *= math.exp(-seconds / IMPACT_SECONDS)
        self._seen.append(math.exp(self._log + self.impact_bps * BPS))

    def price(self, delay_steps: int) -> float:
        """Return the price as seen a number of steps late."""
        return self._seen[-1 - delay_steps]

    @property
    def fundamental(self) -> float:
        """Return the price without the push of flow."""
        return math.exp(self._log)

    def inform(self, basis_points: float) -> None:
        """Move the price for good."""
        self._log += basis_points * BPS

    def push(self, signed_usd: float) -> None:
        """Add the push of one taker."""
        self.impact_bps += self._model.impact_bps_per_million * signed_usd / 1e6


class PerpetualPrice:
    """The price a currency's perpetuals follow: the spot price, a slow premium, and the decaying push of their own flow.

    Their background flow moves their own price only, so that spot books move alike whether perpetuals are watched or not.
    """

    def __init__(self, spot: EfficientPrice, model: SymbolModel, random: np.random.Generator) -> None:
        self._spot, self._model, self._random = spot, model, random
        self.premium_bps = 0.0
        self.impact_bps = 0.0

    def step(self, seconds: float) -> None:
        """Let the premium wander and the impact decay."""
        decay = math.exp(-seconds / PREMIUM_SECONDS)
        self.premium_bps = self.premium_bps * decay + PREMIUM_SD_BPS * math.sqrt(1 - decay**2) * self._random.standard_normal()
        self.impact_bps *= math.exp(-seconds / IMPACT_SECONDS)

    def price(self, delay_steps: int) -> float:
        """Return the price as seen a number of steps late."""
        return self._spot.price(delay_steps) * (1 + (self.premium_bps + self.impact_bps) * BPS)

    def mark(self) -> float:
        """Return spot with the premium: what positions are valued at."""
        return self._spot.price(0) * (1 + self.premium_bps * BPS)

    def inform(self, basis_points: float) -> None:
        """Move the price for a while: news of the perpetual alone is arbitraged away."""
        self.impact_bps += basis_points

    def push(self, signed_usd: float) -> None:
        """Add the push of one taker."""
        self.impact_bps += self._model.impact_bps_per_million * signed_usd / 1e6 / PERPETUAL_DEPTH

    def funding_rate_e8(self) -> int:
        """Return the rate of the coming payment, in 1e-8: premium plus clamp(1 bp - premium, within 5 bps), as the venues compute it.

        Source: Binance, "Introduction to Binance Futures Funding Rates"; OKX and Bybit clamp alike.
        """
        rate = self.premium_bps + max(-5.0, min(5.0, 1.0 - self.premium_bps))
        return round(rate * 1e4)


class SignStreams:
    """Signs of takers, autocorrelated because each belongs to one of a few long streams."""

    def __init__(self, random: np.random.Generator) -> None:
        self._random = random
        self._streams = [self._begin() for _ in range(SIGN_STREAMS)]

    def next(self) -> Side:
        """Return the sign of the next taker."""
        index = int(self._random.integers(SIGN_STREAMS))
        side, left = self._streams[index]
        self._streams[index] = (side, left - 1) if left > 1 else self._begin()
        return side

    def _begin(self) -> tuple[Side, int]:
        length = min(LONGEST_STREAM, math.ceil(STREAM_LENGTH * (1 - self._random.random()) ** (-1 / STREAM_ALPHA)))
        return (Side.BUY if self._random.random() < 0.5 else Side.SELL), length


class QuoteLadder:
    """The background's quotes behind the touch on one side."""

    def __init__(self, side: Side, usd_scale: float, random: np.random.Generator) -> None:
        self.side, self._random = side, random
        parts = [np.linspace(low, high, count, endpoint=False) for low, high, _, count in DEPTH_BUCKETS]
        self.offsets: Reals = np.concatenate(parts)
        self.mean_usd: Reals = np.concatenate([np.full(count, usd / count) for _, _, usd, count in DEPTH_BUCKETS]) * usd_scale
        self._tolerance: Reals = 0.25 + 0.15 * self.offsets
        self._offsets, self._mean_usd = self.offsets.tolist(), self.mean_usd.tolist()
        self.prices = [0] * len(self.offsets)
        self.lots = [0] * len(self.offsets)
        self._settled: tuple[float, int] | None = None

    def stale(self, reference_ticks: float, touch: int, seconds: float) -> list[int]:
        """Return the indices of quotes to renew: too far from their offset, not behind the touch, or simply due.

        How far the touch is from the reference, and one tick behind it, is no reason: a quote cannot be nearer. While neither
        moves, a quote that was found in its place, or put there, stays in it.
        """
        renewed = self._random.random(len(self.offsets)) < seconds / REFRESH_SECONDS
        if self._settled != (reference_ticks, touch):
            self._settled = (reference_ticks, touch)
            renewed |= self._misplaced(reference_ticks, touch)
        return renewed.nonzero()[0].tolist()

    def _misplaced(self, reference_ticks: float, touch: int) -> npt.NDArray[np.bool_]:
        to_bps = 1 / reference_ticks / BPS
        prices = np.array(self.prices)
        distance = (prices - reference_ticks) * (-self.side * to_bps)
        nearest = (abs(touch - reference_ticks) + 1) * to_bps
        misplaced: npt.NDArray[np.bool_] = np.abs(distance - self.offsets) > self._tolerance + nearest
        return misplaced | ((prices - touch) * self.side >= 0)

    def renew(self, indices: list[int], reference_ticks: float, touch: int, usd_per_lot: float) -> None:
        """Draw new prices and sizes of some quotes, always behind the touch."""
        jitter = self._random.uniform(0.95, 1.05, len(indices)).tolist()
        sizes = self._random.lognormal(-(SIZE_SIGMA**2) / 2, SIZE_SIGMA, len(indices)).tolist()
        nearest, limit = (min, max)[self.side is Side.SELL], touch - self.side
        for index, factor, size in zip(indices, jitter, sizes, strict=True):  # few at a time: arrays would cost more
            self.prices[index] = nearest(round(reference_ticks * (1 - self.side * self._offsets[index] * factor * BPS)), limit)
            self.lots[index] = max(1, round(size * self._mean_usd[index] / usd_per_lot))
