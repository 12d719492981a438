"""What others trade, by minute, out of the one-second bars: forecasts, volume since a time, volatility.

Bars hold every trade of a venue, the desk's own too: own fills are taken off, and what is left below zero, because the two clocks
differ, counts as nothing. Each process remembers the minutes that it has read and asks for the newest ones only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
from django.db import connection

from execution.domain.volume_curve import MINUTES_A_DAY, Floats, VolumeCurve, fit_curve, flat_curve
from execution.domain.volume_forecast import REMEMBERED_MINUTES, VolumeForecast, forecast_from

MINUTE: Final = timedelta(minutes=1)
LATE_MINUTES: Final = 2
"""Trades may be stored after their minute was read: so many minutes before the newest are read again."""
HISTORY_DAYS: Final = 15
VOLATILITY_HALF_LIFE_MINUTES: Final = 30.0
FEWEST_RETURNS: Final = 5

_MINUTES = """
SELECT instrument_id, venue_id, minute, sum(volume) AS volume, max(mid) AS mid
FROM (
    SELECT instrument_id, venue_id, floor(extract(epoch FROM at) / 60)::bigint AS minute, sum(volume) AS volume,
           (array_agg((bid + ask) / 2 ORDER BY at DESC) FILTER (WHERE bid IS NOT NULL AND ask IS NOT NULL))[1] AS mid
    FROM execution_bar WHERE instrument_id = ANY(%(instruments)s) AND at >= %(since)s AND at < %(until)s GROUP BY 1, 2, 3
    UNION ALL
    SELECT parent.instrument_id, fill.venue_id, floor(extract(epoch FROM fill.traded_at) / 60)::bigint, -sum(fill.quantity), NULL
    FROM execution_fill fill JOIN execution_parentorder parent ON parent.id = fill.parent_id
    WHERE parent.instrument_id = ANY(%(instruments)s) AND fill.traded_at >= %(since)s AND fill.traded_at < %(until)s GROUP BY 1, 2, 3
) AS part
GROUP BY 1, 2, 3
"""

_SINCE = """
WITH wanted AS (
    SELECT * FROM unnest(%(keys)s::int[], %(instruments)s::bigint[], %(venues)s::bigint[], %(times)s::timestamptz[]) AS w (key, instrument, venue, since)
)
SELECT wanted.key, wanted.venue,
    COALESCE((SELECT sum(bar.volume) FROM execution_bar bar
        WHERE bar.instrument_id = wanted.instrument AND bar.venue_id = wanted.venue AND bar.at >= wanted.since AND bar.at < %(now)s), 0)
    - COALESCE((SELECT sum(fill.quantity) FROM execution_fill fill JOIN execution_parentorder parent ON parent.id = fill.parent_id
        WHERE parent.instrument_id = wanted.instrument AND fill.venue_id = wanted.venue
        AND fill.traded_at >= wanted.since AND fill.traded_at < %(now)s), 0)
FROM wanted
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An instrument on a set of venues, by their ids."""

    instrument_id: int
    venue_ids: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What is known of a market's activity. `known_minutes` of bars and `curve_days` are what the forecast was made from.

    `minute_volatility_bps` is the standard deviation of one-minute returns of mids, exponentially weighted with a half-life of 30 minutes;
    none below five returns.
    """

    forecast: VolumeForecast | None
    minute_volatility_bps: float | None
    known_minutes: int
    curve_days: int


@dataclass(slots=True)
class _Series:
    """Minutes of one instrument on one venue: number since 1970 -> (others' volume, last mid or NaN)."""

    minutes: dict[int, tuple[float, float]] = field(default_factory=dict)


class Activities:
    """Remembers minutes read and answers made; one a process. Not safe for threads: each keeps its own."""

    def __init__(self) -> None:
        self._series: dict[tuple[int, int], _Series] = {}
        self._read_until: dict[int, int] = {}
        self._curves: dict[tuple[Wanted, int], VolumeCurve] = {}
        self._answers: dict[Wanted, tuple[int, Activity]] = {}

    def of(self, wanted: Iterable[Wanted], now: datetime) -> Mapping[Wanted, Activity]:
        """Return the activity of each market at the end of the newest closed minute; one query, none when all were asked for in this minute."""
        asked, minute = set(wanted), _minute(now)
        missing = {market for market in asked if self._answers.get(market, (None,))[0] != minute}
        if missing:
            self._read({market.instrument_id for market in missing}, minute)
            for market in missing:
                self._answers[market] = (minute, self._activity(market, minute))
        return {market: self._answers[market][1] for market in asked}

    def _read(self, instruments: set[int], minute: int) -> None:
        """Read what was not read yet, in one statement for all: the instrument that lags most decides from when."""
        oldest = minute - HISTORY_DAYS * MINUTES_A_DAY
        since = min(max(self._read_until.get(instrument, 0) - LATE_MINUTES, oldest) for instrument in instruments)
        values = {"instruments": sorted(instruments), "since": _time(since), "until": _time(minute)}
        with connection.cursor() as cursor:
            cursor.execute(_MINUTES, values)
            for instrument, venue, number, volume, mid in cursor.fetchall():
                known = self._series.setdefault((instrument, venue), _Series()).minutes
                known[number] = (max(float(volume), 0.0), np.nan if mid is None else float(mid))
        self._read_until.update(dict.fromkeys(instruments, minute))
        self._forget(oldest)

    def _forget(self, oldest: int) -> None:
        for series in self._series.values():
            for number in [number for number in series.minutes if number < oldest]:
                del series.minutes[number]

    def _activity(self, market: Wanted, minute: int) -> Activity:
        first_of_today = minute // MINUTES_A_DAY * MINUTES_A_DAY
        curve = self._curve(market, first_of_today)
        volumes, mids = self._minutes(market, minute - REMEMBERED_MINUTES, minute)
        return Activity(
            forecast=forecast_from(curve, volumes, _time(minute)),
            minute_volatility_bps=_volatility_bps(mids),
            known_minutes=int(np.isfinite(volumes).sum()),
            curve_days=curve.days,
        )

    def _curve(self, market: Wanted, today: int) -> VolumeCurve:
        """Return the curve of the days before today, fitted once a day."""
        found = self._curves.get((market, today))
        if found is None:
            self._curves = {key: curve for key, curve in self._curves.items() if key[1] == today}
            first = today - HISTORY_DAYS * MINUTES_A_DAY
            volumes, _ = self._minutes(market, first, today)
            found = fit_curve(volumes.reshape(-1, MINUTES_A_DAY), _time(first).date()) if np.isfinite(volumes).any() else flat_curve()
            self._curves[market, today] = found
        return found

    def _minutes(self, market: Wanted, first: int, end: int) -> tuple[Floats, Floats]:
        """Return the venues' volume together, and the mean mid, of minutes; NaN where no bar of any of them is."""
        volumes, mids = np.full((2, len(market.venue_ids), end - first), np.nan)
        for row, venue in enumerate(sorted(market.venue_ids)):
            series = self._series.get((market.instrument_id, venue), _Series())
            for number, (volume, mid) in series.minutes.items():
                if first <= number < end:
                    volumes[row, number - first], mids[row, number - first] = volume, mid
        return _over_venues(volumes, np.sum), _over_venues(mids, np.mean)
