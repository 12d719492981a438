"""Minutes of what others traded, folded out of one-second bars and kept by the day.

Bars hold every trade of a venue, the desk's own too: own fills are taken off, and what is left below zero, because two clocks differ,
counts as nothing. A day of bars takes a third of a second a listing to read, a day of minutes is one row: curves of many days, and a
process that starts, read rows.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import numpy as np
from django.db import connection
from django.db.models import Min, Q

from execution.domain.volume_curve import MINUTES_A_DAY, Floats
from execution.models import Bar, Instrument, MarketDay

LATE_MINUTES: Final = 2
"""Trades may be stored after their minute is over: so many of the newest minutes are not kept yet."""
KEPT_DAYS: Final = 60
"""So old days count half in a curve; more would say little new."""
DAYS_A_SWEEP: Final = 2
_VOLUMES, _MIDS = 0, 1

_MINUTES = """
WITH wanted AS (
    SELECT * FROM unnest(%(instruments)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[]) AS part (instrument, since, until)
)
SELECT instrument_id, venue_id, minute, sum(volume), max(mid)
FROM (
    SELECT bar.instrument_id, bar.venue_id, floor(extract(epoch FROM bar.at) / 60)::bigint AS minute, sum(bar.volume) AS volume,
        (array_agg((bar.bid + bar.ask) / 2 ORDER BY bar.at DESC) FILTER (WHERE bar.bid IS NOT NULL AND bar.ask IS NOT NULL))[1] AS mid
    FROM wanted JOIN execution_bar bar ON bar.instrument_id = wanted.instrument AND bar.at >= wanted.since AND bar.at < wanted.until
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT parent.instrument_id, fill.venue_id, floor(extract(epoch FROM fill.traded_at) / 60)::bigint, -sum(fill.quantity), NULL
    FROM wanted JOIN execution_fill fill ON fill.traded_at >= wanted.since AND fill.traded_at < wanted.until
        JOIN execution_parentorder parent ON parent.id = fill.parent_id AND parent.instrument_id = wanted.instrument
    GROUP BY 1, 2, 3
) AS part
GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Minutes of an instrument from `since` to before `until`, counted since 1970-01-01 UTC."""

    instrument_id: int
    since: int
    until: int


MinuteRow = tuple[int, int, int, float, float]
"""Instrument, venue, minute since 1970, what others traded in base currency, last mid or NaN."""


def read(stretches: Iterable[Stretch]) -> list[MinuteRow]:
    """Return the minutes with bars, in one query."""
    wanted = [part for part in stretches if part.since < part.until]
    if not wanted:
        return []
    columns: dict[str, Any] = {
        "instruments": [part.instrument_id for part in wanted],
        "since": [time_of(part.since) for part in wanted],
        "until": [time_of(part.until) for part in wanted],
    }
    with connection.cursor() as cursor:
        cursor.execute(_MINUTES, columns)
        rows: list[tuple[int, int, int, Decimal, Decimal | None]] = cursor.fetchall()
    return [
        (instrument, venue, minute, max(float(volume), 0.0), np.nan if mid is None else float(mid))
        for instrument, venue, minute, volume, mid in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Days:
    """Days of a listing one after the other: minutes that are known from `first_day` on.

    `volumes` and `mids` have shape (days, 1440), NaN where nothing is known; `until` is the minute after the last one kept.
    """

    first_day: int
    volumes: Floats
    mids: Floats
    until: int


def days_of(instrument_ids: Collection[int], *, first_day: int, end_day: int) -> Mapping[tuple[int, int], Days]:
    """Return by (instrument, venue) the kept days from `first_day` to before `end_day`, numbers since 1970-01-01, in one query."""
    rows = MarketDay.objects.filter(instrument_id__in=instrument_ids, day__gte=date_of(first_day), day__lt=date_of(end_day))
    found: dict[tuple[int, int], tuple[Floats, int]] = {}
    for row in rows.order_by("day"):
        key, number = (row.instrument_id, row.venue_id), number_of(row.day)
        values, _ = found.get(key) or (np.full((2, end_day - first_day, MINUTES_A_DAY), np.nan), 0)
        values[:, number - first_day] = values_of(row)
        found[key] = (values, number * MINUTES_A_DAY + row.known_minutes)
    return {
        key: Days(first_day=first_day, volumes=values[_VOLUMES], mids=values[_MIDS], until=until) for key, (values, until) in found.items()
    }


def values_of(row: MarketDay) -> Floats:
    """Return volumes and mids of a kept day, shape (2, 1440)."""
    values: Floats = np.frombuffer(bytes(row.minutes), dtype="<f8").reshape(2, MINUTES_A_DAY)
    return values


def keep(now: datetime) -> int:
    """Fold what bars have gathered into days, at most two days an instrument, drop days that are too old, and return the rows written."""
    until = minute_of(now) - LATE_MINUTES
    written = 0
    for _ in range(DAYS_A_SWEEP):
        stretches = [_to_its_days_end(part) for part in _open_stretches(until)]
        written += _store(stretches, read(stretches))
    MarketDay.objects.filter(day__lt=date_of(until // MINUTES_A_DAY - KEPT_DAYS)).delete()
    return written


def _open_stretches(until: int) -> list[Stretch]:
    """Return what is not kept yet: from the first bar after the newest kept minute on."""
    stands = dict[int, int]()
    newest = MarketDay.objects.order_by("instrument_id", "-day", "-known_minutes").distinct("instrument_id")
    for instrument, day, known in newest.values_list("instrument_id", "day", "known_minutes"):
        stands[instrument] = number_of(day) * MINUTES_A_DAY + known
    found = []
    for instrument in Instrument.objects.order_by("pk").values_list("pk", flat=True):
        stand = time_of(max(stands.get(instrument, 0), until - KEPT_DAYS * MINUTES_A_DAY))
        first = Bar.objects.filter(Q(instrument_id=instrument, at__gte=stand, at__lt=time_of(until))).aggregate(first=Min("at"))["first"]
        if first is not None:
            found.append(Stretch(instrument_id=instrument, since=minute_of(first), until=until))
    return found


def _to_its_days_end(stretch: Stretch) -> Stretch:
    end = (stretch.since // MINUTES_A_DAY + 1) * MINUTES_A_DAY
    return Stretch(instrument_id=stretch.instrument_id, since=stretch.since, until=min(end, stretch.until))


def _store(stretches: Sequence[Stretch], rows: Iterable[MinuteRow]) -> int:
    """Write each listing's minutes into the row of its day."""
    ends = {part.instrument_id: part for part in stretches}
    known = {
        (row.instrument_id, row.venue_id): values_of(row)
        for row in MarketDay.objects.filter(instrument_id__in=ends, day__in={date_of(part.since // MINUTES_A_DAY) for part in stretches})
        if number_of(row.day) == ends[row.instrument_id].since // MINUTES_A_DAY
    }
    filled = dict[tuple[int, int], Floats]()
    for instrument, venue, minute, volume, mid in rows:
        key = (instrument, venue)
        if key not in filled:
            filled[key] = known[key].copy() if key in known else np.full((2, MINUTES_A_DAY), np.nan)
        filled[key][:, minute % MINUTES_A_DAY] = volume, mid
    days = [
        MarketDay(
            instrument_id=instrument,
            venue_id=venue,
            day=date_of(ends[instrument].since // MINUTES_A_DAY),
            known_minutes=ends[instrument].until - ends[instrument].since // MINUTES_A_DAY * MINUTES_A_DAY,
            minutes=values.astype("<f8").tobytes(),
        )
        for (instrument, venue), values in filled.items()
    ]
    MarketDay.objects.bulk_create(
        days, update_conflicts=True, unique_fields=["instrument", "day", "venue"], update_fields=["known_minutes", "minutes"]
    )
    return len(days)


def together(volumes: Floats) -> Floats:
    """Return the venues' volume together, the first axis being venues; NaN where none of them has a bar."""
    is_known = np.isfinite(volumes).any(axis=0)
    return np.where(is_known, np.nansum(volumes, axis=0), np.nan)


def minute_of(at: datetime) -> int:
    """Return the minute since 1970-01-01 UTC that holds a time."""
    return int(at.timestamp() // 60)


def time_of(minute: int) -> datetime:
    """Return the start of a minute since 1970-01-01 UTC."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)


def number_of(day: date) -> int:
    """Return the number of a day since 1970-01-01."""
    return (day - date(1970, 1, 1)).days


def date_of(number: int) -> date:
    """Return the day of a number since 1970-01-01."""
    return date(1970, 1, 1) + timedelta(days=number)
