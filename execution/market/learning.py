"""What past days say about a market's volume: its curve, the coefficients of its forecast, how volatile it usually is.

Each complete day adds its sums to an instrument's fit once, made on all its venues together and beside what other instruments did; a fit
of any number of days is then one small linear system. Curves are fitted for the venues that an order uses.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from execution.domain.volume_curve import MINUTES_A_DAY, Floats, VolumeCurve, fit_curve, flat_curve
from execution.domain.volume_forecast import (
    FEATURES,
    FROZEN_MODEL,
    HORIZONS,
    DaySums,
    VolumeModel,
    day_sums,
    features,
    fit_model,
    surprises,
)
from execution.market.minutes import KEPT_DAYS, LATE_MINUTES, Days, date_of, days_of, minute_of, number_of, together
from execution.models import MarketDay, VolumeFit

FEWEST_DAYS_BEFORE: Final = 3
"""Before it a curve has too few days to say what surprises."""
STATE_DAYS: Final = 2
"""The slowest mean of the forecast's state has forgotten older ones."""
DAYS_A_SWEEP: Final = 3
_BPS: Final = 1e4
_TARGETS: Final = HORIZONS.size + 1
_SHAPES: Final = ((FEATURES, FEATURES), (FEATURES, _TARGETS), (_TARGETS, _TARGETS))
_ENDS: Final = np.cumsum([rows * columns for rows, columns in _SHAPES])


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """An instrument on a set of venues, by their ids."""

    instrument_id: int
    venue_ids: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Learnt:
    """What is known of a market from days before today; `usual_minute_volatility_bps` is the median of the days'."""

    curve: VolumeCurve
    model: VolumeModel
    usual_minute_volatility_bps: float | None


NOTHING_LEARNT: Final = Learnt(curve=flat_curve(), model=FROZEN_MODEL, usual_minute_volatility_bps=None)


def learnt_of(markets: Collection[Market], now: datetime) -> dict[Market, Learnt]:
    """Return what each market's days before today say, in two queries."""
    instruments = {market.instrument_id for market in markets}
    today = minute_of(now) // MINUTES_A_DAY
    days = days_of(instruments, first_day=today - KEPT_DAYS, end_day=today)
    models = _models(instruments, today)
    return {market: _learnt(market, days, models.get(market.instrument_id, FROZEN_MODEL), today - KEPT_DAYS) for market in markets}


def _models(instruments: Collection[int], today: int) -> dict[int, VolumeModel]:
    sums: dict[int, list[DaySums]] = {}
    for fit in VolumeFit.objects.filter(instrument_id__in=instruments, day__lt=date_of(today), day__gte=date_of(today - KEPT_DAYS)):
        sums.setdefault(fit.instrument_id, []).append(_unpacked(bytes(fit.sums)))
    return {instrument: fit_model(of_days) for instrument, of_days in sums.items()}


def _learnt(market: Market, days: Mapping[tuple[int, int], Days], model: VolumeModel, first_day: int) -> Learnt:
    known = [days[key] for venue in sorted(market.venue_ids) if (key := (market.instrument_id, venue)) in days]
    if not known:
        return NOTHING_LEARNT
    volumes = together(np.array([listing.volumes for listing in known]))
    mids = np.array([listing.mids for listing in known])
    daily = [volatility for day in range(mids.shape[1]) if (volatility := _day_volatility_bps(mids[:, day])) is not None]
    return Learnt(
        curve=fit_curve(volumes, date_of(first_day)),
        model=model,
        usual_minute_volatility_bps=float(np.median(daily)) if daily else None,
    )


def _day_volatility_bps(mids: Floats) -> float | None:
    """Return the root mean square of a day's one-minute returns over all venues, bps; none when fewer than half of them are known."""
    returns = returns_bps(mids)
    known = returns[np.isfinite(returns)]
    return float(np.sqrt(np.mean(known**2))) if known.size * 2 >= MINUTES_A_DAY else None


def returns_bps(mids: Floats) -> Floats:
    """Return log returns along the last axis in bps, NaN where a mid is unknown or no price."""
    returns: Floats = np.diff(np.log(np.where(np.isfinite(mids) & (mids > 0), mids, np.nan)), axis=-1) * _BPS
    return returns


def learn(now: datetime) -> int:
    """Add the complete days that no fit knows yet, oldest first, at most three an instrument, and return how many were added."""
    today = (minute_of(now) - LATE_MINUTES) // MINUTES_A_DAY
    VolumeFit.objects.filter(day__lt=date_of(today - KEPT_DAYS)).delete()
    return sum(_learn_day(day, instruments) for day, instruments in _missing(today).items())


def _missing(today: int) -> dict[int, set[int]]:
    """Return which instruments lack a fit of which complete days, oldest first."""
    complete = MarketDay.objects.filter(known_minutes=MINUTES_A_DAY, day__lt=date_of(today))
    kept = {(instrument, number_of(day)) for instrument, day in complete.values_list("instrument_id", "day")}
    known = {(instrument, number_of(day)) for instrument, day in VolumeFit.objects.values_list("instrument_id", "day")}
    found: dict[int, set[int]] = {}
    for instrument in {instrument for instrument, _ in kept}:
        days = sorted(day for of, day in kept if of == instrument)
        for day in [day for day in days[FEWEST_DAYS_BEFORE:] if (instrument, day) not in known][:DAYS_A_SWEEP]:
            found.setdefault(day, set()).add(instrument)
    return dict(sorted(found.items()))


def _learn_day(day: int, instruments: Iterable[int]) -> int:
    """Store what a day adds to the instruments' fits, each beside all the others."""
    shown = {instrument: _shown(instrument, day) for instrument in _kept_on(day)}
    known = {instrument: x for instrument, (_, _, x) in shown.items()}
    fits = []
    for instrument in instruments:
        curve, volumes, x = shown[instrument]
        sums = _NOTHING
        if curve.level is not None:
            states = features(x, mean_of_others(known, instrument))
            sums = day_sums(curve, day * MINUTES_A_DAY, volumes, states[-MINUTES_A_DAY:])
        fits.append(VolumeFit(instrument_id=instrument, day=date_of(day), sums=_packed(sums)))
    return len(VolumeFit.objects.bulk_create(fits, ignore_conflicts=True))


def _kept_on(day: int) -> set[int]:
    return set(MarketDay.objects.filter(day=date_of(day)).values_list("instrument_id", flat=True))


def _shown(instrument: int, day: int) -> tuple[VolumeCurve, Floats, Floats]:
    """Return the curve that was known before a day, the day's volumes, and how the days up to its end surprised."""
    days = days_of({instrument}, first_day=day - KEPT_DAYS, end_day=day + 1)
    volumes = together(np.array([listing.volumes for listing in days.values()]))
    curve = fit_curve(volumes[:-1], date_of(day - KEPT_DAYS))
    newest = volumes[-STATE_DAYS - 1 :].ravel()
    return curve, volumes[-1], surprise_of(curve, newest, (day - STATE_DAYS) * MINUTES_A_DAY)


def surprise_of(curve: VolumeCurve, volumes: Floats, first_minute: int) -> Floats:
    """Return how minutes surprised, NaN where that is unknown: without a level nothing can surprise."""
    return np.full(volumes.size, np.nan) if curve.level is None else surprises(curve, volumes, first_minute)


def mean_of_others(known: Mapping[int, Floats], instrument: int) -> Floats | None:
    """Return the mean surprise of the other instruments in each minute, 0 where none is known; none without others."""
    others = np.array([x for of, x in known.items() if of != instrument])
    if not others.size:
        return None
    count = np.isfinite(others).sum(axis=0)
    mean: Floats = np.nansum(others, axis=0) / np.maximum(count, 1)
    return mean


def peers_of(now: datetime) -> frozenset[Market]:
    """Return the instruments that have a fit, each on all venues of its newest kept days, in one query."""
    today = minute_of(now) // MINUTES_A_DAY
    newest = MarketDay.objects.filter(day__gte=date_of(today - STATE_DAYS), instrument__volume_fits__isnull=False)
    venues: dict[int, set[int]] = {}
    for instrument, venue in newest.values_list("instrument_id", "venue_id").distinct():
        venues.setdefault(instrument, set()).add(venue)
    return frozenset(Market(instrument_id=instrument, venue_ids=frozenset(of)) for instrument, of in venues.items())


def _packed(sums: DaySums) -> bytes:
    parts = [sums.squares.ravel(), sums.products.ravel(), sums.target_squares.ravel(), np.array([sums.weight, sums.count])]
    return np.concatenate(parts).astype("<f8").tobytes()


def _unpacked(packed: bytes) -> DaySums:
    values = np.frombuffer(packed, dtype="<f8")
    squares, products, targets = (part.reshape(shape) for part, shape in zip(np.split(values, _ENDS), _SHAPES, strict=False))
    return DaySums(squares=squares, products=products, target_squares=targets, weight=float(values[-2]), count=int(values[-1]))


_NOTHING: Final = _unpacked(bytes(8 * (int(_ENDS[-1]) + 2)))
