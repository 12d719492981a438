"""Binance's JSON shapes of accounts, own orders and own trades."""

from typing import Any

from execution.paper.accounts import Order, Status, Trade, Wallet
from execution.paper.engine import Side
from execution.paper.events import Change, OrderEvent
from execution.paper.listings import Kind, Listing, decimal_text
from execution.paper.orders import OrderKind
from execution.paper.profiles import VenueProfile
from execution.paper.refusals import Reason

Json = dict[str, Any]
PREVENTION = "EXPIRE_MAKER"
STATUSES = {
    Status.NEW: "NEW",
    Status.PARTIALLY_FILLED: "PARTIALLY_FILLED",
    Status.FILLED: "FILLED",
    Status.CANCELLED: "CANCELED",
    Status.EXPIRED: "EXPIRED",
    Status.PREVENTED: "EXPIRED_IN_MATCH",
    Status.REJECTED: "REJECTED",
}
EXECUTIONS = {
    Change.NEW: "NEW",
    Change.TRADE: "TRADE",
    Change.CANCELLED: "CANCELED",
    Change.EXPIRED: "EXPIRED",
    Change.PREVENTED: "TRADE_PREVENTION",
    Change.REJECTED: "REJECTED",
}
REJECTIONS = {Reason.INSUFFICIENT: "INSUFFICIENT_BALANCES", Reason.WOULD_TAKE: "WOULD_MATCH_IMMEDIATELY"}


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
        "clientOrderId": order.cancel_note,
        "transactTime": order.updated_ms,
    }


def _order_core(order: Order, listing: Listing) -> Json:
    return {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": -1,
        "price": listing.price_text(order.price, 8),
        "origQty": listing.quantity_text(order.quantity, 8),
        "executedQty": listing.quantity_text(order.executed, 8),
        "origQuoteOrderQty": decimal_text(order.quote_atoms, 8),
        "cummulativeQuoteQty": listing.notional_text(order.executed_units),
        "status": STATUSES[order.status],
        "timeInForce": _time_in_force(order),
        "type": _kind(order),
        "side": order.side.name,
        "selfTradePreventionMode": PREVENTION,
    }


def _time_in_force(order: Order) -> str:
    return "GTC" if order.kind is OrderKind.MARKET else str(order.duration)


def _kind(order: Order) -> str:
    if order.kind is OrderKind.MARKET:
        return "MARKET"
    return "LIMIT_MAKER" if order.post_only else "LIMIT"


def _fill_json(trade: Trade, listing: Listing) -> Json:
    return {
        "price": listing.price_text(trade.price, 8),
        "qty": listing.quantity_text(trade.quantity, 8),
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
        "price": listing.price_text(trade.price, 8),
        "qty": listing.quantity_text(trade.quantity, 8),
        "quoteQty": listing.notional_text(trade.price * trade.quantity),
        "commission": decimal_text(trade.commission, 8),
        "commissionAsset": trade.commission_asset,
        "time": trade.time_ms,
        "isBuyer": trade.side is Side.BUY,
        "isMaker": trade.is_maker,
        "isBestMatch": True,
    }


def execution_report(event: OrderEvent, listing: Listing, now_ms: int) -> Json:
    """Return the executionReport of what happened to an order."""
    order, trade = event.order, event.trade
    last_units = trade.price * trade.quantity if trade else 0
    return {
        "e": "executionReport",
        "E": now_ms,
        "s": order.symbol,
        "c": order.cancel_note or order.client_id,
        "S": order.side.name,
        "o": _kind(order),
        "f": _time_in_force(order),
        "q": listing.quantity_text(order.quantity, 8),
        "p": listing.price_text(order.price, 8),
        "P": "0.00000000",
        "F": "0.00000000",
        "g": -1,
        "C": order.client_id if order.cancel_note else "",
        "x": EXECUTIONS[event.change],
        "X": STATUSES[order.status],
        "r": REJECTIONS[event.reason] if event.reason else "NONE",
        "i": order.order_id,
        "l": listing.quantity_text(trade.quantity if trade else 0, 8),
        "z": listing.quantity_text(order.executed, 8),
        "L": listing.price_text(trade.price if trade else 0, 8),
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
        "Q": decimal_text(order.quote_atoms, 8),
        "W": order.created_ms,
        "V": PREVENTION,
    }


def position_event(wallet: Wallet, assets: tuple[str, ...], now_ms: int) -> Json:
    """Return the outboundAccountPosition event of the assets that changed."""
    balances = [{"a": asset, "f": decimal_text(wallet[asset].free, 8), "l": decimal_text(wallet[asset].locked, 8)} for asset in assets]
    return {"e": "outboundAccountPosition", "E": now_ms, "u": now_ms, "B": balances}


def account_json(wallet: Wallet, profile: VenueProfile, now_ms: int, *, can_withdraw: bool) -> Json:
    """Return the account as GET /account does."""
    fees = profile.fees[Kind.SPOT]
    return {
        "makerCommission": fees.maker_ppm // 100,
        "takerCommission": fees.taker_ppm // 100,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": commission_rates(profile),
        "canTrade": True,
        "canWithdraw": can_withdraw,
        "canDeposit": False,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": now_ms,
        "accountType": "SPOT",
        "balances": [
            {"asset": asset, "free": decimal_text(balance.free, 8), "locked": decimal_text(balance.locked, 8)}
            for asset, balance in sorted(wallet.items())
        ],
        "permissions": ["SPOT"],
        "uid": 1,
    }


def rights_json(*, can_withdraw: bool) -> Json:
    """Return what a key may do as GET /account/apiRestrictions does."""
    return {
        "ipRestrict": False,
        "enableReading": True,
        "enableSpotAndMarginTrading": True,
        "enableFutures": True,
        "enableWithdrawals": can_withdraw,
        "enableInternalTransfer": False,
        "enableMargin": False,
        "enableVanillaOptions": False,
        "enablePortfolioMarginTrading": False,
        "permitsUniversalTransfer": False,
    }


def commission_rates(profile: VenueProfile) -> Json:
    """Return the commission rates as fractions of notional."""
    fees = profile.fees[Kind.SPOT]
    return {
        "maker": decimal_text(fees.maker_ppm, 6, 8),
        "taker": decimal_text(fees.taker_ppm, 6, 8),
        "buyer": "0.00000000",
        "seller": "0.00000000",
    }
