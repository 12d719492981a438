"""An OKX of one pair and its swap, their books known, and one account."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from execution.paper.accounts import Account
from execution.paper.engine import Side
from execution.paper.exchange import ApiKey
from execution.paper.gateways.base import Core
from execution.paper.gateways.okx.account_calls import AccountCalls
from execution.paper.gateways.okx.deadman import DeadMan
from execution.paper.gateways.okx.holdings import Holdings
from execution.paper.gateways.okx.instruments import Instruments
from execution.paper.gateways.okx.market_calls import MarketCalls
from execution.paper.gateways.okx.order_calls import OrderCalls
from execution.paper.listings import Kind, Listing
from execution.paper.pair import Pair

NOW = 1_700_000_000_000
SPOT, SWAP = "BTC-USDT", "BTC-USDT-SWAP"
LISTINGS = (
    Listing(
        symbol="BTCUSDT",
        base="BTC",
        quote="USDT",
        kind=Kind.SPOT,
        price_decimals=1,
        lot_decimals=5,
        minimum_lots=10,
        maximum_quantity=Decimal(100),
        minimum_notional=Decimal(0),
    ),
    Listing(
        symbol="BTCUSDT-PERP",
        base="BTC",
        quote="USDT",
        kind=Kind.PERPETUAL,
        price_decimals=1,
        lot_decimals=4,
        minimum_lots=1,
        maximum_quantity=Decimal(100),
        minimum_notional=Decimal(0),
        contract_size=Decimal("0.01"),
        max_leverage=100,
    ),
)


@dataclass
class Settings:
    """The part of the exchange's settings that the gateway reads."""

    accounts: dict[str, ApiKey] = field(default_factory=lambda: {"k": ApiKey(secret="s"), "w": ApiKey(secret="t", can_withdraw=True)})


@dataclass
class Surroundings:
    """The part of the exchange around a venue that the gateway reads."""

    settings: Settings = field(default_factory=Settings)


def fill_book(pair: Pair, *, mid_ticks: int = 600_000, levels: int = 20) -> None:
    """Rest one BTC at every tick around the middle: bids 59999.9, 59999.8 ..., asks 60000.1, 60000.2 ..."""
    pair.is_trading = True
    for distance in range(1, levels + 1):
        pair.book.add_background(Side.BUY, mid_ticks - distance, pair.listing.lots(1))
        pair.book.add_background(Side.SELL, mid_ticks + distance, pair.listing.lots(1))


class Desk:
    """An account with every call."""

    def __init__(self, core: Core) -> None:
        self.core, self.venue = core, core.venue
        self.account: Account = core.venue.open_account("k")
        self.instruments = Instruments(core.venue)
        self.orders = OrderCalls(core, self.instruments)
        self.reads = AccountCalls(core, self.instruments, self.orders).calls
        self.holdings = Holdings(core, self.instruments)
        self.public = MarketCalls(core, self.instruments).calls
        self.deadman = DeadMan(core.venue)

    def place(self, *, now_ms: int = NOW, expires_ms: int | None = None, **item: Any) -> dict[str, Any]:
        """Place a limit buy of 0.01 BTC at 50000 unless told otherwise and return its own result."""
        order = {"instId": SPOT, "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "50000", "sz": "0.01", **item}
        answer = self.orders.place(self.account, [order], now_ms, expires_ms=expires_ms)
        result: dict[str, Any] = answer["data"][0]
        assert (answer["code"] == "0") is (result["sCode"] == "0")
        return result

    def place_swap(self, **item: Any) -> dict[str, Any]:
        return self.place(**{"instId": SWAP, "tdMode": "cross", "sz": "2", **item})

    def cancel(self, **item: Any) -> dict[str, Any]:
        answer = self.orders.cancel(self.account, {"instId": SPOT, **item}, NOW)
        result: dict[str, Any] = answer["data"][0]
        return result

    def read(self, call: str, *, now_ms: int = NOW, **params: Any) -> list[Any]:
        return {**self.reads, **self.holdings.reads}[call](self.account, params, now_ms)

    def order(self, **params: str) -> dict[str, Any]:
        found: dict[str, Any] = self.read("trade/order", **{"instId": SPOT, **params})[0]
        return found
