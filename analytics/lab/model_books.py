"""What the symbols of the lab's model are: the books of a path, and the terms of those that orders may go to.

Terms of spot are the model's own ticks with lots and minimums of the largest venue. Perpetuals have the terms and fees of the venues whose
places the model's three take: those that the paper exchange lists them on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from dipmaster.domain.instruments import Listing
from execution.market_model.parameters import SYMBOLS, VENUES
from execution.market_model.perpetuals import joint_books, perpetual_name
from execution.market_model.records import Driver
from execution.paper.catalogue import listings_of as paper_listings_of
from execution.paper.listings import Kind
from execution.paper.profiles import VENUES as PAPER_VENUES

if TYPE_CHECKING:
    from execution.market_model.path import MarketPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a venue asks of orders in one symbol; `tick` at the price of the start, both in quote currency."""

    tick: Decimal
    start_ticks: int
    lot: Decimal
    min_quantity: Decimal
    min_notional: Decimal

    @property
    def start_price(self) -> Decimal:
        """Return the price that a path's bps count from."""
        return self.tick * self.start_ticks


TERMS: Mapping[str, Terms] = {
    "BTC": Terms(
        tick=Decimal("0.1"), start_ticks=625_000, lot=Decimal("0.00001"), min_quantity=Decimal("0.00001"), min_notional=Decimal(5)
    ),
    "ETH": Terms(tick=Decimal("0.01"), start_ticks=268_097, lot=Decimal("0.0001"), min_quantity=Decimal("0.0001"), min_notional=Decimal(5)),
    "SOL": Terms(tick=Decimal("0.01"), start_ticks=16_667, lot=Decimal("0.001"), min_quantity=Decimal("0.001"), min_notional=Decimal(5)),
    "ALT": Terms(tick=Decimal("0.0001"), start_ticks=10_000, lot=Decimal("0.1"), min_quantity=Decimal("0.1"), min_notional=Decimal(5)),
}
"""Ticks are the model's own, a tenth of a cent to a cent at such prices; lots and minimums are those of the largest spot venue."""

MAKER_FEES_BPS: Mapping[str, Decimal] = {"main": Decimal(10), "second": Decimal(8), "third": Decimal(10)}
TAKER_FEES_BPS: Mapping[str, Decimal] = dict.fromkeys(MAKER_FEES_BPS, Decimal(10))
"""Regular tier of the three largest spot venues."""
LARGEST_QUANTITY = Decimal(10) ** 9

PERPETUALS: Mapping[str, str] = {f"{currency}-PERP": currency for currency in ("BTC", "ETH", "SOL")}
"""The perpetuals by symbol, with their currency."""
_PLACES: Mapping[str, str] = {"main": "binance", "second": "okx", "third": "bybit"}
"""Whose perpetual each venue of the model lists."""


def symbols() -> tuple[str, ...]:
    """Return the symbols that the model has markets for."""
    return (*TERMS, *PERPETUALS)


def currency_of(symbol: str) -> str:
    """Return the currency of a symbol: BTC for BTC and for BTC-PERP."""
    return PERPETUALS.get(symbol, symbol)


def listings_of(symbol: str) -> dict[str, Listing]:
    """Return the terms by venue, the main one first: the books that orders in the symbol may go to."""
    names = [venue.name for venue in VENUES[currency_of(symbol)]]
    if symbol in PERPETUALS:
        return {perpetual_name(name): _perpetual(PERPETUALS[symbol], name) for name in names}
    return {name: _spot(symbol, name) for name in names}


def path_of(symbol: str, seed: np.random.SeedSequence, *, driver: Driver | None = None) -> "MarketPath":
    """Return a path of a symbol's books from its beginning; beside a perpetual there is spot."""
    from execution.market_model.path import MarketPath  # who only asks for symbols need not load what compiles it
    from execution.market_model.perpetual_path import PerpetualPath

    currency = currency_of(symbol)
    if symbol not in PERPETUALS:
        return MarketPath(SYMBOLS[currency], VENUES[currency], seed, driver=driver)
    parameters, books = joint_books(SYMBOLS[currency], VENUES[currency], perpetuals=[venue.name for venue in VENUES[currency]])
    return PerpetualPath(parameters, books, seed, driver=driver)


def _spot(currency: str, venue: str) -> Listing:
    terms = TERMS[currency]
    return Listing(
        venue=venue,
        symbol=f"{currency}USDT",
        tick=terms.tick,
        lot=terms.lot,
        min_quantity=terms.min_quantity,
        max_quantity=LARGEST_QUANTITY,
        min_notional=terms.min_notional,
        maker_fee_bps=MAKER_FEES_BPS[venue],
        taker_fee_bps=TAKER_FEES_BPS[venue],
    )


def _perpetual(currency: str, venue: str) -> Listing:
    place = _PLACES[venue]
    listed, fees = paper_listings_of(place)[f"{currency}USDT-PERP"], PAPER_VENUES[place].fees[Kind.PERPETUAL]
    return Listing(
        venue=perpetual_name(venue),
        symbol=listed.symbol,
        tick=listed.tick,
        lot=listed.lot,
        min_quantity=listed.quantity(listed.minimum_lots),
        max_quantity=listed.maximum_quantity,
        min_notional=listed.minimum_notional,
        maker_fee_bps=Decimal(fees.maker_ppm) / 100,
        taker_fee_bps=Decimal(fees.taker_ppm) / 100,
    )
