"""Rules of planning an order, whoever keeps its slices: what an algorithm may know, how far the order is, when a rest is dust."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from dipmaster.domain.instruments import Listing
from dipmaster.domain.money import BPS
from dipmaster.domain.quantize import ceil_to_step
from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import Market, Progress
from execution.domain.tactic_presets import PRESETS, UNLESS_CHOSEN, TacticPreset

NOTIONAL_MARGIN = Decimal("1.001")
"""Slices are planned this much above a minimum notional: the price moves, and a crossing sell is priced a collar lower."""
DUST_SHARE = Decimal("0.001")
"""A rest that no venue takes ends an order as filled when it is at most this share of it; a larger one waits for its time to end."""
NO_MARKET_RETRY = timedelta(milliseconds=500)
SHORTEST_REVIEW_INTERVAL = timedelta(milliseconds=100)
REFUSAL_RETRY = timedelta(seconds=5)
"""A slice whose placement the risk gate refused is left alone this long."""


def market_for_planning(listings: Mapping[str, Listing], mid: Decimal) -> Market | None:
    """Return what an algorithm may know; none when no venue lists the instrument."""
    if not listings:
        return None
    lot = max(terms.lot for terms in listings.values())
    smallest = min(max(t.min_quantity, ceil_to_step(t.min_notional * NOTIONAL_MARGIN / mid, lot), lot) for t in listings.values())
    return Market(mid=mid, lot=lot, min_quantity=smallest)


def progress_of(filled_quantity: Decimal, live: Iterable[tuple[Decimal, datetime]], filled_early: Iterable[datetime]) -> Progress:
    """Return the progress of an order from what each live slice has left, its end, and the ends of slices that filled before theirs."""
    slices = list(live)
    return Progress(
        filled_quantity=filled_quantity,
        committed_quantity=sum((max(left, Decimal(0)) for left, _ in slices), Decimal(0)),
        committed_until=max((end for _, end in slices), default=None),
        paced_until=max(filled_early, default=None),
    )


def is_dust(rest: Decimal, quantity: Decimal, market: Market) -> bool:
    """Tell whether a rest is too small for every venue and for waiting: the order then counts as filled."""
    return rest < market.min_quantity and rest <= quantity * DUST_SHARE


def patience_of(parameters: Mapping[str, Any], urgency: float | None) -> float:
    """Return the share of a slice's time to rest: the order's patience at urgency 0.5, all of it at 0, nothing at 1, linear between."""
    patience = float(parameters["patience"])
    if urgency is None:
        return patience
    return patience + (1 - patience) * (1 - 2 * urgency) if urgency < 0.5 else patience * 2 * (1 - urgency)


def preset_of(parameters: Mapping[str, Any]) -> TacticPreset:
    """Return what an order's slices are worked by; joining for orders from before there was a choice, or of one that is gone."""
    return PRESETS.get(parameters.get("tactic", ""), UNLESS_CHOSEN)


def tightest_cap(max_slippage_bps: Decimal | None, parameters: Mapping[str, Any]) -> Decimal | None:
    """Return the slippage cap in force: the order's own, or the collar among its parameters, whichever is tighter."""
    collar = parameters.get("collar_bps")
    caps = [cap for cap in (max_slippage_bps, None if collar is None else Decimal(str(collar))) if cap is not None]
    return min(caps, default=None)


def worst_allowed_price(
    side: Side, limit_price: Decimal | None, arrival_mid: Decimal | None, max_slippage_bps: Decimal | None
) -> Decimal | None:
    """Return the worse end of what the order may pay: its limit, or arrival plus its slippage cap, whichever binds first."""
    prices: list[Decimal] = [] if limit_price is None else [limit_price]
    if max_slippage_bps is not None and arrival_mid is not None:
        prices.append(arrival_mid * (1 + side.sign * max_slippage_bps / BPS))
    if not prices:
        return None
    return min(prices) if side is Side.BUY else max(prices)
