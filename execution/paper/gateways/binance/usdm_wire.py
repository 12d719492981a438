"""USD-M's JSON shapes of own orders and own trades, and the events that tell of them."""

from decimal import Decimal
from typing import Any

from execution.paper.accounts import Order, Trade
from execution.paper.engine import Side
from execution.paper.events import Change, OrderEvent
from execution.paper.gateways.binance.spot_wire import PREVENTION, STATUSES
from execution.paper.listings import Listing, decimal_text
from execution.paper.orders import OrderKind

Json = dict[str, Any]
EXECUTIONS = {
    Change.NEW: "NEW",
    Change.TRADE: "TRADE",
    Change.CANCELLED: "CANCELED",
    Change.EXPIRED: "EXPIRED",
    Change.PREVENTED: "EXPIRED",
}
"""A refused order is not told of on the stream."""


def market_id(listing: Listing) -> str:
    """Return the venue's name of a perpetual, which is that of the spot pair too."""
    return f"{listing.base}{listing.quote}"


def order_json(order: Order, listing: Listing) -> Json:
    """Return an order as GET /order does."""
    return {**_order_core(order, listing), "time": order.created_ms}


def placed_json(order: Order, listing: Listing) -> Json:
    """Return the answer to POST and DELETE /order."""
    return {**_order_core(order, listing), "cumQty": listing.quantity_text(order.executed)}


def _order_core(order: Order, listing: Listing) -> Json:
    return {
        "symbol": market_id(listing),
        "orderId": order.order_id,
        "clientOrderId": order.client_id,
        "price": listing.price_text(order.price),
        "avgPrice": average_price(order, listing),
        "origQty": listing.quantity_text(order.quantity),
        "executedQty": listing.quantity_text(order.executed),
        "cumQuote": listing.notional_text(order.executed_units),
        "status": STATUSES[order.status],
        "timeInForce": _time_in_force(order),
        "type": _kind(order),
        "origType": _kind(order),
        "side": order.side.name,
        "positionSide": "BOTH",
        "reduceOnly": order.reduce_only,
        "closePosition": False,
        "stopPrice": "0",
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "priceMatch": "NONE",
        "selfTradePreventionMode": PREVENTION,
        "goodTillDate": 0,
        "updateTime": order.updated_ms,
    }


def average_price(order: Order, listing: Listing) -> str:
    """Return the average price of what has traded, 0 before."""
    if not order.executed:
        return "0.00"
    exact = Decimal(order.executed_units) / order.executed
    return f"{exact.scaleb(-listing.price_decimals).quantize(Decimal('1e-8')):f}"


def _time_in_force(order: Order) -> str:
    if order.kind is OrderKind.MARKET:
        return "GTC"
    return "GTX" if order.post_only else str(order.duration)


def _kind(order: Order) -> str:
    return "MARKET" if order.kind is OrderKind.MARKET else "LIMIT"


def trade_json(trade: Trade, listing: Listing) -> Json:
    """Return an own trade as GET /userTrades does."""
    return {
        "symbol": market_id(listing),
        "id": trade.trade_id,
        "orderId": trade.order_id,
        "side": trade.side.name,
        "positionSide": "BOTH",
        "price": listing.price_text(trade.price),
        "qty": listing.quantity_text(trade.quantity),
        "quoteQty": listing.notional_text(trade.price * trade.quantity),
        "realizedPnl": decimal_text(trade.realised, 8),
        "commission": decimal_text(trade.commission, 8),
        "commissionAsset": trade.commission_asset,
        "time": trade.time_ms,
        "buyer": trade.side is Side.BUY,
        "maker": trade.is_maker,
    }


def order_update(event: OrderEvent, listing: Listing, now_ms: int) -> Json | None:
    """Return the ORDER_TRADE_UPDATE of what happened to an order, None for what is not told."""
    if event.change not in EXECUTIONS:
        return None
    order, trade = event.order, event.trade
    report = {
        "s": market_id(listing),
        "c": order.client_id,
        "S": order.side.name,
        "o": _kind(order),
        "ot": _kind(order),
        "f": _time_in_force(order),
        "q": listing.quantity_text(order.quantity),
        "p": listing.price_text(order.price),
        "ap": average_price(order, listing),
        "sp": "0",
        "x": EXECUTIONS[event.change],
        "X": STATUSES[order.status],
        "i": order.order_id,
        "l": listing.quantity_text(trade.quantity if trade else 0),
        "z": listing.quantity_text(order.executed),
        "L": listing.price_text(trade.price if trade else 0),
        "T": order.updated_ms,
        "t": trade.trade_id if trade else 0,
        "b": "0",
        "a": "0",
        "m": trade.is_maker if trade else False,
        "R": order.reduce_only,
        "wt": "CONTRACT_PRICE",
        "ps": "BOTH",
        "cp": False,
        "rp": decimal_text(trade.realised, 8) if trade else "0",
        "pP": False,
        "si": 0,
        "ss": 0,
        "V": PREVENTION,
        "pm": "NONE",
        "gtd": 0,
        **({"n": decimal_text(trade.commission, 8), "N": trade.commission_asset} if trade else {}),
    }
    return {"e": "ORDER_TRADE_UPDATE", "E": now_ms, "T": order.updated_ms, "o": report}
