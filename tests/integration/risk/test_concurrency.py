"""Orders that arrive together, each in a transaction and a connection of its own."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connection, transaction

from dipmaster.accounts.models import Desk
from dipmaster.domain.sides import Side
from risk.domain.decisions import Approved, Decision
from risk.models import Exposure, RiskLimit
from risk.services import exposure
from risk.services.gate import admit_order
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
D = Decimal
RACERS, ROOM = 16, 5
Result = TypeVar("Result")


@pytest.fixture
def desk() -> Desk:
    RiskLimit.objects.all().delete()
    desk = Desk.objects.create(name="Macro")
    RiskLimit.objects.create(desk=desk, max_position_notional=100 * ROOM)
    return desk


def admit(desk: Desk, side: Side = Side.BUY) -> Decision:
    return admit_order(desk_id=desk.pk, symbol="BTCUSDT", side=side, quantity=D(1), mid=D(100), limit_price=None, now=NOW)


def in_own_connection(work: Callable[[], Result]) -> Result:
    try:
        with transaction.atomic():
            return work()
    finally:
        connection.close()


def race(works: list[Callable[[], Decision]]) -> list[Decision]:
    barrier = Barrier(len(works))

    def run(work: Callable[[], Decision]) -> Decision:
        connection.ensure_connection()
        barrier.wait(PATIENCE_SECONDS)
        return in_own_connection(work)

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def wait_until_blocked() -> None:
    """Return when another session waits for a lock of ours."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))")
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits for us")


@pytest.mark.parametrize("side", list(Side))
def test_of_many_orders_racing_for_little_room_exactly_as_many_pass_as_fit(desk: Desk, side: Side) -> None:
    decisions = race([lambda: admit(desk, side)] * RACERS)
    assert sum(isinstance(decision, Approved) for decision in decisions) == ROOM
    row = Exposure.objects.get()
    assert (row.reserved_buy, row.reserved_sell) == ((ROOM, 0) if side is Side.BUY else (0, ROOM))


def test_orders_of_both_sides_race_without_taking_each_others_room(desk: Desk) -> None:
    decisions = race([lambda: admit(desk, Side.BUY), lambda: admit(desk, Side.SELL)] * (RACERS // 2))
    assert sum(isinstance(decision, Approved) for decision in decisions) == 2 * ROOM


def test_an_order_waits_for_the_one_before_it_and_then_finds_no_room(desk: Desk) -> None:
    assert second_while_first_is_open(desk, commit=True) is False


def test_an_order_gets_the_room_of_one_that_was_rolled_back(desk: Desk) -> None:
    assert second_while_first_is_open(desk, commit=False) is True


def second_while_first_is_open(desk: Desk, *, commit: bool) -> bool:
    """Take the last room, let another order wait for it, then commit or roll back; tell whether the other was approved."""
    Exposure.objects.create(desk=desk, symbol="BTCUSDT", reserved_buy=ROOM - 1)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert isinstance(admit(desk), Approved)
            second: Future[Decision] = pool.submit(in_own_connection, lambda: admit(desk))
            wait_until_blocked()
            transaction.set_rollback(not commit)
        return isinstance(second.result(PATIENCE_SECONDS), Approved)


def test_fills_and_releases_that_race_lose_nothing(desk: Desk) -> None:
    Exposure.objects.create(desk=desk, symbol="BTCUSDT", reserved_buy=20)
    terms = {"desk_id": desk.pk, "symbol": "BTCUSDT", "side": Side.BUY}
    works: list[Callable[[], object]] = [
        lambda: exposure.apply_fill(**terms, quantity=D(1), reserved=D(1)),
        lambda: exposure.release(**terms, quantity=D(1)),
    ] * 10
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(in_own_connection, works))
    row = Exposure.objects.get()
    assert (row.position, row.reserved_buy) == (10, 0)
