"""Watch a market while an order is worked: mids and others' volume on a grid, fills priced when they are heard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from analytics.lab.market import LabEvent, LabMarket, LabOrder
from dipmaster.domain.books import Book
from dipmaster.domain.instruments import Listing
from execution.domain.signals.volatility import volatility_of_mids_bps

SAMPLE_INTERVAL = timedelta(seconds=1)
RECENT_SAMPLES = 30
FEWEST_SAMPLES = 5
SAMPLES_A_MINUTE = timedelta(minutes=1) // SAMPLE_INTERVAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A market at start, start + interval, ..., end: mids in quote currency, volumes cumulated since the market began."""

    start_at: datetime
    interval: timedelta
    mids: NDArray[np.float64]
    quantities: NDArray[np.float64]
    notionals: NDArray[np.float64]

    def index_at(self, at: datetime) -> int:
        """Return the index of the last sample that is not after a time, within the series."""
        return min(max((at - self.start_at) // self.interval, 0), len(self.mids) - 1)

    @property
    def quantity(self) -> float:
        """Return what others traded from start to end, base currency."""
        return float(self.quantities[-1] - self.quantities[0])

    @property
    def notional(self) -> float:
        """Return what others traded from start to end, quote currency."""
        return float(self.notionals[-1] - self.notionals[0])

    @property
    def vwap(self) -> float | None:
        """Return the volume-weighted average price of the others' trades; none when there were none."""
        return self.notional / self.quantity if self.quantity > 0 else None

    @property
    def twap(self) -> float:
        """Return the plain average of the mids."""
        return float(self.mids.mean())


class Watched:
    """A market that notes a sample whenever time passes a point of the grid; otherwise it is the market itself."""

    def __init__(self, market: LabMarket, length: timedelta) -> None:
        self._market = market
        self.start_at = market.now
        self._count = length // SAMPLE_INTERVAL + 1
        self._samples: list[tuple[float, float, float]] = []
        self._next_at = self.start_at
        self._sample()

    @property
    def listings(self) -> Mapping[str, Listing]:
        """Return the terms by venue."""
        return self._market.listings

    @property
    def now(self) -> datetime:
        """Return the desk's time."""
        return self._market.now

    def books(self) -> Sequence[Book]:
        """Return what the desk sees now."""
        return self._market.books()

    def mid(self) -> float:
        """Return the undelayed mid of the main venue."""
        return self._market.mid()

    def place(self, order: LabOrder) -> None:
        """Send an order."""
        self._market.place(order)

    def cancel(self, order_id: int) -> None:
        """Ask for the end of an order."""
        self._market.cancel(order_id)

    def advance(self, until: datetime) -> Sequence[LabEvent]:
        """Let time pass to `until` or to the first own event, whichever comes first."""
        while True:
            is_sampling = len(self._samples) < self._count
            events = self._market.advance(min(until, self._next_at) if is_sampling else until)
            if is_sampling and self._market.now >= self._next_at:
                self._sample()
            if events or self._market.now >= until:
                return events

    def series(self) -> Series:
        """Return the samples so far."""
        table = np.array(self._samples, dtype=np.float64)
        return Series(start_at=self.start_at, interval=SAMPLE_INTERVAL, mids=table[:, 0], quantities=table[:, 1], notionals=table[:, 2])

    def minute_quantities(self) -> NDArray[np.float64]:
        """Return what others traded in each minute that has closed since the start, base currency."""
        return np.diff([sample[1] for sample in self._samples[::SAMPLES_A_MINUTE]])

    def minute_moves_bps(self) -> NDArray[np.float64]:
        """Return how far the mid went in each minute that has closed since the start."""
        mids = np.array([sample[0] for sample in self._samples[::SAMPLES_A_MINUTE]])
        moves: NDArray[np.float64] = 1e4 * np.diff(np.log(mids))
        return moves

    def volatility_bps(self) -> float | None:
        """Return the root mean square return of the mid a root second over the last half minute; none in the first seconds."""
        mids = np.array([sample[0] for sample in self._samples[-RECENT_SAMPLES - 1 :]])
        if mids.size <= FEWEST_SAMPLES:
            return None
        return float(volatility_of_mids_bps(mids[None, :], step_seconds=SAMPLE_INTERVAL.total_seconds())[0][0])

    def traded(self) -> float:
        """Return what others have traded since the start, base currency."""
        return self._market.traded().quantity - self._samples[0][1]

    def _sample(self) -> None:
        traded = self._market.traded()
        self._samples.append((self._market.mid(), traded.quantity, traded.notional))
        self._next_at += SAMPLE_INTERVAL
