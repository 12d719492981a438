"""A market that has traded for hours: bars from which volume and volatility are known."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from execution.models import Bar, Instrument, Listing


def trade_for_hours(symbol: str, *, hours: float = 3.0, quantity_a_minute: str = "30", mid: float = 50_000.0) -> None:
    """Write one bar a minute for every venue of a symbol: the same volume each, a mid that walks by some 5 bps a minute."""
    instrument = Instrument.objects.get(symbol=symbol)
    venues = list(Listing.objects.filter(instrument=instrument).values_list("venue_id", flat=True))
    count = int(hours * 60)
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    steps = np.random.default_rng(7).normal(0, 5e-4, count)
    mids = mid * np.exp(np.cumsum(steps) - steps.sum())
    each = Decimal(quantity_a_minute) / len(venues)
    Bar.objects.bulk_create(
        make_bar(instrument, venue, now - timedelta(minutes=count - index), each, Decimal(f"{price:.2f}"))
        for index, price in enumerate(mids)
        for venue in venues
    )


def make_bar(instrument: Instrument, venue_id: int, at: datetime, quantity: Decimal, mid: Decimal) -> Bar:
    return Bar(instrument=instrument, venue_id=venue_id, at=at, bid=mid - 1, ask=mid + 1, volume=quantity, notional=quantity * mid)
