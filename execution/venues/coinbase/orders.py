"""Coinbase's orders and fills in its own words; sizes are in base currency.

What bounds a late order: there is no receive window. A request carries a token with an end, by the venue's clock: two minutes after
it was signed, if ccxt signs, the time-out after it with ours (see `tokens`); no leeway of the venue's is published. Since a token
that is not yet valid is refused too, no error in what we know of the venue's clock makes an order come later than twice the
time-out (and two seconds, tokens count whole ones) after it was signed. NOT_AT_VENUE may rely on denials that come after that.
The venue denies an order for a moment after it has taken it, too: one denial alone proves nothing.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog

from dipmaster.domain.fills import Execution
from dipmaster.domain.sides import Side
from execution.domain.venue_orders import NewOrder, OrderType, TimeInForce, VenueOrder, VenueOrderStatus
from execution.venues.ccxt.answers import UnreadableAnswer, decimal, mapping, open_order, require_ours, rows, status_of, text

log = structlog.get_logger()
PAGE = 250
IDS_A_REQUEST = 50
LOOKBACK = timedelta(days=7)
"""How old an order that has ended may be and still be found by our id. Lookups start when an order is sent and go on until it is
found: only a desk that was down for longer comes too late, and finds the fills all the same."""
DERIVED_QUANTITY = Decimal("1E-12")
STATUSES = {
    "PENDING": VenueOrderStatus.OPEN,
    "QUEUED": VenueOrderStatus.OPEN,
    "OPEN": VenueOrderStatus.OPEN,
    "EDIT_QUEUED": VenueOrderStatus.OPEN,
    "CANCEL_QUEUED": VenueOrderStatus.OPEN,
    "FILLED": VenueOrderStatus.FILLED,
    "CANCELLED": VenueOrderStatus.CANCELLED,
    "EXPIRED": VenueOrderStatus.CANCELLED,
    "FAILED": VenueOrderStatus.REJECTED,
}
SIDES = {"BUY": Side.BUY, "SELL": Side.SELL}
Call = Callable[[dict[str, Any]], Awaitable[Any]]


def create_params(order: NewOrder) -> dict[str, Any]:
    """Return what goes to ccxt's create_order; a market order's size is given in base currency, which ccxt does for sales only."""
    params: dict[str, Any] = {"client_order_id": order.client_order_id}
    if order.order_type is OrderType.MARKET:
        params["order_configuration"] = {"market_market_ioc": {"base_size": f"{order.quantity:f}"}}
    else:
        params["timeInForce"] = "PO" if order.time_in_force is TimeInForce.POST_ONLY else order.time_in_force.value
    return params


def read_created(raw: Any, client_order_id: str) -> VenueOrder:
    """Read the `success_response` to a new order: it is open until the venue says otherwise.

    Raises:
        UnreadableAnswer: it names no order, or another one.
    """
    told = mapping(raw)
    require_ours(told.get("client_order_id"), client_order_id)
    return open_order(client_order_id, text(told, "order_id"))


def read_order(raw: Any, client_order_id: str) -> VenueOrder:
    """Read an order of orders/historical.

    Raises:
        UnreadableAnswer: it is not an order, or another one.
    """
    order = mapping(raw)
    require_ours(order.get("client_order_id"), client_order_id)
    return VenueOrder(
        client_order_id=client_order_id,
        venue_order_id=text(order, "order_id"),
        status=status_of(order.get("status"), STATUSES),
        filled_quantity=_size(order, "filled_size"),
    )


def read_fill(raw: Any, *, venue: str, symbol: str, fee_currency: str, client_order_id: str | None) -> Execution:
    """Read a row of orders/historical/fills; its commission is in quote currency always.

    Raises:
        UnreadableAnswer: a figure is missing or not positive.
    """
    fill = mapping(raw)
    price, size, side = _size(fill, "price"), _size(fill, "size"), SIDES.get(str(fill.get("side")))
    if side is None or not price or not size:
        raise UnreadableAnswer(f"not a fill: {str(raw)[:200]}")
    return Execution(
        venue=venue,
        symbol=symbol,
        trade_id=text(fill, "trade_id"),
        client_order_id=client_order_id,
        venue_order_id=text(fill, "order_id"),
        side=side,
        price=price,
        quantity=(size / price).quantize(DERIVED_QUANTITY) if fill.get("size_in_quote") is True else size,
        fee=decimal(fill, "commission"),
        fee_currency=fee_currency,
        is_maker=fill.get("liquidity_indicator") == "MAKER",
        traded_at=moment(fill.get("trade_time")),
    )


def moment(value: Any) -> datetime:
    """Read a time of RFC 3339; digits beyond microseconds are cut off.

    Raises:
        UnreadableAnswer: it is none.
    """
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise UnreadableAnswer(f"{value!r} is not a time") from error
    if at.tzinfo is None:
        raise UnreadableAnswer(f"{value!r} names no time zone")
    return at.astimezone(UTC)


def stamp(at: datetime) -> str:
    """Write a time of RFC 3339."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


async def find_listed(exchange: Any, product_id: str, client_order_id: str) -> Mapping[str, Any] | None:
    """Return the order with our id: among the open ones, then in the history; the venue has no lookup by our id."""
    for within in ({"order_status": ["OPEN"]}, {"start_date": stamp(datetime.now(UTC) - LOOKBACK)}):
        async for order in listed(exchange, {"product_ids": [product_id], **within}):
            if order.get("client_order_id") == client_order_id:
                return order
    return None


async def client_order_ids(exchange: Any, order_ids: Iterable[str]) -> dict[str, str]:
    """Return our ids by the venue's."""
    wanted, found = sorted(set(order_ids)), {}
    for start in range(0, len(wanted), IDS_A_REQUEST):
        async for order in listed(exchange, {"order_ids": wanted[start : start + IDS_A_REQUEST]}):
            found[text(order, "order_id")] = str(order.get("client_order_id") or "")
    return {order_id: ours for order_id, ours in found.items() if ours}


def listed(exchange: Any, within: Mapping[str, Any]) -> AsyncIterator[Mapping[str, Any]]:
    """Yield orders, page after page."""
    return pages(exchange.v3PrivateGetBrokerageOrdersHistoricalBatch, "orders", within)


async def fills(exchange: Any, within: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return fills, all pages, oldest first; corrections, which are no trades, are told in the log and left out."""
    found = [fill async for fill in pages(exchange.v3PrivateGetBrokerageOrdersHistoricalFills, "fills", within)]
    for fill in found:
        if fill.get("trade_type") != "FILL":
            log.error("fill_is_no_trade", kind=fill.get("trade_type"), trade_id=fill.get("trade_id"), order_id=fill.get("order_id"))
    trades = {text(fill, "trade_id"): fill for fill in found if fill.get("trade_type") == "FILL"}
    return sorted(trades.values(), key=lambda fill: moment(fill.get("trade_time")))


async def pages(call: Call, name: str, within: Mapping[str, Any]) -> AsyncIterator[Mapping[str, Any]]:
    """Yield rows, page after page, as far as the venue says that there are more."""
    cursor = ""
    while True:
        answer = mapping(await call({"limit": PAGE, **within, **({"cursor": cursor} if cursor else {})}))
        for row in rows(answer.get(name)):
            yield mapping(row)
        following = str(answer.get("cursor") or "")
        if not following or answer.get("has_next") is False:
            return
        if following == cursor:
            raise UnreadableAnswer(f"the pages of {name} go round in a circle")
        cursor = following


def _size(raw: Mapping[str, Any], name: str) -> Decimal:
    number = decimal(raw, name)
    if number < 0:
        raise UnreadableAnswer(f"{name} is negative: {str(raw)[:200]}")
    return number
