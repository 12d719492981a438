"""One-second bars: the last touch and what traded, per venue and instrument."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import connection

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


_Key = tuple[int, int, int]
"""Second since 1970, venue, instrument."""


class BarBuilder:
    """Collects trades and touches until their second is over.

    Touches stay the texts that they come as: there are a thousand a second, and only the last one of a second becomes a number.
    """

    def __init__(self) -> None:
        self._open: dict[_Key, BarPart] = {}
        self._touches: dict[_Key, tuple[str | None, str | None]] = {}

    def add_trade(self, *, venue_id: int, instrument_id: int, at: datetime, price: Decimal, quantity: Decimal) -> None:
        """Count a trade into its second."""
        key = (int(at.timestamp()), venue_id, instrument_id)
        part = self._part(key)
        volume, notional = part.volume + quantity, part.notional + price * quantity
        self._open[key] = replace(part, volume=volume, notional=notional, trades=part.trades + 1)

    def set_touch(self, *, venue_id: int, instrument_id: int, second: int, bid: str | None, ask: str | None) -> None:
        """Note the touch of a second since 1970; the last one stays."""
        self._touches[second, venue_id, instrument_id] = (bid, ask)

    def take_finished(self, now: datetime) -> list[BarPart]:
        """Return and forget the bars whose second is over."""
        last = int((now - GRACE).timestamp())
        return [self._take(key) for key in self._keys() if key[0] < last]

    def take_all(self) -> list[BarPart]:
        """Return and forget everything."""
        return [self._take(key) for key in self._keys()]

    def _keys(self) -> list[_Key]:
        return list(self._open.keys() | self._touches.keys())

    def _take(self, key: _Key) -> BarPart:
        part, touch = self._part(key), self._touches.pop(key, None)
        self._open.pop(key, None)
        if touch is None:
            return part
        bid, ask = (None if text is None else Decimal(text) for text in touch)
        return replace(part, bid=bid, ask=ask)

    def _part(self, key: _Key) -> BarPart:
        second, venue_id, instrument_id = key
        return self._open.get(key) or BarPart(venue_id=venue_id, instrument_id=instrument_id, at=datetime.fromtimestamp(second, UTC))


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
