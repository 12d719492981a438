"""Answers of the risk gate."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class RefusalCode(StrEnum):
    """Why an order was not sent. The documentation table is generated from this enum."""

    TRADING_DISABLED = "TRADING_DISABLED"
    ORDER_QUANTITY = "ORDER_QUANTITY"
    ORDER_NOTIONAL = "ORDER_NOTIONAL"
    PRICE_COLLAR = "PRICE_COLLAR"
    POSITION_SYMBOL = "POSITION_SYMBOL"
    PARENT_QUANTITY = "PARENT_QUANTITY"
    NO_MARKET = "NO_MARKET"
    OVERFILL = "OVERFILL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """Leave to send `quantity`; the only way to a venue takes one of these."""

    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """No leave, with a code and a reason in plain words."""

    code: RefusalCode
    reason: str


Decision = Approved | Refused
