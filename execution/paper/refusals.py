"""Why a venue refuses, in no venue's own words: each gateway puts a reason into its venue's codes."""

from enum import StrEnum


class Reason(StrEnum):
    """What was wrong with a request."""

    UNKNOWN_SYMBOL = "unknown symbol"
    NOT_TRADING = "the market is closed"
    DELISTED = "the symbol is delisted"
    PRICE_GRID = "the price is not on the tick"
    PRICE_BAND = "the price is too far from the market"
    QUANTITY_GRID = "the quantity is not on the lot"
    QUANTITY_RANGE = "the quantity is below the smallest or above the largest"
    NOTIONAL = "the order is worth less than the smallest"
    INSUFFICIENT = "the balance or margin does not suffice"
    WOULD_TAKE = "a post-only order would take"
    DUPLICATE = "the client order id is in use"
    TOO_MANY_ORDERS = "too many open orders"
    REDUCE_ONLY = "a reduce-only order would open or add to a position"
    UNKNOWN_ORDER = "no such order"
    ORDER_ENDED = "the order has ended"
    LEVERAGE = "the leverage is above what the symbol allows"


class Refused(Exception):
    """The core refuses a request; nothing has happened.

    `client_id` names the order of a DUPLICATE.
    """

    def __init__(self, reason: Reason, *, client_id: str = "") -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.client_id = client_id
