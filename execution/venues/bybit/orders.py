"""How Bybit tells of orders, executions and positions, and where they are found; rows are the same over REST and on the private stream.

Acknowledgements tell only that a request was taken in: https://bybit-exchange.github.io/docs/v5/order/create-order. What became of
the order is told by order/realtime (open, and the last 500 ended), by order/history and by execution/list.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dipmaster.domain.fills import Execution
from dipmaster.domain.instruments import InstrumentKind, parse_symbol
from dipmaster.domain.sides import Side
from execution.domain.venue_orders import VenueOrder, VenueOrderStatus, VenuePosition
from execution.venues.bybit.pages import Call, all_rows
from execution.venues.ccxt.answers import (
    UnreadableAnswer,
    decimal,
    mapping,
    moment,
    open_order,
    optional_decimal,
    require_ours,
    status_of,
    text,
)

SPOT, LINEAR = "spot", "linear"
ORDERS_PAGE, EXECUTIONS_PAGE = 50, 100
STATUSES = {
    "Created": VenueOrderStatus.OPEN,
    "New": VenueOrderStatus.OPEN,
    "PartiallyFilled": VenueOrderStatus.OPEN,
    "PendingCancel": VenueOrderStatus.OPEN,
    "Filled": VenueOrderStatus.FILLED,
    "Cancelled": VenueOrderStatus.CANCELLED,
    "PartiallyFilledCanceled": VenueOrderStatus.CANCELLED,  # spot's word for an order that traded in part
    "Deactivated": VenueOrderStatus.CANCELLED,
    "Rejected": VenueOrderStatus.REJECTED,
}
TRADES = frozenset({"Trade", "AdlTrade", "BustTrade", "BlockTrade", "MovePosition", "Settle", "Delivery"})
"""Executions that change a balance or position by their quantity; Funding does not."""


def category_of(symbol: str) -> str:
    """Return Bybit's category of a house symbol."""
    return SPOT if parse_symbol(symbol).kind is InstrumentKind.SPOT else LINEAR


def read_created(raw: Any, client_order_id: str) -> VenueOrder:
    """Read the acknowledgement of a new order: it is open until the venue says otherwise.

    Raises:
        UnreadableAnswer: it names no order, or another one.
    """
    created = mapping(raw)
    require_ours(created.get("orderLinkId"), client_order_id)
    return open_order(client_order_id, text(created, "orderId"))


def read_order(raw: Any, *, client_order_id: str) -> VenueOrder:
    """Read a row of order/realtime, order/history or the order topic, without executions.

    Raises:
        UnreadableAnswer: it is not an order, or not the one that was asked for.
    """
    row = mapping(raw)
    require_ours(row.get("orderLinkId"), client_order_id)
    return VenueOrder(
        client_order_id=client_order_id,
        venue_order_id=text(row, "orderId"),
        status=status_of(row.get("orderStatus"), STATUSES),
        filled_quantity=decimal(row, "cumExecQty"),
    )


def is_trade(raw: Any) -> bool:
    """Tell whether a row of executions is one: funding is told among them."""
    return str(mapping(raw).get("execType")) in TRADES


def read_execution(raw: Any, *, venue: str, symbol: str) -> Execution:
    """Read a row of execution/list or of the execution topic.

    Raises:
        UnreadableAnswer: a figure is missing.
    """
    row = mapping(raw)
    side = read_side(row.get("side"))
    return Execution(
        venue=venue,
        symbol=symbol,
        trade_id=text(row, "execId"),
        client_order_id=str(row.get("orderLinkId") or "") or None,
        venue_order_id=text(row, "orderId"),
        side=side,
        price=decimal(row, "execPrice"),
        quantity=decimal(row, "execQty"),
        fee=decimal(row, "execFee") if row.get("execFee") else Decimal(0),
        fee_currency=_fee_currency(row, symbol, side),
        is_maker=row.get("isMaker") is True,
        traded_at=moment(row.get("execTime")),
    )


def _fee_currency(row: Mapping[str, Any], symbol: str, side: Side) -> str:
    """Return what the fee was taken in: told as `feeCurrency` over REST and `feeCoin` on the stream, else by Bybit's rule.

    The rule of spot: what is received; a rebate (a negative fee) is paid in the other one. Perpetuals: the settlement currency.
    Source: https://bybit-exchange.github.io/docs/v5/enum#spot-fee-currency-instruction.
    """
    told = row.get("feeCurrency") or row.get("feeCoin")
    if told:
        return str(told)
    instrument = parse_symbol(symbol)
    if instrument.kind is not InstrumentKind.SPOT:
        return instrument.quote
    is_rebate = str(row.get("execFee", "")).startswith("-")
    return instrument.base if (side is Side.BUY) is not is_rebate else instrument.quote


def read_side(value: Any) -> Side:
    """Return a side.

    Raises:
        UnreadableAnswer: it is none.
    """
    if value not in ("Buy", "Sell"):
        raise UnreadableAnswer(f"the side is {value!r}")
    return Side.BUY if value == "Buy" else Side.SELL


def read_position(raw: Any, *, symbol: str) -> VenuePosition | None:
    """Read a row of position/list; none when it is flat.

    Raises:
        UnreadableAnswer: a figure is missing.
    """
    row = mapping(raw)
    quantity = decimal(row, "size")
    if not quantity:
        return None
    return VenuePosition(
        symbol=symbol,
        quantity=quantity if read_side(row.get("side")) is Side.BUY else -quantity,
        entry_price=decimal(row, "avgPrice"),
        leverage=optional_decimal(row, "leverage"),
        unrealised=optional_decimal(row, "unrealisedPnl"),
    )


async def find(exchange: Any, symbol: str, *, client_order_id: str, venue_order_id: str | None) -> Any | None:
    """Return the venue's own record of an order: by our id and the venue's wherever there are orders, then among all that are open.

    Raises:
        UnreadableAnswer: the orders deny it, but there are executions of it.
    """
    request = _instrument(exchange, symbol)
    keys = [{"orderLinkId": client_order_id}, *([{"orderId": venue_order_id}] if venue_order_id else [])]
    places: tuple[tuple[Call, dict[str, int]], ...] = (
        (exchange.privateGetV5OrderRealtime, {}),
        (exchange.privateGetV5OrderRealtime, {"openOnly": 1}),  # the last ones that ended, before they are in the history
        (exchange.privateGetV5OrderHistory, {}),
    )
    for call, how in places:
        for key in keys:
            found = await all_rows(call, {**request, **how, **key})
            if found:
                return found[0]
    for row in await all_rows(exchange.privateGetV5OrderRealtime, {**request, "limit": ORDERS_PAGE}):
        if mapping(row).get("orderLinkId") == client_order_id:
            return row
    if await all_rows(exchange.privateGetV5ExecutionList, {**request, **keys[0]}):
        raise UnreadableAnswer(f"there are executions of {client_order_id}, but the order is not told")
    return None


async def executions(exchange: Any, *within: Mapping[str, Any], venue: str, symbol: str) -> tuple[Execution, ...]:
    """Return the trades in one instrument within an order or within windows of time, each once, oldest first."""
    request = {**_instrument(exchange, symbol), "limit": EXECUTIONS_PAGE}
    found = [row for where in within for row in await all_rows(exchange.privateGetV5ExecutionList, {**request, **where})]
    read = {row["execId"]: read_execution(row, venue=venue, symbol=symbol) for row in found if is_trade(row)}
    return tuple(sorted(read.values(), key=lambda execution: (execution.traded_at, execution.trade_id)))


def _instrument(exchange: Any, symbol: str) -> dict[str, Any]:
    """Return what names an instrument: its category and the venue's own symbol."""
    return {"category": category_of(symbol), "symbol": str(exchange.market_id(parse_symbol(symbol).ccxt_symbol))}
