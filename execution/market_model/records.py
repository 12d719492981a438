"""What a path gives back: own events, the tape, samples; and what it refuses."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from execution.market_model import layout
from execution.market_model.layout import Reals


class InvalidOrder(ValueError):
    """An own order means nothing to the market model."""


class UnknownVenue(KeyError):
    """No venue of the path has this name."""


class UnknownOrder(KeyError):
    """No own order has this number."""


class TimeIsPast(ValueError):
    """Something was asked for a time that the path has passed."""


class TooManyActions(RuntimeError):
    """More own orders and cancels are on their way than the model has room for."""


class TooMuchActivity(RuntimeError):
    """A minute holds more events than the model has room for."""


class DriverExhausted(ValueError):
    """The recorded driver ends before the time asked for."""


class OrderKind(IntEnum):
    """How an own order trades."""

    MARKET = layout.MARKET
    IOC = layout.IOC
    LIMIT = layout.LIMIT
    POST_ONLY = layout.POST_ONLY


class EventKind(IntEnum):
    """What happened to an own order."""

    ACCEPTED = layout.ACCEPTED
    REJECTED = layout.REJECTED
    FILLED = layout.FILLED
    ENDED = layout.ENDED


class Reason(IntEnum):
    """Why an own order was rejected or ended."""

    NONE = layout.NO_REASON
    WOULD_CROSS = layout.WOULD_CROSS
    OWN_CROSSING = layout.OWN_CROSSING
    TOO_MANY = layout.TOO_MANY
    UNFILLED = layout.UNFILLED
    CANCELLED = layout.CANCELLED
    COMPLETE = layout.COMPLETE


class TakenBy(IntEnum):
    """Who took, in the tape's column `kind`."""

    NOISE = layout.BY_NOISE
    INFORMED = layout.BY_INFORMED
    METAORDER = layout.BY_CHILD
    OWN = layout.BY_OWN
    REQUOTE = layout.BY_REQUOTE


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEvent:
    """One thing that happened to an own order.

    `price_bps` is the average of a fill (a taker's walk is one event), `last_level` the worst level it reached; `usd` is what
    was filled, or for every other kind what was then left.
    """

    time_seconds: float
    order_id: int
    kind: EventKind
    reason: Reason
    is_maker: bool
    price_bps: float
    last_level: int
    usd: float


def own_event(row: tuple[float, int, int, int, int, float, int, float]) -> OwnEvent:
    """Return the event that a kernel's row tells of."""
    time, order_id, kind, reason, is_maker, price, last_level, usd = row
    return OwnEvent(
        time_seconds=time,
        order_id=order_id,
        kind=EventKind(kind),
        reason=Reason(reason),
        is_maker=bool(is_maker),
        price_bps=price,
        last_level=last_level,
        usd=usd,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Touches on a fixed grid, own orders excluded: arrays [sample, venue], prices in bps, sizes in USD."""

    times: Reals
    bid: Reals
    ask: Reals
    bid_usd: Reals
    ask_usd: Reals
    depth_times: Reals
    depth_usd: Reals  # [depth sample, venue, band], mean of both sides within layout.DEPTH_BANDS_BPS of the mid

    @property
    def mid(self) -> Reals:
        """Return the main venue's mid in bps."""
        return 0.5 * (self.bid[:, 0] + self.ask[:, 0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What a path keeps while it runs."""

    tape: bool = True
    sample_seconds: float = 0.1
    depth_every: int = 0  # samples between two measurements of depth; 0: none

    def __post_init__(self) -> None:
        steps = self.sample_seconds / layout.GRID_SECONDS
        if not (steps >= 1 and abs(steps - round(steps)) < 1e-9):
            raise ValueError(f"sample_seconds {self.sample_seconds!r} is not a multiple of {layout.GRID_SECONDS}")
        if self.depth_every < 0:
            raise ValueError(f"depth_every {self.depth_every!r} is negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """A recorded efficient price and activity that replace the model's own.

    `price_bps` by second, bps from its first value (n + 1 values for n seconds); `activity` by minute, 1 being the
    parameters' own. The model's feedback comes on top: a driven path moves a little more than its driver.
    """

    price_bps: Reals
    activity: Reals

    def __post_init__(self) -> None:
        if self.price_bps.ndim != 1 or self.price_bps.size < layout.BLOCK_SECONDS + 1 or not np.isfinite(self.price_bps).all():
            raise ValueError("the driver's price_bps must be one row of finite numbers, 61 at least")
        check_activity(self.activity)


def check_activity(activity: Reals) -> None:
    """Raise unless these are usable activities by minute."""
    if activity.ndim != 1 or activity.size == 0 or not np.isfinite(activity).all() or (activity < 0).any():
        raise ValueError("activity must be one row of finite numbers, none negative, one for each minute")
