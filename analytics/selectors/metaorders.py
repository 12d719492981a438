"""The desks' finished orders as observations of impact."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from django.db.models import F, Max, Min, Sum
from numpy.typing import NDArray

from execution.domain.impact_defaults import currency_of
from execution.domain.lifecycle import OrderState
from execution.models import Bar, Fill, ParentOrder

Floats = NDArray[np.float64]

MOST_ORDERS: Final = 2000
"""The newest of a symbol; older markets were others."""
SHORTEST: Final = timedelta(seconds=60)
"""A shorter order shows the book it took, not the law."""
STEP_SECONDS: Final = 10
"""Of the moves that volatility is summed from: longer than the touch bounces, short enough for an order of minutes."""
FEWEST_STEPS: Final = 5
LEAST_KNOWN: Final = 0.9
"""Of an order's quantity that must have been filled at a known mid, and of its steps that must have one."""
FINISHED: Final = (OrderState.FILLED, OrderState.EXPIRED, OrderState.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedOrder:
    """What an order showed: Q / V, V being what others traded meanwhile, volatility over its time, mean paid over arrival in bps."""

    reference: str
    participation: float
    volatility_bps: float
    impact_bps: float


def finished_orders(symbol: str) -> list[FinishedOrder]:
    """Return the finished orders in a currency that show something, newest first.

    Impact is the mid at each fill against the mid at arrival: without spread and fees, and with the market's own movement. Left out are
    orders that were over within a minute, and those whose mids or market volume are not known.
    """
    orders = (
        ParentOrder.objects.filter(state__in=FINISHED, filled_quantity__gt=0, arrival_mid__gt=0, completed_at__isnull=False)
        .filter(instrument__base=currency_of(symbol), started_at__isnull=False, completed_at__gte=F("started_at") + SHORTEST)
        .order_by("-completed_at", "-id")[:MOST_ORDERS]
    )
    return [shown for order in orders if (shown := _shown(order)) is not None]


def _shown(order: ParentOrder) -> FinishedOrder | None:
    assert order.started_at is not None and order.completed_at is not None and order.arrival_mid is not None
    fills = Fill.objects.filter(parent=order)
    own = float(fills.aggregate(all=Sum("quantity"))["all"] or 0)
    known = [(float(fill.quantity), float(fill.mid)) for fill in fills if fill.mid is not None and fill.mid > 0]
    quantities = np.array([quantity for quantity, _ in known])
    if not own > 0 or quantities.sum() < LEAST_KNOWN * own:
        return None
    mids = np.array([mid for _, mid in known])
    bars = Bar.objects.filter(instrument=order.instrument_id, at__gte=order.started_at.replace(microsecond=0), at__lt=order.completed_at)
    others = float(bars.aggregate(all=Sum("volume"))["all"] or 0) - own
    seconds = bars.values("at").annotate(best_bid=Max("bid"), best_ask=Min("ask")).exclude(best_bid=None).exclude(best_ask=None)
    touches = list(seconds.order_by("at").values_list("at", "best_bid", "best_ask"))
    mids_by_time = [(at, float(bid + ask) / 2) for at, bid, ask in touches if bid is not None and ask is not None]
    volatility = _volatility_bps(mids_by_time, order.started_at, order.completed_at)
    if volatility is None or not others > 0:
        return None
    paid = float(quantities @ mids / quantities.sum()) / float(order.arrival_mid) - 1
    sign = 1 if order.side == "buy" else -1
    return FinishedOrder(reference=order.reference, participation=own / others, volatility_bps=volatility, impact_bps=sign * paid * 10_000)


def _volatility_bps(seconds: Sequence[tuple[datetime, float]], start: datetime, end: datetime) -> float | None:
    """Return the root of the sum of squared moves from step to step, bps; none with too few steps or where the price stood still."""
    length = (end - start).total_seconds()
    last = {int((at - start).total_seconds() // STEP_SECONDS): mid for at, mid in seconds if mid > 0}
    steps = max(int(length // STEP_SECONDS), 1)
    if len(last) < max(FEWEST_STEPS, LEAST_KNOWN * steps):
        return None
    numbers = sorted(last)
    moves = 1e4 * np.diff(np.log([last[number] for number in numbers]))
    covered = (numbers[-1] - numbers[0]) * STEP_SECONDS
    volatility = float(np.sqrt((moves @ moves) * length / covered))
    return volatility if volatility > 0 else None
