"""Bars folded into days of minutes, and what is learnt from days."""

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from pytest_django import DjangoAssertNumQueries

from execution.domain.volume_curve import MINUTES_A_DAY, Floats
from execution.market import bars, learning, minutes
from execution.market.bars import BarPart
from execution.market.volumes import FIRST_MINUTES, Activities, Market
from execution.models import Bar, Instrument, MarketDay, Venue, VolumeFit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seeded")]
D = Decimal
MINUTE = timedelta(minutes=1)
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


def market(*venues: str) -> Market:
    ids = Venue.objects.filter(name__in=venues or ["binance"]).values_list("pk", flat=True)
    return Market(instrument_id=Instrument.objects.get(symbol="BTCUSDT").pk, venue_ids=frozenset(ids))


def bar(at: datetime, volume: str, *, mid: str | None = None, venue: str = "binance") -> BarPart:
    (venue_id,) = market(venue).venue_ids
    touch = {} if mid is None else {"bid": D(mid), "ask": D(mid)}
    return BarPart(venue_id=venue_id, instrument_id=market().instrument_id, at=at, volume=D(volume), notional=D(volume), trades=1, **touch)


def keep_day(day: date, volumes: Floats, mids: Floats | None = None, *, known: int = MINUTES_A_DAY, symbol: str = "BTCUSDT") -> None:
    values = np.stack([volumes, np.full(MINUTES_A_DAY, np.nan) if mids is None else mids])
    (venue_id,) = market().venue_ids
    instrument = Instrument.objects.get(symbol=symbol)
    MarketDay.objects.create(venue_id=venue_id, instrument=instrument, day=day, known_minutes=known, minutes=values.astype("<f8").tobytes())


def kept(day: date) -> Floats:
    return minutes.values_of(MarketDay.objects.get(day=day))


def noisy_days(days: int, *, daytime: float = 1.0) -> list[Floats]:
    """Days on which each minute from 8 to 16 UTC trades `daytime`, each other one 1, with log-normal noise of 0.2."""
    generator = np.random.default_rng(7)
    hour = np.arange(MINUTES_A_DAY) // 60
    usual = np.where((hour >= 8) & (hour < 16), daytime, 1.0)
    return [usual * np.exp(generator.normal(0, 0.2, MINUTES_A_DAY)) for _ in range(days)]


def test_bars_become_minutes_of_their_days_but_for_the_newest_two() -> None:
    first = MONDAY - 3 * MINUTE
    bars.store([bar(first + number * MINUTE, str(number + 1), mid=str(100 + number)) for number in range(8)])
    minutes.keep(MONDAY + 5 * MINUTE + timedelta(seconds=30))
    sunday, monday = kept(date(2026, 1, 4)), kept(date(2026, 1, 5))
    assert sunday[:, -3:].tolist() == [[1, 2, 3], [100, 101, 102]]
    assert monday[:, :3].tolist() == [[4, 5, 6], [103, 104, 105]]
    assert np.isnan(sunday[0, :-3]).all() and np.isnan(monday[0, 3:]).all()
    assert MarketDay.objects.get(day=date(2026, 1, 4)).known_minutes == MINUTES_A_DAY
    assert MarketDay.objects.get(day=date(2026, 1, 5)).known_minutes == 3


def test_keeping_again_adds_what_is_new_and_changes_nothing_else() -> None:
    bars.store([bar(MONDAY + number * MINUTE, "2") for number in range(10)])
    minutes.keep(MONDAY + 6 * MINUTE)
    assert minutes.keep(MONDAY + 6 * MINUTE) == 0
    before = kept(MONDAY.date())
    Bar.objects.filter(at__lt=MONDAY + 4 * MINUTE).delete()  # as retention does: what is kept stays
    minutes.keep(MONDAY + 9 * MINUTE)
    after = kept(MONDAY.date())
    assert after[0, :4].tolist() == before[0, :4].tolist() == [2, 2, 2, 2]
    assert after[0, :7].tolist() == [2] * 7 and np.isnan(after[0, 7:]).all()


def test_days_without_bars_are_passed_over_and_old_days_dropped() -> None:
    keep_day(MONDAY.date() - timedelta(days=minutes.KEPT_DAYS + 1), np.ones(MINUTES_A_DAY))
    keep_day(MONDAY.date() - timedelta(days=20), np.ones(MINUTES_A_DAY), known=600)
    bars.store([bar(MONDAY + MINUTE, "3")])
    minutes.keep(MONDAY + 10 * MINUTE)
    assert list(MarketDay.objects.order_by("day").values_list("day", flat=True)) == [date(2025, 12, 16), MONDAY.date()]


def test_hostile_bars_do_no_harm() -> None:
    huge = "9" * 17
    parts = [bar(MONDAY + MINUTE, "0", mid="0"), bar(MONDAY + 2 * MINUTE, huge, mid=huge), bar(MONDAY + 9 * MINUTE, "0.00000001", mid="1")]
    bars.store(parts)
    now = MONDAY + 12 * MINUTE
    minutes.keep(now)
    activities = Activities()
    found = activities.of([market()], now)[market()]
    assert found.known_minutes == 3
    assert found.minute_volatility_bps is None
    assert found.forecast is not None
    assert np.isfinite(found.forecast.expected([now, now + 60 * MINUTE])).all()
    (since,) = activities.others_since([(market(), MONDAY)], now)
    assert since is not None and math.isfinite(since)


def test_a_curve_is_learnt_from_kept_days_and_its_forecast_follows_it() -> None:
    for number, volumes in enumerate(noisy_days(6, daytime=8.0)):
        keep_day(MONDAY.date() + timedelta(days=number), volumes)
    now = MONDAY + timedelta(days=6, hours=6)
    bars.store([bar(now - number * MINUTE, "1", mid="100") for number in range(1, 60)])
    found = Activities().of([market()], now)[market()]
    assert found.curve_days == 6
    assert found.forecast is not None
    busy, quiet = (found.forecast.expected([now + timedelta(hours=hour), now + timedelta(hours=hour + 1)])[0] for hour in (5, 16))
    assert busy / quiet == pytest.approx(8, rel=0.15)


def test_complete_days_are_added_to_the_fit_once_and_ten_of_them_replace_the_frozen_table() -> None:
    for number, volumes in enumerate(noisy_days(14)):
        keep_day(MONDAY.date() + timedelta(days=number), volumes)
    now = MONDAY + timedelta(days=14, minutes=10)
    keep_day(now.date(), np.full(MINUTES_A_DAY, np.nan), known=8)  # today is not complete
    added = [learning.learn(now) for _ in range(6)]
    assert sum(added) == VolumeFit.objects.count() == 14 - learning.FEWEST_DAYS_BEFORE
    assert added[-1] == 0
    learnt = learning.learnt_of([market()], now)[market()]
    assert learnt.model.fitted_days == 11
    assert learnt.model.next_variance == pytest.approx(0.04, rel=0.2)  # the noise that the days were made with


def test_what_another_instrument_has_just_done_moves_a_forecast_that_has_learnt_from_it() -> None:
    """On the days kept, Bitcoin trades in each minute what Ether traded in the one before."""
    generator = np.random.default_rng(3)
    leading = np.exp(generator.normal(0, 0.5, 15 * MINUTES_A_DAY))
    for number in range(15):
        day = MONDAY.date() + timedelta(days=number)
        part = slice(number * MINUTES_A_DAY, (number + 1) * MINUTES_A_DAY)
        keep_day(day, leading[part], symbol="ETHUSDT")
        keep_day(day, np.roll(leading, 1)[part])
    now = MONDAY + timedelta(days=15, hours=1)
    while learning.learn(now):
        pass
    (binance,), ether = market().venue_ids, Instrument.objects.get(symbol="ETHUSDT").pk
    bars.store([bar(now - number * MINUTE, "1") for number in range(1, 60)])
    quiet = Activities().of([market()], now)[market()].forecast
    bars.store([BarPart(venue_id=binance, instrument_id=ether, at=now - MINUTE, volume=D(6), trades=1)])
    stirred = Activities().of([market()], now)[market()].forecast
    assert quiet is not None and stirred is not None
    bounds = [now, now + MINUTE]
    assert stirred.expected(bounds)[0] == pytest.approx(6, rel=0.25)
    assert quiet.expected(bounds)[0] == pytest.approx(1, rel=0.25)


def test_a_market_that_never_trades_is_learnt_as_flat() -> None:
    for number in range(5):
        keep_day(MONDAY.date() + timedelta(days=number), np.zeros(MINUTES_A_DAY))
    now = MONDAY + timedelta(days=5, minutes=20)
    assert learning.learn(now) == 2
    assert learning.learn(now) == 0
    found = Activities().of([market()], now)[market()]
    assert (found.forecast, found.curve_days) == (None, 0)


def test_the_usual_volatility_is_the_median_of_past_days() -> None:
    swing = np.arange(MINUTES_A_DAY) % 2
    for number, height in enumerate((10.0, 20.0, 90.0)):
        keep_day(MONDAY.date() + timedelta(days=number), np.ones(MINUTES_A_DAY), 1000 * np.exp(height * 1e-4 * swing))
    found = learning.learnt_of([market()], MONDAY + timedelta(days=3))[market()]
    assert found.usual_minute_volatility_bps == pytest.approx(20.0)


def test_a_process_that_starts_takes_its_day_from_what_is_kept(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    volumes = np.full(MINUTES_A_DAY, np.nan)
    volumes[:715] = 4.0
    keep_day(MONDAY.date(), volumes, known=715)
    noon = MONDAY + timedelta(hours=12)
    bars.store([bar(noon - number * MINUTE, "4") for number in range(1, 6)])
    activities, binance = Activities(), market()
    with django_assert_num_queries(5):  # peers, past days, their fits, the newest days, bars
        found = activities.of([binance], noon)[binance]
    assert found.known_minutes == 720
    with django_assert_num_queries(1):
        assert activities.others_since([(binance, MONDAY + timedelta(hours=1))], noon) == [660 * 4]


def test_without_kept_days_only_the_last_hours_are_read() -> None:
    bars.store([bar(MONDAY - number * MINUTE, "1") for number in range(1, FIRST_MINUTES + 30)])
    assert Activities().of([market()], MONDAY)[market()].known_minutes == FIRST_MINUTES
