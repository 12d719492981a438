"""Contracts and base currency: the desk counts in base currency everywhere, some perpetuals are ordered and told in contracts."""

from decimal import Decimal
from typing import Any


def contract_size(market: Any) -> Decimal:
    """Return how much base currency one unit of ccxt's amounts is: 1 for spot and for perpetuals that count in base currency."""
    size = market.get("contractSize") if market.get("contract") else None
    return Decimal(1) if size is None else Decimal(str(size))


def to_base(amount: Decimal, market: Any) -> Decimal:
    """Return the base currency in one of ccxt's amounts."""
    return amount * contract_size(market)


def to_contracts(quantity: Decimal, market: Any) -> Decimal:
    """Return ccxt's amount for a quantity in base currency; a quantity between contracts comes out with a fraction."""
    return quantity / contract_size(market)
