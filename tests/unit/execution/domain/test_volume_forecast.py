"""What others will trade, and the share of an order that should be done by then."""

import math
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.domain.volume_curve import MINUTES_A_DAY, Floats, VolumeCurve, fit_curve, flat_curve
from execution.domain.volume_forecast import (
    FEATURES,
    FROZEN_MODEL,
    HALF_LIVES,
    VolumeForecast,
    VolumeModel,
    day_sums,
    exponential_means,
    features,
    fit_model,
    forecast_from,
    state_of,
    surprises,
)

MONDAY = date(2025, 5, 5)
NOW = datetime(2025, 5, 20, 9, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOSTILE = st.sampled_from([0.0, -1.0, 5e-324, 1e-300, 1.0, 17.5, 1e17, 1e300, np.inf, -np.inf, np.nan])
OFFSETS = st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(hours=30))


def history(count: int = 15, seed: int = 1) -> Floats:
    return np.exp(np.random.default_rng(seed).normal(2.0, 0.8, (count, MINUTES_A_DAY)))


CURVE = fit_curve(history(), MONDAY)


def constant_curve(volume: float) -> VolumeCurve:
    flat = np.zeros(MINUTES_A_DAY)
    return VolumeCurve(weekday=flat, weekend=flat, level=math.log(volume), floor=1e-6, days=10)


def forecast(minutes: Floats | None = None, curve: VolumeCurve = CURVE) -> VolumeForecast:
    made = forecast_from(curve, history(2, seed=3).ravel() if minutes is None else minutes, NOW)
    assert made is not None
    return made


def by_simulation(traded: float, means: tuple[float, float], variances: tuple[float, float], covariance: float) -> float:
    """Return E[(V + e^A) / (V + e^A + e^B)] from drawn normal A and B."""
    draws = np.random.default_rng(5).multivariate_normal(means, [[variances[0], covariance], [covariance, variances[1]]], 400_000)
    soon, rest = np.exp(draws.T)
    return float(np.mean((traded + soon) / (traded + soon + rest)))


@pytest.mark.parametrize(
    ("left", "row"),
    # VOLUME_FORECAST.md's table: H, then const, coefficients of x, e3, e30, e300, var, cov
    [
        (2, (0.0, 0.08, 0.61, 0.19, 0.09, 0.65, 0.18)),
        (10, (0.22, 0.04, 0.47, 0.26, 0.10, 0.30, 0.10)),
        (60, (0.32, 0.02, 0.26, 0.29, 0.24, 0.26, 0.05)),
    ],
)
@pytest.mark.parametrize("tilt", [0.0, 0.5])
def test_the_target_is_the_mean_share_of_the_frozen_tables_normal_volumes(left: int, row: tuple[float, ...], tilt: float) -> None:
    usual, x = 10.0, 0.8
    minutes = np.full(2 * MINUTES_A_DAY, usual)
    minutes[-1] *= math.exp(x)
    means = [x * (1 - 2 ** (-1 / half_life)) for half_life in (3, 30, 300)]
    soon = math.log(usual) + 0.17 * x + 0.59 * means[0] + 0.14 * means[1] + 0.07 * means[2]
    rest = math.log(usual * (left - 1)) + row[0] + row[1] * x + row[2] * means[0] + row[3] * means[1] + row[4] * means[2]
    variance, covariance = row[5:]
    wanted = by_simulation(25.0, (soon + tilt * covariance, rest + tilt * variance), (0.60, variance), covariance)
    made = forecast(minutes, constant_curve(usual))
    share = made.target_share(traded=25.0, at=NOW, until=NOW + MINUTE, end_at=NOW + left * MINUTE, tilt=tilt)
    assert share == pytest.approx(wanted, abs=2e-3)


def test_a_tilt_loads_the_back() -> None:
    made = forecast()
    shares = [made.target_share(traded=10.0, at=NOW, until=NOW + MINUTE, end_at=NOW + 30 * MINUTE, tilt=tilt) for tilt in (0.0, 0.5, 0.75)]
    assert shares == sorted(shares, reverse=True) and shares[0] > shares[2]


def test_a_burst_raises_what_is_expected_and_fades() -> None:
    calm, busy = np.full(600, 10.0), np.full(600, 10.0)
    busy[-3:] = 80.0
    bounds = [NOW + 10 * number * MINUTE for number in range(7)]
    lift = forecast(busy, constant_curve(10.0)).expected(bounds) / forecast(calm, constant_curve(10.0)).expected(bounds)
    assert lift[0] > 1.5
    assert (lift > 1).all()
    assert lift[5] < lift[0]


def test_expected_volume_adds_up_whatever_the_bounds() -> None:
    made = forecast()
    fine = made.expected([NOW + timedelta(seconds=7.5 * number) for number in range(721)])
    coarse = made.expected([NOW, NOW + 37 * MINUTE, NOW + 90 * MINUTE])
    assert fine.sum() == pytest.approx(coarse.sum())
    assert (fine > 0).all()
    assert fine[8:16] == pytest.approx(np.full(8, fine[8]))  # even within a minute


def test_beyond_its_day_the_usual_volume_goes_on() -> None:
    made = forecast(np.full(600, 10.0), constant_curve(10.0))
    first, later = (
        made.expected([NOW + timedelta(hours=20), NOW + timedelta(hours=21)]),
        made.expected([NOW + timedelta(hours=75), NOW + timedelta(hours=76)]),
    )
    assert later == pytest.approx(first)


def test_what_is_before_the_newest_minute_is_not_expected_again() -> None:
    assert forecast().expected([NOW - 9 * MINUTE, NOW - 2 * MINUTE, NOW])[:] == pytest.approx([0.0, 0.0])


def test_the_share_is_the_same_whether_asked_alone_or_as_first_of_a_path() -> None:
    made, at = forecast(), NOW + timedelta(seconds=17)
    bounds = [at + timedelta(seconds=20 * number) for number in range(1, 31)]
    path = made.share_path(traded=33.0, at=at, bounds=bounds, tilt=0.5)
    assert path[0] == pytest.approx(made.target_share(traded=33.0, at=at, until=bounds[0], end_at=bounds[-1], tilt=0.5))
    assert np.diff(path) / (1 - path[0]) == pytest.approx(made.expected(bounds) / made.expected(bounds).sum())


@given(
    st.lists(OFFSETS, min_size=1, max_size=40),
    st.timedeltas(min_value=timedelta(hours=-1), max_value=timedelta(hours=2)),
    st.floats(min_value=-1e12, max_value=1e18),
    st.sampled_from([0.0, 0.5, 0.75, 1.0]),
    st.integers(0, 3),
)
def test_a_path_never_falls_stays_within_bounds_and_ends_at_one(
    offsets: list[timedelta], at: timedelta, traded: float, tilt: float, seed: int
) -> None:
    made = forecast(history(1, seed=seed).ravel())
    path = made.share_path(traded=traded, at=NOW + at, bounds=[NOW + offset for offset in sorted(offsets)], tilt=tilt)
    assert (path >= 0).all() and (path <= 1).all()
    assert (np.diff(path) >= -1e-15).all()
    assert path[-1] == 1


@given(st.floats(min_value=0, max_value=1e6), st.floats(min_value=0, max_value=1e6), st.integers(2, 90))
def test_more_traded_means_more_to_be_done(less: float, more: float, left: int) -> None:
    made = forecast()
    less, more = sorted((less, more))
    first, second = (made.target_share(traded=v, at=NOW, until=NOW + MINUTE, end_at=NOW + left * MINUTE) for v in (less, more))
    assert 0 < first <= second + 1e-12 <= 1 + 1e-12


@pytest.mark.parametrize("seconds", [1, 10, 45, 90, 170])
def test_short_orders_have_shares_at_any_second(seconds: int) -> None:
    made, at = forecast(), NOW + timedelta(seconds=41.3)
    end = at + timedelta(minutes=3)
    shares = [made.target_share(traded=0.0, at=at, until=at + timedelta(seconds=s), end_at=end) for s in (seconds, 175)]
    assert 0 < shares[0] < shares[1] < 1
    assert made.target_share(traded=0.0, at=at, until=end, end_at=end) == 1.0


@given(st.lists(HOSTILE, min_size=1, max_size=200), st.booleans(), st.sampled_from([1, 20, 1440]))
@settings(max_examples=60)
def test_hostile_minutes_give_a_finite_forecast_or_none(values: list[float], is_flat: bool, repeats: int) -> None:
    minutes = np.tile(values, repeats)[:3000]
    made = forecast_from(flat_curve() if is_flat else CURVE, minutes, NOW)
    if made is None:
        assert is_flat
        assert not ((minutes > 0) & (minutes <= 1e18)).any()
        return
    bounds = [NOW + number * MINUTE for number in range(31)]
    assert np.isfinite(made.expected(bounds)).all() and (made.expected(bounds) >= 0).all()
    path = made.share_path(traded=1.0, at=NOW, bounds=bounds[1:], tilt=0.75)
    assert np.isfinite(path).all() and path[-1] == 1 and (np.diff(path) >= -1e-15).all()


def test_without_days_the_recent_rate_is_expected_and_without_trade_nothing_is() -> None:
    steady = forecast(np.full(90, 12.0), flat_curve())
    even = steady.share_path(traded=0.0, at=NOW, bounds=[NOW + number * MINUTE for number in range(1, 31)])
    assert np.diff(even[1:]) == pytest.approx(
        np.full(28, (1 - even[1]) / 29), rel=0.35
    )  # the means of log-normal minutes differ by horizon
    for nothing in (np.empty(0), np.zeros(50), np.full(50, np.nan), np.full(50, -3.0)):
        assert forecast_from(flat_curve(), nothing, NOW) is None


def test_without_minutes_the_curve_is_expected() -> None:
    for unknown in (np.empty(0), np.full(100, np.nan)):
        made = forecast_from(constant_curve(10.0), unknown, NOW)
        assert made is not None
        assert made.expected([NOW, NOW + MINUTE]) == pytest.approx([10.0 * math.exp(0.60 / 2)])


def test_unknown_minutes_are_passed_over() -> None:
    minutes = history(1).ravel()
    with_gap = np.concatenate([minutes, np.full(30, np.nan)])
    x = surprises(constant_curve(7.0), with_gap, 0)
    assert state_of(x) == pytest.approx(state_of(x[: minutes.size]))


@pytest.mark.parametrize("traded", [float("nan"), float("inf"), float("-inf")])
def test_a_traded_volume_that_is_no_number_is_refused(traded: float) -> None:
    with pytest.raises(ValueError, match="must be a number"):
        forecast().target_share(traded=traded, at=NOW, until=NOW + MINUTE, end_at=NOW + 30 * MINUTE)


def test_a_time_without_zone_and_peers_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        forecast_from(CURVE, np.ones(5), NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="peers"):
        forecast_from(CURVE, np.ones(5), NOW, peers=np.ones(4))


@given(st.lists(st.floats(-3, 3) | st.just(float("nan")), min_size=1, max_size=80))
def test_the_state_is_the_last_of_the_features_and_knows_no_later_minute(values: list[float]) -> None:
    x = np.array(values)
    peers = np.linspace(-1, 1, x.size)
    rows = features(x, peers)
    for end in {1, x.size // 2 + 1, x.size}:
        assert rows[end - 1] == pytest.approx(state_of(x[:end], peers[:end]))


def test_exponential_means_halve_after_their_half_life() -> None:
    values = np.zeros((301, 3))
    values[0] = 1.0
    means = exponential_means(values, HALF_LIVES)
    for column, half_life in enumerate((3, 30, 300)):
        assert means[half_life, column] == pytest.approx(means[0, column] / 2)


def test_a_fit_finds_the_coefficients_that_made_the_market() -> None:
    persistence, noise = 0.8, 0.5
    rng = np.random.default_rng(11)
    draws = rng.normal(0.0, noise, 60 * MINUTES_A_DAY)
    x = np.empty(draws.size)
    last = 0.0
    for number, draw in enumerate(draws):
        last = x[number] = persistence * last + draw
    curve = constant_curve(100.0)
    volumes = 100.0 * np.exp(x).reshape(-1, MINUTES_A_DAY)
    rows = features(x).reshape(len(volumes), MINUTES_A_DAY, FEATURES)
    found = fit_model([day_sums(curve, 0, day, states) for day, states in zip(volumes, rows, strict=True)])
    assert found.next_variance == pytest.approx(noise**2, rel=0.02)
    assert found.next_minute[1] + found.next_minute[2] * (1 - 2 ** (-1 / 3)) == pytest.approx(persistence, abs=0.08)
    state = state_of(np.array([1.0]))
    assert found.next_minute @ rows[7, 500] == pytest.approx(persistence * x[7 * MINUTES_A_DAY + 500], abs=0.1)
    assert np.isfinite(found.rest @ state).all()
    assert found.fitted_days == 60


def test_few_days_leave_the_frozen_table() -> None:
    assert fit_model([]) is FROZEN_MODEL
    day = day_sums(CURVE, 0, history(1).ravel(), np.zeros((MINUTES_A_DAY, FEATURES)))
    unknown = day_sums(CURVE, 0, np.full(MINUTES_A_DAY, np.nan), np.zeros((MINUTES_A_DAY, FEATURES)))
    assert fit_model([day] * 9) is FROZEN_MODEL
    assert fit_model([unknown] * 20) is FROZEN_MODEL


def test_a_model_of_peers_follows_them() -> None:
    leading = np.zeros(FEATURES)
    leading[[0, -3]] = 0.0, 1.0
    model = VolumeModel(
        next_minute=leading,
        rest=np.tile(leading, (6, 1)),
        next_variance=0.5,
        rest_variances=np.full(6, 0.3),
        covariances=np.full(6, 0.1),
        balanced_tilt=0.75,
        fitted_days=20,
    )
    minutes, peers = np.full(60, 10.0), np.zeros(60)
    peers[-1] = math.log(3.0)
    calm = forecast_from(constant_curve(10.0), minutes, NOW, model=model)
    led = forecast_from(constant_curve(10.0), minutes, NOW, peers=peers, model=model)
    assert calm is not None and led is not None
    bounds = [NOW, NOW + MINUTE, NOW + 20 * MINUTE]
    assert led.expected(bounds) == pytest.approx(3 * calm.expected(bounds))
