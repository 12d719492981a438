"""What others trade, out of bars and own fills in PostgreSQL."""

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from dipmaster.accounts.models import User
from execution.market import bars
from execution.market.bars import BarPart
from execution.market.volumes import FEWEST_RETURNS, KEPT_MINUTES, Activities, Market
from execution.models import Bar, Instrument, Venue
from tests.integration.analytics.finished import START, after, finished_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seeded")]
D = Decimal
NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def market(*venues: str, symbol: str = "BTCUSDT") -> Market:
    ids = Venue.objects.filter(name__in=venues).values_list("pk", flat=True)
    return Market(instrument_id=Instrument.objects.get(symbol=symbol).pk, venue_ids=frozenset(ids))


def bar(at: datetime, volume: str, *, venue: str = "binance", mid: str | None = None) -> BarPart:
    (venue_id,) = market(venue).venue_ids
    touch = {} if mid is None else {"bid": D(mid) - 1, "ask": D(mid) + 1}
    return BarPart(venue_id=venue_id, instrument_id=market().instrument_id, at=at, volume=D(volume), notional=D(volume), trades=1, **touch)


def steady(minutes: int, volume: str = "6", *, until: datetime = NOON, venue: str = "binance") -> list[BarPart]:
    return [bar(until - number * MINUTE, volume, venue=venue) for number in range(1, minutes + 1)]


def test_volume_since_a_time_is_that_of_the_orders_venues_without_own_fills(trader: User) -> None:
    finished_order(trader)
    Bar.objects.all().delete()
    bars.store([bar(after(0), "2"), bar(after(12), "3"), bar(after(40), "5", venue="okx"), bar(after(41), "7", venue="bybit")])
    asked = [
        (market("binance"), START),
        (market("binance"), after(1)),
        (market("binance", "okx"), START),
        (market("bybit"), after(42)),
        (market(), START),
    ]
    # own fills before second 60: 0.15 on binance at 12 s, 0.15 on okx at 41 s
    assert Activities().others_since(asked, after(60)) == pytest.approx([4.85, 2.85, 9.70, None, None])


def test_own_fills_beyond_what_bars_know_count_as_nothing(trader: User) -> None:
    finished_order(trader)
    Bar.objects.all().delete()
    bars.store([bar(after(12), "0.01"), bar(after(41), "0.02", venue="okx")])
    assert Activities().others_since([(market("binance", "okx"), START)], after(60)) == [0]


def test_nobody_counts_without_bars(trader: User) -> None:
    finished_order(trader)
    Bar.objects.all().delete()
    assert Activities().others_since([(market("binance", "okx"), START)], after(60)) == [None]


def test_what_is_remembered_and_what_is_read_add_up_to_every_second() -> None:
    now = NOON + timedelta(seconds=17, microseconds=5)
    bars.store([bar(NOON + timedelta(seconds=seconds), "1") for seconds in range(-1_000, 17)])
    activities = Activities()
    activities.of([market("binance")], now)
    asked = [(market("binance"), now - timedelta(seconds=seconds)) for seconds in (0, 1, 2, 59, 78, 79, 600, 1_000, 80_000)]
    expected = [None, None, 1, 58, 77, 78, 599, 999, 1_017]  # bars at whole seconds: the one just before a time is not counted
    assert activities.others_since(asked, now) == expected
    assert Activities().others_since(asked, now) == expected  # remembers nothing: all of it out of bars


def test_any_number_of_orders_takes_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        Activities().others_since([(Market(instrument_id=1, venue_ids=frozenset({1, 2})), NOON - MINUTE)] * 50, NOON)
    with django_assert_num_queries(0):
        Activities().others_since([], NOON)


def test_without_past_days_the_recent_rate_of_the_venues_is_expected() -> None:
    bars.store([*steady(100), *steady(100, "4", venue="okx"), *steady(100, "90", venue="bybit")])
    found = Activities().of([market("binance", "okx")], NOON)[market("binance", "okx")]
    assert found.known_minutes == 100
    assert found.curve_days == 0
    assert found.forecast is not None
    assert found.forecast.as_of == NOON
    assert found.forecast.expected([NOON, NOON + MINUTE]) == pytest.approx([10 * math.exp(0.60 / 2)])  # the mean of a log-normal minute


def test_own_fills_are_no_volume_of_others(trader: User) -> None:
    finished_order(trader)  # fills 0.15 + 0.10 on binance, in two minutes
    Bar.objects.all().delete()
    bars.store([bar(after(12), "1.15"), bar(after(75), "1.10"), *steady(60, "1", until=START)])
    found = Activities().of([market("binance")], START + 2 * MINUTE)[market("binance")].forecast
    assert found is not None
    assert found.expected([found.as_of, found.as_of + MINUTE]) == pytest.approx([math.exp(0.60 / 2)])


def test_the_open_minute_is_not_known() -> None:
    bars.store([*steady(60), bar(NOON, "5000")])
    activities = Activities()
    before = activities.of([market("binance")], NOON + timedelta(seconds=59))[market("binance")]
    after_it = activities.of([market("binance")], NOON + MINUTE)[market("binance")]
    assert before.known_minutes == 60 and after_it.known_minutes == 61
    assert before.forecast is not None and after_it.forecast is not None
    bounds = [NOON + MINUTE, NOON + 2 * MINUTE]
    assert after_it.forecast.expected(bounds) > 2 * before.forecast.expected(bounds)


def test_a_minute_is_read_once_by_one_query_for_all_and_late_trades_are_seen(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    both = [market("binance"), market("okx")]
    bars.store([*steady(60), *steady(60, venue="okx")])
    activities = Activities()
    with django_assert_num_queries(5):  # peers, past days, their fits, the newest days, bars
        first = activities.of(both, NOON)
    with django_assert_num_queries(0):
        assert activities.of(both, NOON + timedelta(seconds=30)) == first
    bars.store([bar(NOON - MINUTE, "600"), bar(NOON, "6")])
    with django_assert_num_queries(1):
        later = activities.of(both, NOON + MINUTE)
    bounds = [NOON + MINUTE, NOON + 2 * MINUTE]
    told, untold = (later[which].forecast for which in both)
    assert told is not None and untold is not None
    assert told.expected(bounds) > 1.5 * untold.expected(bounds)


def test_old_minutes_are_forgotten() -> None:
    bars.store(steady(10))
    activities = Activities()
    for hour in range(KEPT_MINUTES // 60):
        assert activities.of([market("binance")], NOON + hour * 60 * MINUTE)[market("binance")].known_minutes == 10
    gone = activities.of([market("binance")], NOON + KEPT_MINUTES * MINUTE)[market("binance")]
    assert (gone.known_minutes, gone.forecast, gone.minute_volatility_bps) == (0, None, None)


def test_volatility_is_that_of_mids_and_unknown_without_enough_of_them() -> None:
    moving = [bar(NOON - number * MINUTE, "1", mid=str(50_000 + 50 * (number % 2))) for number in range(1, 31)]  # 10 bps up and down
    bars.store(moving)
    found = Activities().of([market("binance")], NOON)[market("binance")]
    assert found.minute_volatility_bps == pytest.approx(1e4 * math.log(50_050 / 50_000))
    Bar.objects.filter(at__lt=NOON - FEWEST_RETURNS * MINUTE).delete()
    assert Activities().of([market("binance")], NOON)[market("binance")].minute_volatility_bps is None
