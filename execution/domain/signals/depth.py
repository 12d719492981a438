"""How much stands near the mid, on each side and how it is spread over distance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from execution.domain.signals.imbalance import imbalance_of_sizes
from execution.domain.signals.inputs import BPS, LARGEST, SMALLEST, Floats, age_at, at_once, last_values, require_columns
from execution.domain.signals.signal import BadInput, Signal, signal_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladders:
    """Whole books over time: `times` (T,), the rest (T, L), in any order; what a book does not have is not a number in price and size.

    Raises:
        BadInput: shapes differ, values are no float64, times go back or are not finite.
    """

    times: Floats
    bid_prices: Floats
    bid_sizes: Floats
    ask_prices: Floats
    ask_sizes: Floats

    def __post_init__(self) -> None:
        require_columns(times=self.times)
        for prices, sizes in ((self.bid_prices, self.bid_sizes), (self.ask_prices, self.ask_sizes)):
            if any(array.dtype != np.float64 or array.ndim != 2 or len(array) != self.times.size for array in (prices, sizes)):
                raise BadInput("levels must be float64 arrays with one row a time")
            if prices.shape != sizes.shape or prices.shape[1] == 0:
                raise BadInput("every level has a price and a size, and there is at least one")

    @property
    def touch(self) -> tuple[Floats, Floats]:
        """Return (best bid, best ask), (T,) each; minus and plus infinity for a side without levels."""
        bid = np.where(_has_size(self.bid_prices, self.bid_sizes), self.bid_prices, -np.inf).max(axis=1)
        ask = np.where(_has_size(self.ask_prices, self.ask_sizes), self.ask_prices, np.inf).min(axis=1)
        return bid, ask

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Tell which books have both sides, are not locked or crossed, and hold no impossible level, (T,)."""
        bid, ask = self.touch
        bad = _is_impossible(self.bid_prices, self.bid_sizes) | _is_impossible(self.ask_prices, self.ask_sizes)
        return np.asarray((bid > 0) & (ask > bid) & (ask < np.inf) & ~bad, dtype=np.bool_)


def depth_within(ladders: Ladders, bands_bps: Floats) -> tuple[Floats, Floats]:
    """Return what is (bid, asked) within each band of the mid, (T, K) each: sum of sizes with |price / mid - 1| <= band / 10,000.

    In the unit of the sizes. Not a number where the book is not usable. Source: SPEC of the desk, "depth (both sides, distribution)".

    Raises:
        BadInput: bands are not positive, finite and rising.
    """
    if bands_bps.ndim != 1 or not bands_bps.size or not np.isfinite(bands_bps).all() or (np.diff(bands_bps, prepend=0.0) <= 0).any():
        raise BadInput("bands must be positive and rise")
    usable, mid = _mid(ladders)
    return (
        _within(ladders.bid_prices, ladders.bid_sizes, mid, usable, bands_bps),
        _within(ladders.ask_prices, ladders.ask_sizes, mid, usable, bands_bps),
    )


def distribution(depth: Floats) -> Floats:
    """Return the share of the widest band's depth that stands in each band and in none inside it, (T, K): rows sum to 1.

    Args: `depth` of one side, (T, K), as `depth_within` returns it. Not a number where the widest band is empty.
    """
    widest = depth[:, -1:]
    return np.where(widest > 0, np.diff(depth, axis=1, prepend=0.0) / np.where(widest > 0, widest, 1.0), np.nan)


def depth_imbalance(ladders: Ladders, band_bps: float) -> Floats:
    """Return (B - A) / (B + A) of the depth within a band, -1 to 1, (T,); positive: more is bid."""
    bids, asks = depth_within(ladders, np.array([band_bps], dtype=np.float64))
    return imbalance_of_sizes(bids[:, 0], asks[:, 0])


def depth_signal(ladders: Ladders, now: float, *, band_bps: float) -> Signal:
    """Return the imbalance within a band of the last book; direction is the imbalance, strength its size.

    Coverage is the share of the band that the side with the shorter ladder reaches: beyond a ladder's end nothing is known.
    """
    at = at_once(now)
    value = float(last_values(ladders.times, depth_imbalance(ladders, band_bps), at)[0])
    coverage = float(last_values(ladders.times, _reach_bps(ladders), at)[0]) / band_bps
    return signal_of(value=value, direction=value, strength=abs(value), coverage=coverage, age_seconds=age_at(ladders.times, now))


def _mid(ladders: Ladders) -> tuple[NDArray[np.bool_], Floats]:
    usable, (bid, ask) = ladders.usable, ladders.touch
    return usable, np.where(usable, bid, np.nan) / 2 + np.where(usable, ask, np.nan) / 2


def _within(prices: Floats, sizes: Floats, mid: Floats, usable: NDArray[np.bool_], bands_bps: Floats) -> Floats:
    counted = np.where(_has_size(prices, sizes), sizes, 0.0)
    away = np.abs(np.where(np.isfinite(prices), prices, np.inf) - mid[:, None]) * BPS
    sums = np.column_stack([np.where(away <= band * mid[:, None], counted, 0.0).sum(axis=1) for band in bands_bps])
    return np.where(usable[:, None], sums, np.nan)


def _reach_bps(ladders: Ladders) -> Floats:
    """Return how far from the mid the nearer of both ladders' ends is, (T,)."""
    _, mid = _mid(ladders)
    ends = [
        np.where(_has_size(prices, sizes), np.abs(prices / mid[:, None] - 1) * BPS, 0.0).max(axis=1)
        for prices, sizes in ((ladders.bid_prices, ladders.bid_sizes), (ladders.ask_prices, ladders.ask_sizes))
    ]
    return np.where(np.isfinite(mid), np.minimum(*ends), np.nan)


def _has_size(prices: Floats, sizes: Floats) -> NDArray[np.bool_]:
    return np.asarray(np.isfinite(prices) & (sizes > 0) & (sizes <= LARGEST), dtype=np.bool_)


def _is_impossible(prices: Floats, sizes: Floats) -> NDArray[np.bool_]:
    """Tell which books hold a level that is neither absent (both not a number) nor possible, (T,)."""
    is_absent = np.isnan(prices) & np.isnan(sizes)
    is_possible = (prices >= SMALLEST) & (prices <= LARGEST) & (sizes >= 0) & (sizes <= LARGEST)
    return np.asarray((~is_absent & ~is_possible).any(axis=1), dtype=np.bool_)
