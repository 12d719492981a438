"""One row that cannot be handled never stops the others of its batch."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from dipmaster.domain.fills import Execution
from dipmaster.domain.sides import Side
from execution.domain.lifecycle import ChildState, OrderState
from execution.domain.venue_orders import Acknowledged, VenueOrder, VenueOrderStatus
from execution.models import ChildOrder, Fill, ParentOrder, Slice, Venue
from execution.services import claims, executions, orders, planning, sending, settling, working
from risk.models import Exposure
from tests.integration.engine.driver import LONG, Engine, an_execution, utc_now

pytestmark = pytest.mark.django_db(transaction=True)


def a_claim_on_both(engine: Engine) -> list[claims.Claim]:
    """Return one worker's claims on the first slices of two orders."""
    return claims.claim_slices(owner="one worker", limit=50, now=utc_now())


def two_resting_children(engine: Engine) -> tuple[ChildOrder, ChildOrder]:
    pair = [engine.submit(**LONG), engine.submit(**LONG)]
    resting = ChildOrder.objects.filter(state=ChildState.OPEN).select_related("venue", "parent__instrument")
    engine.run_until(lambda: all(resting.filter(parent=order).exists() for order in pair))
    first, second = (resting.filter(parent=order)[0] for order in pair)
    return first, second


def test_an_order_that_cannot_be_planned_does_not_keep_others_from_it(engine: Engine) -> None:
    bad, good = engine.submit(**LONG), engine.submit(**LONG)
    ParentOrder.objects.filter(pk=bad.pk).update(remainder="lost")

    planning.plan_orders(claims.claim_orders(owner="one worker", limit=50, now=utc_now()), now=utc_now())

    assert Slice.objects.filter(parent=good).exists()
    assert ParentOrder.objects.get(pk=bad.pk).state == OrderState.PENDING


def test_an_order_that_could_not_be_planned_is_tried_again_when_its_lease_is_over(engine: Engine) -> None:
    bad = engine.submit(**LONG)
    ParentOrder.objects.filter(pk=bad.pk).update(remainder="lost")
    planning.plan_orders(claims.claim_orders(owner="one worker", limit=50, now=utc_now()), now=utc_now())
    lease_until = ParentOrder.objects.get(pk=bad.pk).lease_until
    assert lease_until is not None

    before = claims.claim_orders(owner="another", limit=50, now=lease_until)
    after = claims.claim_orders(owner="another", limit=50, now=lease_until + (lease_until - utc_now()))

    assert not before
    assert [row_id for row_id, _ in after] == [bad.pk]


def test_a_slice_that_cannot_be_worked_does_not_keep_others_from_it(engine: Engine) -> None:
    bad, good = engine.submit(**LONG), engine.submit(**LONG)
    planning.plan_orders(claims.claim_orders(owner="one worker", limit=50, now=utc_now()), now=utc_now())
    ParentOrder.objects.filter(pk=bad.pk).update(parameters={})

    engine.run_until(lambda: Slice.objects.filter(next_action_at__lte=utc_now()).values("parent").distinct().count() == 2, turn=False)
    engine.refresh_books()  # planning may have taken as long as a book is worth anything
    working.work_slices(a_claim_on_both(engine), clock=utc_now)

    assert ChildOrder.objects.filter(parent=good, state=ChildState.OPEN).exists()
    assert not ChildOrder.objects.filter(parent=bad).exists()


def test_a_venue_that_cannot_be_reached_does_not_keep_orders_from_the_others(engine: Engine) -> None:
    order = engine.submit(**LONG)
    Venue.objects.filter(name="okx").update(base_url="https://www.okx.com")

    engine.run_until(lambda: ChildOrder.objects.filter(parent=order, state=ChildState.OPEN).exists())

    at_okx = ChildOrder.objects.filter(parent=order, venue__name="okx")
    assert {child.refusal_code for child in at_okx} == {sending.NOT_SENT}
    assert all("https://www.okx.com' is not a loopback address" in child.refusal_reason for child in at_okx)


def test_an_order_at_a_venue_that_cannot_be_reached_any_more_is_not_given_up(engine: Engine) -> None:
    first, second = two_resting_children(engine)
    Venue.objects.filter(pk=first.venue_id).update(base_url="https://www.okx.com")
    elsewhere = ChildOrder.objects.filter(parent__in=[first.parent, second.parent]).exclude(venue=first.venue)

    for child in (first, second):
        orders.cancel(user=engine.trader, order_id=child.parent_id, now=utc_now())
    engine.run_until(lambda: not elsewhere.filter(state=ChildState.OPEN).exists())
    stuck = ChildOrder.objects.get(pk=first.pk)
    Venue.objects.filter(pk=first.venue_id).update(base_url="")
    ended = [engine.finish(child.parent) for child in (first, second)]

    assert stuck.state in (ChildState.OPEN, ChildState.UNKNOWN)
    assert {order.state for order in ended} == {OrderState.CANCELLED}


def test_an_answer_that_cannot_be_recorded_does_not_keep_others_from_it(engine: Engine) -> None:
    pair = two_resting_children(engine)
    epochs = dict(claims.claim_slices(owner="one worker", limit=50, now=max(utc_now(), _due_by())))
    lookups = [_lookup(child) for child in pair]
    bad, good = (_ended(child, an_execution(child, f"t-{child.pk}")) for child in pair)
    priceless = replace(bad.order.executions[0], price=Decimal(0))
    bad = replace(bad, order=replace(bad.order, executions=(priceless,)))

    settling.settle(lookups, [bad, good], epochs=epochs, now=utc_now())

    states = [ChildOrder.objects.get(pk=child.pk).state for child in pair]
    assert states == [ChildState.OPEN, ChildState.CANCELLED]
    assert list(Fill.objects.filter(child__in=pair).values_list("child", flat=True)) == [pair[1].pk]


def _due_by() -> Any:
    return max(part.next_action_at for part in Slice.objects.filter(next_action_at__isnull=False) if part.next_action_at)


def _lookup(child: ChildOrder) -> sending.Request:
    symbol = child.parent.instrument.symbol
    return sending.Request(kind=sending.RequestKind.LOOKUP, child=child, symbol=symbol, side=Side.BUY, lease_until=None)


def _ended(child: ChildOrder, execution: Execution) -> Acknowledged:
    told = VenueOrder(
        client_order_id=child.client_order_id,
        venue_order_id=child.venue_order_id,
        status=VenueOrderStatus.CANCELLED,
        filled_quantity=execution.quantity,
        executions=(execution,),
    )
    return Acknowledged(order=told, at=utc_now())


def test_an_execution_that_cannot_be_stored_does_not_keep_others_from_it(engine: Engine) -> None:
    first, second = two_resting_children(engine)
    bad = replace(an_execution(first, "t-1"), price=Decimal(0))

    recorded = executions.record([bad, an_execution(second, "t-2")], utc_now())

    assert (recorded.new, recorded.failed) == (1, 1)
    assert Fill.objects.filter(child=second, trade_id="t-2").exists()


def test_a_fill_is_recorded_and_its_order_ends_although_the_reservation_is_missing(engine: Engine) -> None:
    child, _ = two_resting_children(engine)
    Exposure.objects.update(reserved_buy=0)
    position = Exposure.objects.get(symbol="BTCUSDT").position

    recorded = executions.record([an_execution(child, "t-1")], utc_now())
    orders.cancel(user=engine.trader, order_id=child.parent_id, now=utc_now())
    ended = engine.finish(child.parent)

    assert recorded.new == 1
    assert Exposure.objects.get(symbol="BTCUSDT").position >= position + Decimal("0.00001")
    assert ended.state == OrderState.CANCELLED
