"""What a strategy decision may know, gathered from what planning knows and from the books."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from dipmaster.domain.books import Book
from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import Market, VolumeOutlook
from execution.domain.liquidity import imbalance_of
from execution.domain.strategy import UNKNOWN, Conditions

_DAY = timedelta(days=1)


def conditions_of(
    market: Market | None, books: Sequence[Book], *, side: Side, quantity: Decimal | None, start_at: datetime, end_at: datetime
) -> Conditions:
    """Return the conditions that an order of that quantity meets within [start_at, end_at).

    `market` is known for its side and quantity; the books are fresh and none is crossed.
    """
    if market is None:
        return UNKNOWN
    expected = None if market.volume is None else float(market.volume.expected((start_at, end_at))[0])
    return Conditions(
        quantity=None if quantity is None else float(quantity),
        min_quantity=float(market.min_quantity),
        liquidity=market.liquidity,
        spread_bps=market.spread_bps,
        minute_volatility_bps=market.minute_volatility_bps,
        usual_minute_volatility_bps=market.usual_minute_volatility_bps,
        imbalance=imbalance_of(books, side),
        expected_volume=expected,
        day_volume_share=None if market.volume is None or expected is None else _day_share(market.volume, expected, start_at, end_at),
    )


def _day_share(volume: VolumeOutlook, expected: float, start_at: datetime, end_at: datetime) -> float | None:
    """Return what is expected a minute of the window against a minute of the day that begins with it."""
    in_a_day = float(volume.expected((start_at, start_at + _DAY))[0])
    usual = in_a_day * ((end_at - start_at) / _DAY)
    return expected / usual if usual > 0 else None
