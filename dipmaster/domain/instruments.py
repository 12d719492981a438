"""What is traded, and on which terms a venue trades it."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class InstrumentKind(StrEnum):
    """Spot, or the USDT-margined linear perpetual."""

    SPOT = "spot"
    PERPETUAL = "perpetual"


class UnknownSymbol(ValueError):
    """The text names no instrument."""


QUOTE_CURRENCIES = ("USDT", "USDC", "USD", "BTC", "ETH")
_CCXT = re.compile(r"^([A-Z0-9]{1,15})/([A-Z0-9]{2,6})(?::([A-Z0-9]{2,6}))?$")
_HOUSE = re.compile(r"^([A-Z0-9]{3,21})(-PERP)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One tradable pair, the same on every venue."""

    base: str
    quote: str
    kind: InstrumentKind = InstrumentKind.SPOT

    @property
    def symbol(self) -> str:
        """Return the house name: BTCUSDT, BTCUSDT-PERP."""
        suffix = "-PERP" if self.kind is InstrumentKind.PERPETUAL else ""
        return f"{self.base}{self.quote}{suffix}"

    @property
    def ccxt_symbol(self) -> str:
        """Return ccxt's unified name: BTC/USDT, BTC/USDT:USDT."""
        suffix = f":{self.quote}" if self.kind is InstrumentKind.PERPETUAL else ""
        return f"{self.base}/{self.quote}{suffix}"


def parse_symbol(text: str) -> Instrument:
    """Read a house symbol or ccxt's unified one.

    Raises:
        UnknownSymbol: the text is neither.
    """
    name = text.strip().upper()
    unified = _CCXT.match(name)
    if unified:
        base, quote, settle = unified.groups()
        if settle not in (None, quote):
            raise UnknownSymbol(f"{text!r}: only linear perpetuals, settled in {quote}, are traded")
        return Instrument(base=base, quote=quote, kind=_kind(settle is not None))
    house = _HOUSE.match(name)
    if house:
        pair, perpetual = house.groups()
        for quote in QUOTE_CURRENCIES:
            if pair.endswith(quote) and len(pair) > len(quote):
                return Instrument(base=pair[: -len(quote)], quote=quote, kind=_kind(perpetual is not None))
    raise UnknownSymbol(f"{text!r} is not a symbol such as BTCUSDT, BTCUSDT-PERP or BTC/USDT")


def _kind(perpetual: bool) -> InstrumentKind:
    return InstrumentKind.PERPETUAL if perpetual else InstrumentKind.SPOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One instrument's terms on one venue.

    Prices are in quote currency, quantities in base currency, fees in basis points of the notional (negative: a rebate).
    """

    venue: str
    symbol: str
    tick: Decimal
    lot: Decimal
    min_quantity: Decimal
    max_quantity: Decimal
    min_notional: Decimal
    maker_fee_bps: Decimal
    taker_fee_bps: Decimal
    max_notional: Decimal | None = None
    """The desk's own largest order on this venue, quote currency."""
    max_position_notional: Decimal | None = None
    """The desk's own largest position on this venue, quote currency."""
