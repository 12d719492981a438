"""What one order cost. Signs: positive is cost, whatever the side.

Cost all in is Perold's implementation shortfall against the arrival mid, fees included, with what stayed unfilled valued at the mid at the
end of the window: an execution that fills little cannot look cheap. All executions of a path are measured over the same window.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any

import numpy as np

from analytics.domain.fills import PricedFill, average_price, quantity_of
from analytics.domain.shortfall import Prices, implementation_shortfall
from analytics.lab.parents import LabParent, Worked
from analytics.lab.watching import SAMPLES_A_MINUTE, Series
from dipmaster.domain.money import BPS
from dipmaster.domain.sides import Side
from execution.domain.pretrade import CostEstimate


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCost:
    """One order's figures, bps unless said otherwise; positive is cost. None: nothing filled, or nobody else traded.

    `cost_bps`: all in, of what was ordered at the arrival mid; `fee_bps`: the fees in it. `arrival_bps`, `vwap_bps`, `twap_bps`: the
    average fill price, without fees, against the arrival mid, the others' VWAP and the average mid of the whole window.
    `vwap_error_bps`: how far from the others' VWAP, whichever way. `share_deviation`: standard deviation of the order's share of a
    minute's volume over its mean, from the start to the last fill (0: as steady as can be); none within a single minute.
    `fill_rate`, `maker_share`: of what was ordered, of what was filled. `duration_seconds`: from the start to the last fill.
    `impact_bps`: how far our own trading had moved the mid when we filled, weighted by quantity; `impact_end_bps`: when the window ended.
    Both are the mid of this path less that of the same path without the order. `expected_bps`, `expected_deviation_bps`: what pre-trade
    said of `cost_bps`; `surprise`: how many of those deviations it came out higher.
    """

    cost_bps: float
    fee_bps: float
    arrival_bps: float | None
    vwap_bps: float | None
    twap_bps: float | None
    vwap_error_bps: float | None
    share_deviation: float | None
    fill_rate: float
    maker_share: float | None
    duration_seconds: float
    impact_bps: float | None
    impact_end_bps: float
    expected_bps: float | None
    expected_deviation_bps: float | None
    surprise: float | None
    children: int
    refusals: int

    def as_json(self) -> dict[str, Any]:
        """Return the figures by name."""
        return asdict(self)


MEASURES = (
    "cost_bps",
    "fee_bps",
    "arrival_bps",
    "vwap_bps",
    "twap_bps",
    "vwap_error_bps",
    "share_deviation",
    "fill_rate",
    "maker_share",
    "duration_seconds",
    "impact_bps",
    "expected_bps",
    "expected_deviation_bps",
)
"""What experiments summarise, path by path."""
_FIGURES = tuple(field.name for field in fields(OrderCost))


def measure(parent: LabParent, worked: Worked, watched: Series, undisturbed: Series) -> OrderCost:
    """Measure an order from its fills, the path on which it traded and the same path without it."""
    arrival = _exact(undisturbed.mids[0])
    prices = Prices(decision=arrival, arrival=arrival, end=_exact(watched.mids[-1]))
    shortfall = implementation_shortfall(side=parent.side, quantity=parent.quantity, prices=prices, fills=worked.fills)
    if shortfall.total is None or shortfall.fees is None:
        raise ValueError(f"the cost of an order is not known: {shortfall.missing}")
    cost = float(shortfall.bps(shortfall.total))
    average = average_price(worked.fills)
    paid = None if average is None else float(average)
    beside = _against(parent.side, paid, watched.vwap)
    filled = quantity_of(worked.fills)
    maker = quantity_of([fill for fill in worked.fills if fill.is_maker])
    last = max((fill.at for fill in worked.fills), default=parent.start_at)
    return OrderCost(
        cost_bps=cost,
        fee_bps=float(shortfall.bps(shortfall.fees)),
        arrival_bps=_against(parent.side, paid, float(undisturbed.mids[0])),
        vwap_bps=beside,
        vwap_error_bps=None if beside is None else abs(beside),
        share_deviation=share_deviation(worked.fills, watched),
        twap_bps=_against(parent.side, paid, watched.twap),
        fill_rate=float(filled / parent.quantity),
        maker_share=float(maker / filled) if filled else None,
        duration_seconds=(last - parent.start_at).total_seconds(),
        impact_bps=_impact_at_fills(parent.side, worked.fills, watched, undisturbed),
        impact_end_bps=_moved(parent.side, watched, undisturbed, len(undisturbed.mids) - 1),
        expected_bps=worked.expected.total_bps if worked.expected else None,
        expected_deviation_bps=worked.expected.deviation_bps if worked.expected else None,
        surprise=_surprise(cost, worked.expected),
        children=worked.children,
        refusals=worked.refusals,
    )


def controls_of(side: Side, undisturbed: Series) -> tuple[float, float]:
    """Return what drift the path without the order has against a buyer or seller: to its average mid and to its last one, bps.

    Sides are dealt out without looking at the path, so both average to zero over many paths: they serve as control variates.
    """
    first = float(undisturbed.mids[0])
    return (_bps(side, undisturbed.twap, first), _bps(side, float(undisturbed.mids[-1]), first))


def share_deviation(fills: Sequence[PricedFill], watched: Series) -> float | None:
    """Return the standard deviation of the own share of each minute's volume over its mean, up to the minute of the last fill."""
    last = max((watched.index_at(fill.at) for fill in fills), default=0)
    marks = np.arange(0, min(last + SAMPLES_A_MINUTE, len(watched.quantities)), SAMPLES_A_MINUTE)
    if len(marks) < 3:
        return None
    others = np.diff(watched.quantities[marks])
    own = np.zeros(len(others))
    for fill in fills:
        own[min(watched.index_at(fill.at) // SAMPLES_A_MINUTE, len(own) - 1)] += float(fill.quantity)
    shares = own / np.maximum(own + others, np.finfo(float).tiny)
    return float(shares.std() / shares.mean()) if shares.mean() > 0 else None


def violations_of(cost: OrderCost) -> tuple[str, ...]:
    """Return what must never be: more filled than ordered, figures that are no numbers."""
    found = []
    if cost.fill_rate > 1:
        found.append(f"filled {cost.fill_rate:.6f} times what was ordered")
    if cost.refusals:
        found.append(f"{cost.refusals} orders were larger than what their parent had left, and were refused")
    for name in _FIGURES:
        value = getattr(cost, name)
        if value is not None and not math.isfinite(value):
            found.append(f"{name} is {value}")
    return tuple(found)


def _surprise(cost_bps: float, expected: CostEstimate | None) -> float | None:
    if expected is None or expected.total_bps is None or not expected.deviation_bps:
        return None
    return (cost_bps - expected.total_bps) / expected.deviation_bps


def _impact_at_fills(side: Side, fills: Sequence[PricedFill], watched: Series, undisturbed: Series) -> float | None:
    weights = [float(fill.quantity) for fill in fills]
    if not weights:
        return None
    moves = [_moved(side, watched, undisturbed, undisturbed.index_at(fill.at)) for fill in fills]
    return math.fsum(weight * move for weight, move in zip(weights, moves, strict=True)) / math.fsum(weights)


def _moved(side: Side, watched: Series, undisturbed: Series, index: int) -> float:
    return _bps(side, float(watched.mids[index]), float(undisturbed.mids[index]))


def _against(side: Side, price: float | None, benchmark: float | None) -> float | None:
    return None if price is None or benchmark is None else _bps(side, price, benchmark)


def _bps(side: Side, price: float, benchmark: float) -> float:
    return side.sign * float(BPS) * (price - benchmark) / benchmark + 0.0  # no negative zero


def _exact(mid: float) -> Decimal:
    return Decimal(repr(float(mid)))
