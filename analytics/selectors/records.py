"""What the database knows of a finished order, read in a fixed number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import structlog
from django.db.models import Max, Min, QuerySet, Sum

from analytics.domain.alpha import Moment
from analytics.domain.benchmarks import TradedVolume
from execution.models import Bar, ChildOrder, Decision, Fill, Listing, ParentOrder, Slice, Venue
from execution.models.decisions import UnreadableDecision
from execution.selectors.schedules import Schedule, schedules_of
from risk.models import Violation

log = structlog.get_logger()

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
CLOSE_WINDOW = timedelta(minutes=1)  # a close older than this is not the price at the close


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The finest tick and lot over all venues; none when the instrument is listed nowhere any more."""

    tick: Decimal | None
    lot: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """Bars between the order's start and end: traded volume by venue and one mid per second that has one."""

    start: datetime
    end: datetime
    seconds: int
    volumes: tuple[TradedVolume, ...]
    mids: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """The last mid before midnight UTC. `is_due`: midnight has passed and its bars are stored; `mid` is none when there are none."""

    at: datetime
    is_due: bool
    mid: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """One finished order's rows. `moments` by the decisions' ids; those that cannot be read are not there."""

    order: ParentOrder
    venues: dict[int, Venue]
    steps: Steps
    slices: int
    children: Sequence[ChildOrder]
    moments: Mapping[int, Moment]
    fills: Sequence[Fill]
    schedule: Schedule | None
    violations: Sequence[Violation]
    market: Market | None
    close: Close


def records_of(order: ParentOrder, *, close_known_after: timedelta, now: datetime) -> Records:
    """Read everything about an order that has ended."""
    venues = {venue.pk: venue for venue in Venue.objects.all()}
    children = list(ChildOrder.objects.filter(parent=order).select_related("slice").order_by("decided_at", "pk"))
    return Records(
        order=order,
        venues=venues,
        steps=_steps(order),
        slices=Slice.objects.filter(parent=order).count(),
        children=children,
        moments=_moments(children),
        fills=list(Fill.objects.filter(parent=order).order_by("traded_at", "pk")),
        schedule=schedules_of([order.pk]).get(order.pk),
        violations=list(Violation.objects.filter(desk_id=order.desk_id, order_reference=order.reference).order_by("at", "pk")),
        market=_market(order, venues),
        close=_close(order, close_known_after, now),
    )


def close_of_day(ended_at: datetime) -> datetime:
    """Return the first midnight UTC after a moment."""
    return datetime.combine(ended_at.astimezone(UTC).date() + DAY, time(), tzinfo=UTC)


def _moments(children: Sequence[ChildOrder]) -> dict[int, Moment]:
    """Read the decisions that something is compared on: each slice's first, and those of children that filled."""
    firsts = {child.slice_id: child for child in reversed(children)}
    wanted = [*firsts.values(), *(child for child in children if child.filled_quantity)]
    found = {}
    for pk, row in Decision.objects.in_bulk({child.decision_id for child in wanted if child.decision_id is not None}).items():
        try:
            inputs = row.to_domain().inputs
        except UnreadableDecision as error:
            log.warning("decision_not_readable", decision=pk, error=str(error))
            continue
        books = tuple(
            book for book in inputs.books if book.venue in inputs.listings and book.is_tradable(inputs.now, inputs.slice.max_book_age)
        )
        found[pk] = Moment(at=inputs.now, books=books, listings=inputs.listings)
    return found


def _steps(order: ParentOrder) -> Steps:
    return Steps(**Listing.objects.filter(instrument=order.instrument_id).aggregate(tick=Min("tick"), lot=Min("lot")))


def _market(order: ParentOrder, venues: dict[int, Venue]) -> Market | None:
    """Read the bars of every second that the order's time touches; none for an order that never started."""
    if order.started_at is None or order.completed_at is None:
        return None
    start = order.started_at.replace(microsecond=0)
    bars = Bar.objects.filter(instrument=order.instrument_id, at__gte=start, at__lt=order.completed_at)
    by_venue = bars.filter(volume__gt=0).values("venue_id").annotate(traded=Sum("volume"), value=Sum("notional")).order_by("venue_id")
    return Market(
        start=order.started_at,
        end=order.completed_at,
        seconds=-((start - order.completed_at) // SECOND),
        volumes=tuple(TradedVolume(venue=venues[row["venue_id"]].name, quantity=row["traded"], notional=row["value"]) for row in by_venue),
        mids=tuple((bid + ask) / 2 for _, bid, ask in _touches(bars)),
    )


def _touches(bars: QuerySet[Bar]) -> QuerySet[Bar, tuple[datetime, Decimal, Decimal]]:
    """Return second, best bid and best ask over all venues, for the seconds that have both."""
    seconds = bars.values("at").annotate(best_bid=Max("bid"), best_ask=Min("ask"))
    return seconds.filter(best_bid__isnull=False, best_ask__isnull=False).order_by("at").values_list("at", "best_bid", "best_ask")


def _close(order: ParentOrder, known_after: timedelta, now: datetime) -> Close:
    at = close_of_day(order.completed_at or now)
    if now < at + known_after:
        return Close(at=at, is_due=False, mid=None)
    bars = Bar.objects.filter(instrument=order.instrument_id, at__gte=at - CLOSE_WINDOW, at__lt=at)
    last = _touches(bars).last()
    return Close(at=at, is_due=True, mid=None if last is None else (last[1] + last[2]) / 2)
