"""The order page: everything it shows, in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from dipmaster.domain.money import slippage_bps
from dipmaster.domain.sides import Side
from execution.domain.lifecycle import LIVE_CHILDREN, OrderState
from execution.models import ChildOrder, Fill, OrderEvent, ParentOrder
from execution.selectors.explanations import ExplainedChild, explained_child
from execution.selectors.figures import Cost, FillTotals, Pace, cost_so_far, fill_totals, pace_of, starts_at, time_left
from execution.selectors.parts import ChildRow, SliceRow, child_row, slices_of
from execution.selectors.quotes import Places, places_of
from execution.selectors.schedules import schedules_of

TABS = ("children", "slices", "fills", "parameters")
SHOWN_ROWS = 50
SHOWN_EVENTS = 40
_NO_PLACES = Places(price=2, quantity=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What of the order is asked for: a tab, one slice's children or all, a child to explain, and whether long lists are shown whole."""

    tab: str = "children"
    slice_number: int | None = None
    child_id: int | None = None
    shows_all: bool = False
    shows_all_events: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many rows there are behind each tab."""

    children: int
    slices: int
    fills: int
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueShare:
    """What one venue filled: its share of the filled quantity, how much of it rested, and its average against arrival."""

    venue: str
    share: Decimal
    maker_share: Decimal
    arrival_bps: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderScreen:
    """One order with its figures. Lists that the view does not show are empty."""

    order: ParentOrder
    view: View
    places: Places
    pace: Pace
    totals: FillTotals | None
    cost: Cost | None
    left: timedelta | None
    starts_at: datetime | None
    venues: tuple[VenueShare, ...]
    slices: tuple[SliceRow, ...]
    children: tuple[ChildRow, ...]
    explained: ExplainedChild | None
    fills: tuple[Fill, ...]
    events: tuple[OrderEvent, ...]
    counts: Counts
    resting: Decimal
    unknown: Decimal
    can_pause: bool
    can_resume: bool
    can_amend: bool
    can_cancel: bool


def order_screen(order: ParentOrder, view: View, now: datetime) -> OrderScreen:
    """Return what the order page shows."""
    totals = fill_totals([order.pk]).get(order.pk)
    children = _children_of(order, view)
    fills = Fill.objects.filter(parent=order).select_related("venue", "child__slice").order_by("-traded_at", "-id")
    events = OrderEvent.objects.filter(parent=order).order_by("-sequence")
    resting, unknown = _live_quantities(order)
    slices = slices_of([order], now, with_children=False)[order.pk]
    state = OrderState(order.state)
    return OrderScreen(
        order=order,
        view=view,
        places=places_of([order.instrument.symbol]).get(order.instrument.symbol, _NO_PLACES),
        pace=pace_of(order, schedules_of([order.pk]).get(order.pk), now),
        totals=totals,
        cost=cost_so_far(order, totals),
        left=time_left(order, now),
        starts_at=starts_at(order, now),
        venues=_venue_shares(order),
        slices=slices,
        children=tuple(child_row(child) for child in _some(children, view)) if view.tab == "children" else (),
        explained=explained_child(order, view.child_id) if view.tab == "children" and view.child_id is not None else None,
        fills=tuple(_some(fills, view)) if view.tab == "fills" else (),
        events=tuple(events if view.shows_all_events else events[:SHOWN_EVENTS]),
        counts=_counts(order, totals, len(slices)),
        resting=resting,
        unknown=unknown,
        can_pause=state in (OrderState.PENDING, OrderState.WORKING),
        can_resume=state is OrderState.PAUSED,
        can_amend=state in (OrderState.PENDING, OrderState.WORKING, OrderState.PAUSED),
        can_cancel=state in (OrderState.PENDING, OrderState.WORKING, OrderState.PAUSED),
    )


def _venue_shares(order: ParentOrder) -> tuple[VenueShare, ...]:
    """Return what each venue filled, the largest first, in one query."""
    rows = (
        Fill.objects.filter(parent=order)
        .values("venue__title")
        .annotate(
            filled=Sum("quantity"),
            notional=Sum(F("quantity") * F("price")),
            maker=Sum("quantity", filter=Q(is_maker=True), default=Decimal(0)),
        )
        .order_by("-filled")
    )
    total = sum((row["filled"] for row in rows), Decimal(0))
    return tuple(
        VenueShare(
            venue=row["venue__title"],
            share=row["filled"] / total,
            maker_share=row["maker"] / row["filled"],
            arrival_bps=slippage_bps(Side(order.side), row["notional"] / row["filled"], order.arrival_mid) if order.arrival_mid else None,
        )
        for row in rows
    )


def _children_of(order: ParentOrder, view: View) -> QuerySet[ChildOrder]:
    children = ChildOrder.objects.filter(parent=order).select_related("venue", "slice").order_by("-decided_at", "-id")
    return children if view.slice_number is None else children.filter(slice__number=view.slice_number)


def _some(rows: QuerySet[Any], view: View) -> Sequence[Any]:
    return list(rows if view.shows_all else rows[:SHOWN_ROWS])


def _live_quantities(order: ParentOrder) -> tuple[Decimal, Decimal]:
    """Return what rests at venues and what is of unknown outcome, base currency."""
    live = ChildOrder.objects.filter(parent=order, state__in=LIVE_CHILDREN).values_list("state", "quantity", "filled_quantity")
    resting = unknown = Decimal(0)
    for state, quantity, filled in live:
        if state == "unknown":
            unknown += quantity - filled
        elif state == "open":
            resting += quantity - filled
    return resting, unknown


def _counts(order: ParentOrder, totals: FillTotals | None, slices: int) -> Counts:
    newest = OrderEvent.objects.filter(parent=order).order_by("-sequence").values_list("sequence", flat=True).first()
    return Counts(
        children=ChildOrder.objects.filter(parent=order).count(), slices=slices, fills=totals.count if totals else 0, events=newest or 0
    )
