"""The blotter: a page of orders with their figures."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet

from dipmaster.accounts.models import User
from execution.domain.lifecycle import LIVE_ORDERS, OrderState
from execution.models import Instrument, ParentOrder
from execution.selectors.figures import Cost, Pace, arrival_bps, cost_so_far, fill_totals, pace_of, starts_at, time_left
from execution.selectors.orders import orders_of
from execution.selectors.parts import SliceRow, slices_of
from execution.selectors.quotes import Places, places_of
from execution.selectors.schedules import schedules_of

PAGE_SIZE = 25
MOST_OPEN = 10
VIEWS = ("working", "today", "all")
_NO_PLACES = Places(price=2, quantity=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the reader wants to see. `open_ids`: expanded orders; `held_ids`: rows to keep as they are while they are pointed at."""

    view: str = "today"
    find: str = ""
    symbol: str = ""
    side: str = ""
    state: str = ""
    page: int = 1
    open_ids: tuple[int, ...] = ()
    held_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One order of the blotter. `slices` are those of an expanded row."""

    order: ParentOrder
    places: Places
    pace: Pace
    arrival_bps: Decimal | None
    cost: Cost | None
    maker_share: Decimal | None
    left: timedelta | None
    starts_at: datetime | None
    is_open: bool
    slices: tuple[SliceRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blotter:
    """A page of rows, and how many orders each view holds."""

    rows: tuple[Row, ...]
    page: Page[ParentOrder]
    counts: dict[str, int]
    symbols: tuple[str, ...]


def blotter(user: User, filters: Filters, now: datetime) -> Blotter:
    """Return what the blotter shows, in a fixed number of queries."""
    orders = orders_of(user)
    page = Paginator(_matching(orders, filters, now), PAGE_SIZE).get_page(filters.page)
    shown = list(orders.filter(pk__in=filters.held_ids)) if filters.held_ids else list(page.object_list)
    return Blotter(
        rows=_rows(shown, set(filters.open_ids[:MOST_OPEN]), now),
        page=page,
        counts=_counts(orders, now),
        symbols=tuple(Instrument.objects.filter(orders__in=orders).distinct().order_by("symbol").values_list("symbol", flat=True)),
    )


def _rows(orders: list[ParentOrder], open_ids: Collection[int], now: datetime) -> tuple[Row, ...]:
    ids = [order.pk for order in orders]
    schedules, totals = schedules_of(ids), fill_totals(ids)
    places = places_of({order.instrument.symbol for order in orders})
    opened = slices_of([order for order in orders if order.pk in open_ids], now, with_children=True)
    return tuple(
        Row(
            order=order,
            places=places.get(order.instrument.symbol, _NO_PLACES),
            pace=pace_of(order, schedules.get(order.pk), now),
            arrival_bps=arrival_bps(order),
            cost=cost_so_far(order, totals.get(order.pk)),
            maker_share=totals[order.pk].maker_share if order.pk in totals else None,
            left=time_left(order, now),
            starts_at=starts_at(order, now),
            is_open=order.pk in open_ids,
            slices=opened.get(order.pk, ()),
        )
        for order in orders
    )


def _today(now: datetime) -> Q:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return Q(created_at__gte=midnight) | Q(completed_at__gte=midnight) | Q(state__in=LIVE_ORDERS)


def _counts(orders: QuerySet[ParentOrder], now: datetime) -> dict[str, int]:
    return orders.aggregate(working=Count("pk", filter=Q(state__in=LIVE_ORDERS)), today=Count("pk", filter=_today(now)), all=Count("pk"))


def _matching(orders: QuerySet[ParentOrder], filters: Filters, now: datetime) -> QuerySet[ParentOrder]:
    if filters.view == "working":
        orders = orders.filter(state__in=LIVE_ORDERS)
    elif filters.view == "today":
        orders = orders.filter(_today(now))
    if filters.symbol:
        orders = orders.filter(instrument__symbol=filters.symbol)
    if filters.side:
        orders = orders.filter(side=filters.side)
    if filters.state in {state.value for state in OrderState}:
        orders = orders.filter(state=filters.state)
    return _found(orders, filters.find.strip()) if filters.find.strip() else orders


def _found(orders: QuerySet[ParentOrder], text: str) -> QuerySet[ParentOrder]:
    """Look for a reference, a client order id, a symbol, a trader or words of the notes."""
    wanted = (
        Q(client_order_id__icontains=text)
        | Q(instrument__symbol__icontains=text)
        | Q(trader__username__icontains=text)
        | Q(notes__icontains=text)
    )
    digits = text.upper().removeprefix("P-")
    if digits.isascii() and digits.isdigit() and len(digits) < 19:
        wanted |= Q(pk=int(digits))
    return orders.filter(wanted)
