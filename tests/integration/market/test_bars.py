"""Bars in PostgreSQL."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from execution.market import bars
from execution.market.bars import BarPart
from execution.market.retention import drop_old_market_data
from execution.models import Bar, Instrument, RawFrame, Venue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seeded")]
SECOND = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


def part(**values: object) -> BarPart:
    venue, instrument = Venue.objects.get(name="okx"), Instrument.objects.get(symbol="BTCUSDT")
    return BarPart(venue_id=venue.pk, instrument_id=instrument.pk, **{"at": SECOND, **values})  # type: ignore[arg-type]


def traded(volume: str, notional: str, trades: int = 1) -> BarPart:
    return part(volume=Decimal(volume), notional=Decimal(notional), trades=trades)


def test_a_bar_is_stored_with_its_touch_and_trades() -> None:
    bars.store([part(bid=Decimal(99), ask=Decimal(101), volume=Decimal("0.5"), notional=Decimal(50), trades=3)])
    bar = Bar.objects.get()
    assert (bar.bid, bar.ask, bar.volume, bar.notional, bar.trades, bar.at) == (99, 101, Decimal("0.5"), 50, 3, SECOND)


def test_late_trades_add_to_a_stored_bar_and_leave_its_touch() -> None:
    bars.store([part(bid=Decimal(99), ask=Decimal(101), volume=Decimal(1), notional=Decimal(100), trades=1)])
    bars.store([traded("2", "202")])
    bar = Bar.objects.get()
    assert (bar.volume, bar.notional, bar.trades, bar.bid, bar.ask) == (3, 302, 2, 99, 101)


def test_a_later_touch_replaces_an_earlier_one() -> None:
    bars.store([part(bid=Decimal(99), ask=Decimal(101))])
    bars.store([part(bid=Decimal(98), ask=Decimal(100))])
    assert list(Bar.objects.values_list("bid", "ask")) == [(98, 100)]


def test_parts_of_one_second_in_one_statement_are_joined() -> None:
    bars.store([traded("1", "100"), part(bid=Decimal(99), ask=Decimal(101)), traded("2", "200")])
    bar = Bar.objects.get()
    assert (bar.volume, bar.notional, bar.trades, bar.bid) == (3, 300, 2, 99)


def test_any_number_of_bars_takes_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    many = [part(at=SECOND + timedelta(seconds=n), trades=1) for n in range(50)]
    with django_assert_num_queries(1):
        bars.store(many)
    with django_assert_num_queries(0):
        bars.store([])
    assert Bar.objects.count() == 50


def test_old_bars_and_frames_are_dropped_and_newer_ones_kept(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("execution.market.retention.BATCH", 3)
    settings.BAR_RETENTION_DAYS = 10
    now = SECOND + timedelta(days=10)
    bars.store([part(at=SECOND + timedelta(seconds=n)) for n in range(-8, 2)])
    venue = Venue.objects.get(name="okx")
    for moment in (SECOND - timedelta(seconds=1), SECOND):
        RawFrame.objects.create(venue=venue, received_at=moment, payload="{}")
    assert drop_old_market_data(now) == 9
    assert list(Bar.objects.order_by("at").values_list("at", flat=True)) == [SECOND, SECOND + timedelta(seconds=1)]
    assert RawFrame.objects.get().received_at == SECOND
