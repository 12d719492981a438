"""Bybit's signed calls about orders and executions: `/v5/order/...` and `/v5/execution/list`."""

from dataclasses import dataclass
from typing import Any

from execution.paper.accounts import Account, Order, Status, Trade
from execution.paper.gateways.base import Core
from execution.paper.gateways.bybit import paging, wire
from execution.paper.gateways.bybit.errors import ended_refused, order_refused, parameter_error, reduce_only_refused, refused
from execution.paper.gateways.bybit.names import KINDS, Names, Params, category
from execution.paper.gateways.bybit.orders import read_order
from execution.paper.listings import Listing
from execution.paper.refusals import Reason, Refused

ENDED_KEPT = 500
"""So many ended orders of a category are still told by order/realtime."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of executions, with the time and number that it is sorted by."""

    key: paging.Key
    content: wire.Json


class OrderCalls:
    """What an account's owner may do and ask about its orders."""

    def __init__(self, core: Core, names: Names) -> None:
        self._venue, self._names = core.venue, names
        self.trades = wire.TradesByOrder()

    def create(self, account: Account, params: Params, now_ms: int) -> Any:
        """Take a new order; the answer holds its ids and nothing else."""
        listing = self._names.order_pair(params).listing
        request = read_order(params, listing)
        try:
            order, _ = self._venue.place(account, request, now_ms)
        except Refused as error:
            if error.reason is Reason.REDUCE_ONLY and request.reduce_only:
                raise reduce_only_refused(account.position(listing.symbol).lots, request.side) from error
            raise order_refused(error.reason, listing, request) from error
        return _ids(order)

    def cancel(self, account: Account, params: Params, now_ms: int) -> Any:
        """Cancel an order by its id or its client id."""
        listing = self._names.order_pair(params).listing
        if not _is_named(params):
            raise parameter_error("params error: orderId or orderLinkId is required")
        order = next(iter(self._named(account, params)), None)
        if order is None:
            raise refused(Reason.UNKNOWN_ORDER, listing.kind)
        try:
            return _ids(self._venue.cancel(account, order, now_ms, note=wire.BY_USER))
        except Refused as error:
            if error.reason is Reason.ORDER_ENDED:
                raise ended_refused(listing.kind, is_filled=order.status is Status.FILLED) from error
            raise refused(error.reason, listing.kind) from error

    def cancel_all(self, account: Account, params: Params, now_ms: int) -> Any:
        """Cancel the open orders of a symbol, a coin or a category."""
        self._require_selector(params)
        cancelled = []
        for order in self._of(self._venue.open_orders(account), params):
            try:
                cancelled.append(_ids(self._venue.cancel(account, order, now_ms, note=wire.BY_USER)))
            except Refused as error:
                if error.reason is not Reason.ORDER_ENDED:  # it traded just now: there is nothing to cancel
                    raise
        return {"list": cancelled, "success": "1"}

    def live(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return open orders, ended ones with openOnly=1, or the one that is named, whatever its state."""
        if _is_named(params):
            return self._page(account, self._named(account, params), params)
        self._require_selector(params)
        if params.get("openOnly", "0") == "0":
            return self._page(account, self._of(self._venue.open_orders(account), params), params)
        ended = [order for order in self._of(self._venue.orders(account), params) if not order.is_open]
        return self._page(account, ended[-ENDED_KEPT:], params)

    def history(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return ended orders of at most seven days."""
        first, last = paging.time_range(params, now_ms)
        if _is_named(params):
            return self._page(account, [order for order in self._named(account, params) if not order.is_open], params)
        told = self._of(self._venue.orders(account), params)
        return self._page(account, [order for order in told if not order.is_open and first <= order.created_ms <= last], params)

    def executions(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return executions of at most seven days, or of the order that is named."""
        wanted = category(params)
        first, last = paging.time_range(params, now_ms)
        if _is_named(params):
            chosen = [
                self._trade_row(account, trade)
                for order in self._named(account, params)
                for trade in self.trades.of(account, order.order_id)
            ]
        else:
            told = [*self._trade_rows(account, params, first, last), *self._funding_rows(account, params, first, last)]
            chosen = [row for row in told if params.get("execType") in {None, "", row.content["execType"]}]
        rows, following = paging.page(chosen, params, lambda row: row.key, default=50, highest=100)
        return {"category": wanted, "list": [row.content for row in rows], "nextPageCursor": following}

    def _trade_rows(self, account: Account, params: Params, first: int, last: int) -> list[_Row]:
        symbols = self._names.selected(params)
        trades = self._venue.trades(account)
        return [self._trade_row(account, trade) for trade in trades if trade.symbol in symbols and first <= trade.time_ms <= last]

    def _funding_rows(self, account: Account, params: Params, first: int, last: int) -> list[_Row]:
        symbols = self._names.selected(params)
        return [
            _Row((payment.time_ms, number), wire.funding_json(payment, self._listing(payment.symbol)))
            for number, payment in enumerate(account.funding)
            if payment.symbol in symbols and first <= payment.time_ms <= last
        ]

    def _trade_row(self, account: Account, trade: Trade) -> _Row:
        listing, order = self._listing(trade.symbol), account.orders[trade.order_id]
        return _Row((trade.time_ms, trade.trade_id), wire.execution_json(trade, order, listing, self._venue.profile))

    def _page(self, account: Account, orders: list[Order], params: Params) -> Any:
        rows, following = paging.page(orders, params, _order_key, default=20, highest=50)
        return {"category": params["category"], "list": [self._row(account, order) for order in rows], "nextPageCursor": following}

    def _row(self, account: Account, order: Order) -> Any:
        return wire.order_json(order, self._listing(order.symbol), self.trades.of(account, order.order_id))

    def _listing(self, symbol: str) -> Listing:
        return self._venue.pairs[symbol].listing

    def _of(self, orders: list[Order], params: Params) -> list[Order]:
        symbols = self._names.selected(params)
        return [order for order in orders if order.symbol in symbols]

    def _named(self, account: Account, params: Params) -> list[Order]:
        """Return the order that a request names, if there is one in its category; the venue's id goes before the client's."""
        kind = KINDS.get(category(params))
        order_id, link = params.get("orderId"), params.get("orderLinkId")
        if order_id and not (order_id.isascii() and order_id.isdigit()):
            return []
        order = self._venue.find(account, None, int(order_id) if order_id else None, link)
        is_told = order is not None and self._listing(order.symbol).kind is kind and (order_id or wire.link_of(order) == link)
        return [order] if order is not None and is_told else []

    def _require_selector(self, params: Params) -> None:
        """Refuse to answer for all of linear: a symbol or a coin is to be named."""
        if category(params) == "linear" and not any(params.get(name) for name in ("symbol", "settleCoin", "baseCoin")):
            raise parameter_error("params error: symbol, settleCoin or baseCoin is required")


def _ids(order: Order) -> Any:
    return {"orderId": str(order.order_id), "orderLinkId": wire.link_of(order)}


def _is_named(params: Params) -> bool:
    return bool(params.get("orderId") or params.get("orderLinkId"))


def _order_key(order: Order) -> paging.Key:
    return order.created_ms, order.order_id
