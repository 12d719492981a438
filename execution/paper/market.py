"""The seeded market model: one efficient price per symbol, quoted and traded on every venue by background traders.

Per venue and symbol a sticky reference price carries a touch (one tick wide unless swept) and a ladder of deeper quotes.
Makers see the efficient price late and move the reference when it has run away from them; informed takers get there
first, so a resting order is filled more often just before the price moves against it. Noise takers arrive in persistent
streams of one sign with lognormal sizes. Takers' flow, the own orders' included, pushes the efficient price a little and
the push decays. Everything trades through the matching engine: nothing is filled that the queues do not fill.

Sizes are USD (USDT), gaps and offsets basis points, times seconds.

Measured on Bitcoin, 15 minutes of seed 7 (binance / okx / bybit): median spread one tick, nine in ten below 0.3 bps; depth
a side within 5, 10, 25 bps USD 0.76, 2.49, 6.64 million / 0.34, 1.06, 2.98 / 0.23, 0.74, 2.06; 10.4 / 5.0 / 3.4 prints a
second; sign autocorrelation 0.33 at lag 1 and 0.22 at lag 10. Over 80 minutes of eight seeds: daily volatility 1.45 %;
the mid 1, 5 and 30 s after a maker fill at the touch is 0.63, 0.86 and 0.67 bps against the fill.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from execution.paper.accounts import Trade
from execution.paper.background import BPS, EfficientPrice, QuoteLadder, SignStreams, generator
from execution.paper.engine import Fill, Side
from execution.paper.listings import ATOMS
from execution.paper.model_parameters import SYMBOL_MODELS, SymbolModel
from execution.paper.pair import Pair
from execution.paper.profiles import VenueProfile
from execution.paper.venue import Venue

TRADE_SIGMA = 1.6
REQUOTE_RATE, REQUOTE_POWER = 25.0, 8
SWEPT_THRESHOLD = 0.5
SWEEP_BPS = 0.3
INFORMED_RATE, INFORMED_POWER, INFORMED_SIZE = 60.0, 3, 5.0
QUEUE_RATE, QUEUE_STEP, QUEUE_TILT = 24.0, 0.08, 4.0
REFILL_SECONDS = 0.4
PROTECTION_BPS = 10.0
BASIS_SD, BASIS_SECONDS = 0.3, 60.0


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

    def note_own_taker(self, pair: Pair, trades: Sequence[Trade]) -> None:
        """Let an own taker push the efficient price like any other."""
        units = sum(trade.side * trade.price * trade.quantity for trade in trades)
        self._efficient[pair.listing.symbol].push(units * pair.listing.quote_atoms_per_unit / ATOMS)

    def prices(self) -> dict[str, float]:
        """Return the fundamental prices, to go on from after a restart."""
        return {symbol: item.fundamental for symbol, item in self._efficient.items()}

    def status(self) -> dict[str, object]:
        """Describe the market for the control endpoint."""
        return {"market": "model", "seed": self.seed}
