"""What a desk should know before it sends an order, each with what would remedy it: a field of the ticket and a value for it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

import numpy as np

from dipmaster.domain.quantize import floor_to_step
from execution.domain.algorithms.base import Market, OrderTerms, Plan, Remainder, VolumeOutlook
from execution.domain.algorithms.slots import SHORTEST_SLICE_SECONDS
from execution.domain.pretrade import CostEstimate

LARGE_SHARE = 0.15
"""Of the expected volume: above, an order without a cap of its own is large."""
LONGEST_MINUTES = 24 * 60
FAR_THROUGH = 0.02
"""A limit that allows a price so much worse than the mid protects from nothing."""
_STEP_MINUTES = 5


class Concern(StrEnum):
    """What a remark is about."""

    LARGE_SHARE = "large_share"
    CAP_LEAVES_REST = "cap_leaves_rest"
    LIMIT_AWAY = "limit_away"
    LIMIT_THROUGH = "limit_through"
    FEWER_SLICES = "fewer_slices"
    SHORT_WINDOW = "short_window"
    UNKNOWN_VOLUME = "unknown_volume"
    UNKNOWN_VOLATILITY = "unknown_volatility"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """A value for a field of the ticket; `is_parameter`: the field is one of the algorithm's parameters."""

    field: str
    value: Decimal
    is_parameter: bool = False

    @property
    def as_typed(self) -> str:
        """Return the value as it is typed into the field."""
        return f"{self.value.normalize():f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One concern with the figures that it is told with, and its remedy, if there is one."""

    concern: Concern
    figures: Mapping[str, float] = field(default_factory=dict)
    remedy: Remedy | None = None


def remarks(
    order: OrderTerms, plan: Plan, found: CostEstimate, market: Market, *, tick: Decimal, asked: Collection[str] = ()
) -> tuple[Remark, ...]:
    """Return what is to be said about an order and its plan; `asked` names the parameters that were given by hand."""
    fewer = _slices(order, plan) if "slice_count" in asked else None
    said = (_volume(order, found, market), _limit(order, market, tick), fewer, *_unknown(market))
    return tuple(remark for remark in said if remark is not None)


def _volume(order: OrderTerms, found: CostEstimate, market: Market) -> Remark | None:
    """Tell that the order is more of the volume than it should be, and how long it would have to take."""
    if market.volume is None:
        return None
    quantity, others = float(order.quantity), float(market.volume.expected((order.start_at, order.end_at))[0])
    share, cap = quantity / (quantity + max(others, 0.0)), _cap(order)
    most = LARGE_SHARE if cap is None else cap
    if share <= most:
        return None
    figures = {"share": share, "cap": most}
    remedy = _longer(order, market.volume, most) or _smaller(market, others * most / (1 - most))
    leaves = cap is not None and order.remainder is Remainder.LEAVE
    left = {"left_share": 1 - found.planned_share} if leaves else {}
    return Remark(concern=Concern.CAP_LEAVES_REST if leaves else Concern.LARGE_SHARE, figures=figures | left, remedy=remedy)


def _cap(order: OrderTerms) -> float | None:
    """Return the share of the volume that the order may be: its cap, else the share it follows."""
    for name in ("participation_cap", "participation_rate"):
        if order.parameters.get(name) is not None:
            return float(order.parameters[name])
    return None


def _longer(order: OrderTerms, volume: VolumeOutlook, share: float) -> Remedy | None:
    minutes = minutes_for_share(volume, order, share)
    return None if minutes is None else Remedy(field="duration_minutes", value=Decimal(minutes))


def _smaller(market: Market, most: float) -> Remedy | None:
    fitting = floor_to_step(Decimal(str(max(most, 0.0))), market.lot)
    return Remedy(field="quantity", value=fitting) if fitting >= market.min_quantity else None


def minutes_for_share(volume: VolumeOutlook, order: OrderTerms, share: float) -> int | None:
    """Return after how many minutes, in steps of five, the order would be at most this share of the volume; none within a day."""
    needed = float(order.quantity) * (1 - share) / share
    bounds = [order.start_at + timedelta(minutes=step) for step in range(0, LONGEST_MINUTES + 1, _STEP_MINUTES)]
    enough = np.flatnonzero(np.cumsum(volume.expected(bounds)) >= needed)
    return None if not len(enough) else (int(enough[0]) + 1) * _STEP_MINUTES


def _limit(order: OrderTerms, market: Market, tick: Decimal) -> Remark | None:
    """Tell that the limit keeps the order from crossing now, or allows so bad a price that it protects from nothing."""
    if order.limit_price is None:
        return None
    half = Decimal(str((market.spread_bps or 0.0) / 20_000))
    touch = market.mid * (1 + order.side.sign * half)
    room = float(order.side.sign * (order.limit_price - touch) / market.mid)
    if room < 0:
        steps = (touch / tick).to_integral_value(rounding=ROUND_CEILING) if order.side.sign > 0 else touch // tick
        return Remark(concern=Concern.LIMIT_AWAY, figures={"share": -room}, remedy=Remedy(field="limit_price", value=steps * tick))
    return Remark(concern=Concern.LIMIT_THROUGH, figures={"share": room}) if room > FAR_THROUGH else None


def _slices(order: OrderTerms, plan: Plan) -> Remark | None:
    """Tell that fewer slices were planned than were asked for: the time or the venues' minimum allows no more."""
    asked, planned = order.parameters.get("slice_count"), len(plan.slices)
    if asked is None or not 0 < planned < int(asked):
        return None
    figures = {"asked": float(asked), "planned": float(planned)}
    seconds = (order.end_at - order.start_at).total_seconds()
    if seconds < int(asked) * SHORTEST_SLICE_SECONDS:
        minutes = Decimal(str(int(asked) * SHORTEST_SLICE_SECONDS / 60)).quantize(Decimal("0.1"), rounding=ROUND_CEILING)
        return Remark(concern=Concern.SHORT_WINDOW, figures=figures, remedy=Remedy(field="duration_minutes", value=minutes))
    remedy = Remedy(field="slice_count", value=Decimal(planned), is_parameter=True)
    return Remark(concern=Concern.FEWER_SLICES, figures=figures, remedy=remedy)


def _unknown(market: Market) -> tuple[Remark | None, ...]:
    return (
        Remark(concern=Concern.UNKNOWN_VOLUME) if market.volume is None else None,
        Remark(concern=Concern.UNKNOWN_VOLATILITY) if market.minute_volatility_bps is None else None,
    )
