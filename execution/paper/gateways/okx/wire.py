"""OKX's shapes of own orders and fills; fees are negative when charged."""

from collections.abc import Iterable
from decimal import Decimal

from execution.paper.accounts import Order, Status, Trade
from execution.paper.engine import Duration
from execution.paper.gateways.okx.errors import Json
from execution.paper.gateways.okx.instruments import TYPES, average_price_text, instrument_id, plain, price_text, size_text
from execution.paper.gateways.okx.orders import QUOTE, TRADE_MODES, read_note
from execution.paper.listings import ATOMS, Kind, Listing
from execution.paper.orders import OrderKind
from execution.paper.refusals import Reason

STATES = {Status.NEW: "live", Status.PARTIALLY_FILLED: "partially_filled", Status.FILLED: "filled"}
BY_SYSTEM, BY_USER, FOK_UNFILLED, IOC_UNFILLED, TIMER, OVERTAKEN, WOULD_TAKE, SELF_TRADE = "0", "1", "13", "14", "20", "23", "31", "32"
BY_REASON = {Reason.WOULD_TAKE: WOULD_TAKE, Reason.REDUCE_ONLY: OVERTAKEN}
BY_DURATION = {Duration.FOK: FOK_UNFILLED, Duration.IOC: IOC_UNFILLED}
CANCEL_REASONS = {
    BY_SYSTEM: "Order canceled by system",
    BY_USER: "Order canceled by user",
    FOK_UNFILLED: "Order canceled: FOK order was canceled due to incompletely filled",
    IOC_UNFILLED: "Order canceled: IOC order was partially canceled due to incompletely filled",
    TIMER: "Cancel all after triggered",
    OVERTAKEN: "Order canceled: Reduce-only orders only allow reducing your current position",
    WOULD_TAKE: "The post-only order will take liquidity in taker orders",
    SELF_TRADE: "Self trade prevention",
}


def client_id_text(order: Order) -> str:
    """Return the client's id, empty when it gave none."""
    return "" if order.client_id == f"paper-{order.order_id}" else order.client_id


def order_json(order: Order, listing: Listing, trades: Iterable[Trade] = ()) -> Json:
    """Return an order as GET /trade/order does; `trades` are its fills so far, oldest first."""
    done, note, source = list(trades), read_note(order.note), cancel_source(order)
    last = done[-1] if done else None
    is_market = order.kind is OrderKind.MARKET
    return {
        "accFillSz": size_text(listing, order.executed),
        "algoClOrdId": "",
        "algoId": "",
        "attachAlgoClOrdId": "",
        "attachAlgoOrds": [],
        "avgPx": average_price_text(listing, order.executed_units, order.executed),
        "cTime": str(order.created_ms),
        "cancelSource": source,
        "cancelSourceReason": CANCEL_REASONS.get(source, ""),
        "category": "normal",
        "ccy": "",
        "clOrdId": client_id_text(order),
        "fee": fee_text(sum(trade.commission for trade in done)),
        "feeCcy": last.commission_asset if last else listing.quote,
        "fillPx": price_text(listing, last.price) if last else "",
        "fillSz": size_text(listing, last.quantity) if last else "0",
        "fillTime": str(last.time_ms) if last else "",
        "instId": instrument_id(listing),
        "instType": TYPES[listing.kind],
        "isTpLimit": "false",
        "lever": "",
        "linkedAlgoOrd": {"algoId": ""},
        "ordId": str(order.order_id),
        "ordType": note["ordType"],
        "pnl": _amount_text(sum(trade.realised for trade in done)),
        "posSide": "net",
        "px": "" if is_market else price_text(listing, order.price),
        "pxType": "",
        "pxUsd": "",
        "pxVol": "",
        "quickMgnType": "",
        "rebate": "0",
        "rebateCcy": listing.quote,
        "reduceOnly": "true" if order.reduce_only else "false",
        "side": order.side.name.lower(),
        "slOrdPx": "",
        "slTriggerPx": "",
        "slTriggerPxType": "",
        "source": "",
        "state": state_text(order),
        "stpId": "",
        "stpMode": "cancel_maker",
        "sz": _size(order, listing, in_quote=note["tgtCcy"] == QUOTE),
        "tag": note["tag"],
        "tdMode": TRADE_MODES[listing.kind],
        "tgtCcy": note["tgtCcy"],
        "tpOrdPx": "",
        "tpTriggerPx": "",
        "tpTriggerPxType": "",
        "tradeId": str(last.trade_id) if last else "",
        "tradeQuoteCcy": listing.quote if listing.kind is Kind.SPOT else "",
        "uTime": str(order.updated_ms),
    }


def order_event_json(order: Order, listing: Listing, trade: Trade | None, trades: Iterable[Trade]) -> Json:
    """Return a row of the `orders` channel: the order, and the fill that this push tells of, if any."""
    row = order_json(order, listing, trades)
    fill = {
        "fillPx": price_text(listing, trade.price) if trade else "",
        "fillSz": size_text(listing, trade.quantity) if trade else "0",
        "fillTime": str(trade.time_ms) if trade else "",
        "tradeId": str(trade.trade_id) if trade else "",
        "fillFee": fee_text(trade.commission) if trade else "0",
        "fillFeeCcy": trade.commission_asset if trade else "",
        "execType": execution_type(trade) if trade else "",
        "fillNotionalUsd": plain(listing.price(trade.price) * listing.quantity(trade.quantity)) if trade else "",
        "fillPnl": _amount_text(trade.realised) if trade else "0",
    }
    return {**row, **fill, "amendResult": "", "amendSource": "", "code": "0", "msg": "", "reqId": "", "notionalUsd": ""}


def fill_json(trade: Trade, order: Order, listing: Listing) -> Json:
    """Return a row of the fills."""
    return {
        "side": trade.side.name.lower(),
        "fillSz": size_text(listing, trade.quantity),
        "fillPx": price_text(listing, trade.price),
        "fillPxVol": "",
        "fillFwdPx": "",
        "fee": fee_text(trade.commission),
        "fillPnl": _amount_text(trade.realised),
        "ordId": str(trade.order_id),
        "feeRate": "",
        "instType": TYPES[listing.kind],
        "fillPxUsd": "",
        "instId": instrument_id(listing),
        "clOrdId": client_id_text(order),
        "posSide": "net",
        "billId": str(trade.trade_id),
        "subType": "1" if trade.side > 0 else "2",
        "fillMarkVol": "",
        "tag": read_note(order.note)["tag"],
        "fillTime": str(trade.time_ms),
        "execType": execution_type(trade),
        "fillIdxPx": "",
        "tradeId": str(trade.trade_id),
        "fillMarkPx": "",
        "feeCcy": trade.commission_asset,
        "ts": str(trade.time_ms),
    }


def state_text(order: Order) -> str:
    """Return where an order stands."""
    return STATES.get(order.status, "canceled")


def cancel_source(order: Order) -> str:
    """Return why an order has ended, as OKX numbers the reasons; empty while it is open or when it has filled."""
    if order.is_open or order.status is Status.FILLED:
        return ""
    if order.reason in BY_REASON:
        return BY_REASON[order.reason]
    if order.status is Status.PREVENTED:
        return SELF_TRADE
    return order.cancel_note or BY_DURATION.get(order.duration if order.kind is OrderKind.LIMIT else Duration.GTC, BY_SYSTEM)


def execution_type(trade: Trade) -> str:
    """Return maker or taker."""
    return "M" if trade.is_maker else "T"


def fee_text(atoms: int) -> str:
    """Write a commission, negative because it is charged."""
    return _amount_text(-atoms)


def _amount_text(atoms: int) -> str:
    return plain(Decimal(atoms) / ATOMS) if atoms else "0"


def _size(order: Order, listing: Listing, *, in_quote: bool) -> str:
    return plain(Decimal(order.quote_atoms) / ATOMS) if in_quote and order.quote_atoms else size_text(listing, order.quantity)
