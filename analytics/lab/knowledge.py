"""What the desk of one order knows of its market: the background, and what the minutes since the start have shown."""

from datetime import timedelta

import numpy as np

from analytics.lab.background import Background
from analytics.lab.watching import Watched
from execution.domain.algorithms.base import Impact, VolumeOutlook
from execution.domain.volume_forecast import forecast_from

USUAL_WEIGHT_MINUTES = 30.0
"""The background's volatility counts as much as so many minutes of the order's own."""
_MINUTE = timedelta(minutes=1)


class Knowledge:
    """Volatility, volume and impact; unknown without a background."""

    def __init__(self, market: Watched, background: Background | None, impact: Impact | None) -> None:
        self._market = market
        self._background = background
        self._forecast: tuple[int, VolumeOutlook | None] = (-1, None)
        self.impact = impact

    @property
    def minute_volatility_bps(self) -> float | None:
        """Return the mid's minute deviation, the background's moved by what the minutes since the start have shown."""
        if self._background is None:
            return None
        moves = self._market.minute_moves_bps()
        squares = USUAL_WEIGHT_MINUTES * self._background.minute_volatility_bps**2 + float(moves @ moves)
        return float(np.sqrt(squares / (USUAL_WEIGHT_MINUTES + moves.size)))

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
