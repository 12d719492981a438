"""What a desk holds in one symbol, and what its working orders may still make of it."""

from dataclasses import dataclass
from decimal import Decimal

from dipmaster.domain.sides import Side

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Position (signed) and reservations of the working orders, base currency."""

    position: Decimal = ZERO
    reserved_buy: Decimal = ZERO
    reserved_sell: Decimal = ZERO

    def reserved(self, side: Side) -> Decimal:
        """Return what working orders of `side` may still fill."""
        return self.reserved_buy if side is Side.BUY else self.reserved_sell

    def worst_case(self, side: Side, further: Decimal = ZERO) -> Decimal:
        """Return s P + R_s + q: the position seen from `side` if everything on that side filled and nothing on the other.

        Base currency; a negative figure means that the orders of `side` only reduce an opposite position.
        """
        return side.sign * self.position + self.reserved(side) + further
