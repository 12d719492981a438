"""An account's position in one perpetual: one-way, cross margin, in lots and atoms of the quote asset."""

from dataclasses import dataclass
from decimal import Decimal

from execution.paper.listings import Listing

DEFAULT_LEVERAGE = 20


@dataclass(slots=True, kw_only=True)
class Position:
    """`lots` is signed (negative: short); `cost_units` is the signed sum of ticks times lots at which the position was entered."""

    symbol: str
    lots: int = 0
    cost_units: int = 0
    leverage: int = DEFAULT_LEVERAGE
    realised_atoms: int = 0
    funding_atoms: int = 0

    def entry_price(self, listing: Listing) -> Decimal:
        """Return the average entry price, 0 without a position."""
        if not self.lots:
            return Decimal(0)
        return (Decimal(self.cost_units) / self.lots).scaleb(-listing.price_decimals).quantize(Decimal("1e-8"))
