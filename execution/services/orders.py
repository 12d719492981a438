"""Submit, pause, resume and cancel parent orders."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from dipmaster.accounts.models import User
from dipmaster.domain.books import Book, consolidated_mid
from dipmaster.domain.instruments import parse_symbol
from dipmaster.domain.sides import Side
from execution.domain.conditions import conditions_of
from execution.domain.lifecycle import LIVE_SLICES, IllegalMove, OrderState, SliceState, move_order
from execution.domain.strategy import Mode, Strategy
from execution.market import books as market_books
from execution.models import Instrument, Listing, ParentOrder, Slice
from execution.selectors.knowledge import with_knowledge
from execution.selectors.orders import OrderNotFound, order_of
from execution.selectors.work import order_market
from execution.services.change import Change, change
from execution.services.order_request import (
    FieldError,
    InvalidOrder,
    OrderRequest,
    base_quantity,
    check_form,
    check_prices,
    request_hash,
    unknown_symbol,
)
from execution.services.strategies import strategy_of
from risk.domain.decisions import Refused
from risk.services import gate, violations

__all__ = [
    "FieldError",
    "InvalidOrder",
    "OrderConflict",
    "OrderNotFound",
    "OrderNotMovable",
    "OrderRequest",
    "Submission",
    "cancel",
    "pause",
    "resume",
    "submit",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """The order, and whether this request created it."""

    order: ParentOrder
    created: bool


class OrderConflict(Exception):
    """The client order id belongs to a different request."""

    code = "CLIENT_ORDER_ID_TAKEN"


class OrderNotMovable(Exception):
    """The order's state does not allow what was asked."""

    code = "NOT_MOVABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """A checked request with what the market adds to it."""

    request: OrderRequest
    instrument: Instrument
    quantity: Decimal
    mid: Decimal
    strategy: Strategy


def submit(*, user: User, request: OrderRequest, now: datetime) -> Submission:
    """Check, store and start an order; a repeated client order id returns the first one.

    A refusal by risk is no error: the order is stored as REJECTED with code and reason.

    Raises:
        InvalidOrder: the request is malformed; nothing was stored.
        OrderConflict: the client order id was used for another request.
    """
    if user.desk_id is None:
        raise InvalidOrder([FieldError(field="", code="NO_DESK", message=_("You belong to no desk: ask an administrator."))])
    digest = request_hash(request)
    if request.client_order_id and (first := _first(user.desk_id, request.client_order_id, digest)):
        return Submission(order=first, created=False)
    mode = check_form(request, now)
    prepared = _prepare(replace(request, client_order_id=request.client_order_id or uuid.uuid4().hex), mode, now)
    try:
        with transaction.atomic():
            return Submission(order=_store(user, user.desk_id, prepared, digest, now), created=True)
    except IntegrityError:
        first = _first(user.desk_id, prepared.request.client_order_id, digest)
        if first is None:
            raise
        return Submission(order=first, created=False)


def _first(desk_id: int, client_order_id: str, digest: str) -> ParentOrder | None:
    first = ParentOrder.objects.filter(desk_id=desk_id, client_order_id=client_order_id).select_related("instrument", "trader").first()
    if first is not None and first.request_hash != digest:
        raise OrderConflict(_("This client order id belongs to %(order)s, a different request.") % {"order": first.reference})
    return first


def _prepare(request: OrderRequest, mode: Mode, now: datetime) -> _Prepared:
    symbol = parse_symbol(request.symbol).symbol
    instrument = Instrument.objects.filter(symbol=symbol, is_enabled=True).first()
    if instrument is None:
        raise InvalidOrder([unknown_symbol(request.symbol)])
    listings = _listings(instrument, request.venues)
    books = _books(symbol, listings, now)
    mid = consolidated_mid(books)
    if mid is None:
        message = _("There is no fresh price for %(symbol)s: the order was not stored. Try again in a moment.") % {"symbol": symbol}
        raise InvalidOrder([FieldError(field="symbol", code="NO_MARKET", message=message)])
    check_prices({"limit_price": request.limit_price, "would_price": request.would_price}, listings)
    quantity = base_quantity(request, listings, mid)
    (market,) = with_knowledge([(order_market(instrument, listings, books), None)], now)
    facts = market.for_planning(mid, side=request.side, quantity=quantity)
    start_at = max(request.start_at or now, now)
    end_at = start_at + timedelta(minutes=float(request.duration_minutes))
    conditions = conditions_of(facts, books, side=request.side, quantity=quantity, start_at=start_at, end_at=end_at)
    strategy = strategy_of(request, mode=mode, conditions=conditions)
    return _Prepared(request=request, instrument=instrument, quantity=quantity, mid=mid, strategy=strategy)


def _listings(instrument: Instrument, venues: Sequence[str]) -> list[Listing]:
    enabled = Listing.objects.filter(instrument=instrument, is_enabled=True, venue__is_enabled=True).select_related("venue", "instrument")
    found = list(enabled.filter(venue__name__in=venues) if venues else enabled)
    unknown = sorted(set(venues) - {listing.venue.name for listing in found})
    if unknown:
        message = _("%(symbol)s is not traded at: %(venues)s") % {"symbol": instrument.symbol, "venues": ", ".join(unknown)[:200]}
        raise InvalidOrder([FieldError(field="venues", code="UNKNOWN_VENUE", message=message)])
    if not found:
        message = _("No enabled venue trades %(symbol)s.") % {"symbol": instrument.symbol}
        raise InvalidOrder([FieldError(field="symbol", code="NO_VENUE", message=message)])
    return found


def _books(symbol: str, listings: Sequence[Listing], now: datetime) -> tuple[Book, ...]:
    """Return the fresh books."""
    books = market_books.read(venues=[listing.venue.name for listing in listings], symbols=[symbol])
    oldest = timedelta(seconds=settings.BOOK_MAX_AGE_SECONDS)
    return tuple(book for book in books.values() if book.is_tradable(now, oldest))


def _store(user: User, desk_id: int, prepared: _Prepared, digest: str, now: datetime) -> ParentOrder:
    """Insert the order and put it before the risk gate; one transaction, so that no reservation is without an order."""
    order = _insert(user, desk_id, prepared, digest, now)
    side = Side(order.side)
    symbol = order.instrument.symbol
    decision = gate.admit_order(
        desk_id=order.desk_id,
        symbol=symbol,
        side=side,
        quantity=order.quantity,
        mid=prepared.mid,
        limit_price=order.limit_price,
        now=now,
    )
    with change([order.pk], now=now) as changing:
        locked = changing.orders[order.pk]
        size = f"{locked.quantity.normalize():f} {locked.instrument.base}"
        if isinstance(decision, Refused):
            _refuse(changing, locked, decision)
        else:
            changing.log(locked, "submitted", f"{side.value.capitalize()} {size}, approved by risk", mid=str(prepared.mid))
            changing.review(locked, locked.start_at)
    return order_of(user, order.pk)


def _insert(user: User, desk_id: int, prepared: _Prepared, digest: str, now: datetime) -> ParentOrder:
    request = prepared.request
    start = max(request.start_at or now, now)
    return ParentOrder.objects.create(
        desk_id=desk_id,
        trader=user,
        instrument=prepared.instrument,
        client_order_id=request.client_order_id,
        request_hash=digest,
        side=request.side.value,
        quantity=prepared.quantity,
        quote_quantity=request.quote_quantity,
        mode=request.mode,
        priority=request.priority,
        algorithm=prepared.strategy.algorithm,
        parameters=dict(prepared.strategy.parameters),
        decision_reasons=list(prepared.strategy.reasons),
        limit_price=request.limit_price,
        max_slippage_bps=request.max_slippage_bps,
        would_price=request.would_price,
        remainder=request.remainder,
        start_at=start,
        end_at=start + timedelta(minutes=float(request.duration_minutes)),
        venue_names=list(request.venues),
        notes=request.notes,
        decision_mid=prepared.mid,
        created_at=now,
    )


def _refuse(changing: Change, order: ParentOrder, refused: Refused) -> None:
    order.state = OrderState.REJECTED
    order.refusal_code, order.refusal_reason = refused.code.value, refused.reason
    order.completed_at = changing.now
    changing.log(order, "refused", f"{refused.code}: {refused.reason}", code=refused.code.value)
    violations.store(
        desk_id=order.desk_id, at=changing.now, refused=refused, symbol=order.instrument.symbol, order_reference=order.reference
    )


def pause(*, user: User, order_id: int, now: datetime) -> ParentOrder:
    """Withdraw what rests and hold the order; its end stays where it is.

    Raises:
        OrderNotFound: no such order on the user's desk.
        OrderNotMovable: the order has ended or is being cancelled.
    """
    return _act(user, order_id, now, _pause)


def resume(*, user: User, order_id: int, now: datetime) -> ParentOrder:
    """Go on with a paused order.

    Raises:
        OrderNotFound: no such order on the user's desk.
        OrderNotMovable: the order is not paused.
    """
    return _act(user, order_id, now, _resume)


def cancel(*, user: User, order_id: int, now: datetime) -> ParentOrder:
    """Stop an order for good; cancelling twice is the same as once.

    Raises:
        OrderNotFound: no such order on the user's desk.
        OrderNotMovable: the order has ended otherwise.
    """
    return _act(user, order_id, now, _cancel)


def _act(user: User, order_id: int, now: datetime, act: Callable[[Change, ParentOrder, User], None]) -> ParentOrder:
    order_of(user, order_id)
    with change([order_id], now=now) as changing:
        try:
            act(changing, changing.orders[order_id], user)
        except IllegalMove as error:
            raise OrderNotMovable(str(error)) from error
    return order_of(user, order_id)


def _pause(changing: Change, order: ParentOrder, user: User) -> None:
    if order.state == OrderState.PAUSED:
        return
    order.state = move_order(OrderState(order.state), OrderState.PAUSED)
    _withdraw(changing, order)
    changing.log(order, "paused", f"Paused by {user.get_username()}", user=user.pk)


def _resume(changing: Change, order: ParentOrder, user: User) -> None:
    if order.state != OrderState.PAUSED:
        raise IllegalMove(f"an order that is {order.state} cannot be resumed")
    order.state = move_order(OrderState.PAUSED, OrderState.WORKING if order.started_at else OrderState.PENDING)
    changing.log(order, "resumed", f"Resumed by {user.get_username()}", user=user.pk)
    changing.review(order, changing.now)


def _cancel(changing: Change, order: ParentOrder, user: User) -> None:
    if order.state in (OrderState.CANCELLING, OrderState.CANCELLED):
        return
    order.state = move_order(OrderState(order.state), OrderState.CANCELLING)
    _withdraw(changing, order)
    changing.log(order, "cancel_requested", f"Cancel requested by {user.get_username()}", user=user.pk)


def _withdraw(changing: Change, order: ParentOrder) -> None:
    """Drop what was only planned, and have what is live withdrawn at once."""
    Slice.objects.filter(parent=order, state=SliceState.PENDING).delete()
    Slice.objects.filter(parent=order, state__in=LIVE_SLICES).update(next_action_at=changing.now)
    order.next_review_at = None
    changing.review(order, changing.now)
