"""What a custom algorithm does wrong stays with its order: that is paused with the reason, and nothing is sent."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.test import Client
from pytest_django import Settings

from dipmaster.addresses import BASE_DIR
from dipmaster.domain.sides import Side
from execution.domain.algorithms import registry
from execution.domain.algorithms.base import Market, OrderTerms, Progress
from execution.domain.lifecycle import ChildState, OrderState, SliceState
from execution.models import ChildOrder, ParentOrder, Slice
from execution.services import containment, orders
from execution.services.containment import NoUsablePlan, ask_for_plan
from tests.integration.engine.driver import LONG, Engine, utc_now

MODULE = "tests.integration.engine.custom_algorithms"
START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
QUESTION = (
    OrderTerms(side=Side.BUY, quantity=Decimal(1), limit_price=None, start_at=START, end_at=START + timedelta(seconds=60)),
    Progress(filled_quantity=Decimal(0), committed_quantity=Decimal(0), committed_until=None),
    Market(mid=Decimal(100), lot=Decimal("0.001"), min_quantity=Decimal("0.001")),
    START,
)


@pytest.fixture(autouse=True)
def _custom_algorithms(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registry, "_ALGORITHMS", dict(registry._ALGORITHMS))
    monkeypatch.delitem(sys.modules, MODULE, raising=False)
    settings.EXECUTION_ALGORITHM_MODULES = [MODULE]
    import_module(MODULE)
    yield
    containment.close()


def an_order(engine: Engine, algorithm: str) -> ParentOrder:
    return engine.submit(**LONG | {"algorithm": algorithm})


def is_in(order: ParentOrder, state: OrderState) -> bool:
    return ParentOrder.objects.get(pk=order.pk).state == state


def paused(engine: Engine, order: ParentOrder) -> ParentOrder:
    """Work until the order is paused."""
    engine.run_until(lambda: is_in(order, OrderState.PAUSED))
    return order


def texts(order: ParentOrder) -> str:
    return " ".join(order.events.values_list("text", flat=True))


def test_a_custom_algorithm_answers_from_a_process_of_its_own() -> None:
    plan = ask_for_plan("house", *QUESTION)
    assert [(part.quantity, part.end_at) for part in plan.slices] == [(Decimal(1), QUESTION[0].end_at)]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("raises", "raised RuntimeError: no idea"),
        ("hangs", "did not answer within 2 s"),
        ("exits", "ended its process"),
        ("leaves", "ended its process"),
        ("nothing", "a NoneType instead of a plan"),
        ("not_a_number", "no finite decimal"),
        ("negative", "below the smallest"),
        ("too_much", "sum to 2, but only 1 is left"),
        ("too_late", "ends after the order"),
        ("yesterday", "next review"),
        ("a_million", "1,000,000 slices"),
        ("secretive", "cannot be passed on"),
        ("text", "a str instead of a plan"),
        ("moon", "not an algorithm"),
    ],
)
def test_whatever_a_custom_algorithm_does_wrong_is_a_reason_and_no_plan(name: str, reason: str) -> None:
    with pytest.raises(NoUsablePlan, match=reason):
        ask_for_plan(name, *QUESTION)
    assert ask_for_plan("house", *QUESTION).slices


def test_the_desk_knows_the_algorithms_of_the_modules_that_its_settings_name() -> None:
    command = [sys.executable, "manage.py", "algorithm_parameters"]
    told = subprocess.run(command, cwd=BASE_DIR, env={**os.environ, "EXECUTION_ALGORITHM_MODULES": MODULE}, capture_output=True, check=True)
    assert "## house (`house`)" in told.stdout.decode()


def test_the_process_is_used_again_and_replaced_when_it_was_killed() -> None:
    ask_for_plan("house", *QUESTION)
    (first,) = containment._idle
    ask_for_plan("house", *QUESTION)
    assert containment._idle == [first]
    first._process.kill()
    first._process.wait()
    assert ask_for_plan("house", *QUESTION).slices
    assert containment._idle != [first]


def test_one_that_hangs_does_not_keep_other_threads_waiting() -> None:
    """All hang at once, and each is told so: with one process for all of them the last would be asked after the first had its time."""
    with ThreadPoolExecutor(4) as threads:
        hanging = [threads.submit(ask_for_plan, "hangs", *QUESTION) for _ in range(3)]
        assert threads.submit(ask_for_plan, "house", *QUESTION).result().slices
        assert all("did not answer" in str(one.exception()) for one in hanging)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["raises", "hangs", "exits", "nothing", "too_much"])
def test_its_order_is_paused_with_the_reason_and_the_others_go_on(engine: Engine, client: Client, name: str) -> None:
    bad, good, house = an_order(engine, name), engine.submit(**LONG), an_order(engine, "house")

    paused(engine, bad)
    engine.run_until(lambda: all(Slice.objects.filter(parent=order).exists() for order in (good, house)))

    assert "Paused, as there is no usable plan" in texts(bad)
    assert not Slice.objects.filter(parent=bad).exists()
    assert not ChildOrder.objects.filter(parent=bad).exists()
    client.force_login(engine.trader)
    assert "no usable plan" in client.get(f"/orders/{bad.pk}/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_an_order_that_was_paused_so_can_be_cancelled_and_ends(engine: Engine) -> None:
    bad = paused(engine, an_order(engine, "raises"))
    orders.cancel(user=engine.trader, order_id=bad.pk, now=utc_now())
    assert engine.finish(bad).state == OrderState.CANCELLED


@pytest.mark.django_db(transaction=True)
def test_an_order_that_was_paused_so_is_planned_again_when_it_is_resumed(engine: Engine) -> None:
    bad = paused(engine, an_order(engine, "raises"))
    ParentOrder.objects.filter(pk=bad.pk).update(algorithm="twap")
    orders.resume(user=engine.trader, order_id=bad.pk, now=utc_now())
    engine.run_until(Slice.objects.filter(parent=bad).exists)
    assert is_in(bad, OrderState.WORKING)


@pytest.mark.django_db(transaction=True)
def test_what_rests_is_withdrawn_when_a_later_plan_fails(engine: Engine) -> None:
    child = engine.a_resting_child()
    ParentOrder.objects.filter(pk=child.parent_id).update(algorithm="raises", next_review_at=utc_now())

    live = ChildOrder.objects.filter(parent=child.parent, state__in=[ChildState.INTENT, ChildState.OPEN, ChildState.UNKNOWN])
    engine.run_until(lambda: is_in(child.parent, OrderState.PAUSED) and not live.exists())

    waiting = Slice.objects.filter(parent=child.parent, state__in=[SliceState.PENDING, SliceState.WORKING])
    assert not waiting.exists()


@pytest.mark.django_db(transaction=True)
def test_an_order_of_the_product_with_a_parameter_out_of_range_is_paused(engine: Engine) -> None:
    bad = engine.submit(**LONG)
    ParentOrder.objects.filter(pk=bad.pk).update(parameters={"randomise": 7})
    assert "randomise: must be between 0 and 0.5, not 7" in texts(paused(engine, bad))


@pytest.mark.django_db(transaction=True)
def test_an_order_whose_custom_algorithm_is_gone_is_paused(engine: Engine) -> None:
    bad = an_order(engine, "house")
    ParentOrder.objects.filter(pk=bad.pk).update(algorithm="removed")
    assert "'removed' is not an algorithm" in texts(paused(engine, bad))
