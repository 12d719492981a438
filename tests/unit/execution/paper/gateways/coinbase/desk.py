"""A Coinbase of one product, its book known, and one account."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from execution.paper.accounts import Account
from execution.paper.exchange import ApiKey
from execution.paper.gateways.coinbase.params import Params
from execution.paper.gateways.coinbase.trading_calls import TradingCalls
from execution.paper.listings import Kind, Listing
from execution.paper.venue import Venue

NOW = 1_700_000_000_000
LISTING = Listing(
    symbol="BTCUSDT",
    base="BTC",
    quote="USDT",
    kind=Kind.SPOT,
    price_decimals=2,
    lot_decimals=4,
    minimum_lots=1,
    maximum_quantity=Decimal(100),
    minimum_notional=Decimal(1),
)


@dataclass
class Settings:
    """The part of the exchange's settings that the gateway reads."""

    accounts: dict[str, ApiKey] = field(default_factory=lambda: {"k": ApiKey(secret="s"), "w": ApiKey(secret="t", can_withdraw=True)})


@dataclass
class Surroundings:
    """The part of the exchange around a venue that the gateway reads."""

    settings: Settings = field(default_factory=Settings)
    started_ms: int = NOW


@dataclass
class Desk:
    """An account with its calls."""

    venue: Venue
    account: Account
    calls: TradingCalls

    def create(self, configuration: Any, *, client_id: str = "c1", side: str = "BUY", now_ms: int = NOW, **changes: Any) -> Any:
        body = {"client_order_id": client_id, "product_id": "BTC-USDT", "side": side, "order_configuration": configuration, **changes}
        return self.calls.create(self.account, Params(query={}, path={}, now_ms=now_ms, body=body))

    def limit(self, price: str, size: str, *, client_id: str = "c1", side: str = "BUY", now_ms: int = NOW, **terms: Any) -> Any:
        configuration = {"limit_limit_gtc": {"base_size": size, "limit_price": price, **terms}}
        return self.create(configuration, client_id=client_id, side=side, now_ms=now_ms)

    def ask(self, query: Iterable[tuple[str, str]] = (), path: dict[str, str] | None = None, body: dict[str, Any] | None = None) -> Params:
        values: dict[str, list[str]] = {}
        for name, value in query:
            values.setdefault(name, []).append(value)
        return Params(query=values, path=path or {}, now_ms=NOW, body=body or {})
