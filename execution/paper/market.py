"""The seeded market model: one efficient price per symbol, quoted and traded on every venue by background traders.

Per venue and symbol a sticky reference price carries a touch (one tick wide unless swept) and a ladder of deeper quotes.
Makers see the efficient price late and move the reference when it has run away from them; informed takers get there
first, so a resting order is filled more often just before the price moves against it. Noise takers arrive in persistent
streams of one sign with lognormal sizes. Takers' flow, the own orders' included, pushes the efficient price a little and
the push decays. Everything trades through the matching engine: nothing is filled that the queues do not fill.

Sizes are USD (USDT), gaps and offsets basis points, times seconds.
"""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt

from execution.paper.accounts import Trade
from execution.paper.engine import Fill, Side
from execution.paper.listings import ATOMS, LISTINGS, VenueProfile
from execution.paper.pair import Pair
from execution.paper.venue import Venue

BPS = 1e-4
SECONDS_PER_DAY = 86_400.0
DEPTH_BUCKETS = ((0.3, 5.0, 0.57e6, 40), (5.0, 10.0, 1.70e6, 25), (10.0, 25.0, 4.30e6, 30), (25.0, 55.0, 3.90e6, 20))
"""Ladder of the deepest book: from, to (bps from the reference), USD a side, number of quotes."""
SIZE_SIGMA = 0.8
TRADE_SIGMA = 1.6
REQUOTE_RATE, REQUOTE_POWER = 25.0, 8
SWEPT_THRESHOLD = 0.5
SWEEP_BPS = 0.3
INFORMED_RATE, INFORMED_POWER, INFORMED_SIZE = 60.0, 3, 5.0
QUEUE_RATE, QUEUE_STEP, QUEUE_TILT = 24.0, 0.08, 4.0
REFILL_SECONDS = 0.4
REFRESH_SECONDS = 8.0
PROTECTION_BPS = 10.0
BASIS_SD, BASIS_SECONDS = 0.3, 60.0
IMPACT_SECONDS = 60.0
SIGN_STREAMS, STREAM_ALPHA, STREAM_LENGTH = 3, 1.5, 6.0
LONGEST_STREAM = 3000

Prices = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolModel:
    """The model's parameters of one symbol on the deepest venue."""

    symbol: str
    start_price: float
    diffusion_daily: float
    requote_bps: float
    touch_usd: float
    depth_scale: float
    takers_per_second: float
    mean_trade_usd: float
    impact_bps_per_million: float


SYMBOL_MODELS = (
    SymbolModel(
        symbol="BTCUSDT",
        start_price=60_000,
        diffusion_daily=0.007,
        requote_bps=2.0,
        touch_usd=120_000,
        depth_scale=1.0,
        takers_per_second=9.0,
        mean_trade_usd=3_000,
        impact_bps_per_million=1.0,
    ),
    SymbolModel(
        symbol="ETHUSDT",
        start_price=2_600,
        diffusion_daily=0.007,
        requote_bps=2.4,
        touch_usd=45_000,
        depth_scale=0.5,
        takers_per_second=5.0,
        mean_trade_usd=2_000,
        impact_bps_per_million=2.0,
    ),
    SymbolModel(
        symbol="SOLUSDT",
        start_price=150,
        diffusion_daily=0.007,
        requote_bps=2.8,
        touch_usd=30_000,
        depth_scale=0.2,
        takers_per_second=3.0,
        mean_trade_usd=1_200,
        impact_bps_per_million=5.0,
    ),
)


def generator(seed: int, *names: str) -> np.random.Generator:
    """Return the random numbers of one (seed, symbol, venue)."""
    return np.random.default_rng([seed, *(crc32(name.encode()) for name in names)])


class EfficientPrice:
    """The price all venues follow: a geometric diffusion plus the decaying push of takers' flow."""

    def __init__(self, model: SymbolModel, random: np.random.Generator, start: float) -> None:
        self._model, self._random = model, random
        self._log = math.log(start)
        self.impact_bps = 0.0
        self._seen: deque[float] = deque([start] * 3, maxlen=3)

    def step(self, seconds: float) -> None:
        """Move the price on."""
        deviation = self._model.diffusion_daily * math.sqrt(seconds / SECONDS_PER_DAY)
        self._log += deviation * self._random.standard_normal()
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
        self.prices: Prices = np.zeros(len(self.offsets), dtype=np.int64)
        self.lots: Prices = np.zeros(len(self.offsets), dtype=np.int64)

    def stale(self, reference_ticks: float, touch: int, seconds: float) -> Prices:
        """Return the indices of quotes to renew: too far from their offset, not behind the touch, or simply due."""
        distance = (self.prices - reference_ticks) * (-self.side / reference_ticks / BPS)
        drifted = np.abs(distance - self.offsets) > 0.25 + 0.15 * self.offsets
        ahead = (self.prices - touch) * self.side >= 0
        due = self._random.random(len(self.offsets)) < seconds / REFRESH_SECONDS
        return np.flatnonzero(drifted | ahead | due)

    def renew(self, indices: Prices, reference_ticks: float, touch: int, usd_per_lot: float) -> None:
        """Draw new prices and sizes of some quotes, always behind the touch."""
        jitter = self._random.uniform(0.95, 1.05, len(indices))
        raw = reference_ticks * (1 - self.side * self.offsets[indices] * jitter * BPS)
        prices = np.rint(raw).astype(np.int64)
        limit = touch - self.side
        self.prices[indices] = np.minimum(prices, limit) if self.side is Side.BUY else np.maximum(prices, limit)
        sizes = self._random.lognormal(-(SIZE_SIGMA**2) / 2, SIZE_SIGMA, len(indices)) * self.mean_usd[indices]
        self.lots[indices] = np.maximum(1, np.rint(sizes / usd_per_lot)).astype(np.int64)


class BookModel:
    """The background traders of one symbol on one venue."""

    def __init__(self, venue: Venue, pair: Pair, model: SymbolModel, efficient: EfficientPrice, random: np.random.Generator) -> None:
        self.venue, self.pair, self.model, self.efficient, self._random = venue, pair, model, efficient, random
        profile: VenueProfile = venue.profile
        self._profile = profile
        self._requote_bps = model.requote_bps * profile.requote_scale
        self._touch_usd = model.touch_usd * profile.depth_scale
        self._takers = model.takers_per_second * profile.activity_scale
        self._basis = 0.0
        self._signs = SignStreams(random)
        scale = model.depth_scale * profile.depth_scale
        self._ladders = {side: QuoteLadder(side, scale, random) for side in Side}
        self._touch = {Side.BUY: 0, Side.SELL: 0}
        self._quoted = {side: True for side in Side}
        self._now_ms = 0
        self._set_reference(efficient.price(0))
        self._quote_all(math.inf)
        for side, price in self._touch.items():
            self._add(side, price, self._touch_usd / self._usd_per_lot)
        pair.is_trading = True

    def step(self, now_ms: int, seconds: float) -> None:
        """Let a short time pass: takers trade on what is quoted, then makers react."""
        self._now_ms = now_ms
        target = self._target(seconds)
        gap = (target / self._reference - 1) / BPS
        self._take(gap, target, seconds)
        self._learn_from_sweeps()
        if self._random.random() < self._requote_probability(gap, seconds):
            self._leave_touch()
            self._set_reference(target)
            gap = 0.0
        self._quote_all(seconds)
        for side in Side:
            self._work_touch(side, gap * side, seconds)
            self._quoted[side] = self.pair.book.background_at(side, self._touch[side]) > 0

    def _target(self, seconds: float) -> float:
        decay = math.exp(-seconds / BASIS_SECONDS)
        self._basis = self._basis * decay + BASIS_SD * math.sqrt(1 - decay**2) * self._random.standard_normal()
        return self.efficient.price(self._profile.price_delay_steps) * (1 + self._basis * BPS)

    def _set_reference(self, price: float) -> None:
        listing = self.pair.listing
        self._reference = price
        self._reference_ticks = price * 10**listing.price_decimals
        self._usd_per_lot = price / 10**listing.lot_decimals
        self._touch = {Side.BUY: math.ceil(self._reference_ticks) - 1, Side.SELL: math.floor(self._reference_ticks) + 1}

    # takers

    def _take(self, gap: float, target: float, seconds: float) -> None:
        for _ in range(self._random.poisson(self._takers * seconds)):
            side = self._signs.next()
            limit = self._touch[side.opposite] * (1 + side * PROTECTION_BPS * BPS)
            self._trade(side, int(limit), self._trade_usd(1.0))
        excess = max(0.0, abs(gap) - self._half_spread_bps()) / self._requote_bps
        rate = INFORMED_RATE * self._profile.activity_scale * min(excess, 1.5) ** INFORMED_POWER
        for _ in range(self._random.poisson(rate * seconds)):
            side = Side.BUY if gap > 0 else Side.SELL
            self._trade(side, int(target * 10**self.pair.listing.price_decimals), self._trade_usd(INFORMED_SIZE))

    def _learn_from_sweeps(self) -> None:
        """Move the efficient price when a whole touch was taken, by whomever: everybody reads it as news."""
        for side, price in self._touch.items():
            if self._quoted[side] and self.pair.book.background_at(side, price) == 0:
                self.efficient.inform(-side * SWEEP_BPS * self._profile.activity_scale)

    def _half_spread_bps(self) -> float:
        return float((self._touch[Side.SELL] - self._touch[Side.BUY]) / self._reference_ticks / BPS / 2)

    def _trade_usd(self, scale: float) -> float:
        return float(self.model.mean_trade_usd * scale * self._random.lognormal(-(TRADE_SIGMA**2) / 2, TRADE_SIGMA))

    def _trade(self, side: Side, limit: int, usd: float) -> None:
        fills = self.pair.book.take_background(side, limit, max(1, round(usd / self._usd_per_lot)))
        self._print(fills)
        self.efficient.push(side * self._usd(fills))

    def _usd(self, fills: tuple[Fill, ...]) -> float:
        return float(sum(fill.quantity for fill in fills) * self._usd_per_lot)

    def _print(self, fills: tuple[Fill, ...]) -> None:
        if fills:
            self.venue.apply_fills(self.pair, fills, self._now_ms)

    # makers

    def _requote_probability(self, gap: float, seconds: float) -> float:
        """Return how likely makers are to move now: rarely before the gap is wide, sooner once the touch was swept that way."""
        side = Side.SELL if gap > 0 else Side.BUY
        swept = self.pair.book.background_at(side, self._touch[side]) == 0
        threshold = self._requote_bps * (SWEPT_THRESHOLD if swept else 1.0)
        return -math.expm1(-REQUOTE_RATE * seconds * min(1.5, abs(gap) / threshold) ** REQUOTE_POWER)

    def _leave_touch(self) -> None:
        for side, price in self._touch.items():
            self.pair.book.cancel_background(side, price, self.pair.book.background_at(side, price))

    def _quote_all(self, seconds: float) -> None:
        """Renew the ladder's stale quotes: cancel on both sides first, so that the background never trades with itself."""
        stale = {side: ladder.stale(self._reference_ticks, self._touch[side], seconds) for side, ladder in self._ladders.items()}
        for side, indices in stale.items():
            ladder = self._ladders[side]
            for price, lots in zip(ladder.prices[indices].tolist(), ladder.lots[indices].tolist(), strict=True):
                self.pair.book.cancel_background(side, price, lots)
        for side, indices in stale.items():
            ladder = self._ladders[side]
            ladder.renew(indices, self._reference_ticks, self._touch[side], self._usd_per_lot)
            for price, lots in zip(ladder.prices[indices].tolist(), ladder.lots[indices].tolist(), strict=True):
                self._print(self.pair.book.add_background(side, price, lots))

    def _work_touch(self, side: Side, towards_bps: float, seconds: float) -> None:
        """Add to and cancel from the touch; a queue grows on the side that the price is about to leave behind."""
        price, book, random = self._touch[side], self.pair.book, self._random
        waiting = book.background_at(side, price)
        tilt = max(-1.5, min(1.5, QUEUE_TILT * towards_bps / self._requote_bps))
        normal = self._touch_usd / self._usd_per_lot * math.exp(tilt)
        if waiting == 0:
            if random.random() < -math.expm1(-seconds / REFILL_SECONDS * math.exp(tilt)):
                self._add(side, price, normal * random.exponential(0.4))
            return
        added, cancelled = random.poisson(QUEUE_RATE * seconds / 2, 2)
        if added:
            self._add(side, price, normal * QUEUE_STEP * random.standard_gamma(added))
        if cancelled:
            share = -math.expm1(-QUEUE_STEP * random.standard_gamma(cancelled))
            book.cancel_background(side, price, int(waiting * share))

    def _add(self, side: Side, price: int, lots: float) -> None:
        self._print(self.pair.book.add_background(side, price, max(1, round(lots))))


class ModelMarket:
    """The background of every venue and symbol, stepped together."""

    def __init__(self, venues: Mapping[str, Venue], *, seed: int, start_prices: Mapping[str, float]) -> None:
        self.seed = seed
        self._efficient = {
            model.symbol: EfficientPrice(model, generator(seed, model.symbol), start_prices.get(model.symbol, model.start_price))
            for model in SYMBOL_MODELS
        }
        self._books = [
            BookModel(venue, venue.pairs[model.symbol], model, self._efficient[model.symbol], generator(seed, model.symbol, name))
            for name, venue in venues.items()
            for model in SYMBOL_MODELS
        ]

    def step(self, now_ms: int, seconds: float) -> None:
        """Let time pass on every venue."""
        for efficient in self._efficient.values():
            efficient.step(seconds)
        for book in self._books:
            book.step(now_ms, seconds)

    def note_own_taker(self, trades: Sequence[Trade]) -> None:
        """Let an own taker push the efficient price like any other."""
        listing = LISTINGS[trades[0].symbol]
        units = sum(trade.side * trade.price * trade.quantity for trade in trades)
        self._efficient[listing.symbol].push(units * listing.quote_atoms_per_unit / ATOMS)

    def prices(self) -> dict[str, float]:
        """Return the fundamental prices, to go on from after a restart."""
        return {symbol: item.fundamental for symbol, item in self._efficient.items()}

    def status(self) -> dict[str, object]:
        """Describe the market for the control endpoint."""
        return {"market": "model", "seed": self.seed}
