"""How OKX takes, finds and tells orders: from the venue's own strings, sizes of swaps in contracts, fees negative when charged."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ccxt.base.errors import BaseError

from dipmaster.domain.fills import Execution
from execution.domain.venue_orders import NewOrder, OrderType, TimeInForce, VenueOrder, VenueOrderStatus
from execution.venues.ccxt.answers import (
    UnreadableAnswer,
    decimal,
    mapping,
    moment,
    open_order,
    read_side,
    require_ours,
    rows,
    status_of,
    text,
)
from execution.venues.ccxt.contracts import to_base
from execution.venues.ccxt.exchange import denies_the_order

PAGE = 100  # the most that one answer holds
PENDING_PAGES = 20
HISTORY_PAGES = 3  # an order that is looked for in the history is minutes old; `trade/order` knows the older ones
TIME_IN_FORCE = {TimeInForce.IOC: "IOC", TimeInForce.FOK: "FOK", TimeInForce.POST_ONLY: "PO"}
STATUSES = {
    "live": VenueOrderStatus.OPEN,
    "partially_filled": VenueOrderStatus.OPEN,
    "filled": VenueOrderStatus.FILLED,
    "canceled": VenueOrderStatus.CANCELLED,
    "mmp_canceled": VenueOrderStatus.CANCELLED,
}
Raw = Mapping[str, Any]
Fetch = Callable[[dict[str, Any]], Awaitable[Any]]


def create_params(order: NewOrder) -> dict[str, Any]:
    """Return what goes to ccxt's create_order beside symbol, side, type, amount and price."""
    params: dict[str, Any] = {"clOrdId": order.client_order_id}
    if order.order_type is OrderType.LIMIT and order.time_in_force in TIME_IN_FORCE:
        params["timeInForce"] = TIME_IN_FORCE[order.time_in_force]
    if order.reduce_only:
        params["reduceOnly"] = True
    return params


def read_created(raw: Any, client_order_id: str) -> VenueOrder:
    """Read the acknowledgement of a new order.

    Raises:
        UnreadableAnswer: it does not prove that the venue has this order.
    """
    item = mapping(raw)
    if item.get("sCode") != "0":
        raise UnreadableAnswer(f"the acknowledgement's sCode is {item.get('sCode')!r}")
    require_ours(item.get("clOrdId"), client_order_id)
    return open_order(client_order_id, text(item, "ordId"))


def read_order(raw: Any, market: Any, *, client_order_id: str) -> VenueOrder:
    """Read an order as `trade/order` and the lists of orders tell it.

    Raises:
        UnreadableAnswer: it is not an order, or not the one that was asked for.
    """
    order = mapping(raw)
    require_ours(order.get("clOrdId"), client_order_id)
    return VenueOrder(
        client_order_id=client_order_id,
        venue_order_id=text(order, "ordId"),
        status=status_of(order.get("state"), STATUSES),
        filled_quantity=to_base(decimal(order, "accFillSz"), market),
    )


def read_fill(raw: Any, market: Any, *, venue: str, symbol: str) -> Execution:
    """Read a row of the fills; `fee` is negative when it was charged and positive when it is a rebate.

    Raises:
        UnreadableAnswer: a figure is missing.
    """
    fill = mapping(raw)
    return Execution(
        venue=venue,
        symbol=symbol,
        trade_id=text(fill, "tradeId"),
        client_order_id=str(fill.get("clOrdId") or "") or None,
        venue_order_id=text(fill, "ordId"),
        side=read_side(fill.get("side")),
        price=decimal(fill, "fillPx"),
        quantity=to_base(decimal(fill, "fillSz"), market),
        fee=-decimal(fill, "fee"),
        fee_currency=text(fill, "feeCcy"),
        is_maker=fill.get("execType") == "M",
        traded_at=moment(fill.get("fillTime") or fill.get("ts")),
    )


async def find(exchange: Any, market: Any, *, client_order_id: str, venue_order_id: str | None) -> Any:
    """Return the venue's own record of an order: by our id, by the venue's, among open orders, in the history; None when all deny it."""
    name = {"instId": market["id"]}
    for key in ({"clOrdId": client_order_id}, {"ordId": venue_order_id} if venue_order_id else None):
        found = await _by_id(exchange, {**name, **key}) if key else None
        if found is not None:
            return found
    where = {**name, "instType": instrument_type(market)}
    for fetch, most in ((exchange.privateGetTradeOrdersPending, PENDING_PAGES), (exchange.privateGetTradeOrdersHistory, HISTORY_PAGES)):
        for row in await pages(fetch, where, key="ordId", most=most):
            if row.get("clOrdId") == client_order_id:
                return row
    return None


async def fills(exchange: Any, market: Any, where: dict[str, Any], *, is_recent: bool) -> list[Raw]:
    """Return the account's fills in one instrument, all pages, oldest first.

    `trade/fills` knows three days and is allowed six times as often as `trade/fills-history`, which knows three months.
    """
    fetch = exchange.privateGetTradeFills if is_recent else exchange.privateGetTradeFillsHistory
    request = {"instType": instrument_type(market), "instId": market["id"], **where}
    return list(reversed(await pages(fetch, request, key="billId", most=None)))


async def pages(fetch: Fetch, where: dict[str, Any], *, key: str, most: int | None) -> list[Raw]:
    """Return the rows of a list, newest first; the next page holds what is older than the last row's `key`."""
    found: list[Raw] = []
    count, after = 0, dict[str, str]()
    while most is None or count < most:
        page = [mapping(row) for row in rows(mapping(await fetch({**where, "limit": str(PAGE), **after})).get("data"))]
        found += page
        count += 1
        if len(page) < PAGE:
            break
        after = {"after": text(page[-1], key)}
    return found


def instrument_type(market: Any) -> str:
    """Return OKX's word for a kind of instrument."""
    return "SWAP" if market["swap"] else "SPOT"


async def _by_id(exchange: Any, request: dict[str, Any]) -> Raw | None:
    try:
        answer = mapping(await exchange.privateGetTradeOrder(request))
    except BaseError as error:
        if denies_the_order(error):
            return None
        raise
    found = rows(answer.get("data"))
    if len(found) != 1:
        raise UnreadableAnswer(f"{len(found)} orders of one id: {str(answer)[:200]}")
    return mapping(found[0])
