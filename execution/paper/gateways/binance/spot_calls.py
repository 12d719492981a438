"""The signed and public calls of a venue, the same for REST and for the WebSocket API.

A call takes parameters and returns the JSON body. Transport, signatures and latency are the callers' business.
"""

from collections.abc import Callable
from typing import Any

from execution.paper.accounts import Account, Order
from execution.paper.engine import Side
from execution.paper.gateways.base import Core
from execution.paper.gateways.binance import spot_market_wire, spot_wire
from execution.paper.gateways.binance.errors import INVALID_SYMBOL, UNKNOWN_CANCEL, UNKNOWN_ORDER, missing
from execution.paper.gateways.binance.params import (
    LIST_LIMIT,
    Params,
    chosen_bars,
    chosen_orders,
    chosen_prints,
    chosen_trades,
    limit,
    order_key,
)
from execution.paper.gateways.binance.spot_orders import read_client_id, read_order
from execution.paper.listings import Kind
from execution.paper.pair import Pair

DEPTH_LIMIT = 5000


class SpotCalls:
    """What one venue answers; times come from `core.clock`."""

    def __init__(self, core: Core) -> None:
        self.core, self.venue = core, core.venue
        self.pairs = {pair.listing.symbol: pair for pair in core.venue.pairs_of(Kind.SPOT)}

    # public

    def ping(self, params: Params, now_ms: int) -> Any:
        """Answer that the venue is there."""
        return {}

    def time(self, params: Params, now_ms: int) -> Any:
        """Return the venue's clock."""
        return {"serverTime": now_ms}

    def exchange_info(self, params: Params, now_ms: int) -> Any:
        """Return the listings."""
        return {
            "timezone": "UTC",
            "serverTime": now_ms,
            "rateLimits": [
                {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000},
                {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 100},
            ],
            "exchangeFilters": [],
            "symbols": [spot_market_wire.symbol_json(pair) for pair in self._pairs(params)],
        }

    def depth(self, params: Params, now_ms: int) -> Any:
        """Return a snapshot of a book."""
        pair, most = self._pair(params), limit(params, 100, DEPTH_LIMIT)
        return {
            "lastUpdateId": pair.book.update_id,
            "bids": spot_market_wire.levels_json(pair.listing, pair.shown(Side.BUY, most)),
            "asks": spot_market_wire.levels_json(pair.listing, pair.shown(Side.SELL, most)),
        }

    def trades(self, params: Params, now_ms: int) -> Any:
        """Return the last public trades."""
        pair = self._pair(params)
        return [spot_market_wire.print_json(trade, pair.listing) for trade in list(pair.tape)[-limit(params, 500, LIST_LIMIT) :]]

    def aggregates(self, params: Params, now_ms: int) -> Any:
        """Return public trades, newest or from an id or a time on."""
        pair = self._pair(params)
        return [spot_market_wire.aggregate_json(trade, pair.listing) for trade in chosen_prints(pair.tape, params)]

    def klines(self, params: Params, now_ms: int) -> Any:
        """Return minute bars since the exchange started."""
        pair = self._pair(params)
        return [spot_market_wire.bar_json(bar, pair.listing) for bar in chosen_bars(pair.bars, params)]

    def book_ticker(self, params: Params, now_ms: int) -> Any:
        """Return best prices of one symbol or of all."""
        return self._one_or_all(params, spot_market_wire.quote_json)

    def day_ticker(self, params: Params, now_ms: int) -> Any:
        """Return a day's statistics of one symbol or of all."""
        return self._one_or_all(params, lambda pair: spot_market_wire.ticker_json(pair, now_ms))

    def price_ticker(self, params: Params, now_ms: int) -> Any:
        """Return the last price of one symbol or of all."""
        return self._one_or_all(params, lambda pair: {"symbol": pair.listing.symbol, "price": pair.listing.price_text(_last_price(pair))})

    # signed

    def account(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return balances and commission rates."""
        wallet = self.venue.wallet(account, Kind.SPOT)
        return spot_wire.account_json(wallet, self.venue.profile, now_ms, can_withdraw=self._can_withdraw(account))

    def commission(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return the commission rates of a symbol."""
        pair, zero = self._pair(params), {"maker": "0", "taker": "0", "buyer": "0", "seller": "0"}
        return {
            "symbol": pair.listing.symbol,
            "standardCommission": spot_wire.commission_rates(self.venue.profile),
            "taxCommission": zero,
            "specialCommission": zero,
        }

    def place_order(self, account: Account, params: Params, now_ms: int) -> Any:
        """Take a new order."""
        pair = self._pair(params)
        reading = read_order(params, pair.listing)
        order, trades = self.venue.place(account, reading.request, now_ms)
        return spot_wire.placed_json(order, pair.listing, trades, reading.response)

    def cancel_order(self, account: Account, params: Params, now_ms: int) -> Any:
        """Cancel an order by its id or its client id."""
        pair, (order_id, client_id) = self._pair(params), order_key(params)
        order = self.venue.find(account, pair.listing.symbol, order_id, client_id)
        if order is not None and client_id is not None and order.client_id != client_id:
            raise UNKNOWN_CANCEL
        cancelled = self.venue.cancel(account, order, now_ms, note=self._cancel_id(params))
        return spot_wire.cancelled_json(cancelled, pair.listing)

    def cancel_all(self, account: Account, params: Params, now_ms: int) -> Any:
        """Cancel every open order of a symbol."""
        pair = self._pair(params)
        orders = self.venue.open_orders(account, pair.listing.symbol)
        if not orders:
            raise UNKNOWN_CANCEL
        cancelled = [self.venue.cancel(account, order, now_ms, note=self._cancel_id({})) for order in orders]
        return [spot_wire.cancelled_json(order, pair.listing) for order in cancelled]

    def query_order(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return an order by its id or its client id."""
        pair, (order_id, client_id) = self._pair(params), order_key(params)
        order = self.venue.find(account, pair.listing.symbol, order_id, client_id)
        if order is None:
            raise UNKNOWN_ORDER
        return spot_wire.order_json(order, pair.listing)

    def open_orders(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return the open orders of a symbol or of all."""
        symbol = self._pair(params).listing.symbol if params.get("symbol") else None
        return [self._order(order) for order in self.venue.open_orders(account, symbol) if order.symbol in self.pairs]

    def all_orders(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return a symbol's orders, newest or from an id or a time on."""
        symbol = self._pair(params).listing.symbol
        return [self._order(order) for order in chosen_orders(self.venue.orders(account, symbol), params)]

    def my_trades(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return a symbol's own trades, newest or from an id or a time on."""
        pair = self._pair(params)
        trades = chosen_trades(self.venue.trades(account, pair.listing.symbol), params)
        return [spot_wire.trade_json(trade, pair.listing) for trade in trades]

    def trade_fees(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return the commission of one symbol or of all, as the wallet API does."""
        rates = spot_wire.commission_rates(self.venue.profile)
        symbols = [pair.listing.symbol for pair in self._pairs(params)]
        return [{"symbol": symbol, "makerCommission": rates["maker"], "takerCommission": rates["taker"]} for symbol in symbols]

    def system_status(self, params: Params, now_ms: int) -> Any:
        """Tell that the venue works."""
        return {"status": 0, "msg": "normal"}

    def api_restrictions(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return what the key may do, as the wallet API does."""
        return spot_wire.rights_json(can_withdraw=self._can_withdraw(account))

    # shared

    def _can_withdraw(self, account: Account) -> bool:
        return self.core.exchange.settings.accounts[account.key].can_withdraw

    def _pair(self, params: Params) -> Pair:
        symbol = params.get("symbol")
        if not symbol:
            raise missing("symbol")
        if symbol not in self.pairs:
            raise INVALID_SYMBOL
        pair = self.pairs[symbol]
        pair.wake()
        return pair

    def _pairs(self, params: Params) -> list[Pair]:
        return [self._pair(params)] if params.get("symbol") else list(self.pairs.values())

    def _one_or_all(self, params: Params, describe: Callable[[Pair], Any]) -> Any:
        if params.get("symbol"):
            return describe(self._pair(params))
        names = [name for name in params.get("symbols", "").strip('[]"').replace('"', "").split(",") if name]
        if any(name not in self.pairs for name in names):
            raise INVALID_SYMBOL
        chosen = [pair for symbol, pair in self.pairs.items() if not names or symbol in names]
        for pair in chosen:
            pair.wake()
        return [describe(pair) for pair in chosen]

    def _order(self, order: Order) -> Any:
        return spot_wire.order_json(order, self.pairs[order.symbol].listing)

    def _cancel_id(self, params: Params) -> str:
        return read_client_id(params, "newClientOrderId") or f"cancel-{self.venue.order_ids.next()}"


def _last_price(pair: Pair) -> int:
    return pair.tape[-1].price if pair.tape else pair.reference_price()
