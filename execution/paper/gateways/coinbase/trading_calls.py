"""Signed calls: orders, fills, balances, fees and what the key may do."""

from collections.abc import Mapping
from typing import Any

from execution.paper.accounts import Account, Order, Status
from execution.paper.gateways.base import Core
from execution.paper.gateways.coinbase.errors import OrderFailure, call_error, invalid, unknown_order
from execution.paper.gateways.coinbase.fills import FillIndex
from execution.paper.gateways.coinbase.orders import read_order
from execution.paper.gateways.coinbase.params import Params, newest_first, page_of
from execution.paper.gateways.coinbase.products import number_of, product_id, uuid_of
from execution.paper.gateways.coinbase.wire import (
    STATUSES,
    account_json,
    fill_json,
    order_json,
    portfolio_id,
    side_text,
    user_id,
    wallet_json,
)
from execution.paper.listings import Kind, Listing
from execution.paper.refusals import Reason, Refused

MOST_CANCELS = 100
MOST_ORDERS = 1000
MOST_FILLS = 1000
MOST_ACCOUNTS = 250
PPM = 1_000_000
CANCEL_FAILURES = {Reason.UNKNOWN_ORDER: "UNKNOWN_CANCEL_ORDER", Reason.ORDER_ENDED: "UNKNOWN_CANCEL_ORDER"}


class TradingCalls:
    """What an account may ask one venue."""

    def __init__(self, core: Core, fills: FillIndex) -> None:
        self._core, self._venue, self._fills = core, core.venue, fills

    def create(self, account: Account, params: Params) -> Any:
        """Take a new order; a client id that is known already gets the order that has it, and nothing happens."""
        configuration = params.body.get("order_configuration")
        try:
            order, _ = self._venue.place(account, read_order(params.body, self._venue), params.now_ms)
        except OrderFailure as failure:
            return failure.body(configuration)
        except Refused as refused:
            known = account.newest(None, refused.client_id) if refused.reason is Reason.DUPLICATE else None
            if known is None:
                return OrderFailure.of(refused.reason).body(configuration)
            order = known
        return {"success": True, "success_response": self._success(order), "order_configuration": configuration}

    def cancel(self, account: Account, params: Params) -> Any:
        """Cancel orders by the venue's ids."""
        ids = params.body.get("order_ids")
        if not isinstance(ids, list) or not 1 <= len(ids) <= MOST_CANCELS:
            raise invalid(f"order_ids must hold 1 to {MOST_CANCELS} ids")
        return {"results": [self._cancel(account, str(order_id), params.now_ms) for order_id in ids]}

    def order(self, account: Account, params: Params) -> Any:
        """Return one order."""
        number = number_of(params.path["order_id"])
        order = self._venue.find(account, None, number, None) if number is not None else None
        if order is None:
            raise unknown_order()
        return {"order": self._order_json(account, order)}

    def orders(self, account: Account, params: Params) -> Any:
        """List orders, newest first."""
        wanted = _Filter(params)
        found = [order for order in self._venue.orders(account) if wanted.takes(order, self._listing(order.symbol))]
        page, cursor = page_of(newest_first(found, lambda order: order.order_id), params, default=MOST_ORDERS, most=MOST_ORDERS)
        rows = [self._order_json(account, order) for order in page]
        return {"orders": rows, "sequence": "0", "has_next": bool(cursor), "cursor": cursor}

    def fills(self, account: Account, params: Params) -> Any:
        """List fills, newest first."""
        orders, products, trades = (set(params.names(f"{name}s", name)) for name in ("order_id", "product_id", "trade_id"))
        begin, end = params.time("start_sequence_timestamp"), params.time("end_sequence_timestamp")
        found = [
            trade
            for trade in self._venue.trades(account)
            if (not orders or uuid_of(trade.order_id) in orders)
            and (not products or product_id(self._listing(trade.symbol)) in products)
            and (not trades or uuid_of(trade.trade_id) in trades)
            and (begin is None or trade.time_ms >= begin)
            and (end is None or trade.time_ms < end)
        ]
        page, cursor = page_of(newest_first(found, lambda trade: trade.trade_id), params, default=100, most=MOST_FILLS)
        rows = [fill_json(trade, self._listing(trade.symbol), account.orders[trade.order_id], account) for trade in page]
        return {"fills": rows, "cursor": cursor}

    def accounts(self, account: Account, params: Params) -> Any:
        """List the account's currencies."""
        rows = list(enumerate(self._accounts(account)))[::-1]
        page, cursor = page_of(rows, params, default=49, most=MOST_ACCOUNTS)
        return {"accounts": page, "has_next": bool(cursor), "cursor": cursor, "size": len(page)}

    def account(self, account: Account, params: Params) -> Any:
        """Return one currency of the account."""
        found = next((row for row in self._accounts(account) if row["uuid"] == params.path["account_uuid"]), None)
        if found is None:
            raise call_error(404, "NOT_FOUND", "account not found")
        return {"account": found}

    def wallets(self, account: Account, params: Params) -> Any:
        """List the account's currencies in the older API's words."""
        wallet = self._venue.wallet(account, Kind.SPOT)
        pagination = {"ending_before": None, "starting_after": None, "limit": 250, "order": "desc", "next_starting_after": None}
        return {"pagination": pagination, "data": [wallet_json(account, asset, balance) for asset, balance in wallet.items()]}

    def key_permissions(self, account: Account, params: Params) -> Any:
        """Tell what the key may do."""
        return {
            "can_view": True,
            "can_trade": True,
            "can_transfer": self._core.exchange.settings.accounts[account.key].can_withdraw,
            "portfolio_uuid": portfolio_id(account),
            "portfolio_type": "DEFAULT",
        }

    def portfolios(self, account: Account, params: Params) -> Any:
        """List the account's only portfolio."""
        return {"portfolios": [{"name": "Default", "uuid": portfolio_id(account), "type": "DEFAULT", "deleted": False}]}

    def user(self, account: Account, params: Params) -> Any:
        """Tell who the account's owner is."""
        return {"data": {"id": user_id(account), "name": account.key, "resource": "user"}}

    def transaction_summary(self, account: Account, params: Params) -> Any:
        """Tell the fees."""
        fees = self._venue.profile.fees[Kind.SPOT]
        return {
            "total_volume": "0",
            "total_fees": "0",
            "fee_tier": {
                "pricing_tier": "Paper",
                "usd_from": "0",
                "usd_to": "",
                "taker_fee_rate": f"{fees.taker_ppm / PPM:.6f}",
                "maker_fee_rate": f"{fees.maker_ppm / PPM:.6f}",
                "aop_from": "",
                "aop_to": "",
            },
            "margin_rate": None,
            "goods_and_services_tax": None,
            "advanced_trade_only_volume": "0",
            "advanced_trade_only_fees": "0",
            "coinbase_pro_volume": "0",
            "coinbase_pro_fees": "0",
            "total_balance": "",
            "has_promo_fee": False,
        }

    def _success(self, order: Order) -> dict[str, Any]:
        return {
            "order_id": uuid_of(order.order_id),
            "product_id": product_id(self._listing(order.symbol)),
            "side": side_text(order.side),
            "client_order_id": order.client_id,
            "attached_order_id": "",
        }

    def _cancel(self, account: Account, text: str, now_ms: int) -> dict[str, Any]:
        order = account.orders.get(number_of(text) or 0)
        try:
            self._venue.cancel(account, order, now_ms)
        except Refused as refused:
            is_full = order is not None and order.status is Status.FILLED
            reason = "ORDER_IS_FULLY_FILLED" if is_full else CANCEL_FAILURES.get(refused.reason, "COMMANDER_REJECTED_CANCEL_ORDER")
            return {"success": False, "failure_reason": reason, "order_id": text}
        return {"success": True, "failure_reason": "UNKNOWN_CANCEL_FAILURE_REASON", "order_id": text}

    def _order_json(self, account: Account, order: Order) -> dict[str, Any]:
        return order_json(order, self._listing(order.symbol), self._fills.of(account, order.order_id), account)

    def _accounts(self, account: Account) -> list[dict[str, Any]]:
        opened_ms = self._core.exchange.started_ms
        wallet: Mapping[str, Any] = self._venue.wallet(account, Kind.SPOT)
        return [account_json(account, asset, balance, opened_ms) for asset, balance in wallet.items()]

    def _listing(self, symbol: str) -> Listing:
        return self._venue.pairs[symbol].listing


class _Filter:
    """Which orders a list is to hold."""

    def __init__(self, params: Params) -> None:
        self._orders, self._products = set(params.names("order_ids")), set(params.names("product_ids", "product_id"))
        self._statuses, self._side = set(params.names("order_status")), params.text("order_side")
        self._begin, self._end = params.time("start_date"), params.time("end_date")

    def takes(self, order: Order, listing: Listing) -> bool:
        """Tell whether an order is wanted: from the start on, before the end."""
        return (
            (not self._orders or uuid_of(order.order_id) in self._orders)
            and (not self._products or product_id(listing) in self._products)
            and (not self._statuses or STATUSES[order.status] in self._statuses)
            and self._side in {"", side_text(order.side)}
            and (self._begin is None or order.created_ms >= self._begin)
            and (self._end is None or order.created_ms < self._end)
        )
