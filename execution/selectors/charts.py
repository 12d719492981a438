"""Series for the order page's charts. Bars are joined and thinned out in SQL, so an order of a day is as light as one of a minute."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Sum

from execution.models import Bar, ParentOrder
from execution.selectors.schedules import Schedule, schedules_of

MOST_POINTS = 1200
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)

# One mid a second over all venues (best bid and best ask of that second), the last one of each step is kept.
_MIDS = """
    SELECT step, (array_agg(mid ORDER BY at DESC))[1]
    FROM (
        SELECT at, floor(extract(epoch FROM at - %(start)s) / %(seconds)s)::int AS step, (max(bid) + min(ask)) / 2 AS mid
        FROM execution_bar
        WHERE instrument_id = %(instrument)s AND at >= %(start)s AND at <= %(end)s AND bid IS NOT NULL AND ask IS NOT NULL
        GROUP BY at
    ) AS seconds
    GROUP BY step ORDER BY step
"""
# Fills of one step, one kind of liquidity: their number is bounded by the number of steps.
_FILLS = """
    SELECT floor(extract(epoch FROM traded_at - %(start)s) / %(seconds)s)::int AS step, is_maker,
           sum(quantity), sum(quantity * price) / sum(quantity), count(*), max(traded_at)
    FROM execution_fill WHERE parent_id = %(order)s
    GROUP BY step, is_maker ORDER BY max(traded_at), is_maker
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FillPoint:
    """Fills of one step joined: their time, quantity-weighted price, quantity and number."""

    at: datetime
    price: Decimal
    quantity: Decimal
    count: int
    is_maker: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Prices, fills and progress of one order on one time axis. `mids` holds one value per step, none where nothing was seen."""

    start: datetime
    end: datetime
    step_seconds: int
    mids: tuple[Decimal | None, ...]
    fills: tuple[FillPoint, ...]
    market_vwap: Decimal | None
    schedule: Schedule | None


def series_of(order: ParentOrder, now: datetime) -> Series:
    """Return the series of an order in four queries."""
    start = order.started_at or order.start_at
    end = _end(order, start)
    seconds = _step_seconds(end - start)
    until = min(order.completed_at or end, now)
    return Series(
        start=start,
        end=end,
        step_seconds=seconds,
        mids=_mids(order, start, until, seconds),
        fills=_fills(order, start, seconds),
        market_vwap=_market_vwap(order, start, until),
        schedule=schedules_of([order.pk]).get(order.pk),
    )


def _end(order: ParentOrder, start: datetime) -> datetime:
    """Return the end of the axis: that of the order, or a little after it ended so that its last fills are seen whole."""
    if order.completed_at is None:
        return max(order.end_at, start + timedelta(seconds=1))
    return order.completed_at + max((order.completed_at - start) * 0.02, timedelta(seconds=1))


def _step_seconds(length: timedelta) -> int:
    wanted = length.total_seconds() / MOST_POINTS
    return next((step for step in _STEPS if step >= wanted), _STEPS[-1])


def _mids(order: ParentOrder, start: datetime, until: datetime, seconds: int) -> tuple[Decimal | None, ...]:
    parameters = {"instrument": order.instrument_id, "start": start, "end": until, "seconds": seconds}
    found: dict[int, Decimal] = dict(_rows(_MIDS, parameters))
    return tuple(found.get(step) for step in range(max(found) + 1)) if found else ()


def _fills(order: ParentOrder, start: datetime, seconds: int) -> tuple[FillPoint, ...]:
    rows = _rows(_FILLS, {"order": order.pk, "start": start, "seconds": seconds})
    return tuple(
        FillPoint(at=at, price=price, quantity=quantity, count=count, is_maker=is_maker) for _, is_maker, quantity, price, count, at in rows
    )


def _market_vwap(order: ParentOrder, start: datetime, until: datetime) -> Decimal | None:
    """Return what all venues traded at on average between the order's start and now, our own trades included."""
    totals = Bar.objects.filter(instrument_id=order.instrument_id, at__gte=start, at__lte=until).aggregate(
        notional=Sum("notional"), volume=Sum("volume")
    )
    return totals["notional"] / totals["volume"] if totals["volume"] else None


def _rows(statement: str, parameters: dict[str, Any]) -> Sequence[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def render(order: ParentOrder, series: Series, now: datetime) -> dict[str, Any]:
    """Return the series as the browser's charts take them: times in seconds, shares in percent, prices as floats for drawing only."""
    done = Decimal(0)
    actual: list[list[float]] = [[series.start.timestamp(), 0.0]]
    for fill in series.fills:
        done += fill.quantity
        actual.append([fill.at.timestamp(), float(done / order.quantity * 100)])
    actual.append([min(now, order.completed_at or series.end).timestamp(), float(order.filled_quantity / order.quantity * 100)])
    return {
        "version": order.version,
        "start": series.start.timestamp(),
        "end": series.end.timestamp(),
        "now": min(now, order.completed_at or now).timestamp(),
        "step": series.step_seconds,
        "side": order.side,
        "live": order.is_live,
        "mids": [None if mid is None else float(mid) for mid in series.mids],
        "fills": [
            {"at": f.at.timestamp(), "price": float(f.price), "quantity": float(f.quantity), "count": f.count, "maker": f.is_maker}
            for f in series.fills
        ],
        "arrival": _float(order.arrival_mid),
        "average": _float(order.average_price),
        "vwap": _float(series.market_vwap),
        "limit": _float(order.limit_price),
        "actual": actual,
        "plan": [[at.timestamp(), float(share * 100)] for at, share in series.schedule.points] if series.schedule else [],
        "tolerance": float(series.schedule.tolerance * 100) if series.schedule else 0.0,
    }


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
