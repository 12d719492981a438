"""What a venue did with the desk's newest orders, and what an order there is therefore expected to lose beyond price and fee."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from math import isfinite, pi, sqrt

PRIOR_ORDERS = 30
"""So many orders weigh as much as what all venues together show: fewer say little of one venue."""
RETRY_SECONDS = 0.25
"""After a rejection or a missed fill the slice is looked at again this much later."""
MOST_PENALTY_BPS = 100.0
"""The router gets no more, whatever was measured: a venue that is not to be used is left by its health."""
PENALTY_STEP = Decimal("0.0001")
"""Penalties are given to the router in whole steps of this, bps: more digits than are known only cost time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueRecord:
    """Sums over the newest orders at a venue; nothing of it is estimated.

    `orders` were sent and have ended or were acknowledged, `acknowledged` of them answered by the venue: `root_delays` is the sum of
    sqrt(seconds) from the decision to that answer. `takers` were to take and have ended; `rejected` of them were turned away, and
    `fill_shares` is the sum over the others of filled / asked.
    """

    orders: int = 0
    acknowledged: int = 0
    root_delays: float = 0.0
    takers: int = 0
    rejected: int = 0
    fill_shares: float = 0.0

    @property
    def delay_ms(self) -> float | None:
        """Return the delay whose square root is the mean of theirs, milliseconds: drift grows with the root."""
        return (self.root_delays / self.acknowledged) ** 2 * 1000 if self.acknowledged else None

    @property
    def reject_share(self) -> float | None:
        """Return the share of the taking orders that was turned away."""
        return self.rejected / self.takers if self.takers else None

    @property
    def arrived(self) -> int:
        """Return how many taking orders were not turned away."""
        return self.takers - self.rejected

    @property
    def fill_share(self) -> float | None:
        """Return the mean share of what was asked for that taking orders filled."""
        return self.fill_shares / self.arrived if self.arrived else None


def together(records: Iterable[VenueRecord]) -> VenueRecord:
    """Add records up."""
    found = list(records)
    return VenueRecord(**{field.name: sum(getattr(one, field.name) for one in found) for field in fields(VenueRecord)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """What is expected of the next order at a venue: seconds until it is there, and probabilities."""

    delay_seconds: float
    reject_probability: float
    fill_share: float


def reliability(record: VenueRecord, everywhere: VenueRecord) -> Reliability | None:
    """Shrink a venue's record towards that of all venues: (sum + k prior) / (n + k) with k = 30 orders.

    None while no order was acknowledged anywhere. Where no order took yet, none is expected to be turned away or to miss.
    """
    root_delay = _shrunk(record.root_delays, record.acknowledged, everywhere.root_delays, everywhere.acknowledged)
    if root_delay is None:
        return None
    rejected = _shrunk(record.rejected, record.takers, everywhere.rejected, everywhere.takers)
    filled = _shrunk(record.fill_shares, record.arrived, everywhere.fill_shares, everywhere.arrived)
    return Reliability(
        delay_seconds=root_delay**2,
        reject_probability=0.0 if rejected is None else rejected,
        fill_share=1.0 if filled is None else filled,
    )


def _shrunk(total: float, count: int, all_total: float, all_count: int) -> float | None:
    return (total + PRIOR_ORDERS * all_total / all_count) / (count + PRIOR_ORDERS) if all_count else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalty:
    """What a taking order is expected to lose at a venue beyond price and fee, by cause; bps, positive is cost."""

    delay_bps: float
    staleness_bps: float
    reject_bps: float
    miss_bps: float

    @property
    def total_bps(self) -> float:
        """Return the sum."""
        return self.delay_bps + self.staleness_bps + self.reject_bps + self.miss_bps

    @property
    def for_router(self) -> Decimal:
        """Return the sum as the router adds it to prices."""
        return Decimal(min(self.total_bps, MOST_PENALTY_BPS)).quantize(PENALTY_STEP)


def expected_penalty(of: Reliability, *, minute_volatility_bps: float, book_age_seconds: float) -> Penalty:
    """Return the expected losses of an order that takes, with sigma in bps per root second (minute volatility / sqrt 60).

    Over t seconds the price moves by Z ~ N(0, sigma^2 t). Moves against us are paid, those in our favour are others' who are faster, so
    the order loses drift(t) = E max(Z, 0) = sigma sqrt(t / (2 pi)):

    * delay: drift(tau), tau from the decision to the venue's answer;
    * staleness: drift(tau + a) - drift(tau), a the age of the book the decision saw;
    * rejects: r drift(tau + R): with probability r the order is sent again R seconds later;
    * missed fills: (1 - pi) c, for the share 1 - pi that is not filled and is taken later at the clean-up price. It was missed because the
      price went away, so c = E[Z | Z > 0] = sigma sqrt(2 t / pi) over t = tau + R. A price p with this penalty is p + (1 - pi)(c' - p) =
      c' - pi (c' - p) for the clean-up price c' = p (1 + c): the venue with the largest pi (c' - p) comes first.

    Raises:
        ValueError: volatility or age is negative or no number.
    """
    if not (isfinite(minute_volatility_bps) and isfinite(book_age_seconds) and minute_volatility_bps >= 0 and book_age_seconds >= 0):
        raise ValueError(f"volatility {minute_volatility_bps} bps and age {book_age_seconds} s must be finite and not negative")
    sigma, tau = minute_volatility_bps / sqrt(60), of.delay_seconds
    again = tau + RETRY_SECONDS
    return Penalty(
        delay_bps=_drift_bps(sigma, tau),
        staleness_bps=_drift_bps(sigma, tau + book_age_seconds) - _drift_bps(sigma, tau),
        reject_bps=of.reject_probability * _drift_bps(sigma, again),
        miss_bps=miss_bps(of.fill_share, cleanup_bps=2 * _drift_bps(sigma, again)),
    )


def miss_bps(fill_share: float, *, cleanup_bps: float) -> float:
    """Return what missing is expected to cost: the share that is not filled, times how much dearer it is taken later."""
    return (1 - fill_share) * cleanup_bps


def _drift_bps(sigma: float, seconds: float) -> float:
    """Return E max(Z, 0) of Z ~ N(0, sigma^2 t)."""
    return sigma * sqrt(seconds / (2 * pi))
