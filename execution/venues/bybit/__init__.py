"""Bybit: v5 on a unified trading account, spot and linear perpetuals."""

from execution.venues.bybit.dialect import BybitDialect
from execution.venues.dialect import Dialect

DIALECT: Dialect = BybitDialect("bybit")
