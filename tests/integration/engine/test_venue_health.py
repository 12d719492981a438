"""Venues that do not serve well get no new orders, and the order's log says so once."""

from datetime import UTC, datetime, timedelta

import pytest

from execution.domain.health import Health, HealthState
from execution.domain.lifecycle import ChildState
from execution.market import health
from execution.models import ChildOrder, ParentOrder, Venue
from execution.services import orders
from tests.integration.engine.driver import LONG, Engine

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def three_venues(engine: Engine) -> None:
    Venue.objects.filter(name="coinbase").update(is_enabled=False)


def judge(**states: HealthState) -> None:
    """Store these states; they are known far beyond the test."""
    now = datetime.now(UTC)
    reason = "no market data for more than 10 s"
    health.write_states(
        {
            venue: health.VenueHealth(
                health=Health(state=state, since=now, reason=reason if state else ""), figures=health.Figures(), at=now + timedelta(hours=1)
            )
            for venue, state in states.items()
        }
    )


def venues_of(order: ParentOrder) -> set[str]:
    return set(ChildOrder.objects.filter(parent=order).values_list("venue__name", flat=True))


def told(order: ParentOrder) -> list[str]:
    return list(order.events.filter(kind__in=["venue_left_out", "venue_taken_back"]).order_by("sequence").values_list("text", flat=True))


def begin(engine: Engine, **changes: object) -> ParentOrder:
    order = engine.submit(**LONG | changes)
    engine.run_until(ChildOrder.objects.filter(parent=order).exists)
    return order


UP, DEGRADED, DOWN = HealthState


def test_a_venue_that_is_down_gets_no_order_and_the_log_says_so_once(engine: Engine) -> None:
    judge(binance=UP, okx=DOWN, bybit=UP)
    order = begin(engine)
    for _ in range(3):
        engine.refresh_books()
        engine.turn()
    assert venues_of(order) == {"binance", "bybit"}
    assert told(order) == ["OKX left out of new orders: down, no market data for more than 10 s"]


def test_a_degraded_venue_gets_no_order_while_another_is_up(engine: Engine) -> None:
    judge(binance=UP, okx=DEGRADED, bybit=DEGRADED)
    assert venues_of(begin(engine)) == {"binance"}


def test_degraded_venues_are_used_when_no_other_has_a_fresh_book(engine: Engine) -> None:
    engine.silent_venues.add("binance")
    judge(binance=UP, okx=DEGRADED, bybit=DEGRADED)
    assert venues_of(begin(engine)) == {"okx", "bybit"}


def test_without_known_health_every_venue_is_used(engine: Engine) -> None:
    order = begin(engine)
    assert venues_of(order) == {"binance", "okx", "bybit"}
    assert told(order) == []


def test_an_order_with_only_venues_that_are_down_waits_and_says_why(engine: Engine) -> None:
    judge(binance=DOWN, okx=DOWN, bybit=DOWN)
    order = engine.submit(**LONG)
    engine.run_until(order.slices.filter(state="working").exists)
    engine.run_until(order.slices.filter(last_reason__contains="left out").exists)
    assert not venues_of(order)
    assert order.slices.get(number=1).last_reason.endswith("(left out: Binance down, Bybit down, OKX down)")


def test_a_cancel_still_goes_to_a_venue_that_is_down(engine: Engine) -> None:
    child = engine.a_resting_child(venues=("okx",))
    judge(okx=DOWN)
    orders.cancel(user=engine.trader, order_id=child.parent_id, now=datetime.now(UTC))
    engine.run_until(lambda: ParentOrder.objects.get(pk=child.parent_id).completed_at is not None)
    assert ChildOrder.objects.get(pk=child.pk).state == ChildState.CANCELLED


def test_a_venue_that_recovers_is_used_again_and_the_log_says_so(engine: Engine) -> None:
    judge(binance=DOWN, okx=DOWN, bybit=DOWN)
    order = engine.submit(**LONG, venues=("okx",))
    engine.run_until(order.slices.filter(state="working").exists)
    judge(binance=UP, okx=UP, bybit=UP)
    engine.run_until(lambda: venues_of(order) == {"okx"})
    assert told(order) == ["OKX left out of new orders: down, no market data for more than 10 s", "OKX gets new orders again"]
