"""Bybit: v5 on a unified trading account, spot and linear perpetuals."""

from execution.venues.bybit.orders import BybitDialect

DIALECT = BybitDialect()
