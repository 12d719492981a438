"""Write an order for ccxt's create_order: exactly what is wanted, or nothing."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ccxt.base.errors import BaseError

from dipmaster.domain.instruments import parse_symbol
from execution.domain.venue_orders import NewOrder, OrderType
from execution.venues.ccxt.contracts import to_contracts
from execution.venues.dialect import Dialect
from execution.venues.protocol import NOT_SENT

OFF_GRID = f"{NOT_SENT}_off_grid"
NO_ROOM = f"{NOT_SENT}_rate_budget"
KEY_REFUSED = f"{NOT_SENT}_key_refused"


class NotSent(ValueError):
    """The order has not left and will not."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def create_request(order: NewOrder, exchange: Any, dialect: Dialect, *, venue: str) -> tuple[Any, ...]:
    """Return the arguments of ccxt's create_order.

    Raises:
        NotSent: the venue does not trade it, or ccxt would round it.
    """
    name = parse_symbol(order.symbol).ccxt_symbol
    market = exchange.markets.get(name)
    if market is None or market["active"] is False:
        raise NotSent(NOT_SENT, f"{order.symbol} is not traded on {venue}")
    quantity = _exact(to_contracts(order.quantity, market), exchange.amount_to_precision, name)
    price = None
    if order.order_type is OrderType.LIMIT:
        if order.price is None:
            raise NotSent(OFF_GRID, "a limit order needs a price")
        price = _exact(order.price, exchange.price_to_precision, name)
    return name, order.order_type.value, order.side.value, quantity, price, dialect.create_params(order)


def _exact(wanted: Decimal, write: Callable[[str, str], str], name: str) -> str:
    """Return what ccxt would write when it is exactly what is wanted.

    Raises:
        NotSent: it would be rounded.
    """
    try:
        written = write(name, f"{wanted:f}")
    except BaseError as error:  # below the smallest step ccxt refuses to write anything
        raise NotSent(OFF_GRID, str(error)) from error
    if Decimal(written) != wanted:
        raise NotSent(OFF_GRID, f"{wanted:f} would be sent as {written}")
    return written
