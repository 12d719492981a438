"""Bybit's rows of orders and executions, the same over REST and on the private stream."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from execution.paper.accounts import Account, FundingPayment, Order, Status, Trade
from execution.paper.engine import Duration, Side
from execution.paper.gateways.bybit.names import name_of
from execution.paper.listings import Kind, Listing, decimal_text
from execution.paper.orders import OrderKind
from execution.paper.profiles import VenueProfile
from execution.paper.refusals import Reason

Json = dict[str, Any]
BY_USER, BY_DCP = "CancelByUser", "CancelByDCP"
IN_QUOTE, IN_BASE = "quoteCoin", "baseCoin"
EIGHT_PLACES = Decimal("1e-8")


class TradesByOrder:
    """Own trades by the venue's order id, kept up with an account's list of trades."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = defaultdict(int)
        self._trades: dict[int, list[Trade]] = defaultdict(list)

    def of(self, account: Account, order_id: int) -> list[Trade]:
        """Return an order's trades, oldest first."""
        for trade in account.trades[self._seen[account.key] :]:
            self._trades[trade.order_id].append(trade)
        self._seen[account.key] = len(account.trades)
        return self._trades.get(order_id, [])


def link_of(order: Order) -> str:
    """Return the client's own id, empty when it sent none."""
    return "" if order.client_id == f"paper-{order.order_id}" else order.client_id


def side_name(side: Side) -> str:
    """Return a side in Bybit's words."""
    return "Buy" if side is Side.BUY else "Sell"


def order_json(order: Order, listing: Listing, trades: list[Trade]) -> Json:
    """Return an order as order/realtime, order/history and the order topic do."""
    is_spot = listing.kind is Kind.SPOT
    left = order.remaining if order.is_open else 0
    fees = _fees(trades)
    row = {
        "symbol": name_of(listing),
        "orderId": str(order.order_id),
        "orderLinkId": link_of(order),
        "blockTradeId": "",
        "side": side_name(order.side),
        "orderType": "Limit" if order.kind is OrderKind.LIMIT else "Market",
        "timeInForce": "PostOnly" if order.post_only else str(order.duration),
        "price": listing.price_text(order.price),
        "qty": _asked(order, listing),
        "orderStatus": _status(order, listing),
        "createType": "CreateByUser",
        "cancelType": _cancel_type(order),
        "rejectReason": _reject_reason(order),
        "avgPrice": average_text(order, listing) if order.executed else "",
        "leavesQty": listing.quantity_text(left),
        "leavesValue": listing.notional_text(left * order.price, None),
        "cumExecQty": listing.quantity_text(order.executed),
        "cumExecValue": listing.notional_text(order.executed_units, None),
        "cumExecFee": decimal_text(sum(fees.values()), 8),
        "cumFeeDetail": {asset: decimal_text(atoms, 8) for asset, atoms in fees.items()},
        "positionIdx": 0,
        "isLeverage": "0" if is_spot else "",
        "reduceOnly": order.reduce_only,
        "closeOnTrigger": False,
        "marketUnit": order.note if is_spot else "",
        "stopOrderType": "",
        "triggerPrice": "",
        "triggerDirection": 0,
        "takeProfit": "",
        "stopLoss": "",
        "smpType": "None",
        "smpGroup": 0,
        "smpOrderId": "",
        "createdTime": str(order.created_ms),
        "updatedTime": str(order.updated_ms),
    }
    return row if is_spot else {**row, "tpslMode": ""}


def execution_json(trade: Trade, order: Order, listing: Listing, profile: VenueProfile) -> Json:
    """Return an execution as execution/list and the execution topic do; what is left is that of the order as it is given."""
    fees = profile.fees[listing.kind]
    rate = fees.maker_ppm if trade.is_maker else fees.taker_ppm
    return {
        "symbol": name_of(listing),
        "orderId": str(trade.order_id),
        "orderLinkId": link_of(order),
        "side": side_name(trade.side),
        "orderPrice": listing.price_text(order.price),
        "orderQty": _asked(order, listing),
        "leavesQty": listing.quantity_text(order.remaining if order.is_open else 0),
        "createType": "CreateByUser",
        "orderType": "Limit" if order.kind is OrderKind.LIMIT else "Market",
        "stopOrderType": "" if listing.kind is Kind.SPOT else "UNKNOWN",
        "execFee": decimal_text(trade.commission, 8),
        "execId": str(trade.trade_id),
        "execPrice": listing.price_text(trade.price),
        "execQty": listing.quantity_text(trade.quantity),
        "execType": "Trade",
        "execValue": listing.notional_text(trade.price * trade.quantity, None),
        "execTime": str(trade.time_ms),
        "isMaker": trade.is_maker,
        "feeRate": f"{Decimal(rate).scaleb(-6).normalize():f}",
        "feeCurrency": trade.commission_asset,
        "isLeverage": "0",
        "marketUnit": order.note if listing.kind is Kind.SPOT else "",
        "blockTradeId": "",
        "tradeIv": "",
        "markIv": "",
        "markPrice": "",
        "indexPrice": "",
        "underlyingPrice": "",
        "closedSize": "",
        "seq": trade.trade_id,
    }


def funding_json(payment: FundingPayment, listing: Listing) -> Json:
    """Return a payment of funding, which Bybit tells among the executions: a positive fee was paid, a negative one received."""
    return {
        "symbol": name_of(listing),
        "orderId": "",
        "orderLinkId": "",
        "side": side_name(Side.BUY if payment.lots > 0 else Side.SELL),
        "orderPrice": "0",
        "orderQty": "0",
        "leavesQty": "0",
        "createType": "",
        "orderType": "UNKNOWN",
        "stopOrderType": "UNKNOWN",
        "execFee": decimal_text(-payment.atoms, 8),
        "execId": f"funding-{name_of(listing)}-{payment.time_ms}",
        "execPrice": listing.price_text(payment.mark_ticks),
        "execQty": listing.quantity_text(abs(payment.lots)),
        "execType": "Funding",
        "execValue": listing.notional_text(payment.mark_ticks * abs(payment.lots), None),
        "execTime": str(payment.time_ms),
        "isMaker": False,
        "feeRate": decimal_text(payment.rate_e8, 8),
        "feeCurrency": listing.quote,
        "markPrice": listing.price_text(payment.mark_ticks),
        "closedSize": "",
        "seq": payment.time_ms,
    }


def average_text(order: Order, listing: Listing) -> str:
    """Write the average price of what has traded."""
    average = (Decimal(order.executed_units) / order.executed).scaleb(-listing.price_decimals)
    return f"{average.quantize(EIGHT_PLACES).normalize():f}"


def _fees(trades: list[Trade]) -> dict[str, int]:
    fees: dict[str, int] = defaultdict(int)
    for trade in trades:
        fees[trade.commission_asset] += trade.commission
    return fees


def _asked(order: Order, listing: Listing) -> str:
    """Write the quantity that was asked for, in the currency that it was asked in."""
    return decimal_text(order.quote_atoms, 8) if order.quote_atoms else listing.quantity_text(order.quantity)


def _status(order: Order, listing: Listing) -> str:
    """Return the status in Bybit's words: spot tells a partly filled and a refused post-only order from a cancelled one."""
    if order.status is Status.NEW:
        return "New"
    if order.status is Status.PARTIALLY_FILLED:
        return "PartiallyFilled"
    if order.status is Status.FILLED:
        return "Filled"
    if listing.kind is Kind.SPOT:
        if order.reason is Reason.WOULD_TAKE:
            return "Rejected"
        return "PartiallyFilledCanceled" if order.executed else "Cancelled"
    return "Cancelled"


def _cancel_type(order: Order) -> str:
    if order.status is Status.PREVENTED:
        return "CancelBySmp"
    if order.reason is Reason.REDUCE_ONLY:
        return "CancelByReduceOnly"
    if order.status is Status.EXPIRED:
        return "CancelByAdmin"  # ended with the venue's restart
    return order.cancel_note or "UNKNOWN"


def _reject_reason(order: Order) -> str:
    if order.is_open or order.status is Status.FILLED:
        return "EC_NoError"
    if order.reason is Reason.WOULD_TAKE:
        return "EC_PostOnlyWillTakeLiquidity"
    if order.status is Status.PREVENTED:
        return "EC_BySelfMatch"
    if order.cancel_note:
        return "EC_PerCancelRequest"
    if order.duration is Duration.FOK:
        return "EC_CancelForNoFullFill"
    return "EC_NoImmediateQtyToFill" if order.duration is Duration.IOC else "EC_Others"
