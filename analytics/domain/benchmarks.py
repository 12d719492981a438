"""Prices that an execution is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from analytics.domain.exact import EXACT, as_ratio, divide, tidy, total_of
from analytics.domain.fills import PricedFill, notional_of, quantity_of
from dipmaster.domain.money import slippage_bps
from dipmaster.domain.sides import Side


class BenchmarkName(StrEnum):
    """What the average price is compared with."""

    DECISION = "decision"
    ARRIVAL = "arrival"
    VWAP = "interval_vwap"  # own volume excluded
    VWAP_WITH_OWN = "interval_vwap_own_included"
    TWAP = "interval_twap"
    CLOSE = "market_close"


class NotMeasured(ValueError):
    """A benchmark has no price; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TradedVolume:
    """What traded on one venue during the interval: quantity in base currency, notional in quote currency."""

    venue: str
    quantity: Decimal
    notional: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """One benchmark: price in quote currency, slippage of the average fill in basis points (positive is cost), fees not included.

    `pending_until` is set while the price is not known yet; `at` is the time of a price that has one.
    """

    name: BenchmarkName
    price: Decimal | None
    slippage_bps: Decimal | None
    at: datetime | None = None
    pending_until: datetime | None = None

    def pending(self, until: datetime) -> "Benchmark":
        """Return the same benchmark, not known before a time."""
        return replace(self, pending_until=until)


def interval_vwap(volumes: Sequence[TradedVolume]) -> Decimal:
    """Return sum of notional over sum of quantity, all venues together, own trades included.

    Raises:
        NotMeasured: nothing was recorded.
    """
    quantity = total_of(volume.quantity for volume in volumes)
    if not quantity:
        raise NotMeasured("No trades were recorded during the interval.")
    return divide(total_of(volume.notional for volume in volumes), quantity)


def interval_vwap_without(volumes: Sequence[TradedVolume], own: Sequence[PricedFill]) -> Decimal:
    """Return the VWAP of the others' trades.

    Raises:
        NotMeasured: nothing was recorded, all of it was ours, or a venue's record lacks trades of ours.
    """
    require_own_trades(volumes, own)
    quantity = total_of(volume.quantity for volume in volumes) - quantity_of(own)
    if not quantity:
        raise NotMeasured("Nobody else traded during the interval.")
    notional = total_of(volume.notional for volume in volumes)
    return divide(EXACT.subtract(notional, notional_of(own)), quantity)


def require_own_trades(volumes: Sequence[TradedVolume], own: Sequence[PricedFill]) -> None:
    """Check that each venue's recorded volume is at least our own.

    Raises:
        NotMeasured: it is not, so the record is incomplete.
    """
    recorded = {volume.venue: volume.quantity for volume in volumes}
    for venue in sorted({fill.venue for fill in own}):
        ours = quantity_of([fill for fill in own if fill.venue == venue])
        if recorded.get(venue, Decimal(0)) < ours:
            raise NotMeasured(f"The record of {venue}'s trades is incomplete: it holds less than our own volume.")


def interval_twap(mids: Sequence[Decimal]) -> Decimal:
    """Return the plain average of one-second mids.

    Raises:
        NotMeasured: there are none.
    """
    if not mids:
        raise NotMeasured("No books were recorded during the interval.")
    return divide(total_of(mids), Decimal(len(mids)))


def against(name: BenchmarkName, *, side: Side, average: Decimal | None, price: Decimal | None, at: datetime | None = None) -> Benchmark:
    """Compare an average fill price with a benchmark's price."""
    slippage = None
    if average is not None and price is not None:
        slippage = as_ratio(slippage_bps(side, average, price))
    return Benchmark(
        name=name,
        price=None if price is None else tidy(price),
        slippage_bps=slippage,
        at=at,
    )
