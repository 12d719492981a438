"""One-second bars: the last touch and what traded, per venue and instrument."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection

SECOND = timedelta(seconds=1)
GRACE = timedelta(milliseconds=400)  # what is later than this is added to the stored bar
KEPT_PENDING = 100_000  # bars that wait for a database that does not answer: an hour of 27 listings

UPSERT = """
INSERT INTO execution_bar (venue_id, instrument_id, at, bid, ask, volume, notional, trades)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[], %s::int[])
ON CONFLICT ON CONSTRAINT one_bar_per_second DO UPDATE SET
    bid = COALESCE(EXCLUDED.bid, execution_bar.bid),
    ask = COALESCE(EXCLUDED.ask, execution_bar.ask),
    volume = execution_bar.volume + EXCLUDED.volume,
    notional = execution_bar.notional + EXCLUDED.notional,
    trades = execution_bar.trades + EXCLUDED.trades
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BarPart:
    """A bar or a late addition to one: bid and ask in quote currency, volume in base, notional in quote currency."""

    venue_id: int
    instrument_id: int
    at: datetime
    bid: Decimal | None = None
    ask: Decimal | None = None
    volume: Decimal = Decimal(0)
    notional: Decimal = Decimal(0)
    trades: int = 0


class BarBuilder:
    """Collects trades and touches until their second is over."""

    def __init__(self) -> None:
        self._open: dict[tuple[datetime, int, int], BarPart] = {}

    def add_trade(self, *, venue_id: int, instrument_id: int, at: datetime, price: Decimal, quantity: Decimal) -> None:
        """Count a trade into its second."""
        part = self._part(venue_id, instrument_id, at)
        self._put(replace(part, volume=part.volume + quantity, notional=part.notional + price * quantity, trades=part.trades + 1))

    def set_touch(self, *, venue_id: int, instrument_id: int, at: datetime, bid: Decimal | None, ask: Decimal | None) -> None:
        """Note the touch; the last one of a second stays."""
        self._put(replace(self._part(venue_id, instrument_id, at), bid=bid, ask=ask))

    def take_finished(self, now: datetime) -> list[BarPart]:
        """Return and forget the bars whose second is over."""
        last = floor_to_second(now - GRACE)
        finished = [key for key in self._open if key[0] < last]
        return [self._open.pop(key) for key in finished]

    def take_all(self) -> list[BarPart]:
        """Return and forget everything."""
        parts, self._open = list(self._open.values()), {}
        return parts

    def _part(self, venue_id: int, instrument_id: int, at: datetime) -> BarPart:
        second = floor_to_second(at)
        known = self._open.get((second, venue_id, instrument_id))
        return known or BarPart(venue_id=venue_id, instrument_id=instrument_id, at=second)

    def _put(self, part: BarPart) -> None:
        self._open[part.at, part.venue_id, part.instrument_id] = part


def floor_to_second(moment: datetime) -> datetime:
    """Return the start of the second."""
    return moment.replace(microsecond=0)


def store(parts: Sequence[BarPart]) -> None:
    """Write bars in one statement; what is stored for a second already is added to, its touch replaced by a newer one."""
    if not parts:
        return
    merged = _merged(parts)
    columns = ("venue_id", "instrument_id", "at", "bid", "ask", "volume", "notional", "trades")
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, [[getattr(part, name) for part in merged] for name in columns])


def _merged(parts: Iterable[BarPart]) -> list[BarPart]:
    """Join the parts of one second: a statement may touch a row only once."""
    joined: dict[tuple[datetime, int, int], BarPart] = {}
    for part in parts:
        key = (part.at, part.venue_id, part.instrument_id)
        known = joined.get(key)
        joined[key] = part if known is None else _sum(known, part)
    return list(joined.values())


def _sum(first: BarPart, second: BarPart) -> BarPart:
    return replace(
        second,
        bid=first.bid if second.bid is None else second.bid,
        ask=first.ask if second.ask is None else second.ask,
        volume=first.volume + second.volume,
        notional=first.notional + second.notional,
        trades=first.trades + second.trades,
    )
