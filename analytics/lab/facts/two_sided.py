"""Post on both sides: one small order at each best price, which joins it again whenever it has moved or the order was filled."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from analytics.lab.facts.observed import FloatArray
from analytics.lab.facts.statistics import require

DECISION_SECONDS = 0.1
LATENCY_SECONDS = 0.02  # of orders and cancellations


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What became of an order: `usd` filled (0: none) at a time in seconds and a price; whether it is over."""

    order: int
    time: float
    price: float
    usd: float
    has_ended: bool


class Market(Protocol):
    """What a maker needs of a market, modelled or recorded."""

    def best(self) -> tuple[float, float]:
        """Return the best bid and ask now."""

    def post(self, sign: int, price: float, *, arrival: float) -> int:
        """Send a small post-only order, +1 buys; return its number, which no order that still works has."""

    def cancel(self, order: int, *, arrival: float) -> None:
        """Send a cancellation."""

    def advance(self, until: float) -> Sequence[Heard]:
        """Let time pass; return what happened to orders."""


@dataclass(slots=True)
class _Quote:
    """The order of one side."""

    sign: int
    order: int | None = None
    price: float = 0.0
    is_leaving: bool = False

    def decide(self, market: Market, now: float) -> None:
        """Join the best price, or leave a price that is not the best any more."""
        best = market.best()[0 if self.sign > 0 else 1]
        if self.order is None:
            self.order, self.price = market.post(self.sign, best, arrival=now + LATENCY_SECONDS), best
            self.is_leaving = False
        elif best != self.price and not self.is_leaving:
            market.cancel(self.order, arrival=now + LATENCY_SECONDS)
            self.is_leaving = True


def fills_of_posting(market: Market, start: float, end: float) -> FloatArray:
    """Post on both sides from `start` to `end`; return one row (time in seconds, sign, price, USD) a fill."""
    quotes, fills = (_Quote(1), _Quote(-1)), []
    for step in range(1, 1 + round((end - start) / DECISION_SECONDS)):
        now = start + step * DECISION_SECONDS
        for heard in market.advance(now):
            for quote in quotes:
                if quote.order == heard.order:
                    if heard.usd:
                        fills.append((heard.time, quote.sign, heard.price, heard.usd))
                    if heard.has_ended:
                        quote.order = None
        for quote in quotes:
            quote.decide(market, now)
    return np.array(fills, dtype=np.float64).reshape(-1, 4)


def posting_rows(fills: FloatArray, mid_at: Callable[[FloatArray], FloatArray], *, horizon_seconds: float, end: float) -> FloatArray:
    """Return one row (gain in bps x USD, USD) a fill: gain = 10^4 s (mid `horizon_seconds` later - price) / price, s = +1 bought.

    That is the half spread earned and the move after the fill, fees apart. Fills whose horizon lies after `end` are left out.
    """
    known = fills[fills[:, 0] + horizon_seconds <= end]
    times, signs, prices, usd = known.T
    return np.column_stack((1e4 * signs * (mid_at(times + horizon_seconds) / prices - 1) * usd, usd))


def gain_per_notional(rows: FloatArray) -> float:
    """Return the gain in bps of the notional filled."""
    require(rows, 1, "fills of quotes")
    return float(rows[:, 0].sum() / rows[:, 1].sum())
