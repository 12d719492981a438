"""USD-M's signed calls: orders, trades, wallet, positions and their settings."""

from typing import Any

from execution.paper.accounts import Account, Order
from execution.paper.engine import Duration, Incoming
from execution.paper.gateways.binance import usdm_account_wire, usdm_wire
from execution.paper.gateways.binance.errors import UNKNOWN_CANCEL, UNKNOWN_ORDER, ApiError, missing
from execution.paper.gateways.binance.params import Params, chosen_orders, chosen_trades, integer, order_key, window
from execution.paper.gateways.binance.usdm_calls import UsdmCalls
from execution.paper.gateways.binance.usdm_countdown import Countdowns
from execution.paper.gateways.binance.usdm_errors import FOK_REJECTED, below_notional, beyond_band, not_valid_leverage
from execution.paper.gateways.binance.usdm_orders import read_order
from execution.paper.listings import Kind, decimal_text
from execution.paper.orders import OrderKind, Request
from execution.paper.pair import Pair
from execution.paper.refusals import Reason, Refused

DONE = {"code": 200, "msg": "success"}
ALL_CANCELLED = {"code": 200, "msg": "The operation of cancel all open order is done."}
NOT_SERVED = ApiError(-1020, "This operation is not supported.")


class UsdmAccountCalls:
    """What one venue answers to an account about its perpetuals; times come from `core.clock`."""

    def __init__(self, calls: UsdmCalls, countdowns: Countdowns) -> None:
        self._calls, self._countdowns, self._venue = calls, countdowns, calls.venue
        self._names = {pair.listing.symbol: pair for pair in calls.pairs.values()}

    # orders

    def place_order(self, account: Account, params: Params, now_ms: int) -> Any:
        """Take a new order."""
        pair = self._calls.pair(params)
        request = read_order(params, pair.listing)
        _check_quantity(request, pair)
        if _cannot_fill(request, account, pair):
            raise FOK_REJECTED
        try:
            order, _ = self._venue.place(account, request, now_ms)
        except Refused as refused:
            raise _with_figures(refused, request, pair) from refused
        return usdm_wire.placed_json(order, pair.listing)

    def cancel_order(self, account: Account, params: Params, now_ms: int) -> Any:
        """Cancel an order by its id or its client id."""
        pair, (order_id, client_id) = self._calls.pair(params), order_key(params)
        order = self._venue.find(account, pair.listing.symbol, order_id, client_id)
        if order is None:
            raise UNKNOWN_CANCEL
        return usdm_wire.placed_json(self._venue.cancel(account, order, now_ms), pair.listing)

    def cancel_all(self, account: Account, params: Params, now_ms: int) -> Any:
        """Cancel every open order of a symbol."""
        symbol = self._calls.pair(params).listing.symbol
        for order in self._venue.open_orders(account, symbol):
            self._venue.cancel(account, order, now_ms)
        return ALL_CANCELLED

    def countdown(self, account: Account, params: Params, now_ms: int) -> Any:
        """Begin anew, or stop, the countdown after which a symbol's orders are cancelled."""
        pair, milliseconds = self._calls.pair(params), integer(params, "countdownTime")
        if milliseconds is None:
            raise missing("countdownTime")
        self._countdowns.start(account, pair.listing.symbol, milliseconds, now_ms)
        return {"symbol": usdm_wire.market_id(pair.listing), "countdownTime": str(milliseconds)}

    def query_order(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return an order by its id or its client id."""
        return usdm_wire.order_json(self._find(account, params), self._calls.pair(params).listing)

    def query_open_order(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return an open order by its id or its client id."""
        order = self._find(account, params)
        if not order.is_open:
            raise UNKNOWN_ORDER
        return usdm_wire.order_json(order, self._calls.pair(params).listing)

    def open_orders(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return the open orders of a symbol or of all."""
        symbol = self._calls.pair(params).listing.symbol if params.get("symbol") else None
        orders = [order for order in self._venue.open_orders(account, symbol) if order.symbol in self._names]
        return [usdm_wire.order_json(order, self._names[order.symbol].listing) for order in orders]

    def all_orders(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return a symbol's orders, newest or from an id or a time on."""
        listing = self._calls.pair(params).listing
        return [usdm_wire.order_json(order, listing) for order in chosen_orders(self._venue.orders(account, listing.symbol), params)]

    def trades(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return a symbol's own trades, newest or from an id or a time on."""
        listing = self._calls.pair(params).listing
        return [usdm_wire.trade_json(trade, listing) for trade in chosen_trades(self._venue.trades(account, listing.symbol), params)]

    def income(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return payments of funding, of a symbol or of all; other kinds of income are not served."""
        if params.get("incomeType") != "FUNDING_FEE":
            raise NOT_SERVED
        symbol = self._calls.pair(params).listing.symbol if params.get("symbol") else None
        start, end = integer(params, "startTime"), integer(params, "endTime")
        payments = [
            payment
            for payment in account.funding
            if symbol in {None, payment.symbol} and (start or 0) <= payment.time_ms <= (end or payment.time_ms)
        ]
        chosen = window(payments, params, newest=start is None)
        return [usdm_account_wire.income_json(payment, self._names[payment.symbol]) for payment in chosen]

    # wallet and positions

    def account(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return the account, version 3."""
        return usdm_account_wire.account_json(self._margins(account), now_ms)

    def second_account(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return the account, version 2."""
        return usdm_account_wire.second_account_json(self._margins(account), now_ms)

    def balance(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return the wallet."""
        return usdm_account_wire.balance_json(self._margins(account), now_ms)

    def positions(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return the open positions, version 3."""
        return [usdm_account_wire.position_json(holding, now_ms) for holding in self._holdings(account, params) if holding.lots]

    def second_positions(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return every symbol's position, version 2."""
        return [usdm_account_wire.second_position_json(holding, now_ms) for holding in self._holdings(account, params)]

    def set_leverage(self, account: Account, params: Params, now_ms: int) -> Any:
        """Change a symbol's leverage."""
        pair, leverage = self._calls.pair(params), integer(params, "leverage")
        if leverage is None:
            raise missing("leverage")
        try:
            self._venue.set_leverage(account, pair.listing.symbol, leverage)
        except Refused as refused:
            raise not_valid_leverage(leverage) if refused.reason is Reason.LEVERAGE else refused from refused
        (holding,) = usdm_account_wire.holdings(self._venue, account, [pair])
        largest = usdm_account_wire.money(holding.largest)
        return {"symbol": usdm_wire.market_id(pair.listing), "leverage": leverage, "maxNotionalValue": largest}

    def brackets(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return one bracket per symbol: any notional at the largest leverage."""
        pairs = [self._calls.pair(params)] if params.get("symbol") else list(self._calls.pairs.values())
        return [usdm_account_wire.bracket_json(pair) for pair in pairs]

    def commission(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return the commission rates of a symbol."""
        fees, pair = self._venue.profile.fees[Kind.PERPETUAL], self._calls.pair(params)
        return {
            "symbol": usdm_wire.market_id(pair.listing),
            "makerCommissionRate": decimal_text(fees.maker_ppm, 6),
            "takerCommissionRate": decimal_text(fees.taker_ppm, 6),
        }

    # modes: one-way, cross margin, one margin asset

    def set_margin_type(self, account: Account, params: Params, now_ms: int) -> Any:
        """Say that cross margin needs no change; the paper exchange has no other."""
        self._calls.pair(params)
        if params.get("marginType") != "CROSSED":
            raise NOT_SERVED
        raise ApiError(-4046, "No need to change margin type.")

    def position_mode(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return that the account is in one-way mode."""
        return {"dualSidePosition": False}

    def set_position_mode(self, account: Account, params: Params, now_ms: int) -> Any:
        """Say that one-way mode needs no change; the paper exchange has no other."""
        if params.get("dualSidePosition") != "false":
            raise NOT_SERVED
        raise ApiError(-4059, "No need to change position side.")

    def assets_mode(self, account: Account, params: Params, now_ms: int) -> Any:
        """Return that each position's margin is in its own quote asset."""
        return {"multiAssetsMargin": False}

    def set_assets_mode(self, account: Account, params: Params, now_ms: int) -> Any:
        """Say that single-asset mode needs no change; the paper exchange has no other."""
        if params.get("multiAssetsMargin") != "false":
            raise NOT_SERVED
        raise ApiError(-4171, "Adjusted asset mode is currently set and does not need to be adjusted repeatedly.")

    # shared

    def _find(self, account: Account, params: Params) -> Order:
        pair, (order_id, client_id) = self._calls.pair(params), order_key(params)
        order = self._venue.find(account, pair.listing.symbol, order_id, client_id)
        if order is None:
            raise UNKNOWN_ORDER
        return order

    def _margins(self, account: Account) -> usdm_account_wire.Margins:
        return usdm_account_wire.margins(self._venue, account, self._calls.pairs.values())

    def _holdings(self, account: Account, params: Params) -> tuple[usdm_account_wire.Holding, ...]:
        pairs = [self._calls.pair(params)] if params.get("symbol") else list(self._calls.pairs.values())
        return usdm_account_wire.holdings(self._venue, account, pairs)


def _check_quantity(request: Request, pair: Pair) -> None:
    if request.quantity < pair.listing.minimum_lots:
        raise ApiError(-4004, "Quantity less than min quantity.")


def _cannot_fill(request: Request, account: Account, pair: Pair) -> bool:
    """Tell whether a fill-or-kill order would be killed: USD-M refuses it before it becomes an order."""
    if request.duration is not Duration.FOK or request.kind is not OrderKind.LIMIT:
        return False
    incoming = Incoming(order_id=0, owner=account.key, side=request.side, quantity=request.quantity, limit=request.price)
    return pair.book.fillable(incoming)[0] < request.quantity


def _with_figures(refused: Refused, request: Request, pair: Pair) -> Exception:
    """Return the refusals that name a figure, or the side, in USD-M's words; the others as they are."""
    if refused.reason is Reason.NOTIONAL:
        return below_notional(f"{pair.listing.minimum_notional:f}")
    if refused.reason is Reason.PRICE_BAND:
        return beyond_band(is_buy=request.side > 0)
    return refused
