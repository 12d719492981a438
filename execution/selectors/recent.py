"""What the last half minute of markets was like, from the one-second bars."""

import threading
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from django.db.models import F

from execution.domain.signals.volatility import volatility_of_mids_bps
from execution.domain.tactic_presets import NOTHING_RECENT, RecentMarket
from execution.market.volumes import Market
from execution.models import Bar

WINDOW = timedelta(seconds=30)
LATE = timedelta(seconds=2)
"""A bar is written when its second is over and a little more."""
FEWEST_RETURNS = 5
KEPT = timedelta(seconds=1)
"""Slices are stepped several times a second; what half a minute was like changes less often."""


class RecentMarkets:
    """A process's memory of what was read a moment ago."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[Market, tuple[datetime, RecentMarket]] = {}

    def of(self, markets: Iterable[Market], now: datetime) -> dict[Market, RecentMarket]:
        """Return what each market was like; one query for those that were not read within the last second."""
        wanted = set(markets)
        with self._lock:
            self._known = {market: known for market, known in self._known.items() if abs(now - known[0]) < KEPT}
            missing = wanted - self._known.keys()
        found = _read(missing, now) if missing else {}
        with self._lock:
            self._known |= {market: (now, recent) for market, recent in found.items()}
            return {market: self._known[market][1] if market in self._known else found[market] for market in wanted}


RECENT: Final = RecentMarkets()


def _read(markets: Iterable[Market], now: datetime) -> dict[Market, RecentMarket]:
    asked = list(markets)
    rows = Bar.objects.filter(
        instrument_id__in={market.instrument_id for market in asked}, at__gte=now - WINDOW - LATE, at__lt=now, bid__gt=0, ask__gt=F("bid")
    ).values_list("instrument_id", "venue_id", "at", "bid", "ask")
    seconds: dict[tuple[int, int], dict[int, float]] = {}
    for instrument, venue, at, bid, ask in rows:
        if bid is not None and ask is not None:
            seconds.setdefault((instrument, venue), {})[int(at.timestamp())] = float((bid + ask) / 2)
    return {market: _recent([seconds.get((market.instrument_id, venue), {}) for venue in market.venue_ids]) for market in asked}


def _recent(venues: list[dict[int, float]]) -> RecentMarket:
    """Return what the venue with most seconds was like: mids of several venues would differ by more than they move."""
    mids = max(venues, key=len, default={})
    if len(mids) <= FEWEST_RETURNS:
        return NOTHING_RECENT
    first, last = min(mids), max(mids)
    path = np.array([mids.get(second, np.nan) for second in range(first, last + 1)])
    volatility, coverage = volatility_of_mids_bps(path[None, :], step_seconds=1.0)
    if coverage[0] * (path.size - 1) < FEWEST_RETURNS:
        return NOTHING_RECENT
    return RecentMarket(volatility_bps=float(volatility[0]))
