"""A path of perpetual and spot books as those see it who trade the perpetual."""

import numpy as np

from execution.market_model.path import MarketPath


class PerpetualPath(MarketPath):
    """What counts as traded on it is what the perpetual books trade; spot is there for the price."""

    def traded(self) -> tuple[float, float]:
        """Return what others traded on the perpetual books since the start: USD, and USD x bps."""
        books = self._quotes[np.array([venue.is_perpetual for venue in self.venues])]
        return float(books["traded_usd"].sum()), float(books["traded_value"].sum())
