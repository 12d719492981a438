"""OKX: spot and USDT swaps through one object of ccxt's and one unified account."""

from execution.venues.dialect import Dialect
from execution.venues.okx.dialect import OkxDialect

DIALECT: Dialect = OkxDialect("okx")
