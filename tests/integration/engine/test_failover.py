"""A venue goes away in the middle of a slice: it is left, and what it may still fill is never sent again."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.request import Request, urlopen

import pytest

from execution.domain.health import Health, HealthState
from execution.domain.lifecycle import LIVE_CHILDREN, ChildState, OrderState
from execution.domain.streams import StreamState, StreamStatus
from execution.market import books as market_books
from execution.market import health
from execution.models import ChildOrder, ParentOrder, Slice, Venue
from execution.services import executions
from execution.venues.monitor import Monitor
from tests.integration.engine.driver import LONG, Engine, an_execution, utc_now

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
LOST = "okx"


def control(engine: Engine, method: str, **body: Any) -> None:
    data = json.dumps(body).encode() if body else None
    with urlopen(Request(f"{engine.base_url}/control/faults", data=data, method=method), timeout=30) as answer:
        answer.read()


@pytest.fixture(autouse=True)
def two_venues(engine: Engine, settings: Any) -> Iterator[None]:
    settings.VENUE_TIMEOUT_SECONDS = 2.0
    Venue.objects.exclude(name__in=["binance", LOST]).update(is_enabled=False)
    yield
    control(engine, "DELETE")


def judge(**states: HealthState) -> None:
    now = datetime.now(UTC)
    reason = "no market data for more than 10 s"
    known = {venue: Health(state=state, since=now, reason=reason if state else "") for venue, state in states.items()}
    health.write_states(
        {venue: health.VenueHealth(health=one, figures=health.Figures(), at=now + timedelta(hours=1)) for venue, one in known.items()}
    )


def at_lost(order: ParentOrder) -> list[ChildOrder]:
    return list(ChildOrder.objects.filter(parent=order, venue__name=LOST).select_related("venue", "slice", "parent__instrument"))


def resting_at_lost(engine: Engine, **changes: object) -> ChildOrder:
    """Submit an order and work until it rests at the venue that will be lost, and at the other."""
    judge(binance=HealthState.UP, okx=HealthState.UP)
    order = engine.submit(**LONG | changes)
    resting = ChildOrder.objects.filter(parent=order, venue__name=LOST, state=ChildState.OPEN)
    engine.run_until(resting.exists)
    return resting.select_related("venue", "slice", "parent__instrument")[0]


def away(engine: Engine) -> dict[str, Decimal]:
    """A limit half a percent from the market: what rests there is withdrawn or stays, but does not fill."""
    mid = engine._book("binance", "BTCUSDT").mid
    assert mid is not None
    return {"limit_price": (mid * D("0.995")).quantize(D(1))}


def withdrawn_because(order: ParentOrder, why: str) -> bool:
    return order.events.filter(kind="cancel_sent", text__contains=f"Cancel: okx is left: {why}").exists()


def exposed(order: ParentOrder) -> Decimal:
    """What is filled and what may still fill."""
    live = [child for child in order.children.all() if child.state in LIVE_CHILDREN]
    filled = ParentOrder.objects.get(pk=order.pk).filled_quantity
    return filled + sum((max(child.remaining_quantity, D(0)) for child in live), D(0))


def test_what_rests_at_a_venue_that_goes_down_is_withdrawn_and_the_slice_goes_on(engine: Engine) -> None:
    child = resting_at_lost(engine, **away(engine))
    judge(binance=HealthState.UP, okx=HealthState.DOWN)
    engine.run_until(lambda: ChildOrder.objects.get(pk=child.pk).state not in LIVE_CHILDREN)
    for _ in range(5):
        engine.refresh_books()
        engine.turn()
    order = child.parent
    assert all(one.state not in LIVE_CHILDREN for one in at_lost(order))
    (event,) = order.events.filter(kind="venue_left_out")
    assert event.text.startswith("OKX left out of new orders: down, no market data for more than 10 s. ")
    assert "rest there: withdrawn, and counted until their end is proven" in event.text
    assert D(event.payload["held"]) > 0
    assert withdrawn_because(order, "down, no market data for more than 10 s")
    newer = ChildOrder.objects.filter(parent=order, slice=child.slice, number__gt=child.number)
    assert {one.venue.name for one in newer} <= {"binance"}


def test_the_slice_completes_elsewhere_and_a_lost_order_that_filled_later_makes_it_whole_and_no_more(engine: Engine) -> None:
    child = resting_at_lost(engine, duration_minutes=D("0.5"), mode="aggressive", quantity=D("0.04"))
    order = child.parent
    control(engine, "POST", venue=LOST, fault="down", seconds=600)
    judge(binance=HealthState.UP, okx=HealthState.DOWN)
    most = D(0)

    def is_done_but_for_the_lost_order() -> bool:
        nonlocal most
        most = max(most, exposed(order))
        held = sum((one.remaining_quantity for one in at_lost(order) if one.state in LIVE_CHILDREN), D(0))
        return ParentOrder.objects.get(pk=order.pk).filled_quantity + held >= order.quantity

    engine.run_until(is_done_but_for_the_lost_order)
    stuck = [one for one in at_lost(order) if one.state in LIVE_CHILDREN]
    assert stuck, "the venue never answered: its order must still be counted"
    assert most <= order.quantity
    waiting = Slice.objects.get(pk=stuck[0].slice_id)
    assert "OKX down" in waiting.last_reason
    assert f"{stuck[0].remaining_quantity.normalize():f} still there" in waiting.last_reason

    for one in stuck:  # its account stream tells in the end that all of it traded
        executions.record([an_execution(one, trade_id=f"late-{one.pk}", quantity=one.remaining_quantity)], now=utc_now())
    ended = engine.finish(order)
    assert ended.filled_quantity == ended.quantity
    assert ended.state == OrderState.FILLED


def test_a_lost_order_that_is_withdrawn_in_the_end_leaves_its_quantity_to_the_others(engine: Engine) -> None:
    child = resting_at_lost(engine, duration_minutes=D("0.8"), mode="aggressive", quantity=D("0.04"))
    order = child.parent
    control(engine, "POST", venue=LOST, fault="down", seconds=600)
    judge(binance=HealthState.UP, okx=HealthState.DOWN)
    engine.run_until(ChildOrder.objects.filter(pk=child.pk, cancel_requested_at__isnull=False).exists)
    control(engine, "DELETE")
    ended = engine.finish(order)
    assert ended.filled_quantity == ended.quantity
    engine.assert_whole(ended)


def test_requests_that_fail_take_the_venue_out_by_themselves(engine: Engine) -> None:
    """Nobody tells its state: the monitor judges by the calls that the workers noted."""
    child = resting_at_lost(engine, **away(engine))
    monitor = Monitor()
    control(engine, "POST", venue=LOST, fault="down", seconds=600)

    async def look() -> None:
        now = datetime.now(UTC)
        counts = dict.fromkeys(("frames", "gaps", "resyncs", "crossed", "connections"), 1)
        await monitor.evaluate(
            now,
            [
                StreamStatus(venue=venue, symbol="BTCUSDT", state=StreamState.LIVE, frame_at=now, book_at=now, **counts)
                for venue in ("binance", LOST)
            ],
        )

    def is_left() -> bool:
        asyncio.run(look())
        return child.parent.events.filter(kind="venue_left_out", payload__venue=LOST).exists()

    ChildOrder.objects.filter(pk=child.pk).update(nudged_at=utc_now())  # something is to be asked: the answers do not come
    engine.run_until(is_left)
    for _ in range(5):
        engine.refresh_books()
        engine.turn()
    assert exposed(child.parent) <= child.parent.quantity
    assert "without a proven outcome" in child.parent.events.get(kind="venue_left_out", payload__venue=LOST).text


def test_a_venue_whose_book_has_not_come_for_long_is_left_for_that_instrument_alone(engine: Engine) -> None:
    child = resting_at_lost(engine, **away(engine))
    engine.silent_venues.add(LOST)
    old = engine._book(LOST, "BTCUSDT")
    market_books.write(replace(old, received_at=utc_now() - timedelta(seconds=11)))
    engine.run_until(lambda: ChildOrder.objects.get(pk=child.pk).state not in LIVE_CHILDREN)
    (event,) = child.parent.events.filter(kind="venue_left_out")
    assert event.text.startswith("OKX left out of new orders: degraded, no book of BTCUSDT for more than 10 s")
    assert withdrawn_because(child.parent, "degraded, no book of BTCUSDT for more than 10 s")
    engine.silent_venues.clear()
    engine.run_until(child.parent.events.filter(kind="venue_taken_back").exists)
