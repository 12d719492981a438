"""ccxt's own class of Binance, with markets and without a venue."""

from typing import Any

import ccxt.pro
import pytest

from execution.venues.binance import DIALECT

SPOT = {"status": "TRADING", "quoteAsset": "USDT", "filters": []}
PERPETUAL = {**SPOT, "contractType": "PERPETUAL", "marginAsset": "USDT"}


@pytest.fixture
def exchange() -> Any:
    exchange = ccxt.pro.binance()
    exchange.urls = DIALECT.urls("http://127.0.0.1:8900/binance")
    exchange.options |= {"crossMarginPairsData": [], "isolatedMarginPairsData": []}
    listed = [{"symbol": f"{base}USDT", "baseAsset": base, **kind} for base in ("BTC", "ETH") for kind in (SPOT, PERPETUAL)]
    exchange.set_markets([exchange.parse_market(raw) for raw in listed])
    return exchange
