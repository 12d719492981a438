"""An account's position in one perpetual: one-way, cross margin, in lots and in units (ticks times lots)."""

from dataclasses import dataclass
from decimal import Decimal

from execution.paper.engine import Side
from execution.paper.listings import Listing

DEFAULT_LEVERAGE = 20


@dataclass(slots=True, kw_only=True)
class Position:
    """`lots` and `cost_units` are signed (negative: short); the cost is what the open lots were traded at.

    `margin_atoms` is what the wallet holds back for the position and for its open orders together.
    """

    symbol: str
    lots: int = 0
    cost_units: int = 0
    leverage: int = DEFAULT_LEVERAGE
    realised_atoms: int = 0
    funding_atoms: int = 0
    margin_atoms: int = 0

    def entry_price(self, listing: Listing) -> Decimal:
        """Return the average entry price, 0 without a position."""
        if not self.lots:
            return Decimal(0)
        return (Decimal(self.cost_units) / self.lots).scaleb(-listing.price_decimals).quantize(Decimal("1e-8"))

    def closable(self, side: Side) -> int:
        """Return the lots that orders of a side would close."""
        return max(0, -self.lots * side)

    def unrealised_units(self, mark_ticks: int) -> int:
        """Return the profit of the open lots at a mark price, negative for a loss."""
        return self.lots * mark_ticks - self.cost_units

    def trade(self, side: Side, lots: int, ticks: int) -> int:
        """Apply a trade and return the units that it realised, negative for a loss.

        Closing a part takes its share of the cost, rounded down in size; the rest of the cost stays with the rest of the lots,
        so that realised and unrealised profit together are exact at every moment.
        """
        closing = min(lots, self.closable(side))
        opening = side * (lots - closing)
        realised = 0
        if closing:
            share = abs(self.cost_units) * closing // abs(self.lots)
            removed = share if self.lots > 0 else -share
            realised = -side * closing * ticks - removed
            self.cost_units -= removed
            self.lots += side * closing
        self.lots += opening
        self.cost_units += opening * ticks
        return realised
