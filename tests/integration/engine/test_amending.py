"""Amendments against venues that answer, and against everything else that happens to an order at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import connection

from execution.domain.lifecycle import ChildState, OrderState, SliceState
from execution.models import ChildOrder, ParentOrder, Slice
from execution.services import amending, executions, orders
from execution.services.amending import AmendmentRefused
from execution.services.change import change
from execution.services.order_request import InvalidOrder
from execution.services.orders import OrderNotMovable
from risk.models import Exposure, RiskLimit
from tests.integration.engine.driver import LONG, Engine, an_execution, utc_now
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal


def amend(engine: Engine, order: ParentOrder, **changes: Any) -> ParentOrder:
    return amending.amend(user=engine.trader, order_id=order.pk, changes=changes, now=utc_now())


def reserved() -> Decimal:
    return sum(Exposure.objects.values_list("reserved_buy", flat=True), D(0))


def outcome(act: Callable[[], Any]) -> str:
    """Return what became of an attempt, in a thread of its own."""
    try:
        act()
    except (InvalidOrder, OrderNotMovable, AmendmentRefused) as refused:
        return type(refused).__name__
    finally:
        connection.close()
    return "done"


def are_waiting_for_locks(count: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
        return bool(cursor.fetchone()[0] == count)


def while_locked(engine: Engine, order: ParentOrder, first: Callable[[Any], None], then: Callable[[], Any]) -> str:
    """Do `first` in a transaction that holds the order while `then` waits for it; return what became of `then`."""
    is_held, may_commit = Event(), Event()

    def hold() -> None:
        try:
            with change([order.pk], now=utc_now()) as changing:
                first(changing)
                is_held.set()
                may_commit.wait(PATIENCE_SECONDS)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        holding = pool.submit(hold)
        assert is_held.wait(PATIENCE_SECONDS)
        waiting = pool.submit(outcome, then)
        try:
            engine.run_until(lambda: waiting.done() or are_waiting_for_locks(1), turn=False)
            assert not waiting.done(), "nothing waited for the order"
        finally:
            may_commit.set()
        holding.result(PATIENCE_SECONDS)
        return waiting.result(PATIENCE_SECONDS)


def test_a_tighter_limit_withdraws_what_rests_beyond_it(engine: Engine) -> None:
    child = engine.a_resting_child()
    assert child.price is not None
    tighter = (child.price * D("0.995")).quantize(D(1))
    amend(engine, child.parent, limit_price=tighter)

    engine.run_until(lambda: ChildOrder.objects.get(pk=child.pk).state == ChildState.CANCELLED)
    engine.run_until(lambda: ChildOrder.objects.filter(parent=child.parent, state=ChildState.OPEN, price__lte=tighter).exists())
    later = ChildOrder.objects.filter(parent=child.parent, decided_at__gt=ChildOrder.objects.get(pk=child.pk).cancel_requested_at)
    assert all(one.price is not None and one.price <= tighter for one in later)


def test_a_smaller_order_fills_its_new_quantity_and_no_more(engine: Engine) -> None:
    child = engine.a_resting_child(quantity=D("0.1"), duration_minutes=D(1))
    order = ParentOrder.objects.get(pk=child.parent_id)
    lowest = amending.floor_of(order).quantity
    smaller = (lowest + D("0.01")).quantize(D("0.00001"))
    minutes = D((utc_now() - order.start_at).total_seconds()) / 60 + D("0.4")
    amend(engine, order, quantity=smaller, duration_minutes=minutes.quantize(D("0.000001")))
    finished = engine.finish(order)
    assert finished.state == OrderState.FILLED
    assert smaller * D("0.999") <= finished.filled_quantity <= smaller
    engine.assert_whole(finished)
    assert reserved() == 0


def test_a_larger_order_that_ends_sooner_fills_it_all(engine: Engine) -> None:
    order = engine.a_resting_child(quantity=D("0.02")).parent
    amend(engine, order, quantity=D("0.05"), end_at=utc_now() + timedelta(seconds=12))
    assert reserved() == D("0.05") - ParentOrder.objects.get(pk=order.pk).filled_quantity
    finished = engine.finish(order)
    assert D("0.04995") <= finished.filled_quantity <= D("0.05")
    engine.assert_whole(finished)
    assert reserved() == 0


def a_slice_that_filled_early(engine: Engine) -> Slice:
    """Return the first of two slices of an order, done long before its time."""
    child = engine.a_resting_child(algorithm="twap", quantity=D("0.05"), parameters={"slice_count": 2, "randomise": 0, "patience": 1})
    part = Slice.objects.filter(pk=child.slice_id)

    def has_ended() -> bool:
        """Fill whatever rests, and tell whether that was all."""
        for resting in ChildOrder.objects.filter(slice=child.slice_id, state=ChildState.OPEN).select_related("venue", "parent__instrument"):
            executions.record([replace(an_execution(resting, f"t-{resting.pk}"), quantity=resting.remaining_quantity)], utc_now())
        return part.filter(state=SliceState.DONE).exists()

    engine.run_until(has_ended)
    engine.run_until(Slice.objects.filter(parent=child.parent_id, state=SliceState.PENDING).exists)
    return part.get()


@pytest.mark.parametrize(
    ("changes", "waits"), [({"duration_minutes": D(3)}, False), ({"quantity": D("0.06")}, False), ({"quantity": D("0.04")}, True)]
)
def test_an_amendment_leaves_ended_slices_as_they_were_and_waits_for_them_unless_it_is_pressed(
    engine: Engine, changes: dict[str, Any], waits: bool
) -> None:
    ended = a_slice_that_filled_early(engine)
    history = Slice.objects.filter(pk=ended.pk).values()
    before = history.get()
    amend(engine, ended.parent, **changes)
    planned = Slice.objects.filter(parent=ended.parent_id, number__gt=ended.number).order_by("number")
    engine.run_until(planned.exists)
    assert history.get() == before
    assert (planned[0].start_at >= ended.end_at) == waits
    assert sum(planned.values_list("quantity", flat=True)) == ParentOrder.objects.get(pk=ended.parent_id).remaining_quantity


def test_a_slice_that_ended_by_a_clock_that_runs_ahead_is_not_waited_for_either(engine: Engine) -> None:
    ended = a_slice_that_filled_early(engine)
    Slice.objects.filter(pk=ended.pk).update(done_at=utc_now() + timedelta(seconds=20))
    amend(engine, ended.parent, duration_minutes=D(3))
    planned = Slice.objects.filter(parent=ended.parent_id, number__gt=ended.number).order_by("number")
    engine.run_until(planned.exists)
    assert planned[0].start_at < ended.end_at


def test_lowering_an_order_to_what_is_filled_ends_it(engine: Engine) -> None:
    child = engine.a_resting_child()
    executions.record([replace(an_execution(child), quantity=child.quantity)], utc_now())
    orders.pause(user=engine.trader, order_id=child.parent_id, now=utc_now())
    engine.run_until(lambda: not amending.floor_of(ParentOrder.objects.get(pk=child.parent_id)).live)
    filled = ParentOrder.objects.get(pk=child.parent_id).filled_quantity
    amend(engine, child.parent, quantity=filled)
    finished = engine.finish(child.parent)
    assert (finished.state, finished.quantity, finished.filled_quantity) == (OrderState.FILLED, filled, filled)
    assert reserved() == 0


def test_a_fill_that_is_being_recorded_counts_before_the_quantity_is_lowered(engine: Engine) -> None:
    child = engine.a_resting_child()
    order = ParentOrder.objects.get(pk=child.parent_id)
    floor = amending.floor_of(order).quantity

    def an_overlooked_fill(changing: Any) -> None:
        executions.apply(changing, [(ChildOrder.objects.select_related("slice", "venue", "parent__instrument").get(pk=child.pk), overfill)])

    overfill = replace(an_execution(child), quantity=child.quantity + D("0.002"))  # more than the child had: a fact of the venue
    became = while_locked(engine, order, an_overlooked_fill, partial(amend, engine, order, quantity=floor))
    order.refresh_from_db()
    assert became == "InvalidOrder"
    assert order.quantity > floor
    assert reserved() == order.quantity - order.filled_quantity


def test_an_amendment_that_waited_for_a_cancel_changes_nothing(engine: Engine) -> None:
    order = engine.a_resting_child().parent
    quantity = ParentOrder.objects.get(pk=order.pk).quantity
    user = engine.trader

    def cancel(changing: Any) -> None:
        orders._cancel(changing, changing.orders[order.pk], user)

    assert while_locked(engine, order, cancel, partial(amend, engine, order, quantity=D("0.5"))) == "OrderNotMovable"
    finished = engine.finish(order)
    assert (finished.state, finished.quantity) == (OrderState.CANCELLED, quantity)
    assert reserved() == 0


def test_orders_that_grow_at_once_never_pass_the_position_limit_together(engine: Engine) -> None:
    grown = [engine.submit(**LONG, quantity=D("0.05")) for _ in range(4)]
    mid = grown[0].decision_mid
    RiskLimit.objects.filter(symbol="", desk=None).update(max_position_notional=mid * D("0.31"))
    with ThreadPoolExecutor(4) as pool:
        became = list(pool.map(lambda order: outcome(partial(amend, engine, order, quantity=D("0.1"))), grown))
    assert sorted(became) == ["AmendmentRefused", "AmendmentRefused", "done", "done"]
    assert reserved() == D("0.3")


def test_amendments_at_once_leave_one_of_them_and_the_reservation_that_it_needs(engine: Engine) -> None:
    order = engine.submit(**LONG, quantity=D("0.05"))
    wanted = [D("0.02"), D("0.03"), D("0.08"), D("0.1")]
    with ThreadPoolExecutor(4) as pool:
        became = list(pool.map(lambda quantity: outcome(partial(amend, engine, order, quantity=quantity)), wanted))
    order.refresh_from_db()
    assert became == ["done"] * 4
    assert order.quantity in wanted
    assert reserved() == order.quantity
