"""The usual volume of each minute of a day, from past days.

The curve is one of log volume, so a single burst in a past day does not stay in it. Its shares exp(p) / sum(exp(p)) stand for E[m_t /
V], the
expected share of a minute in the volume of a window; averaging the shares themselves is 1 to 6 % worse on recorded candles.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MINUTES_A_DAY: Final = 1440
SHAPE_HALF_LIFE_DAYS: Final = 60.0
LEVEL_HALF_LIFE_DAYS: Final = 3.0
SMOOTHING_MINUTES: Final = 45.0
MINUTE_SHRINKAGE_DAYS: Final = 40.0
WEEKEND_SHRINKAGE_DAYS: Final = 6.0
FLOOR_QUANTILE: Final = 0.001
_FEWEST_MINUTES: Final = MINUTES_A_DAY // 2
"""A day that is known for less than half says little about its level."""
_MOST_VOLUME: Final = 1e18
"""No minute of any market trades as much; beyond, sums of exponentials would overflow."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = date(1970, 1, 1)
_EPOCH_WEEKDAY: Final = 3  # 1970-01-01 was a Thursday


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VolumeCurve:
    """Log volume (base currency a minute) by UTC minute of the day.

    `weekday` and `weekend` are centred, shape (1440,); `level` is the log volume they are added to and `floor` the volume that
    quieter minutes count as, both none for a flat curve, which knows of no day. `days` says how many days it was made of.
    """

    weekday: Floats
    weekend: Floats
    level: float | None
    floor: float | None
    days: int

    def shape(self, minutes: NDArray[np.int64]) -> Floats:
        """Return log volume less its level of whole minutes since 1970-01-01 UTC, same shape as given."""
        inside = minutes % MINUTES_A_DAY
        is_weekend = is_weekend_day(minutes // MINUTES_A_DAY)
        shape: Floats = np.where(is_weekend, self.weekend[inside], self.weekday[inside])
        return shape

    def share_path(self, bounds: Sequence[datetime]) -> Floats:
        """Return the share of the volume between the first and last bound that falls before each bound: from 0 to 1, none lower than
        before.

        A window without length has all its volume at the end.
        """
        seconds = np.array([(bound - _EPOCH).total_seconds() for bound in bounds]) / 60.0
        first, last = int(seconds.min()), int(np.ceil(seconds.max()))
        weights = np.exp(self.shape(np.arange(first, max(last, first + 1), dtype=np.int64)))
        cumulative = np.concatenate(([0.0], np.cumsum(weights)))
        return as_shares(np.interp(seconds - first, np.arange(cumulative.size), cumulative))


def flat_curve() -> VolumeCurve:
    """Return the curve of a market of which no day is known."""
    none = np.zeros(MINUTES_A_DAY)
    return VolumeCurve(weekday=none, weekend=none, level=None, floor=None, days=0)


def fit_curve(volumes: Floats, first_day: date) -> VolumeCurve:
    """Fit the curve of the day that follows `volumes`, shape (days, 1440): volume of each UTC minute, oldest day first, NaN where
    unknown.

    L = log max(volume, 0.1 % quantile of positive volumes). Daily L less its mean, averaged with a half-life of 60 days, is split into
    a smooth part (circular Gaussian, sd 45 min), an effect of the minute of the hour, the remainder of the minute times n / (n + 40)
    with n effective
    days, and an offset of weekdays or weekends, smoothed likewise, times n / (n + 6). The level is the mean of daily means, half-life 3
    days.

    What is no volume (negative, infinite) counts as unknown, an unknown minute as usual, and a day known for less than half not at all.
    Without a day left, or without trade, the curve is flat.
    """
    volumes = known_volumes(volumes).reshape(-1, MINUTES_A_DAY)
    numbers = (first_day - _EPOCH_DAY).days + np.arange(len(volumes))
    ages = np.arange(len(volumes), 0, -1)
    is_used = np.isfinite(volumes).sum(axis=1) >= _FEWEST_MINUTES
    volumes, numbers, ages = volumes[is_used], numbers[is_used], ages[is_used]
    floor = volume_floor(volumes)
    if floor is None:
        return flat_curve()
    logs = np.log(np.maximum(volumes, floor))
    means = np.nanmean(logs, axis=1)
    deviations = np.nan_to_num(logs - means[:, None])
    weights = _weights(ages, SHAPE_HALF_LIFE_DAYS)
    mean = weights @ deviations / weights.sum()
    pattern = _shrunk(mean, _effective(weights))
    is_weekend = is_weekend_day(numbers)
    weekday, weekend = (_of_days(pattern, mean, deviations[kind], weights[kind]) for kind in (~is_weekend, is_weekend))
    recent = _weights(ages, LEVEL_HALF_LIFE_DAYS)
    return VolumeCurve(weekday=weekday, weekend=weekend, level=float(recent @ means / recent.sum()), floor=floor, days=len(volumes))


def known_volumes(volumes: Floats) -> Floats:
    """Return volumes with NaN in place of what is none: negative, infinite, beyond any market's."""
    volumes = np.asarray(volumes, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        return np.where((volumes >= 0) & (volumes <= _MOST_VOLUME), volumes, np.nan)


def volume_floor(volumes: Floats) -> float | None:
    """Return the volume that quieter minutes count as, the 0.1 % quantile of positive ones; none when nothing traded."""
    positive = volumes[volumes > 0]
    return float(np.quantile(positive, FLOOR_QUANTILE)) if positive.size else None


def is_weekend_day(days: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which days since 1970-01-01 are Saturdays or Sundays."""
    is_weekend: NDArray[np.bool_] = (days + _EPOCH_WEEKDAY) % 7 >= 5
    return is_weekend


def as_shares(cumulative: Floats) -> Floats:
    """Return a cumulated volume as shares of its increase: 0 first, 1 last; without an increase all at the end."""
    total = cumulative[-1] - cumulative[0]
    if not total > 0:
        return np.where(np.arange(cumulative.size) == cumulative.size - 1, 1.0, 0.0)
    shares: Floats = np.minimum(np.maximum((cumulative - cumulative[0]) / total, 0.0), 1.0)
    return shares


def _weights(ages: NDArray[np.int64], half_life_days: float) -> Floats:
    weights: Floats = 0.5 ** ((ages - ages.min()) / half_life_days)  # relative to the newest: after a year without data they would vanish
    return weights


def _effective(weights: Floats) -> float:
    return float(weights.sum() ** 2 / (weights @ weights))


def _shrunk(mean: Floats, days: float) -> Floats:
    """Return the pattern that is believed of a mean over so many effective days."""
    smooth = _smoothed(mean)
    rest = mean - smooth
    of_hour = np.tile(rest.reshape(24, 60).mean(axis=0), 24)
    pattern: Floats = smooth + of_hour + (rest - of_hour) * days / (days + MINUTE_SHRINKAGE_DAYS)
    return pattern


def _of_days(pattern: Floats, mean: Floats, deviations: Floats, weights: Floats) -> Floats:
    """Return the pattern with the offset of one kind of days, centred."""
    if weights.size:
        days = _effective(weights)
        offset = _smoothed(weights @ deviations / weights.sum() - mean)
        pattern = pattern + offset * days / (days + WEEKEND_SHRINKAGE_DAYS)
    centred: Floats = pattern - pattern.mean()
    return centred


def _smoothed(values: Floats) -> Floats:
    """Return values smoothed around the clock by a Gaussian."""
    return np.fft.irfft(np.fft.rfft(values) * _KERNEL, MINUTES_A_DAY)


def _kernel() -> NDArray[np.complex128]:
    minutes = np.arange(MINUTES_A_DAY)
    distance = np.minimum(minutes, MINUTES_A_DAY - minutes)
    weights = np.exp(-0.5 * (distance / SMOOTHING_MINUTES) ** 2)
    return np.fft.rfft(weights / weights.sum())


_KERNEL: Final = _kernel()
