"""Review orders: start them, plan what is not released yet, end them."""

import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from django.conf import settings
from django.db.models import Max, Q

from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import OrderTerms, Plan, Progress, Remainder
from execution.domain.algorithms.registry import custom_algorithm_names
from execution.domain.lifecycle import LIVE_SLICES, OrderState, SliceState, move_order
from execution.domain.planning import NO_MARKET_RETRY, SHORTEST_REVIEW_INTERVAL, is_dust, progress_of
from execution.models import ParentOrder, Slice
from execution.selectors.knowledge import with_knowledge
from execution.selectors.work import OrderMarket, markets_of
from execution.services import claims
from execution.services.change import Change, change
from execution.services.completion import complete
from execution.services.containment import NoUsablePlan, ask_for_plan
from execution.services.isolation import one_by_one

SAME_SIZE = Decimal("0.05")
"""A planned slice that would change by less than this share of it stays as it is."""


def plan_orders(claimed: Sequence[claims.Claim], *, now: datetime) -> None:
    """Review the claimed orders; a claim that is no longer the latest is left to its new holder."""
    apart = _with_custom_algorithms(claimed)
    together = [claim for claim in claimed if claim[0] not in apart]
    one_by_one(together, lambda some: _plan_batch(some, now), what="plan orders")
    _plan_apart([claim for claim in claimed if claim[0] in apart], now)


def _with_custom_algorithms(claimed: Sequence[claims.Claim]) -> set[int]:
    names = custom_algorithm_names()
    if not names:
        return set()
    return set(ParentOrder.objects.filter(pk__in=dict(claimed), algorithm__in=names).values_list("pk", flat=True))


def _plan_apart(claimed: Sequence[claims.Claim], now: datetime) -> None:
    """Review orders one by one: a custom algorithm that hangs holds its own order's lock and no other's.

    What is not reached while the claim holds is claimed again.
    """
    began = time.monotonic()
    for claim in claimed:
        passed = time.monotonic() - began
        if passed > settings.LEASE_SECONDS / 2:
            return
        one_by_one([claim], partial(_plan_batch, now=now + timedelta(seconds=passed)), what="plan orders")


def _plan_batch(claimed: Sequence[claims.Claim], now: datetime) -> list[ParentOrder]:
    epochs = dict(claimed)
    markets = _markets_of(epochs, now)
    with change(epochs, now=now) as changing:
        held = [order for pk, order in changing.orders.items() if claims.holds(order, epochs[pk])]
        slices = _slices_of(held, now)
        for order in sorted(held, key=lambda one: (one.desk_id, one.instrument.symbol)):  # exposures are locked in this order
            _review(changing, order, slices[order.pk], markets[order.pk])
            changing.touch(order)
        claims.give_back(held)
        return held


def _markets_of(order_ids: Collection[int], now: datetime) -> dict[int, OrderMarket]:
    """Return what is known of each order's market; before the locks, so that nothing waits for it."""
    orders = list(ParentOrder.objects.filter(pk__in=order_ids).select_related("instrument"))
    markets = markets_of(orders, now)
    known = with_knowledge([(markets[order.pk], order.start_at) for order in orders], now)
    return {order.pk: market for order, market in zip(orders, known, strict=True)}


def _slices_of(orders: Sequence[ParentOrder], now: datetime) -> dict[int, list[Slice]]:
    """Return the slices that are planned or live, and those that have ended before their time was over."""
    found: dict[int, list[Slice]] = {order.pk: [] for order in orders}
    mattering = Q(state__in=[*LIVE_SLICES, SliceState.PENDING]) | Q(state=SliceState.DONE, end_at__gt=now)
    for part in Slice.objects.filter(mattering, parent__in=orders).order_by("number"):
        found[part.parent_id].append(part)
    return found


def _review(changing: Change, order: ParentOrder, slices: list[Slice], market: OrderMarket) -> None:
    order.next_review_at = None
    live = [part for part in slices if part.state in LIVE_SLICES]
    withdraw_excess(changing, order, live)
    if order.state == OrderState.CANCELLING:
        _end_when_quiet(changing, order, live, OrderState.CANCELLED, market)
    elif order.remaining_quantity <= 0:
        _end_when_quiet(changing, order, live, OrderState.FILLED, market)
    elif changing.now >= order.end_at:
        _end_when_quiet(changing, order, live, OrderState.EXPIRED, market)
    elif order.state == OrderState.PAUSED:
        changing.review(order, order.end_at)
    elif order.state == OrderState.PENDING:
        _start(changing, order, market)
    else:
        _plan(changing, order, slices, market)


def withdraw_excess(changing: Change, order: ParentOrder, live: list[Slice]) -> None:
    """Close the live slices when they could fill more than is wanted: a late fill has done what was planned again meanwhile."""
    if order.filled_quantity + _committed(live) <= order.quantity:
        return
    working = Slice.objects.filter(pk__in=[part.pk for part in live], state=SliceState.WORKING)
    if working.update(state=SliceState.CLOSING, next_action_at=changing.now):
        changing.wake()


def _committed(live: list[Slice]) -> Decimal:
    return sum((max(part.quantity - part.filled_quantity, Decimal(0)) for part in live), Decimal(0))


def _end_when_quiet(changing: Change, order: ParentOrder, live: list[Slice], state: OrderState, market: OrderMarket) -> None:
    """End the order once nothing of it is live at a venue; the last slice to end asks for this review again."""
    Slice.objects.filter(parent=order, state=SliceState.PENDING).delete()
    if not live:
        filled = order.remaining_quantity <= 0
        complete(changing, order, OrderState.FILLED if filled else state, mid=market.mid)


def _start(changing: Change, order: ParentOrder, market: OrderMarket) -> None:
    if changing.now < order.start_at:
        changing.review(order, order.start_at)
        return
    mid = market.mid
    if mid is None:
        changing.review(order, changing.now + NO_MARKET_RETRY)
        return
    order.state = move_order(OrderState(order.state), OrderState.WORKING)
    order.started_at = changing.now
    order.arrival_mid = mid
    changing.log(order, "started", f"Started; arrival mid {mid.normalize():f}", arrival_mid=str(mid))
    _plan(changing, order, [], market)


def _plan(changing: Change, order: ParentOrder, slices: list[Slice], market: OrderMarket) -> None:
    """Ask the algorithm again and keep what is planned when it answers the same."""
    pending = [part for part in slices if part.state == SliceState.PENDING]
    live = [part for part in slices if part.state in LIVE_SLICES]
    progress = replace(_progress(order, slices), market_quantity=market.known.market_quantity)
    to_plan = order.quantity - progress.done
    changing.review(order, order.end_at)
    mid = market.mid
    facts = None if mid is None else market.for_planning(mid, side=Side(order.side), quantity=order.quantity)
    if facts is None:
        changing.review(order, changing.now + NO_MARKET_RETRY)
        return
    if not live and is_dust(to_plan, order.quantity, facts):
        _end_when_quiet(changing, order, live, OrderState.FILLED, market)
        return
    try:
        plan = ask_for_plan(order.algorithm, _terms(order), progress, facts, changing.now)
    except NoUsablePlan as error:
        pause_by_system(changing, order, str(error))
        return
    if not _is_planned(pending, plan):
        _replace(changing, order, plan, lot=facts.lot, is_fresh=not pending)
    if plan.next_review_at is not None:
        changing.review(order, max(plan.next_review_at, changing.now + SHORTEST_REVIEW_INTERVAL))


def pause_by_system(changing: Change, order: ParentOrder, reason: str) -> None:
    """Withdraw what rests and hold the order until someone resumes or cancels it; its end stays where it is."""
    order.state = move_order(OrderState(order.state), OrderState.PAUSED)
    Slice.objects.filter(parent=order, state=SliceState.PENDING).delete()
    Slice.objects.filter(parent=order, state__in=LIVE_SLICES).update(next_action_at=changing.now)
    changing.log(order, "paused", f"Paused, as there is no usable plan: {reason}", reason=reason[:400])
    changing.wake()


def _progress(order: ParentOrder, slices: list[Slice]) -> Progress:
    live = ((part.quantity - part.filled_quantity, part.end_at) for part in slices if part.state in LIVE_SLICES)
    early = (part.end_at for part in slices if part.state == SliceState.DONE and _paces(order, part))
    return progress_of(order.filled_quantity, live, early)


def _paces(order: ParentOrder, ended: Slice) -> bool:
    """Tell whether what follows waits for the time of a slice that has ended: it filled, and the order is no more pressed than it was."""
    is_outdated = order.rescheduled_at is not None and ended.done_at is not None and ended.done_at <= order.rescheduled_at
    return not is_outdated and ended.filled_quantity > ended.returned_quantity


def _terms(order: ParentOrder) -> OrderTerms:
    return OrderTerms(
        side=Side(order.side),
        quantity=order.quantity,
        limit_price=order.limit_price,
        would_price=order.would_price,
        arrival_mid=order.arrival_mid,
        start_at=order.start_at,
        end_at=order.end_at,
        remainder=Remainder(order.remainder),
        parameters=order.parameters,
        seed=order.pk,
    )


def _is_planned(pending: Sequence[Slice], plan: Plan) -> bool:
    """Tell whether the slices that wait are those of a plan, as good as: the same times and sum, no size off by more than a little.

    A forecast moves with every trade; rewriting everything for that would fill the log with nothing.
    """
    if len(pending) != len(plan.slices) or sum(part.quantity for part in pending) != sum(planned.quantity for planned in plan.slices):
        return False
    return all(
        (part.start_at, part.end_at, part.urgency) == (planned.start_at, planned.end_at, planned.urgency)
        and abs(part.quantity - planned.quantity) <= planned.quantity * SAME_SIZE
        for part, planned in zip(pending, plan.slices, strict=True)
    )


def _replace(changing: Change, order: ParentOrder, plan: Plan, *, lot: Decimal, is_fresh: bool) -> None:
    """Write a plan in place of what is planned. The log has the slices of a fresh one, of a revised one only what it comes to."""
    Slice.objects.filter(parent=order, state=SliceState.PENDING).delete()
    last = Slice.objects.filter(parent=order).aggregate(last=Max("number"))["last"] or 0
    Slice.objects.bulk_create(
        Slice(
            parent=order,
            number=number,
            quantity=planned.quantity,
            start_at=planned.start_at,
            end_at=planned.end_at,
            urgency=planned.urgency,
            next_action_at=max(planned.start_at, changing.now),
        )
        for number, planned in enumerate(plan.slices, start=last + 1)
    )
    total = sum((planned.quantity for planned in plan.slices), Decimal(0))
    slices = [[str(planned.quantity), planned.start_at.isoformat(), planned.end_at.isoformat()] for planned in plan.slices]
    changing.log(
        order,
        "planned",
        f"{len(plan.slices)} slices for {total.normalize():f} {order.instrument.base}: {' '.join(plan.reasons)}",
        lot=str(lot),
        seed=order.pk,
        **({"slices": slices} if is_fresh else {}),
    )
    changing.wake()
