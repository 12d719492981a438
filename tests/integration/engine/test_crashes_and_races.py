"""What happens when processes die at the worst moment, and when several act at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from dipmaster.domain.sides import Side
from execution.domain.lifecycle import ChildState, OrderState
from execution.domain.venue_orders import Unknown
from execution.models import ChildOrder, Fill, ParentOrder, Slice
from execution.services import claims, executions, orders, planning, sending, settling, working
from execution.services.orders import OrderRequest
from risk.models import Exposure
from tests.integration.engine.driver import Engine, an_execution, utc_now

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _short_leases(settings: Any) -> None:
    settings.LEASE_SECONDS = 5.0  # outlasts the time-out by as much as a busy machine may need before it sends
    settings.VENUE_TIMEOUT_SECONDS = 2.0


def claim_until_something_is_to_be_sent(engine: Engine) -> tuple[dict[int, int], list[sending.Request]]:
    """Play worker until the first decision that wants to place an order; return its claims and its committed requests."""
    found: list[tuple[dict[int, int], list[sending.Request]]] = []

    def decide() -> bool:
        now = utc_now()
        planning.plan_orders(claims.claim_orders(owner="doomed", limit=50, now=now), now=now)
        epochs = dict(claims.claim_slices(owner="doomed", limit=50, now=utc_now()))
        requests = working.commit_intents(epochs, utc_now())
        if requests:
            found.append((epochs, requests))
        return bool(found)

    engine.run_until(decide, turn=False)
    return found[0]


def in_threads(count: int, act: Callable[[], Any]) -> list[Any]:
    """Run `act` in that many threads at once, each with a database connection of its own."""

    def run(_: int) -> Any:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_an_order_goes_on_when_its_worker_dies_before_sending(engine: Engine) -> None:
    order = engine.submit(duration_minutes=Decimal("0.5"))  # longer than a request to any of the venues may still arrive
    _, requests = claim_until_something_is_to_be_sent(engine)

    ended = engine.finish(order)

    lost = ChildOrder.objects.get(pk=requests[0].child.pk)
    assert (lost.state, lost.refusal_code) == (ChildState.REJECTED, settling.NOT_AT_VENUE)
    assert not engine.venue_orders_named([lost.client_order_id])
    assert ended.state == OrderState.FILLED
    engine.assert_whole(ended)


def test_an_order_goes_on_when_its_worker_dies_after_sending(engine: Engine) -> None:
    order = engine.submit(duration_minutes=Decimal("0.35"))
    _, requests = claim_until_something_is_to_be_sent(engine)
    sending.send(requests, clock=utc_now)

    ended = engine.finish(order)

    sent = ChildOrder.objects.get(pk=requests[0].child.pk)
    assert sent.venue_order_id
    assert sent.state != ChildState.REJECTED
    assert ended.state == OrderState.FILLED
    engine.assert_whole(ended)


def test_an_order_whose_answer_was_lost_is_found_and_not_sent_again(engine: Engine) -> None:
    order = engine.submit(duration_minutes=Decimal("0.35"))
    epochs, requests = claim_until_something_is_to_be_sent(engine)
    sending.send(requests, clock=utc_now)
    lost = [Unknown(reason="connection reset", at=utc_now()) for _ in requests]
    settling.settle(requests, lost, epochs=epochs, now=utc_now())
    states = {child.state for child in ChildOrder.objects.filter(parent=order)}

    ended = engine.finish(order)

    assert states == {ChildState.UNKNOWN}
    assert ended.state == OrderState.FILLED
    engine.assert_whole(ended)


def test_a_worker_whose_lease_has_run_out_sends_nothing(engine: Engine) -> None:
    order = engine.submit()
    epochs, requests = claim_until_something_is_to_be_sent(engine)
    late = [replace(request, lease_until=utc_now() + timedelta(seconds=1)) for request in requests]

    outcomes = sending.send(late, clock=utc_now)
    settling.settle(late, outcomes, epochs=epochs, now=utc_now())

    assert not engine.venue_orders_of(order)
    assert {child.refusal_code for child in ChildOrder.objects.filter(parent=order)} == {sending.NOT_SENT}


def test_nothing_is_placed_that_risk_has_not_approved(engine: Engine) -> None:
    order = engine.submit()
    epochs, requests = claim_until_something_is_to_be_sent(engine)
    tampered = [replace(request, approval=None) for request in requests]

    outcomes = sending.send(tampered, clock=utc_now)
    settling.settle(tampered, outcomes, epochs=epochs, now=utc_now())

    assert not engine.venue_orders_of(order)
    assert {child.refusal_code for child in ChildOrder.objects.filter(parent=order)} == {sending.NOT_SENT}


def test_the_priority_decides_when_more_is_due_than_can_be_taken(engine: Engine) -> None:
    for priority in (5, 9, 1):
        engine.submit(priority=priority, client_order_id=f"priority-{priority}", quantity=Decimal("0.001"))

    claimed = claims.claim_orders(owner="test", limit=1, now=utc_now())

    assert ParentOrder.objects.get(pk=claimed[0][0]).priority == 9


def test_an_outdated_claim_does_nothing(engine: Engine) -> None:
    order = engine.submit()
    engine.run_until(lambda: Slice.objects.filter(parent=order).exists())
    part = Slice.objects.filter(parent=order).first()
    assert part is not None
    before = ChildOrder.objects.filter(slice=part).count()

    working.work_slices([(part.pk, part.epoch - 1)], clock=utc_now)

    assert ChildOrder.objects.filter(slice=part).count() == before


def test_two_dispatchers_never_lease_the_same_row(engine: Engine) -> None:
    for number in range(12):
        engine.submit(client_order_id=f"order-{number}", quantity=Decimal("0.001"))
    now = utc_now()

    claimed = in_threads(4, lambda: claims.claim_orders(owner="one of four", limit=5, now=now))

    ids = [row_id for batch in claimed for row_id, _ in batch]
    assert sorted(ids) == sorted(ParentOrder.objects.values_list("pk", flat=True))


def test_simultaneous_submissions_with_one_client_order_id_make_one_order(engine: Engine) -> None:
    engine.refresh_books()
    request = OrderRequest(
        symbol="BTCUSDT", side=Side.BUY, quantity=Decimal("0.01"), duration_minutes=Decimal(1), client_order_id="double-click"
    )

    submissions = in_threads(6, lambda: orders.submit(user=engine.trader, request=request, now=utc_now()))

    assert len({submission.order.pk for submission in submissions}) == 1
    assert sum(submission.created for submission in submissions) == 1
    assert Exposure.objects.get(symbol="BTCUSDT").reserved_buy == Decimal("0.01")


def test_an_execution_that_is_reported_by_everyone_at_once_is_recorded_once(engine: Engine) -> None:
    child = engine.a_resting_child()
    execution = an_execution(child)

    recorded = in_threads(5, lambda: executions.record([execution, execution], utc_now()))

    assert sum(result.new for result in recorded) == 1
    assert Fill.objects.filter(child=child, trade_id="t-1").count() == 1


def test_a_late_fill_of_a_cancelled_order_is_recorded_and_shown(engine: Engine) -> None:
    child = engine.a_resting_child()
    orders.cancel(user=engine.trader, order_id=child.parent_id, now=utc_now())
    ended = engine.finish(child.parent)
    position = Exposure.objects.get(symbol="BTCUSDT").position

    executions.record([an_execution(child, trade_id="late")], utc_now())

    order = ParentOrder.objects.get(pk=ended.pk)
    exposure = Exposure.objects.get(symbol="BTCUSDT")
    assert order.state == OrderState.CANCELLED
    assert order.filled_quantity == ended.filled_quantity + Decimal("0.00001")
    assert (exposure.position, exposure.reserved_buy) == (position + Decimal("0.00001"), 0)
    assert order.version > ended.version


def test_an_execution_of_no_order_of_ours_is_left_alone(engine: Engine) -> None:
    child = engine.a_resting_child()
    foreign = replace(an_execution(child), client_order_id="somebody-elses", venue_order_id="0")

    recorded = executions.record([foreign], utc_now())

    assert (recorded.new, recorded.foreign) == (0, 1)
