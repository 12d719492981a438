"""Orders for the venue tests."""

from dataclasses import replace
from decimal import Decimal

from dipmaster.domain.sides import Side
from execution.domain.venue_orders import NewOrder, OrderType, TimeInForce

FAR_BELOW = Decimal("30000")
FAR_ABOVE = Decimal("90000")


def crossing(client_order_id: str, quantity: str = "0.01") -> NewOrder:
    """A buy that takes what is there."""
    return NewOrder(
        symbol="BTCUSDT",
        side=Side.BUY,
        order_type=OrderType.LIMIT,
        time_in_force=TimeInForce.IOC,
        quantity=Decimal(quantity),
        price=FAR_ABOVE,
        client_order_id=client_order_id,
    )


def resting(client_order_id: str) -> NewOrder:
    """A buy that rests far below the market."""
    return replace(crossing(client_order_id), time_in_force=TimeInForce.POST_ONLY, price=FAR_BELOW)


def market(client_order_id: str) -> NewOrder:
    """A buy at any price."""
    return replace(crossing(client_order_id), order_type=OrderType.MARKET, price=None)
