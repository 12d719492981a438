"""Slices and child orders as the blotter and the order page show them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from dipmaster.domain.money import slippage_bps
from dipmaster.domain.sides import Side
from execution.domain.lifecycle import LIVE_SLICES, SliceState
from execution.models import ChildOrder, ParentOrder, Slice
from execution.selectors.figures import FillTotals, totals_by_slice


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildRow:
    """A child order. `latency_ms` runs from the decision to the venue's acknowledgement."""

    child: ChildOrder
    latency_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceRow:
    """A slice with what it has done so far."""

    part: Slice
    done: Decimal
    planned: Decimal | None
    tone: str
    average: Decimal | None
    arrival_bps: Decimal | None
    maker_share: Decimal | None
    left: timedelta | None
    children: tuple[ChildRow, ...]


def slices_of(orders: Collection[ParentOrder], now: datetime, *, with_children: bool) -> dict[int, tuple[SliceRow, ...]]:
    """Return the slices of each order by its id, in two queries, or three with their children."""
    by_id = {order.pk: order for order in orders}
    parts = list(Slice.objects.filter(parent_id__in=by_id).order_by("parent_id", "number"))
    totals = totals_by_slice(list(by_id))
    children = _children(by_id.values()) if with_children else {}
    rows: dict[int, list[SliceRow]] = {order_id: [] for order_id in by_id}
    for part in parts:
        rows[part.parent_id].append(_row(by_id[part.parent_id], part, totals.get(part.pk), tuple(children.get(part.pk, ())), now))
    return {order_id: tuple(found) for order_id, found in rows.items()}


def child_row(child: ChildOrder) -> ChildRow:
    """Return a child order with its latency."""
    latency = None if child.acknowledged_at is None else (child.acknowledged_at - child.decided_at).total_seconds() * 1000
    return ChildRow(child=child, latency_ms=latency)


def _children(orders: Iterable[ParentOrder]) -> dict[int, list[ChildRow]]:
    found: dict[int, list[ChildRow]] = {}
    rows = ChildOrder.objects.filter(parent__in=list(orders)).select_related("venue", "slice").order_by("slice_id", "number")
    for child in rows:
        found.setdefault(child.slice_id, []).append(child_row(child))
    return found


def _row(order: ParentOrder, part: Slice, totals: FillTotals | None, children: tuple[ChildRow, ...], now: datetime) -> SliceRow:
    average = totals.notional / totals.quantity if totals else None
    bps = None if average is None or order.arrival_mid is None else slippage_bps(Side(order.side), average, order.arrival_mid)
    is_live = part.state in LIVE_SLICES
    return SliceRow(
        part=part,
        done=part.filled_quantity / part.quantity,
        planned=_planned(part, now) if is_live else None,
        tone="working" if is_live or part.state == SliceState.PENDING else "ended",
        average=average,
        arrival_bps=bps,
        maker_share=totals.maker_share if totals else None,
        left=max(part.end_at - now, timedelta(0)) if is_live else None,
        children=children,
    )


def _planned(part: Slice, now: datetime) -> Decimal:
    """Return the share of the slice's time that has passed."""
    length = part.end_at - part.start_at
    if length <= timedelta(0):
        return Decimal(1)
    return Decimal(min(max((now - part.start_at) / length, 0.0), 1.0))
