"""What others trade, out of the one-second bars: forecasts, volume since a time, volatility.

Bars hold every trade of a venue, the desk's own too: own fills are taken off, and what is left below zero, because two clocks differ,
counts as nothing. A process remembers the minutes that it has read and asks for the newest ones only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

import numpy as np
from django.db import connection

from execution.domain.volume_curve import MINUTES_A_DAY, Floats, VolumeCurve, fit_curve, flat_curve
from execution.domain.volume_forecast import VolumeForecast, forecast_from

KEPT_MINUTES: Final = 720
"""Read at first: 43,200 bars a listing. More would say little, the slowest mean of the forecast having a half-life of 300 minutes."""
LATE_MINUTES: Final = 2
"""Trades may be stored after their minute was read: so many minutes before the newest are read again."""
VOLATILITY_HALF_LIFE_MINUTES: Final = 30.0
FEWEST_RETURNS: Final = 5
_BPS: Final = 1e4

_MINUTES = """
SELECT instrument_id, venue_id, minute, sum(volume), max(mid)
FROM (
    SELECT instrument_id, venue_id, floor(extract(epoch FROM at) / 60)::bigint AS minute, sum(volume) AS volume,
        (array_agg((bid + ask) / 2 ORDER BY at DESC) FILTER (WHERE bid IS NOT NULL AND ask IS NOT NULL))[1] AS mid
    FROM execution_bar
    WHERE instrument_id = ANY(%(instruments)s) AND at >= %(since)s AND at < %(until)s
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT parent.instrument_id, fill.venue_id, floor(extract(epoch FROM fill.traded_at) / 60)::bigint, -sum(fill.quantity), NULL
    FROM execution_fill fill JOIN execution_parentorder parent ON parent.id = fill.parent_id
    WHERE parent.instrument_id = ANY(%(instruments)s) AND fill.traded_at >= %(since)s AND fill.traded_at < %(until)s
    GROUP BY 1, 2, 3
) AS part
GROUP BY 1, 2, 3
"""

_SINCE = """
SELECT wanted.key, wanted.venue,
    COALESCE((SELECT sum(bar.volume) FROM execution_bar bar
        WHERE bar.instrument_id = wanted.instrument AND bar.venue_id = wanted.venue AND bar.at >= wanted.since AND bar.at < %(now)s), 0)
    - COALESCE((SELECT sum(fill.quantity) FROM execution_fill fill JOIN execution_parentorder parent ON parent.id = fill.parent_id
        WHERE parent.instrument_id = wanted.instrument AND fill.venue_id = wanted.venue
        AND fill.traded_at >= wanted.since AND fill.traded_at < %(now)s), 0)
FROM unnest(%(keys)s::int[], %(instruments)s::bigint[], %(venues)s::bigint[], %(times)s::timestamptz[])
    AS wanted (key, instrument, venue, since)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """An instrument on a set of venues, by their ids."""

    instrument_id: int
    venue_ids: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What is known of a market's activity at the end of the newest closed minute.

    `minute_volatility_bps` is the deviation of one-minute log returns of mids, weighted with a half-life of 30 minutes, none below
    five returns. `known_minutes` of bars and `curve_days` of past days are what the forecast was made from.
    """

    forecast: VolumeForecast | None
    minute_volatility_bps: float | None
    known_minutes: int
    curve_days: int


class Activities:
    """Remembers the minutes that were read and the answers of the current minute. One a process, used by one thread."""

    def __init__(self) -> None:
        self._read_until: dict[int, int] = {}
        self._minutes: dict[tuple[int, int], dict[int, tuple[float, float]]] = {}
        self._curves: dict[Market, VolumeCurve] = {}
        self._answers: dict[Market, tuple[int, Activity]] = {}

    def learn(self, market: Market, curve: VolumeCurve) -> None:
        """Use a curve of past days for a market from now on; without one it is flat."""
        self._curves[market] = curve
        self._answers.pop(market, None)

    def of(self, markets: Iterable[Market], now: datetime) -> Mapping[Market, Activity]:
        """Return the activity of each market: at most one query, none when all were asked for in this minute already."""
        asked, minute = set(markets), _minute_of(now)
        fresh = {market: answer for market in asked if (answer := self._answers.get(market)) and answer[0] == minute}
        missing = asked - fresh.keys()
        if missing:
            self._read({market.instrument_id for market in missing}, minute)
        for market in missing:
            self._answers[market] = (minute, self._activity(market, minute))
        return {market: self._answers[market][1] for market in asked}

    def _read(self, instruments: set[int], minute: int) -> None:
        """Read what is new, from where the instrument that lags most stands."""
        oldest = minute - KEPT_MINUTES
        since = min(max(self._read_until.get(instrument, 0) - LATE_MINUTES, oldest) for instrument in instruments)
        for instrument, venue, number, volume, mid in _rows_of_minutes(instruments, since, minute):
            known = self._minutes.setdefault((instrument, venue), {})
            known[number] = (max(float(volume), 0.0), np.nan if mid is None else float(mid))
        self._read_until |= dict.fromkeys(instruments, minute)
        for known in self._minutes.values():
            for number in [number for number in known if number < oldest]:
                del known[number]

    def _activity(self, market: Market, minute: int) -> Activity:
        volumes, mids = np.full((2, len(market.venue_ids), KEPT_MINUTES), np.nan)
        for row, venue in enumerate(sorted(market.venue_ids)):
            for number, known in self._minutes.get((market.instrument_id, venue), {}).items():
                if 0 <= (place := number - minute + KEPT_MINUTES) < KEPT_MINUTES:
                    volumes[row, place], mids[row, place] = known
        together = _together(volumes)
        curve = self._curves.get(market, flat_curve())
        return Activity(
            forecast=forecast_from(curve, together, _time_of(minute)),
            minute_volatility_bps=_volatility_bps(mids),
            known_minutes=int(np.isfinite(together).sum()),
            curve_days=curve.days,
        )


def curve_of_past_days(market: Market, today: datetime, days: int) -> VolumeCurve:
    """Fit the curve of a day on the days before it. Reads 86,400 bars a day and listing: for a task once a day, not for planning."""
    end = _minute_of(today) // MINUTES_A_DAY * MINUTES_A_DAY
    first = end - days * MINUTES_A_DAY
    volumes = np.full((len(market.venue_ids), end - first), np.nan)
    rows = {venue: row for row, venue in enumerate(sorted(market.venue_ids))}
    for _, venue, number, volume, _ in _rows_of_minutes({market.instrument_id}, first, end):
        if venue in rows:
            volumes[rows[venue], number - first] = max(float(volume), 0.0)
    return fit_curve(_together(volumes).reshape(-1, MINUTES_A_DAY), _time_of(first).date())


def others_since(asked: Sequence[tuple[Market, datetime]], now: datetime) -> list[Decimal]:
    """Return what others traded of each market from a time on, base currency, in the order asked; one query for all."""
    parts = [(key, market.instrument_id, venue, since) for key, (market, since) in enumerate(asked) for venue in sorted(market.venue_ids)]
    totals = [Decimal(0)] * len(asked)
    if not parts:
        return totals
    keys, instruments, venues, times = (list(column) for column in zip(*parts, strict=True))
    values = {"keys": keys, "instruments": instruments, "venues": venues, "times": times, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(_SINCE, values)
        for key, _, volume in cursor.fetchall():
            totals[key] += max(volume, Decimal(0))
    return totals


def _rows_of_minutes(instruments: set[int], since: int, until: int) -> list[tuple[int, int, int, Decimal, Decimal | None]]:
    """Return (instrument, venue, minute since 1970, others' volume, last mid) of minutes from `since` to before `until`."""
    with connection.cursor() as cursor:
        cursor.execute(_MINUTES, {"instruments": sorted(instruments), "since": _time_of(since), "until": _time_of(until)})
        rows: list[tuple[int, int, int, Decimal, Decimal | None]] = cursor.fetchall()
    return rows


def _together(volumes: Floats) -> Floats:
    """Return the venues' volume together, shape (minutes,); NaN where none of them has a bar."""
    is_known = np.isfinite(volumes).any(axis=0)
    return np.where(is_known, np.nansum(volumes, axis=0), np.nan)


def _volatility_bps(mids: Floats) -> float | None:
    """Return the exponentially weighted standard deviation of one-minute log returns in bps, zero mean, over all venues' minutes."""
    returns = np.diff(np.log(np.where(mids > 0, mids, np.nan)), axis=1) * _BPS
    is_known = np.isfinite(returns)
    if is_known.any(axis=0).sum() < FEWEST_RETURNS:
        return None
    ages = np.arange(returns.shape[1] - 1, -1, -1)
    weights = is_known * 0.5 ** (ages / VOLATILITY_HALF_LIFE_MINUTES)
    return float(np.sqrt((weights * np.nan_to_num(returns) ** 2).sum() / weights.sum()))


def _minute_of(at: datetime) -> int:
    return int(at.timestamp() // 60)


def _time_of(minute: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
