"""Binance's JSON shapes of accounts, own orders and own trades."""

from typing import Any

from execution.paper.accounts import Account, Order, Trade
from execution.paper.listings import Listing, VenueProfile, decimal_text

Json = dict[str, Any]
PREVENTION = "EXPIRE_MAKER"


def order_json(order: Order, listing: Listing) -> Json:
    """Return an order as GET /order does."""
    return {
        **_order_core(order, listing),
        "clientOrderId": order.client_id,
        "stopPrice": "0.00000000",
        "icebergQty": "0.00000000",
        "time": order.created_ms,
        "updateTime": order.updated_ms,
        "isWorking": order.is_open,
        "workingTime": order.created_ms,
    }


def placed_json(order: Order, listing: Listing, trades: list[Trade], response: str) -> Json:
    """Return the answer to POST /order in the asked detail: ACK, RESULT or FULL."""
    acknowledgement = {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": order.client_id,
        "transactTime": order.updated_ms,
    }
    if response == "ACK":
        return acknowledgement
    result = {**acknowledgement, **_order_core(order, listing), "workingTime": order.created_ms}
    return result if response == "RESULT" else {**result, "fills": [_fill_json(trade, listing) for trade in trades]}


def cancelled_json(order: Order, listing: Listing) -> Json:
    """Return the answer to DELETE /order."""
    return {
        **_order_core(order, listing),
        "origClientOrderId": order.client_id,
        "clientOrderId": order.cancel_id,
        "transactTime": order.updated_ms,
    }


def _order_core(order: Order, listing: Listing) -> Json:
    return {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": -1,
        "price": listing.price_text(order.price),
        "origQty": listing.quantity_text(order.quantity),
        "executedQty": listing.quantity_text(order.executed),
        "origQuoteOrderQty": decimal_text(order.quote_quantity, 8),
        "cummulativeQuoteQty": listing.notional_text(order.executed_units),
        "status": order.status,
        "timeInForce": _time_in_force(order),
        "type": order.kind,
        "side": order.side.name,
        "selfTradePreventionMode": PREVENTION,
    }


def _time_in_force(order: Order) -> str:
    return "GTC" if order.kind != "LIMIT" else str(order.duration)


def _fill_json(trade: Trade, listing: Listing) -> Json:
    return {
        "price": listing.price_text(trade.price),
        "qty": listing.quantity_text(trade.quantity),
        "commission": decimal_text(trade.commission, 8),
        "commissionAsset": trade.commission_asset,
        "tradeId": trade.trade_id,
    }


def trade_json(trade: Trade, listing: Listing) -> Json:
    """Return an own trade as GET /myTrades does."""
    return {
        "symbol": trade.symbol,
        "id": trade.trade_id,
        "orderId": trade.order_id,
        "orderListId": -1,
        "price": listing.price_text(trade.price),
        "qty": listing.quantity_text(trade.quantity),
        "quoteQty": listing.notional_text(trade.price * trade.quantity),
        "commission": decimal_text(trade.commission, 8),
        "commissionAsset": trade.commission_asset,
        "time": trade.time_ms,
        "isBuyer": trade.side > 0,
        "isMaker": trade.is_maker,
        "isBestMatch": True,
    }


def execution_report(
    order: Order, listing: Listing, execution: str, *, now_ms: int, trade: Trade | None = None, reason: str = "NONE"
) -> Json:
    """Return the executionReport event of what just happened to an order."""
    last_units = trade.price * trade.quantity if trade else 0
    return {
        "e": "executionReport",
        "E": now_ms,
        "s": order.symbol,
        "c": order.cancel_id or order.client_id,
        "S": order.side.name,
        "o": order.kind,
        "f": _time_in_force(order),
        "q": listing.quantity_text(order.quantity),
        "p": listing.price_text(order.price),
        "P": "0.00000000",
        "F": "0.00000000",
        "g": -1,
        "C": order.client_id if order.cancel_id else "",
        "x": execution,
        "X": order.status,
        "r": reason,
        "i": order.order_id,
        "l": listing.quantity_text(trade.quantity if trade else 0),
        "z": listing.quantity_text(order.executed),
        "L": listing.price_text(trade.price if trade else 0),
        "n": decimal_text(trade.commission, 8) if trade else "0",
        "N": trade.commission_asset if trade else None,
        "T": order.updated_ms,
        "t": trade.trade_id if trade else -1,
        "I": 0,
        "w": order.is_open,
        "m": trade.is_maker if trade else False,
        "M": False,
        "O": order.created_ms,
        "Z": listing.notional_text(order.executed_units),
        "Y": listing.notional_text(last_units),
        "Q": decimal_text(order.quote_quantity, 8),
        "W": order.created_ms,
        "V": PREVENTION,
    }


def position_event(account: Account, assets: tuple[str, ...], now_ms: int) -> Json:
    """Return the outboundAccountPosition event of the assets that changed."""
    balances = [
        {"a": asset, "f": decimal_text(account.balance(asset).free, 8), "l": decimal_text(account.balance(asset).locked, 8)}
        for asset in assets
    ]
    return {"e": "outboundAccountPosition", "E": now_ms, "u": now_ms, "B": balances}


def account_json(account: Account, profile: VenueProfile, now_ms: int) -> Json:
    """Return the account as GET /account does."""
    return {
        "makerCommission": profile.maker_ppm // 100,
        "takerCommission": profile.taker_ppm // 100,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": commission_rates(profile),
        "canTrade": True,
        "canWithdraw": False,
        "canDeposit": False,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": now_ms,
        "accountType": "SPOT",
        "balances": [
            {"asset": asset, "free": decimal_text(balance.free, 8), "locked": decimal_text(balance.locked, 8)}
            for asset, balance in sorted(account.balances.items())
        ],
        "permissions": ["SPOT"],
        "uid": 1,
    }


def commission_rates(profile: VenueProfile) -> Json:
    """Return the commission rates as fractions of notional."""
    return {
        "maker": decimal_text(profile.maker_ppm, 6),
        "taker": decimal_text(profile.taker_ppm, 6),
        "buyer": "0.00000000",
        "seller": "0.00000000",
    }
