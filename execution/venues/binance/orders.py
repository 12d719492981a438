"""Orders and executions on Binance, spot and USD-M: what is sent, and how the venue's own strings read."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dipmaster.domain.fills import Execution
from dipmaster.domain.sides import Side
from execution.domain.venue_orders import NewOrder, OrderType, TimeInForce, VenueOrder, VenueOrderStatus
from execution.venues.ccxt.answers import UnreadableAnswer, decimal, mapping, moment, read_side, rows, status_of, text

Raw = Mapping[str, Any]
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


def create_params(order: NewOrder) -> dict[str, Any]:
    """Return what goes to ccxt's create_order besides symbol, side, type, quantity and price."""
    params: dict[str, Any] = {"newClientOrderId": order.client_order_id}
    if order.order_type is OrderType.LIMIT:
        params["timeInForce"] = "PO" if order.time_in_force is TimeInForce.POST_ONLY else order.time_in_force.value
    if order.reduce_only:
        params["reduceOnly"] = True
    return params


def by_client_id(client_order_id: str) -> dict[str, str]:
    """Return the parameter that names an order by our id."""
    return {"origClientOrderId": client_order_id}


def read_order(raw: Any, *, venue: str, symbol: str, client_order_id: str) -> VenueOrder:
    """Read an order as POST, DELETE and GET of `order` answer it; the `fills` of a spot POST become executions.

    Raises:
        UnreadableAnswer: it is not an order, or not the one that was asked for.
    """
    answer = mapping(raw)
    order_id = answer.get("orderId")
    if order_id in (None, ""):
        raise UnreadableAnswer(f"the answer holds no order id: {str(raw)[:200]}")
    # A spot order that was cancelled answers under the id of the cancellation; `origClientOrderId` then holds ours.
    ours = (answer.get("clientOrderId"), answer.get("origClientOrderId"))
    if client_order_id not in ours:
        raise UnreadableAnswer(f"the answer is about {ours}, not about {client_order_id}")
    fills = answer.get("fills") or ()
    return VenueOrder(
        client_order_id=client_order_id,
        venue_order_id=str(order_id),
        status=status_of(answer.get("status"), STATUSES),
        filled_quantity=decimal(answer, "executedQty"),
        executions=tuple(_read_fill(fill, answer, venue=venue, symbol=symbol, client_order_id=client_order_id) for fill in fills),
    )


def _read_fill(raw: Any, answer: Raw, *, venue: str, symbol: str, client_order_id: str) -> Execution:
    """Read one of the fills in the FULL answer to a new spot order: what trades at once has taken liquidity."""
    fill = mapping(raw)
    return Execution(
        venue=venue,
        symbol=symbol,
        trade_id=text(fill, "tradeId"),
        client_order_id=client_order_id,
        venue_order_id=text(answer, "orderId"),
        side=_side(answer.get("side")),
        price=decimal(fill, "price"),
        quantity=decimal(fill, "qty"),
        fee=decimal(fill, "commission"),
        fee_currency=text(fill, "commissionAsset"),
        is_maker=False,
        traded_at=moment(answer.get("transactTime")),
    )


def read_trade(raw: Any, *, venue: str, symbol: str, client_order_id: str | None) -> Execution:
    """Read a row of spot's myTrades (`isBuyer`, `isMaker`) or USD-M's userTrades (`side`, `maker`): both name only the venue's order id."""
    trade = mapping(raw)
    side = _side(trade.get("side")) if "side" in trade else (Side.BUY if trade.get("isBuyer") is True else Side.SELL)
    return Execution(
        venue=venue,
        symbol=symbol,
        trade_id=text(trade, "id"),
        client_order_id=client_order_id,
        venue_order_id=text(trade, "orderId"),
        side=side,
        price=decimal(trade, "price"),
        quantity=decimal(trade, "qty"),
        fee=decimal(trade, "commission"),
        fee_currency=text(trade, "commissionAsset"),
        is_maker=trade.get("isMaker", trade.get("maker")) is True,
        traded_at=moment(trade.get("time")),
    )


def report_client_order_id(report: Raw) -> str:
    """Return our id from an order's report: a spot cancellation carries its own in `c` and the order's in `C`."""
    return str(report.get("C") or report.get("c") or "")


def read_report(report: Raw, *, venue: str, symbol: str, quote: str) -> Execution | None:
    """Read the execution in an executionReport or in the `o` of an ORDER_TRADE_UPDATE; none when it tells of something else than a trade.

    USD-M leaves `n` and `N` out when there was no commission.
    """
    if report.get("x") != "TRADE":
        return None
    return Execution(
        venue=venue,
        symbol=symbol,
        trade_id=text(report, "t"),
        client_order_id=report_client_order_id(report) or None,
        venue_order_id=text(report, "i"),
        side=_side(report.get("S")),
        price=decimal(report, "L"),
        quantity=decimal(report, "l"),
        fee=decimal(report, "n") if "n" in report else Decimal(0),
        fee_currency=str(report.get("N") or quote),
        is_maker=report.get("m") is True,
        traded_at=moment(report.get("T")),
    )


def newest_named(answer: Any, client_order_id: str) -> Any | None:
    """Return the newest order of a list with our id."""
    orders = [row for row in rows(answer) if row.get("clientOrderId") == client_order_id]
    return max(orders, key=lambda row: int(row["orderId"])) if orders else None


def _side(value: Any) -> Side:
    return read_side(str(value).lower())
