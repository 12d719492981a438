"""Binance's spot protocol: what is sent beside the order, and how its raw answers read.

Everything is read from the venue's own strings (`info` in ccxt), never from ccxt's floats.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from dipmaster.domain.fills import Execution
from dipmaster.domain.instruments import Listing
from dipmaster.domain.sides import Side
from execution.domain.venue_orders import NewOrder, OrderType, TimeInForce, VenueOrder, VenueOrderStatus

Raw = Mapping[str, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STATUSES = {
    "NEW": VenueOrderStatus.OPEN,
    "PENDING_NEW": VenueOrderStatus.OPEN,
    "PARTIALLY_FILLED": VenueOrderStatus.OPEN,
    "PENDING_CANCEL": VenueOrderStatus.OPEN,
    "FILLED": VenueOrderStatus.FILLED,
    "CANCELED": VenueOrderStatus.CANCELLED,
    "EXPIRED": VenueOrderStatus.CANCELLED,
    "EXPIRED_IN_MATCH": VenueOrderStatus.CANCELLED,
    "REJECTED": VenueOrderStatus.REJECTED,
}


class UnreadableAnswer(ValueError):
    """The answer is not what the protocol promises; nothing is proven."""


def order_params(order: NewOrder) -> dict[str, str]:
    """Return what goes to ccxt's create_order besides symbol, side, type, quantity and price."""
    params = {"newClientOrderId": order.client_order_id}
    if order.order_type is OrderType.LIMIT:
        params["timeInForce"] = {TimeInForce.GTC: "GTC", TimeInForce.IOC: "IOC", TimeInForce.POST_ONLY: "PO"}[order.time_in_force]
    return params


def by_client_id(client_order_id: str) -> dict[str, str]:
    """Return the parameter that names an order by our id."""
    return {"origClientOrderId": client_order_id}


def read_order(raw: Any, *, venue: str, symbol: str, client_order_id: str) -> VenueOrder:
    """Read an order as POST, DELETE and GET /api/v3/order answer it; POST's `fills` become executions.

    Raises:
        UnreadableAnswer: it is not an order, or not the one that was asked for.
    """
    answer = _object(raw)
    order_id = answer.get("orderId")
    if order_id in (None, ""):
        raise UnreadableAnswer(f"the answer holds no order id: {str(raw)[:200]}")
    # An order that was cancelled answers under the id of the cancellation; `origClientOrderId` then holds ours.
    ours = (answer.get("clientOrderId"), answer.get("origClientOrderId"))
    if client_order_id not in ours:
        raise UnreadableAnswer(f"the answer is about {ours}, not about {client_order_id}")
    status = STATUSES.get(str(answer.get("status")))
    if status is None:
        raise UnreadableAnswer(f"the answer's status is {answer.get('status')!r}")
    fills = answer.get("fills") or ()
    return VenueOrder(
        client_order_id=client_order_id,
        venue_order_id=str(order_id),
        status=status,
        filled_quantity=_decimal(answer, "executedQty"),
        executions=tuple(_read_fill(fill, answer, venue=venue, symbol=symbol, client_order_id=client_order_id) for fill in fills),
    )


def _read_fill(raw: Any, answer: Raw, *, venue: str, symbol: str, client_order_id: str) -> Execution:
    """Read one of the fills in the FULL answer to a new order: what trades at once has taken liquidity."""
    fill = _object(raw)
    return Execution(
        venue=venue,
        symbol=symbol,
        trade_id=_text(fill, "tradeId"),
        client_order_id=client_order_id,
        venue_order_id=_text(answer, "orderId"),
        side=_side(answer.get("side")),
        price=_decimal(fill, "price"),
        quantity=_decimal(fill, "qty"),
        fee=_decimal(fill, "commission"),
        fee_currency=_text(fill, "commissionAsset"),
        is_maker=False,
        traded_at=_time(answer, "transactTime"),
    )


def read_trade(raw: Any, *, venue: str, symbol: str, client_order_id: str | None) -> Execution:
    """Read a row of GET /api/v3/myTrades, which names the order by the venue's id alone."""
    trade = _object(raw)
    return Execution(
        venue=venue,
        symbol=symbol,
        trade_id=_text(trade, "id"),
        client_order_id=client_order_id,
        venue_order_id=_text(trade, "orderId"),
        side=Side.BUY if trade.get("isBuyer") is True else Side.SELL,
        price=_decimal(trade, "price"),
        quantity=_decimal(trade, "qty"),
        fee=_decimal(trade, "commission"),
        fee_currency=_text(trade, "commissionAsset"),
        is_maker=trade.get("isMaker") is True,
        traded_at=_time(trade, "time"),
    )


def report_client_order_id(report: Raw) -> str:
    """Return our id from an executionReport: a cancellation carries its own in `c` and the order's in `C`."""
    return str(report.get("C") or report.get("c") or "")


def read_report(report: Raw, *, venue: str, symbol: str) -> Execution | None:
    """Read the execution in an executionReport event; none when it tells of something else than a trade."""
    if report.get("x") != "TRADE":
        return None
    return Execution(
        venue=venue,
        symbol=symbol,
        trade_id=_text(report, "t"),
        client_order_id=report_client_order_id(report) or None,
        venue_order_id=_text(report, "i"),
        side=_side(report.get("S")),
        price=_decimal(report, "L"),
        quantity=_decimal(report, "l"),
        fee=_decimal(report, "n"),
        fee_currency=_text(report, "N"),
        is_maker=report.get("m") is True,
        traded_at=_time(report, "T"),
    )


def read_listing(raw: Any, *, venue: str, symbol: str, maker_fee_bps: Decimal, taker_fee_bps: Decimal) -> Listing:
    """Read the filters of a symbol of GET /api/v3/exchangeInfo."""
    filters = {_object(item).get("filterType"): _object(item) for item in _object(raw).get("filters", ())}
    try:
        price, lot = filters["PRICE_FILTER"], filters["LOT_SIZE"]
    except KeyError as error:
        raise UnreadableAnswer(f"{symbol} is listed without the filter {error}") from error
    notional = filters.get("NOTIONAL") or filters.get("MIN_NOTIONAL")
    return Listing(
        venue=venue,
        symbol=symbol,
        tick=_decimal(price, "tickSize"),
        lot=_decimal(lot, "stepSize"),
        min_quantity=_decimal(lot, "minQty"),
        max_quantity=_decimal(lot, "maxQty"),
        min_notional=_decimal(notional, "minNotional") if notional else Decimal(0),
        maker_fee_bps=maker_fee_bps,
        taker_fee_bps=taker_fee_bps,
    )


def read_balances(raw: Any) -> dict[str, Decimal]:
    """Read GET /api/v3/account: free plus locked, by asset, zeros left out."""
    rows = [_object(row) for row in _object(raw).get("balances", ())]
    owned = {_text(row, "asset"): _decimal(row, "free") + _decimal(row, "locked") for row in rows}
    return {asset: amount for asset, amount in owned.items() if amount}


def milliseconds(moment: datetime) -> int:
    """Return the venue's time stamp of a moment."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def _object(raw: Any) -> Raw:
    if not isinstance(raw, Mapping):
        raise UnreadableAnswer(f"not an object: {str(raw)[:200]}")
    return raw


def rows(raw: Any) -> Sequence[Any]:
    """Return a list answer as it is.

    Raises:
        UnreadableAnswer: it is no list.
    """
    if not isinstance(raw, list):
        raise UnreadableAnswer(f"not a list: {str(raw)[:200]}")
    return raw


def _text(raw: Raw, name: str) -> str:
    value = raw.get(name)
    if value in (None, ""):
        raise UnreadableAnswer(f"{name} is missing: {str(raw)[:200]}")
    return str(value)


def _decimal(raw: Raw, name: str) -> Decimal:
    value = raw.get(name)
    try:
        number = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise UnreadableAnswer(f"{name} is {value!r}, not a decimal in a string")
    return number


def _time(raw: Raw, name: str) -> datetime:
    try:
        return EPOCH + timedelta(milliseconds=int(raw[name]))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise UnreadableAnswer(f"{name} is {raw.get(name)!r}, not a time in milliseconds") from error


def _side(value: Any) -> Side:
    if value not in ("BUY", "SELL"):
        raise UnreadableAnswer(f"the side is {value!r}")
    return Side.BUY if value == "BUY" else Side.SELL
