"""Fills: recorded once, whoever reports them and however often."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

import structlog
from django.conf import settings

from dipmaster.domain.books import Book, consolidated_mid
from dipmaster.domain.fills import Execution
from dipmaster.domain.sides import Side
from execution.domain.lifecycle import LIVE_CHILDREN, LIVE_SLICES, ChildState, move_child
from execution.market import books as market_books
from execution.models import ChildOrder, Fill, ParentOrder, Slice, Venue
from execution.services.change import Change, change
from execution.services.isolation import one_by_one
from risk.domain.decisions import RefusalCode, Refused
from risk.services import exposure, violations

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """How many of the reported executions were new, known already, of no order of ours, or could not be stored."""

    new: int
    known: int
    foreign: int
    failed: int


def record(executions: Sequence[Execution], now: datetime) -> Recorded:
    """Record executions of any orders of ours; a trade that is known already changes nothing.

    One that cannot be stored is told and left out; its child is looked up until what it filled agrees with the venue.
    """
    matched, foreign = _match(executions)
    done = one_by_one(matched, lambda some: _record_batch(some, now), what="record executions")
    new = sum(done)
    for execution in foreign:
        log.warning("execution_of_unknown_order", venue=execution.venue, trade_id=execution.trade_id, order=execution.client_order_id)
    return Recorded(new=new, known=len(done) - new, foreign=len(foreign), failed=len(matched) - len(done))


def _record_batch(matched: Sequence[tuple[ChildOrder, Execution]], now: datetime) -> list[bool]:
    """Return one answer for each execution, how many are true says how many were new."""
    with change({child.parent_id for child, _ in matched}, now=now) as changing:
        new = apply(changing, matched)
    return [index < new for index in range(len(matched))]


def nudge(client_order_ids: Sequence[str], now: datetime) -> None:
    """Have these children looked up now: their venue says that something happened."""
    children = ChildOrder.objects.filter(client_order_id__in=client_order_ids, state__in=LIVE_CHILDREN)
    with change(set(children.values_list("parent_id", flat=True)), now=now) as changing:
        children.update(nudged_at=now)
        due = Slice.objects.filter(pk__in=children.values("slice_id"), state__in=LIVE_SLICES, next_action_at__gt=now)
        if due.update(next_action_at=now):
            changing.wake()


def apply(changing: Change, matched: Sequence[tuple[ChildOrder, Execution]]) -> int:
    """Record executions of children whose parents are locked by `changing`; return how many were new.

    The given children are updated in place, so that a caller which holds them sees the fills.
    """
    fresh = sorted(_new_ones(matched), key=lambda one: _exposure_of(changing.orders[one[0].parent_id]))
    if not fresh:
        return 0
    _refresh_fills({child.pk: child for child, _ in fresh})
    books = _fresh_books([changing.orders[child.parent_id] for child, _ in fresh], changing.now)
    for child, execution in fresh:
        order = changing.orders[child.parent_id]
        symbol = order.instrument.symbol
        mid = consolidated_mid(tuple(book for (_, name), book in books.items() if name == symbol))
        _apply_one(changing, order, child, execution, mid)
    children = {child.pk: child for child, _ in fresh}
    ChildOrder.objects.bulk_update(children.values(), ["filled_quantity", "state", "ended_at", "venue_order_id", "acknowledged_at"])
    _add_to_slices(changing, fresh)
    return len(fresh)


def _exposure_of(order: ParentOrder) -> tuple[int, str]:
    """Return what names the order's exposure row: those rows are locked in this order, whoever reports."""
    return (order.desk_id, order.instrument.symbol)


def _match(executions: Sequence[Execution]) -> tuple[list[tuple[ChildOrder, Execution]], list[Execution]]:
    """Find the child of each execution, by our id or, when the report has none, by the venue's, which counts within one symbol."""
    ours = ChildOrder.objects.select_related("venue", "slice", "parent__instrument")
    by_client_id = {c.client_order_id: c for c in ours.filter(client_order_id__in=[e.client_order_id for e in executions])}
    venue_ids = [e.venue_order_id for e in executions if e.venue_order_id]
    found = {child.pk: child for child in by_client_id.values()}  # one object for each child: fills are added up in it
    by_venue_id = {
        (c.venue.name, c.parent.instrument.symbol, c.venue_order_id): found.get(c.pk, c) for c in ours.filter(venue_order_id__in=venue_ids)
    }
    matched: list[tuple[ChildOrder, Execution]] = []
    foreign: list[Execution] = []
    for execution in executions:
        at_venue = (execution.venue, execution.symbol, execution.venue_order_id or "")
        child = by_client_id.get(execution.client_order_id or "") or by_venue_id.get(at_venue)
        if child is None:
            foreign.append(execution)
        else:
            matched.append((child, execution))
    return matched, foreign


def _new_ones(matched: Sequence[tuple[ChildOrder, Execution]]) -> list[tuple[ChildOrder, Execution]]:
    """Drop trades that are stored, and repetitions within the report; the parents' locks make this safe."""
    stored = set(
        Fill.objects.filter(  # venue and symbol lead the index
            venue__in={child.venue_id for child, _ in matched},
            symbol__in={execution.symbol for _, execution in matched},
            trade_id__in=[execution.trade_id for _, execution in matched],
        ).values_list("venue__name", "symbol", "trade_id")
    )
    fresh: dict[tuple[str, str, str], tuple[ChildOrder, Execution]] = {}
    for child, execution in matched:
        key = (execution.venue, execution.symbol, execution.trade_id)
        if key not in stored:
            fresh.setdefault(key, (child, execution))
    return list(fresh.values())


def _refresh_fills(children: dict[int, ChildOrder]) -> None:
    """Read again what may have changed before the lock was taken."""
    fields = ("pk", "filled_quantity", "state", "ended_at", "venue_order_id", "acknowledged_at")
    for pk, *values in ChildOrder.objects.filter(pk__in=children).values_list(*fields):
        for name, value in zip(fields[1:], values, strict=True):
            setattr(children[pk], name, value)


def _fresh_books(orders: Sequence[ParentOrder], now: datetime) -> dict[tuple[str, str], Book]:
    symbols = {order.instrument.symbol for order in orders}
    names = Venue.objects.filter(is_enabled=True).values_list("name", flat=True)
    oldest = timedelta(seconds=settings.BOOK_MAX_AGE_SECONDS)
    return {key: book for key, book in market_books.read(venues=names, symbols=symbols).items() if book.is_tradable(now, oldest)}


def _apply_one(changing: Change, order: ParentOrder, child: ChildOrder, execution: Execution, mid: Decimal | None) -> None:
    fee_quote = _fee_in_quote(order, execution)
    Fill.objects.create(
        child=child,
        parent=order,
        venue_id=child.venue_id,
        symbol=execution.symbol,
        trade_id=execution.trade_id,
        price=execution.price,
        quantity=execution.quantity,
        fee=execution.fee,
        fee_currency=execution.fee_currency,
        fee_quote=fee_quote,
        is_maker=execution.is_maker,
        mid=mid,
        traded_at=execution.traded_at,
        recorded_at=changing.now,
    )
    _move_exposure(order, execution)
    child.filled_quantity += execution.quantity
    child.venue_order_id = child.venue_order_id or execution.venue_order_id or ""
    child.acknowledged_at = child.acknowledged_at or changing.now
    if child.filled_quantity >= child.quantity and child.state in LIVE_CHILDREN:
        child.state = move_child(ChildState(child.state), ChildState.FILLED)
        child.ended_at = changing.now
    order.filled_quantity += execution.quantity
    order.filled_notional += execution.quantity * execution.price
    order.fees_quote = None if fee_quote is None or order.fees_quote is None else order.fees_quote + fee_quote
    role = "maker" if execution.is_maker else "taker"
    changing.log(
        order,
        "fill",
        f"{child} filled {execution.quantity.normalize():f} at {execution.price.normalize():f}, {role}, {execution.venue}",
        child=str(child),
        quantity=str(execution.quantity),
        price=str(execution.price),
        trade_id=execution.trade_id,
        late=not order.is_live,
    )
    _watch_overfill(changing, order)


def _fee_in_quote(order: ParentOrder, execution: Execution) -> Decimal | None:
    """Return the fee in quote currency; none when it was charged in a third currency, whose rate nobody measured."""
    if execution.fee_currency == order.instrument.quote or execution.fee == 0:
        return execution.fee
    if execution.fee_currency == order.instrument.base:
        return execution.fee * execution.price
    log.warning("fee_currency_not_converted", currency=execution.fee_currency, trade_id=execution.trade_id)
    return None


def _move_exposure(order: ParentOrder, execution: Execution) -> None:
    """Turn reserved quantity into position; a late fill of an ended order has nothing reserved any more."""
    reserved = max(min(execution.quantity, order.remaining_quantity), Decimal(0)) if order.is_live else Decimal(0)
    move = partial(
        exposure.apply_fill, desk_id=order.desk_id, symbol=order.instrument.symbol, side=Side(order.side), quantity=execution.quantity
    )
    try:
        move(reserved=reserved)
    except exposure.ReservationTooSmall:
        log.exception("fill_without_reservation", order=order.reference, trade_id=execution.trade_id)
        move(reserved=Decimal(0))  # a fill is a fact, whatever is wrong with the books here


def _watch_overfill(changing: Change, order: ParentOrder) -> None:
    if order.filled_quantity <= order.quantity:
        return
    excess = (order.filled_quantity - order.quantity).normalize()
    refused = Refused(code=RefusalCode.OVERFILL, reason=f"{order} filled {excess:f} {order.instrument.base} more than was ordered")
    violations.store(
        desk_id=order.desk_id, at=changing.now, refused=refused, symbol=order.instrument.symbol, order_reference=order.reference
    )


def _add_to_slices(changing: Change, fresh: Sequence[tuple[ChildOrder, Execution]]) -> None:
    added: dict[int, Decimal] = defaultdict(Decimal)
    for child, execution in fresh:
        added[child.slice_id] += execution.quantity
    slices = list(Slice.objects.filter(pk__in=added))
    for part in slices:
        part.filled_quantity += added[part.pk]
        if part.state in LIVE_SLICES:
            part.next_action_at = changing.now
        else:  # a late fill takes back what the slice had returned to the plan
            part.returned_quantity = max(part.returned_quantity - added[part.pk], Decimal(0))
            if changing.orders[part.parent_id].is_live:
                changing.review(changing.orders[part.parent_id], changing.now)
    Slice.objects.bulk_update(slices, ["filled_quantity", "returned_quantity", "next_action_at"])
    changing.wake()
