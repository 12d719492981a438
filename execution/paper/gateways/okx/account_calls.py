"""OKX's signed reads: own orders, fills, and lists of them."""

from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import Any

from execution.paper.accounts import Account, Order, Trade
from execution.paper.gateways.base import Core
from execution.paper.gateways.okx import wire
from execution.paper.gateways.okx.errors import NO_SUCH_ORDER, ApiError, ItemError, Json
from execution.paper.gateways.okx.instruments import KNOWN_TYPES, TYPES, Instruments, instrument_id
from execution.paper.gateways.okx.order_calls import OrderCalls
from execution.paper.gateways.okx.orders import read_note
from execution.paper.gateways.okx.params import Params, error, page, required, within

UNFILLED_KEPT_MS = 2 * 3_600_000
Call = Callable[[Account, Params, int], list[Any]]


class AccountCalls:
    """What one venue answers about an account's orders and fills; each call returns the rows of `data`."""

    def __init__(self, core: Core, instruments: Instruments, orders: OrderCalls) -> None:
        self._venue, self._instruments, self._orders = core.venue, instruments, orders
        self.calls: dict[str, Call] = {
            "trade/order": self._order,
            "trade/orders-pending": self._pending,
            "trade/orders-history": self._history,
            "trade/orders-history-archive": self._history,
            "trade/fills": self._fills,
            "trade/fills-history": self._typed_fills,
        }

    def row(self, account: Account, order: Order) -> Json:
        """Return an order with what its fills add to it."""
        return wire.order_json(order, self._venue.pairs[order.symbol].listing, trades_of(account, order))

    def _order(self, account: Account, params: Params, now_ms: int) -> list[Any]:
        try:
            order = self._orders.find(account, params)
        except ItemError as refused:
            raise ApiError(refused.code, refused.message) from refused
        if order is None:
            raise ApiError(*NO_SUCH_ORDER)
        return [self.row(account, order)]

    def _pending(self, account: Account, params: Params, now_ms: int) -> list[Any]:
        orders = [order for order in self._venue.open_orders(account) if self._is_asked_for(order, params)]
        return [self.row(account, order) for order in page(orders, params, number=lambda order: order.order_id)]

    def _history(self, account: Account, params: Params, now_ms: int) -> list[Any]:
        """Return orders that have ended; those that never traded are kept for two hours."""
        required(params, "instType")
        orders = [
            order
            for order in self._venue.orders(account)
            if not order.is_open
            and (order.executed or order.updated_ms >= now_ms - UNFILLED_KEPT_MS)
            and within(params, order.created_ms)
            and self._is_asked_for(order, params)
        ]
        return [self.row(account, order) for order in page(orders, params, number=lambda order: order.order_id)]

    def _typed_fills(self, account: Account, params: Params, now_ms: int) -> list[Any]:
        required(params, "instType")
        return self._fills(account, params, now_ms)

    def _fills(self, account: Account, params: Params, now_ms: int) -> list[Any]:
        trades = [
            trade
            for trade in self._venue.trades(account)
            if self._is_of(trade.symbol, params)
            and within(params, trade.time_ms)
            and params.get("ordId") in {None, "", str(trade.order_id)}
        ]
        chosen = page(trades, params, number=lambda trade: trade.trade_id)
        return [wire.fill_json(trade, account.orders[trade.order_id], self._venue.pairs[trade.symbol].listing) for trade in chosen]

    def _is_asked_for(self, order: Order, params: Params) -> bool:
        if not self._is_of(order.symbol, params):
            return False
        types, state = str(params.get("ordType") or ""), params.get("state")
        return (not types or read_note(order.note)["ordType"] in types.split(",")) and state in {None, "", wire.state_text(order)}

    def _is_of(self, symbol: str, params: Params) -> bool:
        listing, kind = self._venue.pairs[symbol].listing, str(params.get("instType") or "")
        if kind and kind not in KNOWN_TYPES:
            raise error("instType")
        return kind in {"", TYPES[listing.kind]} and params.get("instId") in {None, "", instrument_id(listing)}


def trades_of(account: Account, order: Order) -> Iterable[Trade]:
    """Return the fills that make up what an order, or a copy of it from before, has executed; oldest first."""
    missing = account.orders[order.order_id].executed if order.executed else 0
    found: list[Trade] = []
    for trade in reversed(account.trades):
        if missing <= 0:
            break
        if trade.order_id == order.order_id:
            found.append(trade)
            missing -= trade.quantity
    told = accumulate(trade.quantity for trade in reversed(found))
    return [trade for trade, lots in zip(reversed(found), told, strict=True) if lots <= order.executed]
