"""The figures of an order that several pages show, computed for many orders in a fixed number of queries."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, F, Q, Sum

from dipmaster.domain.money import bps_of, slippage_bps
from dipmaster.domain.sides import Side
from execution.domain.lifecycle import OrderState
from execution.models import Fill, ParentOrder
from execution.selectors.schedules import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class FillTotals:
    """Sums over an order's fills. `mid_notional` is quantity times mid at each fill, none when a fill has no mid."""

    count: int
    quantity: Decimal
    notional: Decimal
    maker_quantity: Decimal
    makers: int
    venues: int
    mid_notional: Decimal | None

    @property
    def takers(self) -> int:
        """Return how many fills took liquidity."""
        return self.count - self.makers

    @property
    def maker_share(self) -> Decimal | None:
        """Return the share of the filled quantity that rested, 0 to 1."""
        return self.maker_quantity / self.quantity if self.quantity else None


def fill_totals(order_ids: Collection[int]) -> dict[int, FillTotals]:
    """Return the sums of each order that has fills, in one query."""
    rows = (
        Fill.objects.filter(parent_id__in=order_ids)
        .values("parent_id")
        .annotate(
            count=Count("pk"),
            filled=Sum("quantity"),
            notional=Sum(F("quantity") * F("price")),
            maker_quantity=Sum("quantity", filter=Q(is_maker=True), default=Decimal(0)),
            makers=Count("pk", filter=Q(is_maker=True)),
            venues=Count("venue_id", distinct=True),
            with_mid=Count("mid"),
            mid_notional=Sum(F("quantity") * F("mid")),
        )
        .order_by("parent_id")
    )
    return {
        row["parent_id"]: FillTotals(
            count=row["count"],
            quantity=row["filled"],
            notional=row["notional"],
            maker_quantity=row["maker_quantity"],
            makers=row["makers"],
            venues=row["venues"],
            mid_notional=row["mid_notional"] if row["with_mid"] == row["count"] else None,
        )
        for row in rows
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Cost so far in basis points of the arrival mid; positive is cost. Parts equal the total; none where it can't be told apart."""

    fees: Decimal | None
    spread: Decimal | None
    """Fill prices against the mid at each fill."""
    drift: Decimal | None
    """That mid against the arrival mid: what the market, or our own pressure on it, moved."""
    slippage: Decimal
    total: Decimal | None


def cost_so_far(order: ParentOrder, totals: FillTotals | None) -> Cost | None:
    """Return what the filled part cost against the arrival mid; none before the first fill."""
    average = order.average_price
    if average is None or order.arrival_mid is None:
        return None
    slippage = slippage_bps(Side(order.side), average, order.arrival_mid)
    fees = None if order.fees_quote is None else bps_of(order.fees_quote, order.filled_quantity * order.arrival_mid)
    drift = None
    if totals is not None and totals.mid_notional is not None:
        drift = slippage_bps(Side(order.side), totals.mid_notional / totals.quantity, order.arrival_mid)
    spread = None if drift is None else slippage - drift
    return Cost(fees=fees, spread=spread, drift=drift, slippage=slippage, total=None if fees is None else slippage + fees)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How far an order is against its schedule, shares of one. `tone` names the colour of its bar."""

    done: Decimal
    planned: Decimal | None
    tolerance: Decimal
    tone: str

    @property
    def to_plan(self) -> Decimal | None:
        """Return how far ahead (positive) or behind the order is."""
        return None if self.planned is None else self.done - self.planned


def pace_of(order: ParentOrder, schedule: Schedule | None, now: datetime) -> Pace:
    """Compare an order with its schedule; one that has ended is compared with the moment of its end."""
    done = order.filled_quantity / order.quantity
    if schedule is None:
        return Pace(done=done, planned=None, tolerance=Decimal(0), tone=_tone(order, is_behind=False))
    planned = schedule.share_at(order.completed_at or now)
    is_behind = planned - done > schedule.tolerance
    shown = planned if order.is_live else None
    return Pace(done=done, planned=shown, tolerance=schedule.tolerance, tone=_tone(order, is_behind=is_behind))


def _tone(order: ParentOrder, *, is_behind: bool) -> str:
    if not order.is_live:
        return "ended"
    if order.state == OrderState.PAUSED:
        return "held"
    return "behind" if is_behind else "working"


def time_left(order: ParentOrder, now: datetime) -> timedelta | None:
    """Return the time until the order's end; none when it has ended."""
    return max(order.end_at - now, timedelta(0)) if order.is_live else None


def starts_at(order: ParentOrder, now: datetime) -> datetime | None:
    """Return the start of an order that still waits for it."""
    return order.start_at if order.is_live and order.started_at is None and order.start_at > now else None


def arrival_bps(order: ParentOrder) -> Decimal | None:
    """Return the average price against the arrival mid, positive is cost; none before the first fill."""
    average = order.average_price
    if average is None or order.arrival_mid is None:
        return None
    return slippage_bps(Side(order.side), average, order.arrival_mid)


def totals_by_slice(order_ids: Collection[int]) -> Mapping[int, FillTotals]:
    """Return the sums of each slice that has fills, in one query."""
    rows = (
        Fill.objects.filter(parent_id__in=order_ids)
        .values("child__slice_id")
        .annotate(
            filled=Sum("quantity"),
            count=Count("pk"),
            notional=Sum(F("quantity") * F("price")),
            maker_quantity=Sum("quantity", filter=Q(is_maker=True), default=Decimal(0)),
            makers=Count("pk", filter=Q(is_maker=True)),
            venues=Count("venue_id", distinct=True),
        )
        .order_by("child__slice_id")
    )
    return {
        row["child__slice_id"]: FillTotals(
            count=row["count"],
            quantity=row["filled"],
            notional=row["notional"],
            maker_quantity=row["maker_quantity"],
            makers=row["makers"],
            venues=row["venues"],
            mid_notional=None,
        )
        for row in rows
    }
