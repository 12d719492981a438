"""What is observed of one listing's market over a stretch of time, from a recording or from a path of the model."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
_TRADES = ("trade_times", "trade_signs", "trade_usd", "trade_prices")
_QUOTES = ("bid", "ask", "bid_usd", "ask_usd")


class InvalidObservation(ValueError):
    """Say which observation cannot be measured, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A market's parents, best quotes and depth over `seconds`, times counted from its start.

    A parent joins the fills of one millisecond and one aggressor side. Signs are +1 for an aggressive buy, -1 for a sell.
    `bid`, `ask` (prices) and `bid_usd`, `ask_usd` (resting at them) lie on a grid of `grid_seconds`, the first at time 0.
    `depth_usd[k]` (resting within k bps of the mid, mean of both sides) and `immediate_cost_bps[usd]` (cost against the mid of
    taking so much at once, mean of both sides) are sampled evenly, at a pace of their own.

    Raises:
        InvalidObservation: lengths differ, a value is not finite, a book is crossed or a time lies outside.
    """

    seconds: float
    trade_times: FloatArray
    trade_signs: FloatArray
    trade_usd: FloatArray
    trade_prices: FloatArray
    bid: FloatArray
    ask: FloatArray
    bid_usd: FloatArray
    ask_usd: FloatArray
    grid_seconds: float = 0.1
    depth_usd: Mapping[int, FloatArray] = field(default_factory=dict)
    immediate_cost_bps: Mapping[int, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (self.seconds > 0 and self.grid_seconds > 0):
            raise InvalidObservation(f"{self.seconds} s on a grid of {self.grid_seconds} s is no stretch of time")
        _require_like(self, _TRADES)
        _require_like(self, _QUOTES)
        for name, samples in (*self.depth_usd.items(), *self.immediate_cost_bps.items()):
            _require_finite(str(name), samples)
        _require_order(self)

    @property
    def mid(self) -> FloatArray:
        """Return the mid price on the grid."""
        return (self.bid + self.ask) / 2


def join_parents(
    milliseconds: NDArray[np.int64], times: FloatArray, signs: FloatArray, usd: FloatArray, prices: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return (times, signs, usd, prices) of parents: consecutive fills of one millisecond and one side.

    Args: one element a fill, in order. A parent has the time of its first fill and the size-weighted price.
    """
    if not times.size:
        return times, signs, usd, prices
    starts = np.flatnonzero(np.r_[True, (np.diff(milliseconds) != 0) | (np.diff(signs) != 0)])
    total = np.add.reduceat(usd, starts)
    return times[starts], signs[starts], total, total / np.add.reduceat(usd / prices, starts)


def _require_like(observed: Observed, names: tuple[str, ...]) -> None:
    sizes = {name: getattr(observed, name).size for name in names}
    if len(set(sizes.values())) > 1:
        raise InvalidObservation(f"lengths differ: {sizes}")
    for name in names:
        _require_finite(name, getattr(observed, name))


def _require_finite(name: str, values: FloatArray) -> None:
    if not np.isfinite(values).all():
        raise InvalidObservation(f"{name} holds {np.count_nonzero(~np.isfinite(values))} values that are not finite")


def _require_order(observed: Observed) -> None:
    if (observed.bid <= 0).any() or (observed.ask < observed.bid).any():
        raise InvalidObservation("a bid is not positive or lies above its ask")
    if not np.isin(observed.trade_signs, (-1, 1)).all():
        raise InvalidObservation("a trade's sign is neither +1 nor -1")
    times = observed.trade_times
    if (np.diff(times) < 0).any() or (times.size and not (times[0] >= 0 and times[-1] <= observed.seconds)):
        raise InvalidObservation("trade times go back or lie outside the stretch observed")
