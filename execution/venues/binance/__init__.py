"""Binance: spot and USD-M linear perpetuals."""

from execution.venues.binance.dialect import BinanceDialect
from execution.venues.dialect import Dialect

DIALECT: Dialect = BinanceDialect("binance")
