"""What the desk of one order knows of its market: the background, and what the minutes since the start have shown."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np

from analytics.lab.background import Background
from analytics.lab.watching import Watched
from dipmaster.domain.books import Book, consolidated_mid
from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import VOLATILITY_HALF_LIFE_MINUTES, Market, VolumeOutlook
from execution.domain.impact_defaults import default_impact
from execution.domain.liquidity import liquidity_of, spread_bps
from execution.domain.planning import market_for_planning
from execution.domain.volume_forecast import forecast_from

KEPT_A_MINUTE = 0.5 ** (1 / VOLATILITY_HALF_LIFE_MINUTES)
"""Of the variance that is known."""
_MINUTE = timedelta(minutes=1)


class Knowledge:
    """What an algorithm may know; without a background nothing of volatility and volume."""

    def __init__(self, market: Watched, background: Background | None) -> None:
        self._market = market
        self._background = background
        self._forecast: tuple[int, VolumeOutlook | None] = (-1, None)
        self._impact = default_impact(next(iter(market.listings.values())).symbol)

    def facts(self, books: Sequence[Book], *, side: Side, quantity: Decimal) -> Market | None:
        """Return the market as it is now to an order of that quantity; none without a book that is fresh and not crossed."""
        mid = consolidated_mid(tuple(books))
        facts = None if mid is None else market_for_planning(self._market.listings, mid)
        if facts is None:
            return None
        return replace(
            facts,
            spread_bps=spread_bps(books),
            liquidity=liquidity_of(books, side=side, quantity=quantity),
            minute_volatility_bps=self.minute_volatility_bps,
            usual_minute_volatility_bps=None if self._background is None else self._background.minute_volatility_bps,
            volume=self.volume,
            impact=self._impact,
        )

    @property
    def minute_volatility_bps(self) -> float | None:
        """Return the mid's minute deviation: the minutes that closed weighted exponentially, the usual one for all before them."""
        if self._background is None:
            return None
        moves = np.concatenate([self._background.moves_bps, self._market.minute_moves_bps()])
        kept = KEPT_A_MINUTE ** np.arange(moves.size, -1, -1.0)
        variance = kept[0] * self._background.minute_volatility_bps**2 + (1 - KEPT_A_MINUTE) * float(kept[1:] @ moves**2)
        return float(np.sqrt(variance))

    @property
    def volume(self) -> VolumeOutlook | None:
        """Return the forecast from the minutes that have closed; made once a minute."""
        if self._background is None:
            return None
        closed = self._market.minute_quantities()
        if self._forecast[0] != closed.size:
            known = np.concatenate([self._background.minutes, closed])
            as_of = self._market.start_at + _MINUTE * closed.size
            self._forecast = (closed.size, forecast_from(self._background.curve, known, as_of))
        return self._forecast[1]
