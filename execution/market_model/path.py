"""One path of the market: a seed, a clock, books to read, own orders to place."""

import copy
import math
from collections.abc import Sequence

import numpy as np

from execution.market_model import layout
from execution.market_model.actions import fill_elsewhere, take_now
from execution.market_model.advance import advance
from execution.market_model.blocks import Blocks
from execution.market_model.kept import Kept
from execution.market_model.layout import (
    BLOCK_END,
    DEPTH_BANDS_BPS,
    GRID_SECONDS,
    MOST_VENUES,
    NO_ROOM,
    Integers,
    Reals,
    Records,
)
from execution.market_model.levels import measure_depth, write_levels
from execution.market_model.mirror import Mirror
from execution.market_model.parameters import InvalidParameters, SymbolParameters, VenueParameters
from execution.market_model.records import (
    Driver,
    InvalidOrder,
    OrderKind,
    OwnEvent,
    Recording,
    Samples,
    TimeIsPast,
    TooManyActions,
    UnknownOrder,
    UnknownVenue,
    check_activity,
    own_event,
)
from execution.market_model.state import Regime, new_world

ROUNDING_TICKS = 1e-6


class MarketPath:
    """A seeded path of one symbol on several venues.

    Prices are bps from the start: price = start price x (1 + bps / 10^4); a level is a whole number of a venue's ticks. USD are
    base quantity x start price, so that they convert to base exactly. Side +1 buys, -1 sells. The same seed gives the
    same path to the last digit, however it is stepped; own actions draw nothing.
    """

    def __init__(
        self,
        symbol: SymbolParameters,
        venues: Sequence[VenueParameters],
        seed: int | np.random.SeedSequence,
        *,
        turbulence: float | None = None,
        driver: Driver | None = None,
        intraday_activity: Reals | None = None,
        recording: Recording | None = None,
    ) -> None:
        """Start a path. `turbulence` fixes the regime (log volatility against the mean; None draws it, 0 without spread)."""
        _check_venues(symbol, venues)
        if intraday_activity is not None:
            check_activity(intraday_activity)
        root = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
        key, opening, *seeds = np.random.SeedSequence(entropy=root.entropy, spawn_key=root.spawn_key).spawn(4 + len(venues))
        regime = _regime(symbol, key, turbulence, is_driven=driver is not None)
        self.symbol, self.venues = symbol, tuple(venues)
        self._index = {venue.name: index for index, venue in enumerate(venues)}
        self._world = new_world(symbol, self.venues, regime, int(key.generate_state(1, np.uint64)[0]))
        self._quotes = self._world["venues"][0, : len(venues)]
        self._blocks = Blocks(symbol, self.venues, regime, self._world, seeds, driver=driver, intraday=intraday_activity)
        self._open_books(np.random.default_rng(opening))
        self._events: list[OwnEvent] = []
        self._placed: dict[int, float] = {}
        self._kept = Kept(recording, len(venues))
        if recording is not None:
            self._world["is_recording"] = recording.tape
            self._world["sample_every"] = round(recording.sample_seconds / GRID_SECONDS)
            self._world["depth_every"] = recording.depth_every
        self._blocks.draw(self._world)

    def _open_books(self, random: np.random.Generator) -> None:
        """Put every venue's quotes around its price at the start."""
        for record, basis in zip(self._quotes, self._blocks.basis, strict=True):
            record["reference"] = record["target"] = basis
            floor = math.floor(basis / record["tick"])
            record["extra"] = random.poisson(self.symbol.extra_spread, 2)
            record["level"] = floor - record["extra"][0], floor + 1 + record["extra"][1]
            record["queue"] = record["queue_usd"] * np.exp(self.symbol.touch_log_sd * random.standard_normal(2))

    # --- time -------------------------------------------------------------------------------------------------

    @property
    def time_seconds(self) -> float:
        """Return the time since the start."""
        return float(self._world["time"][0])

    def advance(self, until_seconds: float, *, stops_at_events: bool = True) -> tuple[OwnEvent, ...]:
        """Let time pass up to a time, or to just after the first own event; return what the account hears."""
        if not (math.isfinite(until_seconds) and until_seconds >= self.time_seconds):
            raise TimeIsPast(f"cannot advance from {self.time_seconds} s to {until_seconds!r} s")
        first = len(self._events)
        while True:
            code = advance(self._world, self._blocks.candidates, self._blocks.children, float(until_seconds), stops_at_events)
            self._hear()
            if code == NO_ROOM:
                self._kept.take_over(self._world)
            elif code == BLOCK_END:
                self._blocks.draw(self._world)
            else:
                return tuple(self._events[first:])

    def _hear(self) -> None:
        """Take over the kernel's events."""
        count = int(self._world["event_count"][0])
        if count:
            self._world["event_count"] = 0
            self._events.extend(own_event(row) for row in self._world["events"][0, :count].tolist())

    def fork(self) -> "MarketPath":
        """Return a path that goes on from here on its own, with the same random numbers."""
        other = copy.deepcopy(self)
        other._quotes = other._world["venues"][0, : len(self.venues)]
        return other

    # --- own orders -------------------------------------------------------------------------------------------

    def place(
        self, *, venue: str, side: int, kind: OrderKind, usd: float, price_bps: float | None = None, arrival_seconds: float | None = None
    ) -> int:
        """Send an order that takes effect when it arrives (now when None); return its number.

        A limit off the venue's tick is rounded to the passive side.
        """
        index = self._venue(venue)
        level = self._checked_level(index, side, kind, usd, price_bps)
        arrival = self._checked_arrival(arrival_seconds)
        order_id = len(self._placed) + 1
        self._send((arrival, order_id, kind, index, 0 if side > 0 else 1, level, float(usd)))
        self._placed[order_id] = arrival
        return order_id

    def cancel(self, order_id: int, *, arrival_seconds: float | None = None) -> None:
        """Send a cancel; nothing happens if the order has ended when it arrives."""
        if order_id not in self._placed:
            raise UnknownOrder(order_id)
        arrival = self._checked_arrival(arrival_seconds)
        if arrival < self._placed[order_id]:
            raise TimeIsPast(f"the cancel of order {order_id} would arrive before the order")
        self._send((arrival, order_id, layout.CANCEL, 0, 0, 0, 0.0))

    def _checked_level(self, index: int, side: int, kind: OrderKind, usd: float, price_bps: float | None) -> int:
        if side not in (1, -1):
            raise InvalidOrder(f"side {side!r} is neither +1 (buy) nor -1 (sell)")
        if not (math.isfinite(usd) and usd > layout.DUST_USD):
            raise InvalidOrder(f"size {usd!r} USD is not a positive number")
        if kind == OrderKind.MARKET:
            if price_bps is not None:
                raise InvalidOrder("a market order has no price")
            return 0
        if price_bps is None or not math.isfinite(price_bps) or abs(price_bps) > 1e6:
            raise InvalidOrder(f"price {price_bps!r} bps is not a usable number")
        ticks = price_bps / float(self._quotes["tick"][index])
        return math.floor(ticks + ROUNDING_TICKS) if side > 0 else math.ceil(ticks - ROUNDING_TICKS)

    def _checked_arrival(self, arrival_seconds: float | None) -> float:
        arrival = self.time_seconds if arrival_seconds is None else float(arrival_seconds)
        if not (math.isfinite(arrival) and arrival >= self.time_seconds):
            raise TimeIsPast(f"an arrival at {arrival!r} s is before {self.time_seconds} s")
        return arrival

    def _send(self, action: tuple[float, int, int, int, int, int, float]) -> None:
        """Put an action into the kernel's queue, after those that arrive at the same time."""
        world = self._world
        actions = world["actions"][0]
        waiting = actions[int(world["action_next"][0]) : int(world["action_count"][0])].copy()
        if len(waiting) == len(actions):
            raise TooManyActions(f"{len(waiting)} orders and cancels are on their way already")
        place = int(np.searchsorted(waiting["arrival"], action[0], side="right"))
        actions[:place], actions[place + 1 : len(waiting) + 1] = waiting[:place], waiting[place:]
        actions[place] = action
        world["action_next"], world["action_count"] = 0, len(waiting) + 1

    # --- own orders that are matched elsewhere ---------------------------------------------------------------------

    def take(self, venue: str, side: int, usd: float, worst_level: int) -> None:
        """Take what an order matched outside of the path has taken from a book by now: it is gone there, and pushes the price."""
        take_now(self._world, self._venue(venue), 1 if side > 0 else -1, float(usd), worst_level)

    def note_maker_fill(self, side: int, usd: float) -> None:
        """Let the price feel that an order resting outside of the path was filled."""
        fill_elsewhere(self._world, float(side * usd))

    def mirror(self, venue: str, *, usd_per_lot: float, levels: int) -> Mirror:
        """Return what tells the changes of a venue's best `levels` levels (a power of two) in whole lots."""
        return Mirror(self._world, self._venue(venue), usd_per_lot=usd_per_lot, levels=levels)

    # --- what can be seen -------------------------------------------------------------------------------------

    def _venue(self, name: str) -> int:
        if name not in self._index:
            raise UnknownVenue(f"{name!r} is none of {', '.join(self._index)}")
        return self._index[name]

    def tick_bps(self, venue: str) -> float:
        """Return a venue's tick."""
        return float(self._quotes["tick"][self._venue(venue)])

    def levels(self, venue: str, side: int, count: int) -> tuple[Integers, Reals]:
        """Return the best levels (ticks from the start) and USD resting there, own orders excluded; side +1 is the bid."""
        if side not in (1, -1) or count < 1:
            raise InvalidOrder(f"no book of side {side!r} with {count!r} levels")
        levels, sizes = np.zeros(count, np.int64), np.zeros(count)
        found = write_levels(self._world, self._venue(venue), 0 if side > 0 else 1, self.time_seconds, levels, sizes)
        return levels[:found], sizes[:found]

    def touch_bps(self, venue: str) -> tuple[float, float]:
        """Return a venue's best bid and ask, own orders excluded."""
        record = self._quotes[self._venue(venue)]
        return float(record["level"][0] * record["tick"]), float(record["level"][1] * record["tick"])

    def mid_bps(self, venue: str | None = None) -> float:
        """Return a venue's mid, the main one's when None."""
        return 0.5 * sum(self.touch_bps(venue or self.venues[0].name))

    def depth_usd(self, venue: str) -> dict[int, float]:
        """Return the USD within 5, 10 and 25 bps of the mid, mean of both sides."""
        depth = np.zeros(len(DEPTH_BANDS_BPS))
        measure_depth(self._world, self._venue(venue), self.time_seconds, depth)
        return dict(zip(DEPTH_BANDS_BPS, depth.tolist(), strict=True))

    def resting(self) -> Records:
        """Return a copy of the own orders in the books: id, venue index, side (0 bid), level, remaining, ahead."""
        return self._world["orders"][0, : int(self._world["order_count"][0])].copy()

    @property
    def events(self) -> tuple[OwnEvent, ...]:
        """Return all that the account has heard."""
        return tuple(self._events)

    def traded(self) -> tuple[float, float]:
        """Return what others traded on all venues since the start: USD, and USD x bps (their ratio is the VWAP in bps)."""
        return float(self._quotes["traded_usd"].sum()), float(self._quotes["traded_value"].sum())

    @property
    def tape(self) -> Records:
        """Return the recorded trades: time, venue, sign, price, last_price, usd, own_usd, kind; one row per taker."""
        return self._kept.tape(self._world)

    def take_tape(self) -> Records:
        """Return the trades recorded since the last call and forget them: for paths that run for days."""
        return self._kept.take_tape(self._world)

    @property
    def samples(self) -> Samples:
        """Return the touches recorded on the grid."""
        return self._kept.samples(self._world)


def _check_venues(symbol: SymbolParameters, venues: Sequence[VenueParameters]) -> None:
    names = [venue.name for venue in venues]
    if not 1 <= len(venues) <= MOST_VENUES or len(set(names)) < len(names):
        raise InvalidParameters(f"{symbol.name}: {names} are not 1 to {MOST_VENUES} different venues")
    if sum(venue.share for venue in venues) <= 0:
        raise InvalidParameters(f"{symbol.name}: the venues' shares add up to nothing")


def _regime(symbol: SymbolParameters, key: np.random.SeedSequence, turbulence: float | None, *, is_driven: bool) -> Regime:
    """Return how turbulent the path is: as told, drawn, or (driven) left to the driver."""
    if turbulence is not None:
        if not (math.isfinite(turbulence) and abs(turbulence) <= 5):
            raise InvalidParameters(f"{symbol.name}: turbulence {turbulence!r} is not a number from -5 to 5")
        return Regime(turbulence, 0.0)
    if is_driven:
        return Regime(0.0, 0.0)
    return Regime(symbol.regime_log_sd * np.random.default_rng(key).standard_normal(), symbol.regime_log_sd)
