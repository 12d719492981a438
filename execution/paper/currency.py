"""One currency of the market model: a path of all its books, spot and perpetual, on all venues."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from execution.market_model.path import MarketPath
from execution.market_model.records import Recording
from execution.paper.book_model import BookModel, Clock
from execution.paper.listings import Kind
from execution.paper.model_parameters import BookGrid, path_parameters
from execution.paper.profiles import VENUES
from execution.paper.venue import Venue

BPS = 1e-4
PREMIUM_SECONDS = 60.0  # over which the premium of the perpetual counts into mark price and funding
CLAMP_BPS, INTEREST_BPS = 5.0, 1.0


class Currency:
    """The books of one currency. Index and mark prices are taken from the first venue's books."""

    def __init__(
        self, base: str, grids: Sequence[BookGrid], venues: Mapping[str, Venue], *, clock: Clock, seed: np.random.SeedSequence, ahead: float
    ) -> None:
        """Open the books `ahead` seconds into the path, so that the currencies' minutes do not begin, and cost time, together."""
        self.base, self._clock, self._ahead = base, clock, ahead
        symbol, parameters = path_parameters(base, grids, VENUES)
        self._path = MarketPath(symbol, parameters, seed, turbulence=0.0, recording=Recording())
        self._path.advance(ahead)
        self._path.take_tape()
        by_name = {grid.name: BookModel(venues[grid.venue], grid, self._path, clock=clock, catch_up=self.catch_up) for grid in grids}
        self.books = tuple(by_name[one.name] for one in parameters)
        self._spot = next(grid for grid in grids if grid.listing.kind is Kind.SPOT)
        self._perpetual = next((grid for grid in grids if grid.listing.kind is Kind.PERPETUAL), None)
        self._premium_bps = 0.0
        self.publish(PREMIUM_SECONDS)

    @property
    def price(self) -> float:
        """Return the spot price."""
        return self._opening * (1 + self._path.mid_bps(self._spot.name) * BPS)

    @property
    def _opening(self) -> float:
        return float(self._spot.listing.price(self._spot.start_ticks))

    def follow(self) -> None:
        """Let the model's traders act up to now if somebody looks at any of their books."""
        if not all(book.pair.is_dormant for book in self.books):
            self.catch_up()

    def catch_up(self) -> None:
        """Let the model's traders act up to now."""
        self._path.advance(self._ahead + self._clock.seconds)
        for _, book, sign, _, last_bps, usd, _, _ in self._path.take_tape().tolist():
            self.books[book].hear(sign, last_bps, usd)

    def publish(self, seconds: float) -> None:
        """Tell the pairs their index and mark prices and their funding rate, `seconds` after the last time."""
        self.catch_up()
        if self._perpetual is not None:
            premium = self._path.mid_bps(self._perpetual.name) - self._path.mid_bps(self._spot.name)
            self._premium_bps += (premium - self._premium_bps) * -math.expm1(-seconds / PREMIUM_SECONDS)
        index, rate = self.price, _funding_rate_e8(self._premium_bps)
        mark = index * (1 + self._premium_bps * BPS)
        for book in self.books:
            pair, scale = book.pair, 10**book.pair.listing.price_decimals
            pair.index_ticks = max(1, round(index * scale))
            if pair.listing.kind is Kind.PERPETUAL:
                pair.mark_ticks, pair.funding_rate_e8 = max(1, round(mark * scale)), rate


def _funding_rate_e8(premium_bps: float) -> int:
    """Return the rate of the coming payment, in 1e-8: premium plus clamp(1 bp - premium, within 5 bps), as the venues compute it.

    Source: Binance, "Introduction to Binance Futures Funding Rates"; OKX and Bybit clamp alike.
    """
    rate = premium_bps + max(-CLAMP_BPS, min(CLAMP_BPS, INTEREST_BPS - premium_bps))
    return round(rate * 1e4)
