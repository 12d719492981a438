"""A symbol that its venue does not list any more keeps no other from being watched; what a connection says of its end holds no keys."""

from typing import Any

import pytest

from execution.venues.bybit import DIALECT as BYBIT
from execution.venues.ccxt.exchange import VenueAccount
from execution.venues.ccxt.stream import Connection
from execution.venues.dialect import Dialect
from execution.venues.okx import DIALECT as OKX


def connection_to(dialect: Any) -> Connection:
    account = VenueAccount(
        name=dialect.ccxt_id,
        ccxt_id=dialect.ccxt_id,
        base_url=f"http://127.0.0.1:9/{dialect.ccxt_id}",
        api_key="the key",
        api_secret="the secret",
        password="the password",
        timeout_seconds=1.0,
    )
    connection = Connection(account, dialect)
    kinds = {"spot": True, "swap": False, "future": False, "option": False, "contract": False, "precision": {}, "limits": {}}
    connection.exchange.set_markets([{"id": "BTC-USDT", "symbol": "BTC/USDT", "base": "BTC", "quote": "USDT", "type": "spot", **kinds}])
    return connection


@pytest.mark.parametrize("dialect", [OKX, BYBIT])
async def test_readers_are_made_of_what_is_listed(dialect: Dialect) -> None:
    connection = connection_to(dialect)
    symbols = connection.listed(["BTCUSDT", "GONEUSDT"])
    assert symbols == ("BTCUSDT",)
    dialect.account_reader(connection.exchange, venue="okx", symbols=symbols)
    dialect.market_reader(connection.exchange, venue="okx", symbols=symbols)


async def test_a_lost_connection_is_told_without_its_listen_key() -> None:
    connection = connection_to(OKX)
    connection.lose("NetworkError: wss://example.org/ws?listenKey=a-key-of-the-account refused")
    assert connection.lost == "NetworkError: wss://example.org/ws?... refused"
