"""The background traders of one book: takers who trade on what is quoted, makers who follow the price and refill.

What they do is told in `market`; sizes are USD (USDT), gaps and offsets basis points, times seconds.
"""

import math

import numpy as np

from execution.paper.background import BPS, Price, QuoteLadder, SignStreams
from execution.paper.engine import Fill, Side
from execution.paper.listings import Kind
from execution.paper.model_parameters import PERPETUAL_ACTIVITY, PERPETUAL_DEPTH, SymbolModel
from execution.paper.pair import Pair
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


SIDES = (Side.BUY, Side.SELL)
LINGER_SECONDS = 20.0
MOST_UNTAKEN_CHANGES = 20_000


class Clock:
    """The market's time: milliseconds since 1970, and seconds since it opened."""

    def __init__(self) -> None:
        self.now_ms, self.seconds = 0, 0.0


class BookModel:
    """The background traders of one symbol on one venue."""

    def __init__(
        self, venue: Venue, pair: Pair, model: SymbolModel, *, efficient: Price, clock: Clock, random: np.random.Generator
    ) -> None:
        self.venue, self.pair, self.model, self.efficient, self._clock, self._random = venue, pair, model, efficient, clock, random
        profile = self._profile = venue.profile
        is_spot = pair.listing.kind is Kind.SPOT
        depth, activity = (1.0, 1.0) if is_spot else (PERPETUAL_DEPTH, PERPETUAL_ACTIVITY)
        self._requote_bps = model.requote_bps * profile.requote_scale
        self._touch_usd = model.touch_usd * profile.depth_scale * depth
        self._takers = model.takers_per_second * profile.activity_scale * activity
        self._basis = 0.0
        self._signs = SignStreams(random)
        scale = model.depth_scale * profile.depth_scale * depth
        self._ladders = {side: QuoteLadder(side, scale, random) for side in SIDES}
        self._touch = {Side.BUY: 0, Side.SELL: 0}
        self._quoted = {side: True for side in SIDES}
        self._stepped = clock.seconds
        self._awake_until = 0.0
        pair.is_trading = pair.is_dormant = True
        pair.rouse = self.wake

    def wake(self) -> None:
        """Keep the book going for a while, quoted anew when it slept."""
        self._awake_until = self._clock.seconds + LINGER_SECONDS
        if not self.pair.is_dormant:
            return
        self.pair.is_dormant = False
        self._stepped = self._clock.seconds
        self._leave_touch()
        self._set_reference(self.efficient.price(0))
        self._quote_all(math.inf)
        for side, price in self._touch.items():
            self._add(side, price, self._touch_usd / self._usd_per_lot)

    def step(self) -> None:
        """Let the time since the last step pass: takers trade on what is quoted, then makers react."""
        seconds, self._stepped = self._clock.seconds - self._stepped, self._clock.seconds
        target = self._target(seconds)
        gap = (target / self._reference - 1) / BPS
        self._take(gap, target, seconds)
        self._learn_from_sweeps()
        if self._random.random() < self._requote_probability(gap, seconds):
            self._leave_touch()
            self._set_reference(target)
            gap = 0.0
        self._quote_all(seconds)
        for side in SIDES:
            self._work_touch(side, gap * side, seconds)
            self._quoted[side] = self.pair.book.background_at(side, self._touch[side]) > 0
        self._rest()

    def _rest(self) -> None:
        """Fall asleep when nobody looks; what nobody takes is not kept for ever either."""
        pair = self.pair
        if pair.listeners:
            return
        pair.is_dormant = self._awake_until < self._clock.seconds and not pair.book.holds_own
        if pair.is_dormant or len(pair.book.changes) > MOST_UNTAKEN_CHANGES:
            pair.take_changes()

    def _target(self, seconds: float) -> float:
        decay = math.exp(-seconds / BASIS_SECONDS)
        self._basis = self._basis * decay + BASIS_SD * math.sqrt(1 - decay**2) * self._random.standard_normal()
        return self.efficient.price(self._profile.price_delay_steps) * (1 + self._basis * BPS)

    def _set_reference(self, price: float) -> None:
        listing = self.pair.listing
        self._reference = price
        self._reference_ticks = price * 10**listing.price_decimals
        self._usd_per_lot = price / 10**listing.lot_decimals
        half = self.model.spread_bps * BPS * self._reference_ticks / 2
        self._touch = {
            Side.BUY: min(math.ceil(self._reference_ticks) - 1, math.floor(self._reference_ticks - half)),
            Side.SELL: max(math.floor(self._reference_ticks) + 1, math.ceil(self._reference_ticks + half)),
        }

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
            self.venue.apply_fills(self.pair, fills, self._clock.now_ms)

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
            for index in indices:
                self.pair.book.cancel_background(side, ladder.prices[index], ladder.lots[index])
        for side, indices in stale.items():
            ladder = self._ladders[side]
            ladder.renew(indices, self._reference_ticks, self._touch[side], self._usd_per_lot)
            for index in indices:
                self._print(self.pair.book.add_background(side, ladder.prices[index], ladder.lots[index]))

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
