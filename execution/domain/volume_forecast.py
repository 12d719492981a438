"""What others will trade in the rest of an order's window, and the share of the order that should be done by then.

State, from closed minutes only: x = log volume less the curve's, e3, e30, e300 = exponential means of x (half-lives in minutes), how far a
burst has gone beyond the usual, and what other symbols did. Linear in it are A, the log volume of the next minute, and B, that of the H
- 1 minutes
after it; their errors are normal, with a covariance. The target share is the mean of (V + e^A) / (V + e^A + e^B), V being traded already.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from execution.domain.volume_curve import (
    MINUTES_A_DAY,
    Floats,
    VolumeCurve,
    as_shares,
    known_volumes,
    volume_floor,
)

HALF_LIVES: Final = np.array([3.0, 30.0, 300.0])
PEER_HALF_LIVES: Final = HALF_LIVES[:2]
BURST: Final = 1.5
"""Log volume above the usual from which a burst counts as one: it fades sooner than its size says."""
FEATURES: Final = 12
HORIZONS: Final = np.array([2.0, 5.0, 10.0, 15.0, 30.0, 60.0])
"""Minutes left, H, that the forecast of minutes 2 to H is fitted for; between them it is linear in log H."""
RIDGE: Final = 5.0
BUSY_WEIGHT: Final = 0.5
"""A minute counts exp(0.5 e3) in a fit: where much is traded prices move too, and an error of the share costs more."""
BALANCED_TILT: Final = 0.735
"""Where share error and slippage risk, each against a static curve's, were equally low on the candles of 2023."""
_E3: Final = 2
_MOST_BUSY: Final = 2.0
FEWEST_FITTED_DAYS: Final = 10
_LONGEST: Final = int(HORIZONS[-1])
_TRAINED_MINUTES: Final = MINUTES_A_DAY - _LONGEST - 1
_LEAST_VARIANCE: Final = 1e-4
_MINUTE: Final = timedelta(minutes=1)
REMEMBERED_MINUTES: Final = 2 * MINUTES_A_DAY
"""Older minutes have less than 0.2 % of the weight even in the slowest mean."""
_NODES_1D, _WEIGHTS_1D = np.polynomial.hermite_e.hermegauss(7)
_NODES_NEXT: Final = np.repeat(_NODES_1D, 7)
_NODES_REST: Final = np.tile(_NODES_1D, 7)
_WEIGHTS: Final = np.outer(_WEIGHTS_1D, _WEIGHTS_1D).ravel() / _WEIGHTS_1D.sum() ** 2
_AGE_WEIGHTS: Final = (1.0 - 2.0 ** (-1.0 / HALF_LIVES)) * 0.5 ** (np.arange(REMEMBERED_MINUTES)[::-1, None] / HALF_LIVES)
_AHEAD: Final = np.arange(2, _LONGEST + 1)


def _between_horizons() -> Floats:
    """Return the weights of the fitted horizons for H = 2 to 60, shape (59, 6)."""
    unit = np.eye(HORIZONS.size)
    return np.column_stack([np.interp(np.log(_AHEAD), np.log(HORIZONS), column) for column in unit])


_BETWEEN: Final = _between_horizons()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VolumeModel:
    """Coefficients of A and B.

    `next_minute` has shape (12,), `rest` (6, 12), one row a horizon; variances and covariances are those of the errors of log volumes.
    `balanced_tilt` is the tilt at which share error and slippage risk are both low.
    """

    next_minute: Floats
    rest: Floats
    next_variance: float
    rest_variances: Floats
    covariances: Floats
    balanced_tilt: float
    fitted_days: int


_TABLE: Final = np.array(
    [
        # const    x   e3  e30 e300  var  cov
        [0.00, 0.08, 0.61, 0.19, 0.09, 0.65, 0.18],
        [0.16, 0.06, 0.53, 0.22, 0.08, 0.36, 0.12],
        [0.22, 0.04, 0.47, 0.26, 0.10, 0.30, 0.10],
        [0.24, 0.03, 0.42, 0.28, 0.12, 0.28, 0.09],
        [0.28, 0.02, 0.34, 0.30, 0.17, 0.27, 0.07],
        [0.32, 0.02, 0.26, 0.29, 0.24, 0.26, 0.05],
    ]
)


def _padded(coefficients: Floats) -> Floats:
    return np.concatenate([coefficients, np.zeros((*coefficients.shape[:-1], FEATURES - coefficients.shape[-1]))], axis=-1)


FROZEN_MODEL: Final = VolumeModel(
    next_minute=_padded(np.array([0.0, 0.17, 0.59, 0.14, 0.07])),
    rest=_padded(_TABLE[:, :5]),
    next_variance=0.60,
    rest_variances=_TABLE[:, 5],
    covariances=_TABLE[:, 6],
    balanced_tilt=0.5,
    fitted_days=0,
)
"""Least squares over eight symbols of Binance USD-M, 2023: what is used until a symbol has days of its own."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DaySums:
    """Sums over the minutes of one day that a fit needs: of features and targets, (12, 12), (12, 7), (7, 7), weighted, of the weights,
    and the number of minutes.
    """

    squares: Floats
    products: Floats
    target_squares: Floats
    weight: float
    count: int

    def __add__(self, other: "DaySums") -> Self:
        return type(self)(
            squares=self.squares + other.squares,
            products=self.products + other.products,
            target_squares=self.target_squares + other.target_squares,
            weight=self.weight + other.weight,
            count=self.count + other.count,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VolumeForecast:
    """What others are expected to trade after `as_of`, the end of the newest closed minute; base currency.

    `median` and `mean` are volumes cumulated from `as_of` to each whole minute after it, `variances` those of the log volume of a
    stretch of
    1 to 60 minutes, `covariances` those of the next minute's with the rest of a window of 2 to 60 minutes. Made by `forecast_from`.
    """

    as_of: datetime
    median: Floats
    mean: Floats
    variances: tuple[float, ...]
    covariances: tuple[float, ...]
    balanced_tilt: float

    def expected(self, bounds: Sequence[datetime]) -> Floats:
        """Return the expected volume between neighbouring bounds, shape (n - 1,). Before `as_of` nothing more is expected."""
        cumulated = _cumulated(self.mean, self._minutes(bounds))
        expected: Floats = cumulated[1:] - cumulated[:-1]
        return expected

    def target_share(self, *, traded: float, at: datetime, until: datetime, end_at: datetime, tilt: float = 0.0) -> float:
        """Return the share of an order that should be done by `until`: E[(V + e^A) / (V + e^A + e^B)] by 7 x 7 Gauss-Hermite.

        V is what others `traded` since the order's start (below zero counts as zero), A the log volume from `at` to `until`,
        B from `until` to `end_at`. A tilt t adds t cov(A, B) to the mean of A and t var(B) to that of B: 0 for the best shares;
        higher back-loads, which costs share error and lowers slippage risk, because errors before bursts cost most.
        From the end on the share is 1. The caller never goes back below a share reached before.

        Raises:
            ValueError: what is traded is not finite.
        """
        begun, done, end = (self._minutes_after(time) for time in (at, until, end_at))
        return self._target_share(traded, max(begun, 0.0), done, end, tilt)

    def share_path(self, *, traded: float, at: datetime, bounds: Sequence[datetime], tilt: float = 0.0) -> Floats:
        """Return the share of an order that should be done by each bound, the last of which is its end: never falling, 1 at the end.

        The first bound after `at` has the target share, as have those before it; from there on the rest follows the expected volume.

        Raises:
            ValueError: what is traded is not finite.
        """
        ends = self._minutes(bounds)
        now = max(self._minutes_after(at), 0.0)
        first = min(int(ends.searchsorted(now, side="right")), ends.size - 1)
        target = self._target_share(traded, now, float(ends[first]), float(ends[-1]), tilt)
        shares = np.empty(ends.size)
        shares[:first] = target
        shares[first:] = target + (1.0 - target) * as_shares(_cumulated(self.mean, ends[first:]))
        shares[-1] = 1.0
        return shares

    def _target_share(self, traded: float, now: float, until: float, end: float, tilt: float) -> float:
        """Return the target share, times being minutes after `as_of`."""
        if not math.isfinite(traded):
            raise ValueError("what others traded must be a number")
        begun, done, total = (_cumulated_at(self.median, minutes) for minutes in (now, until, end))
        if end <= until or total <= done:
            return 1.0
        soon_variance = self.variances[_index(until - now, self.variances)]
        rest_variance = self.variances[_index(end - until + 1.0, self.variances)]
        covariance = self.covariances[_index(end - 1.0, self.covariances)]
        soon_deviation = math.sqrt(soon_variance)
        loading = covariance / soon_deviation
        rest_deviation = math.sqrt(max(rest_variance - loading * loading, _LEAST_VARIANCE))
        soon = max(done - begun, 0.0) * math.exp(tilt * covariance)
        rest = (total - done) * math.exp(tilt * rest_variance)
        known = max(traded, 0.0) + soon * np.exp(soon_deviation * _NODES_NEXT)
        whole = known + rest * np.exp(loading * _NODES_NEXT + rest_deviation * _NODES_REST)
        return min(max(float(_WEIGHTS @ (known / whole)), 0.0), 1.0)

    def _minutes_after(self, time: datetime) -> float:
        return (time - self.as_of) / _MINUTE

    def _minutes(self, times: Sequence[datetime]) -> Floats:
        as_of = self.as_of
        return np.array([(time - as_of) / _MINUTE for time in times])


def forecast_from(
    curve: VolumeCurve, closed_minutes: Floats, as_of: datetime, *, peers: Floats | None = None, model: VolumeModel = FROZEN_MODEL
) -> VolumeForecast | None:
    """Return the forecast at `as_of`, the end of the newest of `closed_minutes` (others' volume, base currency, newest last, NaN where
    unknown).

    A day or two of minutes is enough. `peers` is the mean surprise of other symbols in the same minutes (see `surprises`). What is no
    volume
    (negative, infinite) counts as unknown; means go over known minutes. A flat curve takes its level from the minutes given;
    none comes back when there is no level at all: no day known and nothing traded.

    Raises:
        ValueError: `as_of` has no time zone, or peers and minutes differ in number.
    """
    if as_of.tzinfo is None:
        raise ValueError("the end of the newest minute needs a time zone")
    volumes = known_volumes(closed_minutes).ravel()
    if peers is not None and np.shape(peers) != volumes.shape:
        raise ValueError("peers need a value for each minute")
    first = _minute_of(as_of) - volumes.size
    levelled = at_recent_level(curve, volumes)
    if levelled is None:
        return None
    return _forecast(levelled, state_of(surprises(levelled, volumes, first), peers), as_of, model)


def at_recent_level(curve: VolumeCurve, volumes: Floats) -> VolumeCurve | None:
    """Return a curve that has a level: itself, or a flat one at the mean log volume of known minutes; none when nothing traded."""
    if curve.level is not None:
        return curve
    floor = volume_floor(volumes)
    if floor is None:
        return None
    logs = np.log(np.maximum(volumes[np.isfinite(volumes)], floor))
    return VolumeCurve(weekday=curve.weekday, weekend=curve.weekend, level=float(logs.mean()), floor=floor, days=curve.days)


def surprises(curve: VolumeCurve, volumes: Floats, first_minute: int) -> Floats:
    """Return x, log volume less the curve's, of minutes from `first_minute` (since 1970-01-01 UTC) on; NaN where unknown. The curve
    needs a level."""
    level, floor = _level_and_floor(curve)
    minutes = first_minute + np.arange(volumes.size, dtype=np.int64)
    x: Floats = np.log(np.maximum(known_volumes(volumes), floor)) - curve.shape(minutes) - level
    return x


def features(x: Floats, peers: Floats | None = None) -> Floats:
    """Return the state after each minute, shape (minutes, 12); an unknown minute leaves the state as it was, but for peers."""
    x = np.asarray(x, dtype=np.float64)
    is_known = np.isfinite(x)
    others = np.zeros(x.size) if peers is None else np.nan_to_num(peers)
    means = exponential_means(np.column_stack([x[is_known]] * 3), HALF_LIVES)
    peer_means = exponential_means(np.column_stack([others[is_known]] * 2), PEER_HALF_LIVES)
    rows = _states(x[is_known], means, others[is_known], peer_means)
    before = np.vstack([_usual_state(), rows])
    states: Floats = before[np.cumsum(is_known)]
    return states


def state_of(x: Floats, peers: Floats | None = None) -> Floats:
    """Return the state after the last minute, shape (12,): the last row of `features`, without the others."""
    is_known = np.isfinite(x)
    if not is_known.any():
        return _usual_state()
    others = np.zeros(x.size) if peers is None else np.nan_to_num(peers)
    x, others = x[is_known][-REMEMBERED_MINUTES:], others[is_known][-REMEMBERED_MINUTES:]
    weights = _AGE_WEIGHTS[-x.size :]
    peer_means = others @ weights[:, : PEER_HALF_LIVES.size]
    state: Floats = _states(x[-1:], (x @ weights)[None, :], others[-1:], peer_means[None, :])[0]
    return state


def exponential_means(values: Floats, half_lives: Floats) -> Floats:
    """Return exponential means of columns, shape (n, k), from zero before the first row, the newest row included."""
    gains, mean, means = 1.0 - 2.0 ** (-1.0 / half_lives), np.zeros(half_lives.size), np.empty(values.shape)
    for row, value in enumerate(values):
        mean = mean + gains * (value - mean)
        means[row] = mean
    return means


def day_sums(curve: VolumeCurve, first_minute: int, volumes: Floats, states: Floats) -> DaySums:
    """Return what a fit needs of one day: `volumes` of its 1440 minutes and `states` after each, the curve being the one known before
    that day.

    States of the last hour are left out, because their targets end on the next day; so are those with an unknown minute within the hour.
    """
    level, floor = _level_and_floor(curve)
    minutes = first_minute + np.arange(MINUTES_A_DAY, dtype=np.int64)
    usual = np.concatenate([[0.0], np.cumsum(np.exp(curve.shape(minutes) + level))])
    traded = np.concatenate([[0.0], np.cumsum(np.maximum(known_volumes(volumes), floor))])
    now = np.arange(1, _TRAINED_MINUTES + 1)  # minutes closed
    targets = [np.log(_risen(traded, now, 1)) - np.log(_risen(usual, now, 1))]
    targets += [np.log(_risen(traded, now + 1, int(h) - 1)) - np.log(_risen(usual, now + 1, int(h) - 1)) for h in HORIZONS]
    wanted = np.column_stack(targets)
    is_known = np.isfinite(wanted).all(axis=1)
    given, wanted = states[:_TRAINED_MINUTES][is_known], wanted[is_known]
    weights = np.exp(BUSY_WEIGHT * np.clip(given[:, _E3], -_MOST_BUSY, _MOST_BUSY))[:, None]
    return DaySums(
        squares=given.T @ (weights * given),
        products=given.T @ (weights * wanted),
        target_squares=wanted.T @ (weights * wanted),
        weight=float(weights.sum()),
        count=len(given),
    )


def fit_model(days: Sequence[DaySums]) -> VolumeModel:
    """Fit a symbol's own coefficients on past days by ridge regression, penalty 5 on all but the constant; the frozen table below ten
    days."""
    if len(days) < FEWEST_FITTED_DAYS:
        return FROZEN_MODEL
    sums = days[0]
    for day in days[1:]:
        sums = sums + day
    if sums.count < FEWEST_FITTED_DAYS * _TRAINED_MINUTES // 2:
        return FROZEN_MODEL
    penalty = np.diag([1e-6] + [RIDGE] * (FEATURES - 1))
    found = np.asarray(np.linalg.solve(sums.squares + penalty, sums.products), dtype=np.float64)
    crossed = found.T @ sums.products
    covariance = (sums.target_squares - crossed - crossed.T + found.T @ sums.squares @ found) / sums.weight
    variances = np.maximum(np.diag(covariance), _LEAST_VARIANCE)
    return VolumeModel(
        next_minute=found[:, 0],
        rest=found[:, 1:].T,
        next_variance=float(variances[0]),
        rest_variances=variances[1:],
        covariances=covariance[0, 1:],
        balanced_tilt=BALANCED_TILT,
        fitted_days=len(days),
    )


def _forecast(curve: VolumeCurve, state: Floats, as_of: datetime, model: VolumeModel) -> VolumeForecast:
    level, _ = _level_and_floor(curve)
    base = curve.shape(_minute_of(as_of) + np.arange(MINUTES_A_DAY, dtype=np.int64)) + level
    usual = np.exp(base)
    rest_variances, covariances = _BETWEEN @ model.rest_variances, _BETWEEN @ model.covariances
    soon = usual[0] * np.exp(model.next_minute @ state)
    rest = np.cumsum(usual[1:_LONGEST]) * np.exp(_BETWEEN @ (model.rest @ state))
    # Beyond the hour the state is forgotten, and what is left is the usual volume, raised from the median to the mean of minutes.
    later = np.cumsum(usual[_LONGEST:]) * np.exp(model.rest[-1, 0])
    return VolumeForecast(
        as_of=as_of,
        median=_joined(soon, rest, later),
        mean=_joined(soon * np.exp(model.next_variance / 2), rest * np.exp(rest_variances / 2), later * np.exp(rest_variances[-1] / 2)),
        variances=(model.next_variance, *rest_variances.tolist()),
        covariances=tuple(covariances.tolist()),
        balanced_tilt=model.balanced_tilt,
    )


def _joined(soon: float, rest: Floats, later: Floats) -> Floats:
    """Return volumes cumulated from now: none falls below the one before."""
    near = np.maximum.accumulate(np.concatenate([[0.0], [soon], soon + rest]))
    return np.concatenate([near, near[-1] + later])


def _cumulated(path: Floats, minutes: Floats) -> Floats:
    """Return a cumulated volume at times, linear within minutes, none before the first; after the last the day repeats itself."""
    last = path.size - 1
    minutes = np.maximum(minutes, 0.0)
    days = minutes // last
    within = minutes - days * last
    whole = within.astype(np.int64)
    before = path[whole]
    value: Floats = before + (within - whole) * (path[np.minimum(whole + 1, last)] - before) + days * path[-1]
    return value


def _cumulated_at(path: Floats, minutes: float) -> float:
    """Return the same at one time, without the cost of an array."""
    last = path.size - 1
    days, within = divmod(max(minutes, 0.0), last)
    whole = int(within)
    before = float(path[whole])
    return before + (within - whole) * (float(path[min(whole + 1, last)]) - before) + days * float(path[-1])


def _states(x: Floats, means: Floats, others: Floats, peer_means: Floats) -> Floats:
    beyond = x - means[:, 1]
    bursts = [np.abs(x), np.maximum(x - BURST, 0.0), np.abs(beyond), np.maximum(beyond - BURST, 0.0)]
    return np.column_stack([np.ones(x.size), x, means, *bursts, others, peer_means])


def _usual_state() -> Floats:
    return np.concatenate([[1.0], np.zeros(FEATURES - 1)])


def _risen(cumulated: Floats, start: NDArray[np.int64], length: int) -> Floats:
    risen: Floats = cumulated[start + length] - cumulated[start]
    return risen


def _level_and_floor(curve: VolumeCurve) -> tuple[float, float]:
    """Return both.

    Raises:
        ValueError: the curve has none.
    """
    if curve.level is None or curve.floor is None:
        raise ValueError("a flat curve has no level: see at_recent_level")
    return curve.level, curve.floor


def _minute_of(at: datetime) -> int:
    return int(at.timestamp() // 60)


def _index(minutes: float, table: tuple[float, ...]) -> int:
    """Return where a table by whole minutes, from 1 on, has the nearest length."""
    return min(max(round(minutes) - 1, 0), len(table) - 1)
