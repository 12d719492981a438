"""Executions as venues report them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from dipmaster.domain.sides import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One trade of ours on a venue; (venue, symbol, trade_id) names it for ever.

    `price` in quote currency, `quantity` in base currency, `fee` in `fee_currency`.
    """

    venue: str
    symbol: str
    trade_id: str
    client_order_id: str | None
    venue_order_id: str | None
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_currency: str
    is_maker: bool
    traded_at: datetime
