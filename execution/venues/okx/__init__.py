"""OKX as ccxt's `okx` speaks it: spot and USDT swaps through one object, one unified account."""

from execution.venues.okx.venue import OkxDialect

DIALECT = OkxDialect()

__all__ = ["DIALECT", "OkxDialect"]
