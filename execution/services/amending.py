"""Change an order's terms while it works: quantity, end, prices and the parameters that may change.

Everything happens under the order's lock, so that no fill, cancel or plan falls between what is checked and what is written. Never less
than what is filled and live at venues, never past the desk's limits; what is live is made to agree at once.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from dipmaster.accounts.models import User
from dipmaster.domain.quantize import floor_to_step, is_multiple
from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import Market, Remainder
from execution.domain.algorithms.parameters import InvalidParameter, Kind
from execution.domain.algorithms.registry import AlgorithmSpec, UnknownAlgorithm, get_algorithm
from execution.domain.lifecycle import LIVE_CHILDREN, LIVE_SLICES, OrderState, SliceState
from execution.domain.strategy import URGENCY_STEP
from execution.models import ChildOrder, ParentOrder, Slice
from execution.selectors.orders import order_of
from execution.selectors.work import OrderMarket, markets_of
from execution.services.change import Change, change
from execution.services.order_request import (
    MAX_DURATION_MINUTES,
    FieldError,
    InvalidOrder,
    check_would_price,
    nearest_price,
    wrong_amount,
)
from execution.services.orders import OrderNotMovable
from execution.services.planning import withdraw_excess
from execution.services.strategies import invalid_parameter
from risk.domain.decisions import Refused
from risk.services import exposure, gate, violations

AMENDABLE = ("quantity", "end_at", "limit_price", "max_slippage_bps", "would_price", "remainder")
REMOVABLE = frozenset({"limit_price", "max_slippage_bps", "would_price"})
MAY_BE_AMENDED = frozenset({OrderState.PENDING, OrderState.WORKING, OrderState.PAUSED})
SOONEST_END = timedelta(seconds=3)
"""Less leaves no time for an answer of a venue."""
FASTER = Decimal(2)
LARGEST_FACTOR = Decimal(10)
SHORTEST_ACCELERATED = timedelta(seconds=10)

Terms = dict[str, Any]
"""The fields of AMENDABLE, and `parameters` complete."""


class AmendmentConflict(Exception):
    """The order has changed since the caller last saw it."""

    code = "CHANGED_MEANWHILE"


class AmendmentRefused(Exception):
    """Risk refuses the new terms; the order goes on with the old ones."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.reason)
        self.refused = refused
        self.code = refused.code.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """What an order can't go below: filled and live at venues, base currency."""

    filled: Decimal
    live: Decimal

    @property
    def quantity(self) -> Decimal:
        """Return both together."""
        return self.filled + self.live


def amend(
    *,
    user: User,
    order_id: int,
    changes: Mapping[str, Any],
    now: datetime,
    expected_version: int | None = None,
    expected_terms: str | None = None,
) -> ParentOrder:
    """Change the named terms; what is not named stays, none removes a price or a cap.

    `changes` may have the fields of AMENDABLE, `duration_minutes` (from the order's start) instead of `end_at`, and `parameters`.
    `expected_version` is the order as the caller saw it; `expected_terms` only its terms, see `terms_digest`, for who looks at an order
    that fills meanwhile.

    Raises:
        OrderNotFound: no such order on the user's desk.
        OrderNotMovable: the order has ended or is being cancelled.
        AmendmentConflict: the order, or its terms, changed meanwhile.
        InvalidOrder: a change makes no sense; nothing was changed.
        AmendmentRefused: risk refuses it; nothing was changed.
    """
    expected = _Expected(version=expected_version, terms=expected_terms)
    return _amend(user=user, order_id=order_id, wanted=lambda _order: changes, now=now, word="Amended", expected=expected)


def accelerate(*, user: User, order_id: int, now: datetime, factor: Decimal = FASTER, expected_version: int | None = None) -> ParentOrder:
    """Have the order finish sooner: the time left is divided by the factor, its share of the volume multiplied, its urgency raised a step.

    What its algorithm does not have stays out; no parameter leaves its range.

    Raises:
        OrderNotMovable: the order has ended, is being cancelled, or cannot go faster.
        InvalidOrder: the factor is not above 1, or above LARGEST_FACTOR.
        OrderNotFound, AmendmentConflict, AmendmentRefused: as for `amend`.
    """
    if not factor.is_finite() or not 1 < factor <= LARGEST_FACTOR:
        message = _("Enter a number above 1, at most %(most)s.") % {"most": LARGEST_FACTOR}
        raise InvalidOrder([FieldError(field="factor", code="OUT_OF_RANGE", message=message)])
    expected = _Expected(version=expected_version, terms=None)
    return _amend(
        user=user, order_id=order_id, wanted=lambda order: faster(order, factor, now), now=now, word="Accelerated", expected=expected
    )


def faster(order: ParentOrder, factor: Decimal, now: datetime) -> dict[str, Any]:
    """Return the changes that accelerate an order.

    Raises:
        OrderNotMovable: it cannot go faster.
    """
    changes: dict[str, Any] = {}
    begin = max(now, order.start_at)
    left = order.end_at - begin
    if left > SHORTEST_ACCELERATED:
        changes["end_at"] = begin + max(left / float(factor), SHORTEST_ACCELERATED)
    parameters: dict[str, Any] = {}
    for parameter in _spec(order).parameters:
        value = order.parameters.get(parameter.name)
        if value is None or not parameter.is_mutable or parameter.kind is Kind.CHOICE:
            continue
        most = parameter.maximum if parameter.maximum is not None else float("inf")
        if parameter.name in ("participation_rate", "participation_cap"):
            parameters[parameter.name] = min(float(value) * float(factor), most)
        elif parameter.name == "urgency":
            parameters[parameter.name] = round(min(float(value) + URGENCY_STEP, most), 3)
    parameters = {name: value for name, value in parameters.items() if value > float(order.parameters[name])}
    if parameters:
        changes["parameters"] = parameters
    if not changes and OrderState(order.state) in MAY_BE_AMENDED:
        raise OrderNotMovable(_("the order goes as fast as it can"))
    return changes


def terms_of(order: ParentOrder) -> Terms:
    """Return what may be amended, as it is."""
    return {name: getattr(order, name) for name in AMENDABLE} | {"parameters": dict(order.parameters)}


def terms_digest(order: ParentOrder) -> str:
    """Return a digest of the terms; fills don't change it."""
    return hashlib.sha256(json.dumps(_words_of(terms_of(order)), sort_keys=True).encode()).hexdigest()


def floor_of(order: ParentOrder) -> Floor:
    """Return what the order's quantity can't go below at this moment."""
    live = ChildOrder.objects.filter(parent=order, state__in=LIVE_CHILDREN)
    return Floor(filled=order.filled_quantity, live=sum((max(child.remaining_quantity, Decimal(0)) for child in live), Decimal(0)))


def check(order: ParentOrder, changes: Mapping[str, Any], market: OrderMarket, now: datetime) -> Terms:
    """Return the terms that the changes lead to; without the order's lock the answer may be outdated at once.

    Raises:
        InvalidOrder: with every error found.
    """
    errors = _unknown(changes)
    if not errors:
        errors = _malformed(changes)
    if errors:
        raise InvalidOrder(errors)
    after = terms_of(order)
    after |= {name: value for name, value in changes.items() if name in AMENDABLE}
    if changes.get("duration_minutes") is not None:
        after["end_at"] = order.start_at + timedelta(minutes=float(changes["duration_minutes"]))
    after["parameters"], errors = _parameters(order, changes.get("parameters") or {})
    if after["end_at"] != order.end_at:
        errors += _check_end(order, after["end_at"], now)
    errors += _check_prices(order, after, market)
    if after["quantity"] != order.quantity:
        errors += _check_quantity(order, after["quantity"], market)
    if errors:
        raise InvalidOrder(errors)
    return after


@dataclass(frozen=True, slots=True, kw_only=True)
class _Expected:
    """What the caller has seen of the order; none: it does not matter."""

    version: int | None
    terms: str | None


def _amend(
    *,
    user: User,
    order_id: int,
    wanted: Callable[[ParentOrder], Mapping[str, Any]],
    now: datetime,
    word: str,
    expected: _Expected,
) -> ParentOrder:
    seen = order_of(user, order_id)
    market = markets_of([seen], now)[seen.pk]  # before the lock: nothing waits for Redis
    try:
        with change([order_id], now=now) as changing:
            order = changing.orders[order_id]
            _check_movable(order, expected)
            before = terms_of(order)
            after = check(order, wanted(order), market, now)
            if after != before:
                _apply(changing, order, before, after, market)
                _tell(changing, order, before, after, word=word, user=user)
    except AmendmentRefused as error:
        violations.store(desk_id=seen.desk_id, at=now, refused=error.refused, symbol=seen.instrument.symbol, order_reference=seen.reference)
        raise
    return order_of(user, order_id)


def _check_movable(order: ParentOrder, expected: _Expected) -> None:
    if OrderState(order.state) not in MAY_BE_AMENDED:
        raise OrderNotMovable(_("an order that is %(state)s cannot be amended") % {"state": order.state})
    if expected.version is not None and order.version != expected.version:
        message = _("The order has changed: it is at version %(version)s.") % {"version": order.version}
        raise AmendmentConflict(message)
    if expected.terms is not None and terms_digest(order) != expected.terms:
        raise AmendmentConflict(_("Somebody else has amended the order meanwhile: look at its terms again."))


# What may be asked for.


def _unknown(changes: Mapping[str, Any]) -> list[FieldError]:
    known = {*AMENDABLE, "duration_minutes", "parameters"}
    errors = [
        FieldError(field=str(name)[:60], code="NOT_AMENDABLE", message=_("This cannot be amended."))
        for name in changes
        if name not in known
    ]
    if not changes:
        errors.append(FieldError(field="", code="NOTHING_TO_AMEND", message=_("Name at least one term to change.")))
    if changes.get("end_at") is not None and changes.get("duration_minutes") is not None:
        errors.append(FieldError(field="duration_minutes", code="END_TWICE", message=_("Give one end, as a time or as minutes.")))
    return errors


def _malformed(changes: Mapping[str, Any]) -> list[FieldError]:
    errors: list[FieldError] = []
    for name in ("quantity", "limit_price", "max_slippage_bps", "would_price", "duration_minutes"):
        value = changes.get(name)
        if value is None:
            if name in changes and name not in REMOVABLE:
                errors.append(FieldError(field=name, code="REQUIRED", message=_("This cannot be removed.")))
        elif (error := wrong_amount(name, value)) is not None:
            errors.append(error)
    end_at = changes.get("end_at")
    if "end_at" in changes and (end_at is None or end_at.tzinfo is None):
        errors.append(FieldError(field="end_at", code="NO_TIME_ZONE", message=_("The end needs a time with a time zone.")))
    if "remainder" in changes and changes["remainder"] not in list(Remainder):
        errors.append(FieldError(field="remainder", code="INVALID_CHOICE", message=_("Choose cross or leave.")))
    return errors


def _spec(order: ParentOrder) -> AlgorithmSpec:
    try:
        return get_algorithm(order.algorithm)
    except UnknownAlgorithm as error:
        raise OrderNotMovable(str(error)) from error


def _parameters(order: ParentOrder, changes: Mapping[str, Any]) -> tuple[dict[str, Any], list[FieldError]]:
    """Return the complete parameters with the changes, and what is wrong with them."""
    if not changes:
        return dict(order.parameters), []
    spec = _spec(order)
    known = {parameter.name: parameter for parameter in spec.parameters}
    fixed = [name for name in changes if name in known and not known[name].is_mutable]
    if fixed:
        message = _("This cannot change while the order works.")
        return {}, [FieldError(field=f"parameters.{name}", code="NOT_AMENDABLE", message=message) for name in fixed]
    kept = {name: value for name, value in order.parameters.items() if name in known}
    try:
        return spec.read({**kept, **changes}), []
    except InvalidParameter as error:
        return {}, [invalid_parameter(error)]


def _check_end(order: ParentOrder, end_at: datetime, now: datetime) -> list[FieldError]:
    earliest = max(now, order.start_at) + SOONEST_END
    latest = order.start_at + timedelta(minutes=float(MAX_DURATION_MINUTES))
    if end_at < earliest:
        message = _("This is too soon: at the earliest %(earliest)s UTC.") % {"earliest": f"{earliest:%H:%M:%S}"}
        return [FieldError(field="end_at", code="END_IN_PAST", message=message)]
    if end_at > latest:
        message = _("At most 24 hours after the start: at the latest %(latest)s UTC.") % {"latest": f"{latest:%Y-%m-%d %H:%M:%S}"}
        return [FieldError(field="end_at", code="TOO_LONG", message=message)]
    return []


def _check_prices(order: ParentOrder, after: Terms, market: OrderMarket) -> list[FieldError]:
    """Check the prices that change against the coarsest tick and against each other."""
    changed = {name: after[name] for name in ("limit_price", "would_price") if after[name] != getattr(order, name)}
    tick = max((listing.tick for listing in market.listings.values()), default=None)
    errors = []
    for name, price in changed.items():
        if price is not None and tick is not None and not is_multiple(price, tick):
            errors.append(nearest_price(name, price, tick))
    if changed and not errors:
        errors += check_would_price(Side(order.side), after["would_price"], after["limit_price"])
    return errors


def _check_quantity(order: ParentOrder, quantity: Decimal, market: OrderMarket) -> list[FieldError]:
    """Check a new quantity against lots, minimums and what can't be taken back."""
    floor = floor_of(order)
    base = order.instrument.base
    if quantity < floor.quantity:
        words = {"floor": _amount(floor.quantity), "filled": _amount(floor.filled), "live": _amount(floor.live), "base": base}
        message = _("At least %(floor)s %(base)s: %(filled)s filled and %(live)s live at venues. Pause the order to go lower.") % words
        return [FieldError(field="quantity", code="BELOW_DONE", message=message)]
    facts = _facts(order, market)
    if facts is None:
        message = _("There is no fresh price for %(symbol)s: try again in a moment.") % {"symbol": order.instrument.symbol}
        return [FieldError(field="quantity", code="NO_MARKET", message=message)]
    if quantity not in (floor.quantity, floor.filled) and not is_multiple(quantity, facts.lot):  # some venue's lot is finer
        nearest = max(floor_to_step(quantity + facts.lot / 2, facts.lot), facts.lot)
        message = _("The lot is %(lot)s. Nearest: %(nearest)s") % {"lot": _amount(facts.lot), "nearest": _amount(nearest)}
        return [FieldError(field="quantity", code="OFF_THE_LOT", message=message)]
    rest = quantity - floor.quantity
    if 0 < rest < facts.min_quantity:
        smallest = _amount(floor.quantity + facts.min_quantity)
        message = _("The rest would be below the venues' minimum. Nearest: %(smallest)s") % {"smallest": smallest}
        return [FieldError(field="quantity", code="BELOW_MINIMUM", message=message)]
    return []


def _facts(order: ParentOrder, market: OrderMarket) -> Market | None:
    return None if market.mid is None else market.for_planning(market.mid)


# What is done.


def _apply(changing: Change, order: ParentOrder, before: Terms, after: Terms, market: OrderMarket) -> None:
    """Write the new terms and make everything that is planned or live agree with them."""
    _reserve(changing, order, before, after, market)
    for name, value in after.items():
        setattr(order, name, value)
    if after["quantity"] != before["quantity"]:
        order.quote_quantity = None  # it was sized so, and is no more
    has_less_time = after["quantity"] > before["quantity"] or after["end_at"] < before["end_at"]
    if has_less_time:
        ended = Slice.objects.filter(parent=order, state=SliceState.DONE).aggregate(newest=Max("done_at"))["newest"]
        order.rescheduled_at = max(changing.now, ended or changing.now)  # who ended it read another clock, or later than we did
    order.save(update_fields=[*after, "quote_quantity", "rescheduled_at"])
    Slice.objects.filter(parent=order, state=SliceState.PENDING).delete()  # before one of them is released on the old terms
    live = list(Slice.objects.filter(parent=order, state__in=LIVE_SLICES).order_by("pk"))
    rows = Slice.objects.filter(pk__in=[part.pk for part in live])
    rows.filter(end_at__gt=order.end_at).update(end_at=order.end_at)
    rows.update(next_action_at=changing.now)
    withdraw_excess(changing, order, live)
    if has_less_time:
        half_way = changing.now + (order.end_at - changing.now) / 2
        # Nothing is planned beside a live slice: those that last into the second half make room.
        rows.filter(state=SliceState.WORKING, end_at__gt=half_way).update(state=SliceState.CLOSING, end_at=changing.now)
    order.next_review_at = None
    changing.review(order, changing.now)


def _reserve(changing: Change, order: ParentOrder, before: Terms, after: Terms, market: OrderMarket) -> None:
    """Have risk judge what is more or priced anew, and make the reservation fit; the order is locked before its exposure."""
    symbol, side = order.instrument.symbol, Side(order.side)
    reserved, needed = (max(terms["quantity"] - order.filled_quantity, Decimal(0)) for terms in (before, after))
    if needed > reserved or after["limit_price"] != before["limit_price"]:
        decision = gate.admit_amendment(
            desk_id=order.desk_id,
            symbol=symbol,
            side=side,
            quantity=after["quantity"],
            further=max(needed - reserved, Decimal(0)),
            mid=market.mid,
            limit_price=after["limit_price"],
            now=changing.now,
        )
        if isinstance(decision, Refused):
            raise AmendmentRefused(decision)
    if needed < reserved:
        exposure.release(desk_id=order.desk_id, symbol=symbol, side=side, quantity=reserved - needed)


def _tell(changing: Change, order: ParentOrder, before: Terms, after: Terms, *, word: str, user: User) -> None:
    differences = differences_of(before, after)
    old, new = _words_of(before), _words_of(after)
    changing.log(
        order,
        "amended",
        f"{word} by {user.get_username()}: {'; '.join(f'{name} {was} → {becomes}' for name, was, becomes in differences)}",
        user=user.pk,
        before={name: old[name] for name, _was, _becomes in differences},
        after={name: new[name] for name, _was, _becomes in differences},
        filled=str(order.filled_quantity),
    )


def differences_of(before: Terms, after: Terms) -> list[tuple[str, str, str]]:
    """Return name, old and new value of every term that differs, as people read them."""
    old, new = _words_of(before), _words_of(after)
    return [(name, old.get(name) or "none", new.get(name) or "none") for name in new if new[name] != old.get(name)]


def _words_of(terms: Terms) -> dict[str, str | None]:
    flat = {name: value for name, value in terms.items() if name != "parameters"} | terms["parameters"]
    return {name: _word(value) for name, value in flat.items()}


def _word(value: Any) -> str | None:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return _amount(value)
    return f"{value:.12g}" if isinstance(value, float) else None if value is None else str(value)


def _amount(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}" if quantity else "0"
