"""How well an order was executed, prices aside."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from analytics.domain.exact import as_ratio, divide
from analytics.domain.fills import PricedFill, average_price, fees_of, mid_notional_of, notional_of, quantity_of
from dipmaster.domain.money import bps_of
from dipmaster.domain.sides import Side

_TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Milliseconds from a child's decision to the venue's acknowledgement."""

    mean_ms: Decimal
    p95_ms: Decimal
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueShare:
    """What one venue filled in one role. Share is of the filled quantity; spread against the mid at each fill, positive is cost.

    Spread is none when a fill has no mid, the fee when one is not known; both in basis points of the filled value.
    """

    venue: str
    role: str
    fills: int
    quantity: Decimal
    share: Decimal
    average_price: Decimal
    spread_bps: Decimal | None
    fee_bps: Decimal | None


def fill_rate(fills: Sequence[PricedFill], quantity: Decimal) -> Decimal:
    """Return the filled share of what was ordered."""
    return divide(quantity_of(fills), quantity)


def passive_ratio(fills: Sequence[PricedFill]) -> Decimal | None:
    """Return the share of the filled quantity that rested; none without fills."""
    filled = quantity_of(fills)
    return divide(quantity_of([fill for fill in fills if fill.is_maker]), filled) if filled else None


def latency(waits: Sequence[timedelta]) -> Latency | None:
    """Return mean and 95th percentile (nearest rank) of the waits; none without any."""
    if not waits:
        return None
    ordered = sorted(waits)
    mean = sum(ordered, timedelta()) / len(ordered)
    return Latency(mean_ms=milliseconds(mean), p95_ms=milliseconds(ordered[math.ceil(0.95 * len(ordered)) - 1]), count=len(ordered))


def venue_shares(side: Side, fills: Sequence[PricedFill]) -> tuple[VenueShare, ...]:
    """Return what each venue filled as maker and as taker, in the order of venue names, maker first."""
    groups: dict[tuple[str, str], list[PricedFill]] = {}
    for fill in fills:
        groups.setdefault((fill.venue, "maker" if fill.is_maker else "taker"), []).append(fill)
    total = quantity_of(fills)
    return tuple(venue_share(side, venue, role, groups[venue, role], total) for venue, role in sorted(groups))


def venue_share(side: Side, venue: str, role: str, fills: Sequence[PricedFill], total: Decimal) -> VenueShare:
    """Sum up some fills; there is at least one."""
    quantity, notional = quantity_of(fills), notional_of(fills)
    average, at_mid, fees = average_price(fills), mid_notional_of(fills), fees_of(fills)
    assert average is not None
    return VenueShare(
        venue=venue,
        role=role,
        fills=len(fills),
        quantity=quantity,
        share=divide(quantity, total),
        average_price=average,
        spread_bps=None if at_mid is None else side.sign * as_ratio(bps_of(notional - at_mid, at_mid)),
        fee_bps=None if fees is None else as_ratio(bps_of(fees, notional)),
    )


def milliseconds(wait: timedelta) -> Decimal:
    """Return a wait in milliseconds, to the tenth."""
    return (Decimal(wait // timedelta(microseconds=1)) / 1000).quantize(_TENTH)
