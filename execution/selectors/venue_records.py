"""What the venues did with the desk's newest orders, counted once in a while in each process."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from execution.domain.venue_record import Penalty, Reliability, VenueRecord, expected_penalty, reliability, together
from execution.market.volumes import Market
from execution.selectors.knowledge import volatilities_of
from execution.venues.protocol import NOT_SENT

NEWEST_ORDERS: Final = 500
"""By venue: enough to tell 1 % of rejections from 3 %."""
KEPT: Final = timedelta(days=7)
"""Older orders say nothing: who is avoided would otherwise never get a chance to do better."""
COUNTED_AGAIN: Final = timedelta(seconds=15)

_COUNT = """
SELECT venue.name, count(*), count(child.acknowledged_at),
    COALESCE(sum(sqrt(GREATEST(EXTRACT(EPOCH FROM child.acknowledged_at - child.decided_at), 0)::float8)), 0),
    count(*) FILTER (WHERE child.took), count(*) FILTER (WHERE child.took AND child.state = 'rejected'),
    COALESCE(sum(LEAST(child.filled_quantity / child.quantity, 1)::float8) FILTER (WHERE child.took AND child.state <> 'rejected'), 0)
FROM execution_venue venue
    CROSS JOIN LATERAL (
        SELECT state, acknowledged_at, decided_at, filled_quantity, quantity, refusal_code,
            time_in_force <> 'PO' AND ended_at IS NOT NULL AS took
        FROM execution_childorder WHERE venue_id = venue.id AND decided_at >= %(since)s ORDER BY decided_at DESC LIMIT %(newest)s
    ) AS child
WHERE child.refusal_code <> %(not_sent)s AND (child.acknowledged_at IS NOT NULL OR child.took)
GROUP BY venue.name
"""


def venue_records(now: datetime) -> dict[str, VenueRecord]:
    """Count each venue's newest orders in one query that reads no more than 500 rows a venue; a venue without orders is absent."""
    values: dict[str, Any] = {"newest": NEWEST_ORDERS, "since": now - KEPT, "not_sent": NOT_SENT}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        return {
            name: VenueRecord(
                orders=orders, acknowledged=acknowledged, root_delays=delays, takers=takers, rejected=rejected, fill_shares=shares
            )
            for name, orders, acknowledged, delays, takers, rejected, shares in cursor.fetchall()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalties:
    """What is expected of each venue, and how volatile each market is; what is not known costs nothing."""

    reliable: Mapping[str, Reliability] = field(default_factory=dict)
    everywhere: Reliability | None = None
    volatilities: Mapping[Market, float] = field(default_factory=dict)

    def of(self, venue: str, market: Market, book_age: timedelta) -> Penalty | None:
        """Return the penalty of a venue; none without a single order anywhere, or while the market's volatility is not known."""
        known, volatility = self.reliable.get(venue, self.everywhere), self.volatilities.get(market)
        if known is None or volatility is None:
            return None
        return expected_penalty(known, minute_volatility_bps=volatility, book_age_seconds=max(book_age.total_seconds(), 0.0))


NO_PENALTIES: Final = Penalties()


class Records:
    """Remembers the last count for a quarter of a minute, for all threads of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self._counted: tuple[datetime, dict[str, VenueRecord]] | None = None

    def of(self, now: datetime) -> Mapping[str, VenueRecord]:
        """Return the records by venue, at most 15 seconds old."""
        with self._lock:
            if self._counted is None or not timedelta(0) <= now - self._counted[0] < COUNTED_AGAIN:
                self._counted = now, venue_records(now)
            return self._counted[1]


RECORDS: Final = Records()


def penalties_of(markets: Iterable[Market], now: datetime) -> Penalties:
    """Return what is known of the venues for these markets: mostly from memory."""
    records = RECORDS.of(now)
    if not records:
        return NO_PENALTIES
    everywhere = together(records.values())
    found = {name: reliability(one, everywhere) for name, one in records.items()}
    return Penalties(
        reliable={name: one for name, one in found.items() if one is not None},
        everywhere=reliability(VenueRecord(), everywhere),
        volatilities=volatilities_of(set(markets), now),
    )
