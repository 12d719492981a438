"""Coinbase Advanced Trade: spot."""

from execution.venues.coinbase.dialect import CoinbaseDialect
from execution.venues.dialect import Dialect

DIALECT: Dialect = CoinbaseDialect("coinbase")
