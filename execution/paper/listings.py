"""What a paper venue lists: the grid of its prices and quantities, and its filters. House symbols, base currency."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

ATOMS = 10**8  # balances are whole numbers of 1e-8 of an asset
PERPETUAL_SUFFIX = "-PERP"


class Kind(StrEnum):
    """What kind of instrument is listed."""

    SPOT = "spot"
    PERPETUAL = "perpetual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One instrument; a lot counts base currency, also where a venue itself counts contracts.

    `contract_size` is the base currency in one of the venue's contracts, 1 where the venue counts in base currency.
    """

    symbol: str
    base: str
    quote: str
    kind: Kind
    price_decimals: int
    lot_decimals: int
    minimum_lots: int
    maximum_quantity: Decimal
    minimum_notional: Decimal
    contract_size: Decimal = Decimal(1)
    max_leverage: int = 1

    @property
    def base_atoms_per_lot(self) -> int:
        """Return the size of one lot in atoms of the base asset."""
        return int(10 ** (8 - self.lot_decimals))

    @property
    def quote_atoms_per_unit(self) -> int:
        """Return the value of one tick times one lot in atoms of the quote asset."""
        return int(10 ** (8 - self.lot_decimals - self.price_decimals))

    @property
    def minimum_units(self) -> int:
        """Return the minimum notional in ticks times lots."""
        return -(-int(self.minimum_notional * ATOMS) // self.quote_atoms_per_unit)

    @property
    def maximum_lots(self) -> int:
        """Return the largest quantity of an order."""
        return self.lots(self.maximum_quantity)

    @property
    def tick(self) -> Decimal:
        """Return the price increment."""
        return self.price(1)

    @property
    def lot(self) -> Decimal:
        """Return the quantity increment."""
        return self.quantity(1)

    def ticks(self, price: Decimal | float | str) -> int:
        """Return a price that lies on the grid as a number of ticks."""
        return int(Decimal(price).scaleb(self.price_decimals))

    def lots(self, quantity: Decimal | float | str) -> int:
        """Return a quantity that lies on the grid as a number of lots."""
        return int(Decimal(quantity).scaleb(self.lot_decimals))

    def price(self, ticks: int) -> Decimal:
        """Return a number of ticks as a price."""
        return Decimal(ticks).scaleb(-self.price_decimals)

    def quantity(self, lots: int) -> Decimal:
        """Return a number of lots as a quantity of the base currency."""
        return Decimal(lots).scaleb(-self.lot_decimals)

    def price_text(self, ticks: int, places: int | None = None) -> str:
        """Write a price, with the listing's own decimals or padded with zeros to `places`."""
        return decimal_text(ticks, self.price_decimals, places)

    def quantity_text(self, lots: int, places: int | None = None) -> str:
        """Write a quantity of the base currency, with the listing's own decimals or padded with zeros to `places`."""
        return decimal_text(lots, self.lot_decimals, places)

    def notional_text(self, units: int, places: int | None = 8) -> str:
        """Write ticks times lots as an amount of the quote asset."""
        return decimal_text(units * self.quote_atoms_per_unit, 8, places)


@lru_cache(maxsize=65_536)
def decimal_text(value: int, decimals: int, places: int | None = None) -> str:
    """Write value / 10**decimals with no float in between, padded with zeros to `places` decimals; decimals may be negative.

    Remembered: most prices of a book were in the frame before.
    """
    if decimals < 0:
        value, decimals = int(value * 10**-decimals), 0
    sign = "-" if value < 0 else ""
    whole, part = divmod(abs(value), 10**decimals)
    digits = f"{part:0{decimals}d}" if decimals else ""
    if places is not None:
        digits = f"{digits:0<{places}}"
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"
