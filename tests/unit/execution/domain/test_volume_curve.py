"""The usual volume of a day, from past days."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.domain.volume_curve import MINUTES_A_DAY, Floats, VolumeCurve, fit_curve, flat_curve

MONDAY = date(2025, 5, 5)
MONDAY_MINUTE = (MONDAY - date(1970, 1, 1)).days * MINUTES_A_DAY
NOON = datetime(2025, 5, 19, 12, tzinfo=UTC)
HOSTILE = st.sampled_from([0.0, -1.0, 5e-324, 1e-300, 1.0, 17.5, 1e17, 1e300, np.inf, -np.inf, np.nan])


def days(count: int, *, seed: int = 1, sd: float = 0.8) -> Floats:
    return np.exp(np.random.default_rng(seed).normal(2.0, sd, (count, MINUTES_A_DAY)))


def shape_of(curve: VolumeCurve, first: int = MONDAY_MINUTE) -> Floats:
    return curve.shape(first + np.arange(MINUTES_A_DAY))


def test_a_market_that_repeats_its_smooth_day_is_described_by_it() -> None:
    hours = 2 * np.pi * np.arange(MINUTES_A_DAY) / MINUTES_A_DAY
    wanted = 0.7 * np.cos(hours)  # slow: smoothing by 45 minutes takes 2 % of it, which the minutes give back in part
    curve = fit_curve(np.tile(np.exp(3.0 + wanted), (20, 1)), MONDAY)
    assert curve.level == pytest.approx(3.0)
    assert shape_of(curve) == pytest.approx(wanted, abs=0.02)


def test_the_first_minute_of_each_hour_is_told_apart_at_once() -> None:
    volumes = days(15, sd=0.0)
    volumes[:, ::60] *= np.exp(0.3)
    shape = shape_of(fit_curve(volumes, MONDAY))
    assert shape[::60].min() - shape[1:60].max() == pytest.approx(0.3, abs=1e-6)


def test_a_lone_busy_minute_of_one_day_is_mostly_not_believed() -> None:
    volumes = days(1, sd=0.0)
    volumes[0, 777] *= np.exp(4.0)
    shape = shape_of(fit_curve(volumes, MONDAY))
    believed = shape[777] - np.median(shape)
    assert 0 < believed < 4.0 * (1 / 41 + 1 / 24 + 0.01)  # n / (n + 40) with one day, a 24th as effect of minute 57, little smoothed


def test_a_weekend_has_its_own_shape_after_weekends_were_seen() -> None:
    volumes = days(28, sd=0.0)
    morning = slice(0, MINUTES_A_DAY // 2)
    volumes[[day for day in range(28) if day % 7 >= 5], morning] *= np.exp(1.0)
    curve = fit_curve(volumes, MONDAY)
    saturday = shape_of(curve, MONDAY_MINUTE + 5 * MINUTES_A_DAY)[300]
    assert saturday > shape_of(curve)[300] + 0.3


def test_the_level_follows_the_last_days() -> None:
    volumes = np.vstack([days(20, sd=0.0), np.e * days(3, sd=0.0)])
    level = fit_curve(volumes, MONDAY).level
    assert level == pytest.approx(2.0 + 0.5 / (1 - 0.5 ** (23 / 3)), abs=1e-9)  # half of the weight lies on the last three days


def test_shares_are_those_of_the_curve_and_flat_ones_those_of_the_clock() -> None:
    bounds = [NOON + timedelta(seconds=37 * number) for number in range(11)]
    assert flat_curve().share_path(bounds) == pytest.approx(np.arange(11) / 10)
    curve = fit_curve(days(15), MONDAY)
    whole = [NOON + timedelta(minutes=minute) for minute in range(31)]
    first = int(NOON.timestamp() // 60)
    weights = np.exp(curve.shape(first + np.arange(30)))
    assert np.diff(curve.share_path(whole)) == pytest.approx(weights / weights.sum())


@given(
    st.lists(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3)), min_size=2, max_size=30),
    st.integers(0, 5),
)
def test_shares_never_fall_and_end_at_one(offsets: list[timedelta], seed: int) -> None:
    path = fit_curve(days(3, seed=seed), MONDAY).share_path([NOON + offset for offset in sorted(offsets)])
    assert (np.diff(path) >= 0).all()
    assert path[0] >= 0
    assert path[-1] == 1


@given(st.lists(HOSTILE, min_size=1, max_size=30), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_hostile_volumes_give_a_finite_curve(values: list[float], count: int, seed: int) -> None:
    volumes = np.random.default_rng(seed).choice(values, (count, MINUTES_A_DAY))
    curve = fit_curve(volumes, MONDAY)
    assert np.isfinite(curve.weekday).all() and np.isfinite(curve.weekend).all()
    assert (curve.level is None) == (curve.days == 0)
    assert curve.level is None or np.isfinite(curve.level)
    path = curve.share_path([NOON, NOON + timedelta(minutes=7), NOON + timedelta(minutes=30)])
    assert path[0] == 0 and path[-1] == 1 and (np.diff(path) >= 0).all()


def test_without_days_or_trade_the_curve_is_flat() -> None:
    for volumes in (np.empty((0, MINUTES_A_DAY)), np.zeros((3, MINUTES_A_DAY)), np.full((3, MINUTES_A_DAY), np.nan)):
        curve = fit_curve(volumes, MONDAY)
        assert curve.days == 0 and curve.level is None
        assert not shape_of(curve).any()


def test_a_day_that_is_mostly_unknown_counts_for_nothing() -> None:
    volumes = days(10)
    broken = np.vstack([volumes, np.full((1, MINUTES_A_DAY), np.nan)])
    broken[-1, :100] = 1e6
    assert fit_curve(broken, MONDAY).days == 10
    assert fit_curve(broken, MONDAY).level == pytest.approx(fit_curve(volumes, MONDAY).level)


def test_an_unknown_minute_counts_as_usual() -> None:
    volumes = days(10, sd=0.0)
    volumes[3, 100:200] = np.nan
    assert shape_of(fit_curve(volumes, MONDAY)) == pytest.approx(np.zeros(MINUTES_A_DAY), abs=1e-9)
