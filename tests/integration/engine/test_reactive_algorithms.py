"""Sweep, iceberg and participation worked to their end at the paper exchange."""

from decimal import Decimal

import pytest

from execution.domain.lifecycle import OrderState
from execution.domain.venue_orders import TimeInForce
from tests.integration.engine.driver import Engine

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_sweep_takes_everything_and_rests_nothing(engine: Engine) -> None:
    order = engine.finish(engine.submit(algorithm="sweep"))
    assert order.state == OrderState.FILLED
    assert set(order.children.values_list("time_in_force", flat=True)) == {TimeInForce.IOC.value}
    engine.assert_whole(order)


def test_an_iceberg_rests_no_more_than_it_shows_and_is_filled_by_its_end(engine: Engine) -> None:
    order = engine.finish(engine.submit(algorithm="iceberg", duration_minutes=Decimal("0.3")))
    shown = order.quantity / 20
    resting = order.children.exclude(time_in_force=TimeInForce.IOC.value)
    assert order.state == OrderState.FILLED
    assert resting.exists()
    assert all(part.quantity <= shown or part.urgency == 1 for part in order.slices.all())
    assert all(child.quantity <= shown for child in resting)
    engine.assert_whole(order)


def test_participation_ends_in_time_also_when_nobody_tells_the_volume(engine: Engine) -> None:
    order = engine.finish(engine.submit(algorithm="participation", duration_minutes=Decimal("0.3")))
    assert order.state == OrderState.FILLED
    engine.assert_whole(order)
