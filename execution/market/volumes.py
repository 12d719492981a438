"""What others trade now: forecasts, volume since a time, volatility. One memory a process, for all its threads.

It holds the minutes of a day of each instrument that was asked for, reads what is new once a minute, and asks a few times a day what
past days say.
"""

import math
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import numpy as np
from django.db import connection

from execution.domain.algorithms.base import VOLATILITY_HALF_LIFE_MINUTES
from execution.domain.volume_curve import MINUTES_A_DAY, Floats
from execution.domain.volume_forecast import VolumeForecast, forecast_from
from execution.market.learning import NOTHING_LEARNT, Learnt, Market, learnt_of, mean_of_others, peers_of, returns_bps, surprise_of
from execution.market.minutes import LATE_MINUTES, Days, Stretch, days_of, minute_of, read, time_of, together

__all__ = ["Activities", "Activity", "Market"]

KEPT_MINUTES: Final = MINUTES_A_DAY
"""An order lasts a day at most, and the forecast's slowest mean has a half-life of 300 minutes."""
FIRST_MINUTES: Final = 180
"""So many minutes are read out of bars at most, 10,800 a listing; older ones come from the days that are kept."""
FEWEST_RETURNS: Final = 5
LEARNING_INTERVAL_MINUTES: Final = 360
LEARNING_OFFSET_MINUTES: Final = 15
"""Past days are asked for at 00:15, 06:15, 12:15 and 18:15 UTC: by then yesterday is kept."""
_VOLUMES, _MIDS = 0, 1
_VOLATILITY_WEIGHTS: Final = 0.5 ** (np.arange(KEPT_MINUTES - 2, -1, -1) / VOLATILITY_HALF_LIFE_MINUTES)

_BETWEEN = """
SELECT wanted.number, bar.volume - COALESCE(own.quantity, 0)
FROM unnest(%(numbers)s::int[], %(instruments)s::bigint[], %(venues)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[])
        AS wanted (number, instrument, venue, since, until)
    CROSS JOIN LATERAL (
        SELECT sum(volume) AS volume FROM execution_bar
        WHERE instrument_id = wanted.instrument AND venue_id = wanted.venue AND at >= wanted.since AND at < wanted.until
    ) AS bar
    CROSS JOIN LATERAL (
        SELECT sum(fill.quantity) AS quantity FROM execution_fill fill JOIN execution_parentorder parent ON parent.id = fill.parent_id
        WHERE parent.instrument_id = wanted.instrument AND fill.venue_id = wanted.venue
            AND fill.traded_at >= wanted.since AND fill.traded_at < wanted.until
    ) AS own
WHERE bar.volume IS NOT NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What is known of a market's activity at the end of the newest closed minute.

    `minute_volatility_bps` is the deviation of one-minute log returns of mids, weighted with a half-life of 30 minutes, none below
    five returns; the usual one is that of past days. `known_minutes` of bars and `curve_days` of past days are what the forecast was
    made from.
    """

    forecast: VolumeForecast | None
    minute_volatility_bps: float | None
    usual_minute_volatility_bps: float | None
    known_minutes: int
    curve_days: int


@dataclass(slots=True, kw_only=True)
class _Remembered:
    """An instrument's newest minutes by venue, shape (2, 1440), up to before `until`; from `whole_from` on none is missing."""

    until: int
    whole_from: int
    values: dict[int, Floats] = field(default_factory=dict)

    def advance(self, until: int) -> None:
        """Make room for newer minutes and forget the oldest."""
        moved = min(until - self.until, KEPT_MINUTES)
        self.until, self.whole_from = until, max(self.whole_from, until - KEPT_MINUTES)
        for venue, values in self.values.items():
            kept = np.full_like(values, np.nan)
            kept[:, : KEPT_MINUTES - moved] = values[:, moved:]
            self.values[venue] = kept

    def put(self, venue: int, minute: int, volume: float, mid: float) -> None:
        """Note a minute; one that is too old or still to come is left out."""
        if 0 <= (place := minute - self.until + KEPT_MINUTES) < KEPT_MINUTES:
            self._of(venue)[:, place] = volume, mid

    def put_days(self, venue: int, days: Days) -> None:
        """Take what is remembered from days that hold all of it."""
        oldest = self.until - KEPT_MINUTES - days.first_day * MINUTES_A_DAY
        self._of(venue)[:] = np.stack([days.volumes.ravel(), days.mids.ravel()])[:, oldest : oldest + KEPT_MINUTES]

    def _of(self, venue: int) -> Floats:
        return self.values.setdefault(venue, np.full((2, KEPT_MINUTES), np.nan))

    def of(self, venue_ids: Iterable[int]) -> Floats:
        """Return volumes and mids of venues, shape (2, venues, 1440)."""
        unknown = np.full((2, KEPT_MINUTES), np.nan)
        return np.stack([self.values.get(venue, unknown) for venue in sorted(venue_ids)], axis=1)

    def sum_between(self, venue_ids: Iterable[int], begin: int, end: int) -> float | None:
        """Return the volume of whole minutes; none when none of them is known."""
        places = slice(begin - self.until + KEPT_MINUTES, end - self.until + KEPT_MINUTES)
        volumes = self.of(venue_ids)[_VOLUMES][:, places]
        return float(np.nansum(volumes)) if np.isfinite(volumes).any() else None


class Activities:
    """Remembers minutes, what past days say, and the answers of the current minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._remembered: dict[int, _Remembered] = {}
            self._learnt: dict[Market, tuple[int, Learnt]] = {}
            self._answers: dict[Market, tuple[int, Activity]] = {}
            self._peers: tuple[int, frozenset[Market]] = (-1, frozenset())
            self._surprises: tuple[int, dict[int, Floats]] = (-1, {})

    def of(self, markets: Iterable[Market], now: datetime) -> Mapping[Market, Activity]:
        """Return the activity of each market: five queries at most, none when all were asked for in this minute already."""
        asked, minute = {market for market in markets if market.venue_ids}, minute_of(now)
        with self._lock:
            missing = {market for market in asked if self._answers.get(market, (None,))[0] != minute}
            if missing:
                self._learn(missing, now)
                self._read({market.instrument_id for market in missing | self._peers[1]}, minute)
                self._compare(minute)
            for market in missing:
                self._answers[market] = (minute, self._activity(market, minute))
            return {market: self._answers[market][1] for market in asked}

    def _learn(self, markets: Collection[Market], now: datetime) -> None:
        """Ask what past days say, where that is not known of this part of the day."""
        part = (minute_of(now) - LEARNING_OFFSET_MINUTES) // LEARNING_INTERVAL_MINUTES
        if self._peers[0] != part:
            self._peers = (part, peers_of(now))
        missing = [market for market in {*markets, *self._peers[1]} if self._learnt.get(market, (None,))[0] != part]
        if missing:
            self._learnt |= {market: (part, learnt) for market, learnt in learnt_of(missing, now).items()}

    def _compare(self, minute: int) -> None:
        """Note how the remembered minutes of each instrument surprised: the others' forecasts look at it."""
        if self._surprises[0] != minute:
            first = minute - KEPT_MINUTES
            self._surprises = (
                minute,
                {peer.instrument_id: surprise_of(self._learnt[peer][1].curve, self._volumes_of(peer), first) for peer in self._peers[1]},
            )

    def _volumes_of(self, market: Market) -> Floats:
        return together(self._remembered[market.instrument_id].of(market.venue_ids)[_VOLUMES])

    def _read(self, instruments: set[int], minute: int) -> None:
        """Read what is new of each instrument, from where it stands; a query that fails leaves what was known as it was."""
        begun, stretches = self._begun({instrument for instrument in instruments if not self._stands_near(instrument, minute)}, minute)
        known = instruments - begun.keys()
        for instrument in known:
            since = self._remembered[instrument].until - LATE_MINUTES
            stretches.append(Stretch(instrument_id=instrument, since=since, until=minute))
        rows = read(stretches)
        for instrument in known:
            self._remembered[instrument].advance(minute)
        self._remembered |= begun
        for instrument, venue, number, volume, mid in rows:
            self._remembered[instrument].put(venue, number, volume, mid)

    def _stands_near(self, instrument: int, minute: int) -> bool:
        remembered = self._remembered.get(instrument)
        return remembered is not None and minute - FIRST_MINUTES <= remembered.until <= minute

    @staticmethod
    def _begun(instruments: set[int], minute: int) -> tuple[dict[int, _Remembered], list[Stretch]]:
        """Return the newest minutes of instruments out of the days that are kept, and what is left to read."""
        begun, stretches = dict[int, _Remembered](), list[Stretch]()
        if not instruments:
            return begun, stretches
        today, oldest = minute // MINUTES_A_DAY, minute - FIRST_MINUTES
        days = days_of(instruments, first_day=today - 1, end_day=today + 1)
        for instrument in instruments:
            kept = {venue: of_venue for (of, venue), of_venue in days.items() if of == instrument}
            stand = min(max((of_venue.until for of_venue in kept.values()), default=0), minute)
            begun[instrument] = _Remembered(until=minute, whole_from=minute - KEPT_MINUTES if stand >= oldest else oldest)
            for venue, of_venue in kept.items():
                begun[instrument].put_days(venue, of_venue)
            stretches.append(Stretch(instrument_id=instrument, since=max(stand, oldest), until=minute))
        return begun, stretches

    def _activity(self, market: Market, minute: int) -> Activity:
        values = self._remembered[market.instrument_id].of(market.venue_ids)
        volumes = together(values[_VOLUMES])
        learnt = self._learnt.get(market, (0, NOTHING_LEARNT))[1]
        peers = mean_of_others(self._surprises[1], market.instrument_id)
        return Activity(
            forecast=forecast_from(learnt.curve, volumes, time_of(minute), peers=peers, model=learnt.model),
            minute_volatility_bps=_volatility_bps(values[_MIDS]),
            usual_minute_volatility_bps=learnt.usual_minute_volatility_bps,
            known_minutes=int(np.isfinite(volumes).sum()),
            curve_days=learnt.curve.days,
        )

    def others_since(self, asked: Sequence[tuple[Market, datetime]], now: datetime) -> list[float | None]:
        """Return what others traded of each market from a time on, base currency, in the order asked; none where no bar was written.

        Whole minutes come from memory as far as they are known there, the rest from one query.
        """
        sums: list[float | None] = [None] * len(asked)
        spans = list[tuple[int, Market, datetime, datetime]]()
        with self._lock:
            for number, (market, since) in enumerate(asked):
                sums[number], rest = self._known_since(market, since, now)
                spans += [(number, market, begin, end) for begin, end in rest]
        for number, volume in _between(spans):
            sums[number] = (sums[number] or 0.0) + volume
        return sums

    def _known_since(self, market: Market, since: datetime, now: datetime) -> tuple[float | None, list[tuple[datetime, datetime]]]:
        """Return what memory has of the time since then, and what is left to read."""
        remembered = self._remembered.get(market.instrument_id)
        if remembered is not None:
            begin = max(math.ceil(since.timestamp() / 60), remembered.whole_from)
            end = min(remembered.until - LATE_MINUTES, minute_of(now))
            if begin < end and market.venue_ids:
                known = remembered.sum_between(market.venue_ids, begin, end)
                return known, [(since, time_of(begin)), (time_of(end), now)]
        return None, [(since, now)]


def _between(spans: Sequence[tuple[int, Market, datetime, datetime]]) -> list[tuple[int, float]]:
    """Return the volume of others by span and venue, none of it below zero; one query for all."""
    parts = [
        (number, market.instrument_id, venue, since, until)
        for number, market, since, until in spans
        for venue in sorted(market.venue_ids)
        if since < until
    ]
    if not parts:
        return []
    columns = zip(("numbers", "instruments", "venues", "since", "until"), zip(*parts, strict=True), strict=True)
    values: dict[str, Any] = {name: list(column) for name, column in columns}
    with connection.cursor() as cursor:
        cursor.execute(_BETWEEN, values)
        return [(number, max(float(volume), 0.0)) for number, volume in cursor.fetchall()]


def _volatility_bps(mids: Floats) -> float | None:
    """Return the exponentially weighted standard deviation of one-minute log returns in bps, zero mean, over all venues' minutes."""
    returns = returns_bps(mids)
    is_known = np.isfinite(returns)
    if is_known.any(axis=0).sum() < FEWEST_RETURNS:
        return None
    weights = is_known * _VOLATILITY_WEIGHTS
    return float(np.sqrt((weights * np.nan_to_num(returns) ** 2).sum() / weights.sum()))
