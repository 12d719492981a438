"""What the paper venues list and what they charge."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

ATOMS = 10**8  # balances are whole numbers of 1e-8 of an asset, Binance's own resolution


class FeeAsset(StrEnum):
    """Which asset a venue takes its commission in."""

    QUOTE = "quote"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One spot pair: the increments of its prices and quantities, and its filters."""

    symbol: str
    base: str
    quote: str
    price_decimals: int
    lot_decimals: int
    minimum_notional: Decimal
    maximum_quantity: Decimal

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
        return int(self.minimum_notional * ATOMS) // self.quote_atoms_per_unit

    def ticks(self, price: Decimal | float | str) -> int:
        """Return a price that lies on the grid as a number of ticks."""
        return int(Decimal(price).scaleb(self.price_decimals))

    def lots(self, quantity: Decimal | float | str) -> int:
        """Return a quantity that lies on the grid as a number of lots."""
        return int(Decimal(quantity).scaleb(self.lot_decimals))

    def price_text(self, ticks: int) -> str:
        """Write a price with eight decimals, as Binance does."""
        return decimal_text(ticks, self.price_decimals)

    def quantity_text(self, lots: int) -> str:
        """Write a quantity with eight decimals."""
        return decimal_text(lots, self.lot_decimals)

    def notional_text(self, units: int) -> str:
        """Write ticks times lots as an amount of the quote asset."""
        return decimal_text(units * self.quote_atoms_per_unit, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueProfile:
    """A venue's fees (parts per million of notional), acknowledgement latency and share of the market."""

    name: str
    maker_ppm: int
    taker_ppm: int
    acknowledgement_ms: float
    depth_scale: float
    activity_scale: float
    requote_scale: float
    price_delay_steps: int
    fee_asset: FeeAsset = FeeAsset.QUOTE


def decimal_text(value: int, decimals: int) -> str:
    """Write value / 10**decimals with eight decimals and no float in between."""
    scale = 10**decimals
    sign = "-" if value < 0 else ""
    whole, part = divmod(abs(value), scale)
    digits = f"{part:0{decimals}d}" if decimals else ""
    return f"{sign}{whole}.{digits:0<8}"


def _listing(base: str, lot_decimals: int, maximum: str) -> Listing:
    return Listing(
        symbol=f"{base}USDT",
        base=base,
        quote="USDT",
        price_decimals=2,
        lot_decimals=lot_decimals,
        minimum_notional=Decimal(5),
        maximum_quantity=Decimal(maximum),
    )


LISTINGS = {item.symbol: item for item in (_listing("BTC", 5, "9000"), _listing("ETH", 4, "9000"), _listing("SOL", 3, "90000"))}

VENUES = {
    item.name: item
    for item in (
        VenueProfile(
            name="binance",
            maker_ppm=1000,
            taker_ppm=1000,
            acknowledgement_ms=10,
            depth_scale=1.0,
            activity_scale=1.0,
            requote_scale=1.0,
            price_delay_steps=0,
        ),
        VenueProfile(
            name="okx",
            maker_ppm=800,
            taker_ppm=1000,
            acknowledgement_ms=20,
            depth_scale=0.45,
            activity_scale=0.42,
            requote_scale=1.1,
            price_delay_steps=1,
        ),
        VenueProfile(
            name="bybit",
            maker_ppm=1000,
            taker_ppm=1000,
            acknowledgement_ms=25,
            depth_scale=0.30,
            activity_scale=0.25,
            requote_scale=1.2,
            price_delay_steps=1,
        ),
    )
}

INITIAL_BALANCES = {"USDT": Decimal(10_000_000), "BTC": Decimal(100), "ETH": Decimal(3_000), "SOL": Decimal(50_000)}
