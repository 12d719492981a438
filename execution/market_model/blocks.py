"""A path's random numbers, minute by minute: price, metaorders and candidates, none of which ever reads the books."""

from collections.abc import Sequence

import numpy as np

from execution.market_model.candidates import basis_block, candidate_block
from execution.market_model.layout import BLOCK_SECONDS, GRID_PER_BLOCK, INFORMED, MAKER, NOISE, QUEUE, Reals, World
from execution.market_model.parameters import SymbolParameters, VenueParameters
from execution.market_model.price import driven_block, price_block
from execution.market_model.records import Driver, DriverExhausted, TooMuchActivity
from execution.market_model.state import Regime, empty_streams, price_record, streams_record
from execution.market_model.streams import pool_children, stream_block

WARM_UP_BLOCKS = 30


class Blocks:
    """Draws the next minute into a world. One generator each for the price, the metaorders and every venue."""

    def __init__(
        self,
        symbol: SymbolParameters,
        venues: Sequence[VenueParameters],
        regime: Regime,
        world: World,
        seeds: Sequence[np.random.SeedSequence],
        *,
        driver: Driver | None,
        intraday: Reals | None,
    ) -> None:
        self._symbol, self._venues, self._regime = symbol, tuple(venues), regime
        self._driver, self._intraday = driver, intraday
        self._price_random, self._streams_random, *self._venue_randoms = (np.random.default_rng(seed) for seed in seeds)
        self._price = price_record(symbol, regime, self._price_random)
        self._streams, self._active = streams_record(symbol, world.market), empty_streams()
        self._streams["hazard"] = self._streams_random.standard_exponential()
        self._activity = np.zeros(BLOCK_SECONDS)
        self._shares = np.array([venue.share for venue in venues]) / sum(venue.share for venue in venues)
        self._drawn = 0
        self._basis = [symbol.basis_sd_bps * random.standard_normal() for random in self._venue_randoms]
        self._warm_up(world)

    @property
    def basis(self) -> tuple[float, ...]:
        """Return each venue's basis in bps where the last minute drawn has ended."""
        return tuple(self._basis)

    def _factor(self, minute: int) -> float:
        """Return what the minute's activity is multiplied by."""
        factor = 1.0 if self._intraday is None else float(self._intraday[minute % self._intraday.size])
        if self._driver is not None:
            factor *= float(self._driver.activity[min(minute, self._driver.activity.size - 1)])
        return factor

    def _warm_up(self, world: World) -> None:
        """Let metaorders run before the start, so that it finds some of them and their impact under way; the price starts at 0."""
        self._activity[:] = self._factor(0) * (self._regime.activity if self._driver is None else 1.0)
        pooled = world.market["pooled"][0]
        for block in range(-WARM_UP_BLOCKS, 0):
            count = self._draw_children(world, block * float(BLOCK_SECONDS))
            pool_children(world.children, count, block * float(BLOCK_SECONDS), pooled)
        world.market["impact"] = pooled.sum()
        world.impact[:] = pooled.sum()
        self._start = -float(pooled.sum())
        world.price[:] = self._start
        self._price["price"] = self._start

    def _draw_children(self, world: World, start: float) -> int:
        count = stream_block(self._streams_random, self._streams, self._active, start, self._activity, self._shares, world.children)
        if count < 0:
            raise TooMuchActivity(f"{self._symbol.name}: too many metaorders in the minute at {start:.0f} s")
        return count

    def _draw_price(self, world: World) -> None:
        minute = self._drawn
        if self._driver is None:
            price_block(self._price_random, self._price, self._factor(minute), world.price, self._activity)
            return
        first = minute * BLOCK_SECONDS
        seconds = self._driver.price_bps[first : first + BLOCK_SECONDS + 1]
        if seconds.size < BLOCK_SECONDS + 1 or minute >= self._driver.activity.size:
            raise DriverExhausted(f"the driver ends in the minute at {first} s")
        shifted = seconds - float(self._driver.price_bps[0]) + self._start
        driven_block(self._price_random, self._price, shifted, self._factor(minute), world.price, self._activity)

    def _draw_venue(self, world: World, index: int, start: float) -> World:
        """Draw one venue's minute; the world comes back with more room if it had too little."""
        symbol, random = self._symbol, self._venue_randoms[index]
        self._basis[index] = basis_block(random, self._basis[index], symbol.basis_sd_bps, world.basis[index])
        rates = np.zeros(4)
        share = self._shares[index]
        rates[MAKER], rates[QUEUE] = symbol.maker_per_second, symbol.queue_per_second
        rates[NOISE], rates[INFORMED] = share * symbol.noise_per_second, share * symbol.informed_per_second
        expected = BLOCK_SECONDS * (rates[MAKER] + rates[QUEUE]) + self._activity.sum() * (rates[NOISE] + rates[INFORMED])
        world = _with_room(world, int(expected + 12 * np.sqrt(expected) + 100))
        count = candidate_block(
            random,
            start,
            self._activity,
            rates,
            world.candidate_time[index],
            world.candidate_kind[index],
            world.candidate_uniform[index],
        )
        if count < 0:
            raise TooMuchActivity(f"{self._symbol.name}: too many candidates in the minute at {start:.0f} s")
        return world

    def draw(self, world: World) -> World:
        """Draw the next minute."""
        start = float(self._drawn * BLOCK_SECONDS)
        self._draw_price(world)
        world.impact[:GRID_PER_BLOCK] = world.impact[GRID_PER_BLOCK:]
        world.market["children"] = self._draw_children(world, start)
        for index in range(len(self._venues)):
            world = self._draw_venue(world, index, start)
        world.market["block_start"], world.market["grid"], world.market["child"] = start, 0, 0
        world.venues["cursor"] = 0
        world.venues["next_at"] = world.candidate_time[:, 0]
        self._drawn += 1
        return world


def _with_room(world: World, needed: int) -> World:
    """Return a world whose arrays of candidates hold as many."""
    have = world.candidate_time.shape[1]
    if have >= needed:
        return world
    extra = needed * 5 // 4 - have
    return world._replace(
        candidate_time=np.pad(world.candidate_time, ((0, 0), (0, extra)), constant_values=np.inf),
        candidate_kind=np.pad(world.candidate_kind, ((0, 0), (0, extra))),
        candidate_uniform=np.pad(world.candidate_uniform, ((0, 0), (0, extra), (0, 0))),
    )
