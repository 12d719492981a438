"""Read the parameters that many calls share, in Binance's words."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from execution.paper.accounts import Order, Trade
from execution.paper.gateways.binance.errors import ApiError, missing
from execution.paper.pair import Bar, Print

T = TypeVar("T")
Params = Mapping[str, str]
LIST_LIMIT = 1000


def integer(params: Params, name: str) -> int | None:
    """Return a whole number, None when it was not sent."""
    text = params.get(name)
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise ApiError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '^[0-9]{{1,20}}$'.")
    return int(text)


def limit(params: Params, default: int, highest: int) -> int:
    """Return how many rows are wanted."""
    value = integer(params, "limit")
    return min(highest, default if value is None or value == 0 else value)


def order_key(params: Params) -> tuple[int | None, str | None]:
    """Return the venue's id of an order, or the client's."""
    order_id, client_id = integer(params, "orderId"), params.get("origClientOrderId") or None
    if order_id is None and client_id is None:
        raise missing("orderId")
    return order_id, client_id


def window(items: list[T], params: Params, *, newest: bool) -> list[T]:
    """Return the newest rows, or the first ones."""
    most = limit(params, 500, LIST_LIMIT)
    return items[-most:] if newest else items[:most]


def chosen_prints(tape: Iterable[Print], params: Params) -> list[Print]:
    """Return public trades, newest or from an id or a time on."""
    from_id, start, end = integer(params, "fromId"), integer(params, "startTime"), integer(params, "endTime")
    chosen = [trade for trade in tape if trade.trade_id >= (from_id or 0) and _is_between(trade.time_ms, start, end)]
    return window(chosen, params, newest=from_id is None and start is None)


def chosen_bars(bars: Iterable[Bar], params: Params) -> list[Bar]:
    """Return minute bars, newest or from a time on."""
    if params.get("interval") != "1m":
        raise ApiError(-1120, "Invalid interval.")
    start, end = integer(params, "startTime"), integer(params, "endTime")
    return window([bar for bar in bars if _is_between(bar.open_ms, start, end)], params, newest=start is None)


def chosen_orders(orders: Iterable[Order], params: Params) -> list[Order]:
    """Return own orders, newest or from an id or a time on."""
    from_id, start, end = integer(params, "orderId"), integer(params, "startTime"), integer(params, "endTime")
    chosen = [order for order in orders if order.order_id >= (from_id or 0) and _is_between(order.created_ms, start, end)]
    return window(chosen, params, newest=from_id is None and start is None)


def chosen_trades(trades: Iterable[Trade], params: Params) -> list[Trade]:
    """Return own trades: of an order, newest, or from an id or a time on."""
    from_id, start, end, order_id = (integer(params, name) for name in ("fromId", "startTime", "endTime", "orderId"))
    chosen = [
        trade
        for trade in trades
        if trade.trade_id >= (from_id or 0) and order_id in {None, trade.order_id} and _is_between(trade.time_ms, start, end)
    ]
    return window(chosen, params, newest=from_id is None and start is None)


def _is_between(time_ms: int, start: int | None, end: int | None) -> bool:
    return (start is None or time_ms >= start) and (end is None or time_ms <= end)
