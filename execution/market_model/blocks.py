"""A path's random numbers, minute by minute: price, metaorders and candidates, none of which ever reads the books."""

from collections.abc import Sequence

import numpy as np

from execution.market_model.candidates import basis_block, candidate_block
from execution.market_model.layout import BASIS_EVERY, BLOCK_SECONDS, GRID_PER_BLOCK, INFORMED, MAKER, NOISE, QUEUE, Reals, Records
from execution.market_model.parameters import SymbolParameters, VenueParameters
from execution.market_model.price import driven_block, price_block
from execution.market_model.records import Driver, DriverExhausted, TooMuchActivity
from execution.market_model.state import Regime, empty_candidates, empty_children, empty_streams, price_record, streams_record
from execution.market_model.streams import pool_children, stream_block

WARM_UP_BLOCKS = 30
BASIS_SECONDS = 60.0
PREMIUM_SD_BPS, PREMIUM_SECONDS = 2.0, 4 * 3600.0
"""The perpetuals' premium over spot, one for all of them, wanders with this standard deviation and forgets over this time."""


class Blocks:
    """Draws the next minute into a world. One generator each for the price, the metaorders and every venue."""

    def __init__(
        self,
        symbol: SymbolParameters,
        venues: Sequence[VenueParameters],
        regime: Regime,
        world: Records,
        seeds: Sequence[np.random.SeedSequence],
        *,
        driver: Driver | None,
        intraday: Reals | None,
    ) -> None:
        self._symbol, self._venues, self._regime = symbol, tuple(venues), regime
        self._driver, self._intraday = driver, intraday
        self._price_random, self._streams_random, *self._venue_randoms = (np.random.default_rng(seed) for seed in seeds)
        self._price = price_record(symbol, regime, self._price_random)
        self._streams, self._active = streams_record(symbol, world), empty_streams()
        self.children, self.candidates = empty_children(), empty_candidates(len(venues), 1)
        self._streams["hazard"] = self._streams_random.standard_exponential()
        self._activity = np.zeros(BLOCK_SECONDS)
        self._shares = np.array([venue.share for venue in venues]) / sum(venue.share for venue in venues)
        self._drawn = 0
        self._basis_sd = [0.0, *[symbol.basis_sd_bps] * (len(venues) - 1)]  # the main venue is what the others deviate from
        self._basis = [sd * random.standard_normal() for sd, random in zip(self._basis_sd, self._venue_randoms, strict=True)]
        self._is_perpetual = np.array([venue.is_perpetual for venue in venues])
        self._premium_random = np.random.default_rng(seeds[0].spawn(1)[0])
        self._premium = PREMIUM_SD_BPS * float(self._premium_random.standard_normal())
        self._warm_up(world)

    @property
    def basis(self) -> tuple[float, ...]:
        """Return each venue's basis in bps, premium included, where the last minute drawn has ended."""
        return tuple((np.array(self._basis) + self._premium * self._is_perpetual).tolist())

    def _factor(self, minute: int) -> float:
        """Return what the minute's activity is multiplied by."""
        factor = 1.0 if self._intraday is None else float(self._intraday[minute % self._intraday.size])
        if self._driver is not None:
            factor *= float(self._driver.activity[min(minute, self._driver.activity.size - 1)])
        return factor

    def _warm_up(self, world: Records) -> None:
        """Let metaorders run before the start, so that it finds some of them and their impact under way; the price starts at 0."""
        self._activity[:] = self._factor(0) * (self._regime.activity if self._driver is None else 1.0)
        pooled = world["pooled"][0]
        for block in range(-WARM_UP_BLOCKS, 0):
            count = self._draw_children(block * float(BLOCK_SECONDS))
            pool_children(self.children, count, block * float(BLOCK_SECONDS), pooled)
        world["impact"] = world["impact_grid"] = pooled.sum()
        self._start = -float(pooled.sum())
        world["price_grid"] = self._start
        self._price["price"] = self._start

    def _draw_children(self, start: float) -> int:
        count = stream_block(self._streams_random, self._streams, self._active, start, self._activity, self._shares, self.children)
        if count < 0:
            raise TooMuchActivity(f"{self._symbol.name}: too many metaorders in the minute at {start:.0f} s")
        return count

    def _draw_price(self, world: Records) -> None:
        minute = self._drawn
        if self._driver is None:
            price_block(self._price_random, self._price, self._factor(minute), world["price_grid"][0], self._activity)
            return
        first = minute * BLOCK_SECONDS
        seconds = self._driver.price_bps[first : first + BLOCK_SECONDS + 1]
        if seconds.size < BLOCK_SECONDS + 1 or minute >= self._driver.activity.size:
            raise DriverExhausted(f"the driver ends in the minute at {first} s")
        shifted = seconds - float(self._driver.price_bps[0]) + self._start
        driven_block(self._price_random, self._price, shifted, self._factor(minute), world["price_grid"][0], self._activity)

    def _draw_venue(self, world: Records, index: int, start: float) -> None:
        symbol, random, share = self._symbol, self._venue_randoms[index], self._shares[index]
        basis = world["basis_grid"][0, index]
        self._basis[index] = basis_block(random, self._basis[index], self._basis_sd[index], BASIS_SECONDS, basis)
        rates = np.zeros(4)
        rates[MAKER], rates[QUEUE] = symbol.maker_per_second, symbol.queue_per_second
        rates[NOISE], rates[INFORMED] = share * symbol.noise_per_second, share * symbol.informed_per_second
        expected = BLOCK_SECONDS * (rates[MAKER] + rates[QUEUE]) + self._activity.sum() * (rates[NOISE] + rates[INFORMED])
        self._make_room(int(expected + 12 * np.sqrt(expected) + 100))
        if candidate_block(random, start, self._activity, rates, self.candidates[index]) < 0:
            raise TooMuchActivity(f"{symbol.name}: too many candidates in the minute at {start:.0f} s")

    def _draw_premium(self, world: Records) -> None:
        """Add the premium to what the perpetuals' books deviate by."""
        premium = np.empty(GRID_PER_BLOCK // BASIS_EVERY)
        self._premium = basis_block(self._premium_random, self._premium, PREMIUM_SD_BPS, PREMIUM_SECONDS, premium)
        world["basis_grid"][0, : len(self._venues)][self._is_perpetual] += premium

    def _make_room(self, needed: int) -> None:
        """Let each venue hold as many candidates, and keep those already drawn."""
        have = self.candidates.shape[1]
        if have < needed:
            larger = empty_candidates(len(self._venues), needed * 5 // 4)
            larger[:, :have] = self.candidates
            self.candidates = larger

    def draw(self, world: Records) -> None:
        """Draw the next minute."""
        start = float(self._drawn * BLOCK_SECONDS)
        self._draw_price(world)
        impact = world["impact_grid"][0]
        impact[:GRID_PER_BLOCK] = impact[GRID_PER_BLOCK:]
        world["child_count"], world["child_next"] = self._draw_children(start), 0
        for index in range(len(self._venues)):
            self._draw_venue(world, index, start)
        self._draw_premium(world)
        world["block_start"], world["grid"] = start, 0
        venues = world["venues"][0, : len(self._venues)]
        venues["cursor"] = 0
        venues["next_at"] = self.candidates["time"][:, 0]
        self._drawn += 1
