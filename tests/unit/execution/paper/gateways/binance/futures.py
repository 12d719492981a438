"""What the tests of USD-M share: one perpetual, its book known, and one account."""

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import numpy as np

from execution.paper.accounts import Account
from execution.paper.engine import Side
from execution.paper.exchange import ApiKey, Exchange, Settings
from execution.paper.faults import Faults
from execution.paper.gateways.base import Core
from execution.paper.gateways.binance.usdm_account_calls import UsdmAccountCalls
from execution.paper.gateways.binance.usdm_calls import UsdmCalls
from execution.paper.gateways.binance.usdm_countdown import Countdowns
from execution.paper.latency import Latency
from execution.paper.listings import Kind, Listing
from execution.paper.profiles import BINANCE
from execution.paper.venue import Venue

NOW = 1_700_000_000_000
BTC = Listing(
    symbol="BTCUSDT-PERP",
    base="BTC",
    quote="USDT",
    kind=Kind.PERPETUAL,
    price_decimals=1,
    lot_decimals=3,
    minimum_lots=2,
    maximum_quantity=Decimal(1000),
    minimum_notional=Decimal(100),
    max_leverage=125,
)
MID = 600_000  # ticks of 0.1


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The part of an exchange that a gateway asks about keys."""

    settings: Settings = field(
        default_factory=lambda: Settings(state_dir=Path("unused"), seed=1, accounts={"paper-key": ApiKey(secret="paper-secret")})
    )


def make_core() -> Core:
    """Return a venue with ten levels a side, 59999.9, 59999.8 ... and 60000.1, 60000.2 ..., 0.1 BTC each."""
    venue = Venue(BINANCE, [BTC], now_ms=NOW, journal=lambda record: None)
    pair = venue.pairs[BTC.symbol]
    pair.is_trading = True
    for distance in range(1, 11):
        pair.book.add_background(Side.BUY, MID - distance, 100)
        pair.book.add_background(Side.SELL, MID + distance, 100)
    random = np.random.default_rng(1)
    return Core(
        exchange=cast(Exchange, Surroundings()),
        venue=venue,
        latency=Latency(0, random),
        faults=Faults(venue.behaviour, clock=lambda: 0.0, now_ms=lambda: NOW, random=random),
    )


class Desk:
    """An account that calls USD-M."""

    def __init__(self, core: Core, account: Account) -> None:
        self.core, self.account = core, account
        self.public = UsdmCalls(core)
        self.countdowns = Countdowns(core.venue)
        self.signed = UsdmAccountCalls(self.public, self.countdowns)

    def order(self, **change: str) -> Any:
        """Place a limit buy far below the market, or what it is changed to."""
        params = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.010", "price": "59000"}
        wanted = {name: value for name, value in (params | change).items() if value}
        return self.signed.place_order(self.account, wanted, NOW)

    def market(self, side: str, quantity: str) -> Any:
        """Place a market order."""
        return self.order(side=side, type="MARKET", timeInForce="", price="", quantity=quantity)
