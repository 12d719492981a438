"""Orders, fills and accounts as Coinbase writes them."""

import uuid
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from execution.paper.accounts import Account, Balance, Order, Status, Trade
from execution.paper.engine import Duration, Side
from execution.paper.gateways.coinbase.products import product_id, time_text, uuid_of
from execution.paper.listings import ATOMS, Listing
from execution.paper.orders import OrderKind

NAMESPACE = uuid.UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")
AVERAGE_PLACES = Decimal("1E-16")
STATUSES = {
    Status.NEW: "OPEN",
    Status.PARTIALLY_FILLED: "OPEN",
    Status.FILLED: "FILLED",
    Status.CANCELLED: "CANCELLED",
    Status.PREVENTED: "CANCELLED",
    Status.EXPIRED: "EXPIRED",
    Status.REJECTED: "FAILED",
}
DURATIONS = {
    Duration.GTC: ("limit_limit_gtc", "GOOD_UNTIL_CANCELLED"),
    Duration.IOC: ("sor_limit_ioc", "IMMEDIATE_OR_CANCEL"),
    Duration.FOK: ("limit_limit_fok", "FILL_OR_KILL"),
}


def side_text(side: Side) -> str:
    """Write a side."""
    return "BUY" if side is Side.BUY else "SELL"


def atoms_text(atoms: int) -> str:
    """Write an amount of an asset."""
    return f"{Decimal(atoms) / ATOMS:f}"


def user_id(account: Account) -> str:
    """Return the account's owner."""
    return str(uuid.uuid5(NAMESPACE, f"user {account.key}"))


def portfolio_id(account: Account) -> str:
    """Return the account's only portfolio."""
    return str(uuid.uuid5(NAMESPACE, f"portfolio {account.key}"))


def order_json(order: Order, listing: Listing, trades: Sequence[Trade], account: Account) -> dict[str, Any]:
    """Return an order of orders/historical."""
    fees = sum(trade.commission for trade in trades)
    value = order.executed_units * listing.quote_atoms_per_unit
    after_fees = value + fees if order.side is Side.BUY else value - fees
    done = order.executed * 100 / order.quantity if order.quantity else 100
    return {
        "order_id": uuid_of(order.order_id),
        "product_id": product_id(listing),
        "user_id": user_id(account),
        "order_configuration": configuration_json(order, listing),
        "side": side_text(order.side),
        "client_order_id": order.client_id,
        "status": STATUSES[order.status],
        "time_in_force": DURATIONS[order.duration][1],
        "created_time": time_text(order.created_ms),
        "completion_percentage": f"{done:.2f}",
        "filled_size": listing.quantity_text(order.executed),
        "average_filled_price": average_text(order, listing),
        "fee": "",
        "number_of_fills": str(len(trades)),
        "filled_value": atoms_text(value),
        "pending_cancel": False,
        "size_in_quote": bool(order.quote_atoms),
        "total_fees": atoms_text(fees),
        "size_inclusive_of_fees": False,
        "total_value_after_fees": atoms_text(after_fees),
        "trigger_status": "INVALID_ORDER_TYPE",
        "order_type": order.kind.name,
        "reject_reason": "REJECT_REASON_UNSPECIFIED",
        "settled": not order.is_open,
        "product_type": "SPOT",
        "reject_message": "",
        "cancel_message": "",
        "order_placement_source": "RETAIL_ADVANCED",
        "outstanding_hold_amount": atoms_text(order.locked),
        "is_liquidation": False,
        "last_fill_time": time_text(trades[-1].time_ms) if trades else None,
        "leverage": "",
        "margin_type": "UNKNOWN_MARGIN_TYPE",
        "retail_portfolio_id": portfolio_id(account),
    }


def configuration_json(order: Order, listing: Listing) -> dict[str, Any]:
    """Return what an order was asked for as."""
    size = listing.quantity_text(order.quantity)
    if order.kind is OrderKind.MARKET:
        return {"market_market_ioc": {"quote_size": atoms_text(order.quote_atoms)} if order.quote_atoms else {"base_size": size}}
    name, _ = DURATIONS[order.duration]
    terms: dict[str, Any] = {"base_size": size, "limit_price": listing.price_text(order.price)}
    return {name: {**terms, "post_only": order.post_only} if order.duration is Duration.GTC else terms}


def average_text(order: Order, listing: Listing) -> str:
    """Return the average price of what has traded."""
    if not order.executed:
        return "0"
    price = listing.price(order.executed_units) / order.executed
    return f"{price.quantize(AVERAGE_PLACES, ROUND_HALF_EVEN).normalize():f}"


def user_order_json(order: Order, listing: Listing, trades: Sequence[Trade]) -> dict[str, Any]:
    """Return an order of the user channel: cumulative figures, no fills."""
    fees = sum(trade.commission for trade in trades)
    leaves = order.remaining if order.is_open else 0
    return {
        "order_id": uuid_of(order.order_id),
        "client_order_id": order.client_id,
        "cumulative_quantity": listing.quantity_text(order.executed),
        "leaves_quantity": listing.quantity_text(leaves),
        "avg_price": average_text(order, listing),
        "total_fees": atoms_text(fees),
        "status": STATUSES[order.status],
        "product_id": product_id(listing),
        "creation_time": time_text(order.created_ms),
        "order_side": side_text(order.side),
        "order_type": order.kind.name.capitalize(),
        "cancel_reason": "",
        "reject_reason": "REJECT_REASON_UNSPECIFIED",
        "total_value_after_fees": atoms_text(order.executed_units * listing.quote_atoms_per_unit),
        "contract_expiry_type": "UNKNOWN_CONTRACT_EXPIRY_TYPE",
        "product_type": "SPOT",
        "risk_managed_by": "UNKNOWN_RISK_MANAGEMENT_TYPE",
        "time_in_force": DURATIONS[order.duration][1],
        "trigger_status": "INVALID_ORDER_TYPE",
        "outstanding_hold_amount": atoms_text(order.locked),
        "number_of_fills": str(len(trades)),
        "post_only": order.post_only,
        "limit_price": listing.price_text(order.price) if order.kind is OrderKind.LIMIT else "",
    }


def fill_json(trade: Trade, listing: Listing, order: Order, account: Account) -> dict[str, Any]:
    """Return a row of orders/historical/fills; what was bought for an amount of quote currency is sized in it."""
    in_quote = bool(order.quote_atoms)
    value = atoms_text(trade.price * trade.quantity * listing.quote_atoms_per_unit)
    return {
        "entry_id": f"{trade.trade_id:064x}",
        "trade_id": uuid_of(trade.trade_id),
        "order_id": uuid_of(trade.order_id),
        "trade_time": time_text(trade.time_ms),
        "trade_type": "FILL",
        "price": listing.price_text(trade.price),
        "size": value if in_quote else listing.quantity_text(trade.quantity),
        "commission": atoms_text(trade.commission),
        "product_id": product_id(listing),
        "sequence_timestamp": time_text(trade.time_ms),
        "liquidity_indicator": "MAKER" if trade.is_maker else "TAKER",
        "size_in_quote": in_quote,
        "user_id": user_id(account),
        "side": side_text(trade.side),
        "retail_portfolio_id": portfolio_id(account),
    }


def account_json(account: Account, asset: str, balance: Balance, opened_ms: int) -> dict[str, Any]:
    """Return one asset's account."""
    return {
        "uuid": str(uuid.uuid5(NAMESPACE, f"{account.key} {asset}")),
        "name": f"{asset} Wallet",
        "currency": asset,
        "available_balance": {"value": atoms_text(balance.free), "currency": asset},
        "default": True,
        "active": True,
        "created_at": time_text(opened_ms),
        "updated_at": time_text(opened_ms),
        "deleted_at": None,
        "type": "ACCOUNT_TYPE_CRYPTO",
        "ready": True,
        "hold": {"value": atoms_text(balance.locked), "currency": asset},
        "retail_portfolio_id": portfolio_id(account),
        "platform": "ACCOUNT_PLATFORM_CONSUMER",
    }


def wallet_json(account: Account, asset: str, balance: Balance) -> dict[str, Any]:
    """Return one asset's account as the older API writes it, which knows totals only."""
    return {
        "id": str(uuid.uuid5(NAMESPACE, f"{account.key} {asset}")),
        "name": f"{asset} Wallet",
        "primary": False,
        "type": "wallet",
        "currency": {"code": asset, "name": asset, "exponent": 8, "type": "crypto"},
        "balance": {"amount": atoms_text(balance.free + balance.locked), "currency": asset},
        "resource": "account",
        "allow_deposits": True,
        "allow_withdrawals": True,
    }
