"""Facts that come late, twice or across one another change nothing wrongly and nothing twice."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction

from dipmaster.domain.sides import Side
from execution.domain.lifecycle import ChildState, OrderState, SliceState
from execution.domain.venue_orders import Acknowledged, NotFound, Unknown, VenueOrder, VenueOrderStatus
from execution.models import ChildOrder, ParentOrder, Slice
from execution.services import claims, executions, planning, sending, settling, working
from execution.services.change import change
from risk.models import Exposure
from tests.integration.engine.driver import LONG, Engine, an_execution, utc_now
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)


def an_ended_slices_child(order: ParentOrder, like: ChildOrder) -> ChildOrder:
    """Store a slice that ended unfilled, with the child that was withdrawn."""
    ended = Slice.objects.create(
        parent=order,
        number=900,
        quantity=order.quantity,
        returned_quantity=order.quantity,
        start_at=order.start_at,
        end_at=order.end_at,
        state=SliceState.DONE,
        done_at=utc_now(),
    )
    return ChildOrder.objects.create(
        slice=ended,
        parent=order,
        venue=like.venue,
        number=1,
        client_order_id="withdrawn",
        order_type=like.order_type,
        time_in_force=like.time_in_force,
        price=like.price,
        quantity=order.quantity,
        state=ChildState.CANCELLED,
        mid_at_decision=like.mid_at_decision,
        decided_at=utc_now(),
        ended_at=utc_now(),
    )


def everything(order: ParentOrder, live: Slice) -> Decimal:
    return order.quantity


def more_than_the_live_slice_leaves(order: ParentOrder, live: Slice) -> Decimal:
    return order.quantity - live.quantity / 2


@pytest.mark.parametrize("late_quantity", [everything, more_than_the_live_slice_leaves])
def test_a_late_fill_withdraws_what_was_sent_again_in_its_place(
    engine: Engine, late_quantity: Callable[[ParentOrder, Slice], Decimal]
) -> None:
    resting = engine.a_resting_child()
    late = an_ended_slices_child(resting.parent, resting)

    executions.record([replace(an_execution(late, "late"), quantity=late_quantity(resting.parent, resting.slice))], utc_now())
    engine.turn()

    withdrawn = ChildOrder.objects.get(pk=resting.pk)
    assert withdrawn.cancel_requested_at is not None
    assert Slice.objects.get(pk=resting.slice_id).state in (SliceState.CLOSING, SliceState.DONE)


def test_an_order_that_a_late_fill_completes_ends_and_leaves_nothing_at_a_venue(engine: Engine) -> None:
    resting = engine.a_resting_child()
    late = an_ended_slices_child(resting.parent, resting)

    executions.record([replace(an_execution(late, "late"), quantity=resting.parent.quantity)], utc_now())
    ended = engine.finish(resting.parent)

    assert ended.state == OrderState.FILLED
    assert not any(record["status"] in ("new", "partially filled") for record in engine.venue_orders_of(ended))
    assert Exposure.objects.get(symbol="BTCUSDT").reserved_buy == 0


def test_executions_that_name_a_child_by_either_id_are_added_up(engine: Engine) -> None:
    child = engine.a_resting_child()
    before = child.filled_quantity
    by_venue_id = replace(an_execution(child, "t-2"), client_order_id=None)

    executions.record([an_execution(child, "t-1"), by_venue_id], utc_now())

    assert ChildOrder.objects.get(pk=child.pk).filled_quantity == before + Decimal("0.00002")


def test_a_foreign_order_with_the_same_number_in_another_symbol_is_left_alone(engine: Engine) -> None:
    child = engine.a_resting_child()
    foreign = replace(an_execution(child, "t-1"), symbol="ETHUSDT", client_order_id="somebody-elses")

    recorded = executions.record([foreign], utc_now())

    assert (recorded.new, recorded.foreign) == (0, 1)


def lookup(child: ChildOrder) -> sending.Request:
    symbol = child.parent.instrument.symbol
    return sending.Request(kind=sending.RequestKind.LOOKUP, child=child, symbol=symbol, side=Side.BUY, lease_until=None)


def test_an_order_that_has_filled_is_not_given_up_however_often_it_is_denied(engine: Engine) -> None:
    child = engine.a_resting_child()
    ChildOrder.objects.filter(pk=child.pk).update(state=ChildState.UNKNOWN, confirmed_at=None, acknowledged_at=None)
    executions.record([an_execution(child, "t-1")], utc_now())
    later = utc_now() + timedelta(minutes=1)

    for _ in range(settling.FRUITLESS_LOOKUPS + 1):
        settling.settle([lookup(child)], [NotFound(at=later)], epochs={child.slice_id: -1}, now=later)

    assert ChildOrder.objects.get(pk=child.pk).state == ChildState.UNKNOWN


def test_a_denial_counts_by_when_it_was_said_not_by_when_it_is_recorded(engine: Engine) -> None:
    """The rest of a batch may hang for seconds, in which a slow request still arrives."""
    child = engine.a_resting_child()
    ChildOrder.objects.filter(pk=child.pk).update(state=ChildState.UNKNOWN, confirmed_at=None, acknowledged_at=None)
    recorded_at = utc_now() + timedelta(minutes=1)

    for _ in range(settling.FRUITLESS_LOOKUPS + 1):
        settling.settle([lookup(child)], [NotFound(at=child.decided_at)], epochs={child.slice_id: -1}, now=recorded_at)
    assert ChildOrder.objects.get(pk=child.pk).state == ChildState.UNKNOWN

    settling.settle([lookup(child)], [NotFound(at=recorded_at)], epochs={child.slice_id: -1}, now=recorded_at)
    assert ChildOrder.objects.get(pk=child.pk).state == ChildState.REJECTED


def test_an_open_order_that_the_venue_then_shows_as_rejected_has_ended(engine: Engine) -> None:
    child = engine.a_resting_child()
    told = VenueOrder(
        client_order_id=child.client_order_id,
        venue_order_id=child.venue_order_id,
        status=VenueOrderStatus.REJECTED,
        filled_quantity=Decimal(0),
    )

    settling.settle([lookup(child)], [Acknowledged(order=told, at=utc_now())], epochs={child.slice_id: -1}, now=utc_now())

    assert ChildOrder.objects.get(pk=child.pk).state == ChildState.CANCELLED


def test_a_message_that_comes_again_after_the_lease_was_handed_back_does_nothing(engine: Engine) -> None:
    order = engine.submit(**LONG)
    planning.plan_orders(claims.claim_orders(owner="one worker", limit=50, now=utc_now()), now=utc_now())
    claimed = claims.claim_slices(owner="one worker", limit=50, now=utc_now())
    claims.give_back(list(Slice.objects.filter(parent=order)))

    requests = working.commit_intents(dict(claimed), utc_now())

    assert not requests
    assert not ChildOrder.objects.filter(parent=order).exists()


def test_a_message_that_waited_in_the_queue_still_leads_to_orders(engine: Engine) -> None:
    order = engine.submit(**LONG)
    planning.plan_orders(claims.claim_orders(owner="one worker", limit=50, now=utc_now()), now=utc_now())
    claimed = claims.claim_slices(owner="one worker", limit=50, now=utc_now())
    Slice.objects.filter(parent=order, pk__in=dict(claimed)).update(lease_until=utc_now() + timedelta(milliseconds=100))
    engine.refresh_books()

    working.work_slices(claimed, clock=utc_now)

    assert {child.state for child in ChildOrder.objects.filter(parent=order)} == {ChildState.OPEN}


# What several transactions do at once.


def in_thread(pool: ThreadPoolExecutor, act: Callable[[], Any]) -> Future[Any]:
    def run() -> Any:
        try:
            return act()
        finally:
            connection.close()

    return pool.submit(run)


def are_waiting_for_locks(count: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
        return bool(cursor.fetchone()[0] == count)


def test_reports_of_several_symbols_do_not_block_one_another(engine: Engine) -> None:
    bitcoin = [engine.a_resting_child(), engine.a_resting_child()]
    ether = [engine.a_resting_child(symbol="ETHUSDT", quantity=Decimal(1)) for _ in range(2)]
    reports = [
        [an_execution(bitcoin[0], "t-1"), an_execution(ether[0], "t-2")],
        [an_execution(ether[1], "t-3"), an_execution(bitcoin[1], "t-4")],
    ]

    are_held, may_release = Event(), Event()

    def hold() -> None:
        with transaction.atomic():
            list(Exposure.objects.select_for_update().order_by("pk"))
            are_held.set()
            may_release.wait(PATIENCE_SECONDS)

    with ThreadPoolExecutor(3) as pool:
        holding = in_thread(pool, hold)
        assert are_held.wait(PATIENCE_SECONDS)
        recordings = []
        try:
            for number, report in enumerate(reports, start=1):
                recordings.append(in_thread(pool, partial(executions.record, report, utc_now())))
                engine.run_until(partial(are_waiting_for_locks, number), turn=False)
        finally:
            may_release.set()
        holding.result(PATIENCE_SECONDS)
        recorded = [recording.result(PATIENCE_SECONDS) for recording in recordings]

    assert [result.new for result in recorded] == [2, 2]


def test_recording_answers_does_not_put_off_a_slice_that_was_handed_back_before(engine: Engine) -> None:
    idle, asked = engine.a_resting_child(), engine.a_resting_child()
    later = utc_now() + timedelta(hours=1)
    Slice.objects.filter(pk=idle.slice_id).update(next_action_at=later)
    epochs = {part.pk: part.epoch for part in Slice.objects.filter(pk__in=[idle.slice_id, asked.slice_id])}
    answer = Unknown(reason="no answer", at=utc_now())
    soon = utc_now()
    is_nudged, may_commit = Event(), Event()

    def nudge() -> None:
        with change([idle.parent_id], now=soon):
            Slice.objects.filter(pk=idle.slice_id).update(next_action_at=soon)
            is_nudged.set()
            may_commit.wait(PATIENCE_SECONDS)

    with ThreadPoolExecutor(2) as pool:
        nudging = in_thread(pool, nudge)
        assert is_nudged.wait(PATIENCE_SECONDS)
        settled = in_thread(pool, lambda: settling.settle([lookup(asked)], [answer], epochs=epochs, now=utc_now()))
        try:
            engine.run_until(lambda: settled.done() or are_waiting_for_locks(1), turn=False)
        finally:
            may_commit.set()
        nudging.result(PATIENCE_SECONDS)
        settled.result(PATIENCE_SECONDS)

    assert _next_action(idle.slice_id) == soon


def _next_action(slice_id: int) -> datetime | None:
    return Slice.objects.values_list("next_action_at", flat=True).get(pk=slice_id)
