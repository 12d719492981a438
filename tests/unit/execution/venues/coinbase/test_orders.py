"""Coinbase's orders and fills, spoiled ones too; the shapes are those in ccxt's coinbase.py 4.5.90."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from dipmaster.domain.sides import Side
from execution.domain.venue_orders import NewOrder, OrderType, TimeInForce, VenueOrderStatus
from execution.venues.ccxt.answers import UnreadableAnswer
from execution.venues.coinbase import orders

OURS = "e5fe848205bb428fad4d"


def order_row(**changes: Any) -> dict[str, Any]:
    row = {
        "order_id": "9bc1eb3b-5b46-4b71-9628-ae2ed0cca75b",
        "product_id": "BTC-USDT",
        "order_configuration": {"limit_limit_gtc": {"base_size": "0.2", "limit_price": "60000", "post_only": False}},
        "side": "SELL",
        "client_order_id": OURS,
        "status": "OPEN",
        "time_in_force": "GOOD_UNTIL_CANCELLED",
        "created_time": "2023-01-16T23:37:23.947030Z",
        "filled_size": "0.05",
        "average_filled_price": "60000",
        "total_fees": "0",
        "order_type": "LIMIT",
    }
    return row | changes


def fill_row(**changes: Any) -> dict[str, Any]:
    row = {
        "entry_id": "b88b82cc89e326a2778874795102cbafd08dd979a2a7a3c69603fc4c23c2e010",
        "trade_id": "cdc39e45-bbd3-44ec-bf02-61742dfb16a1",
        "order_id": "813a53c5-3e39-47bb-863d-2faf685d22d8",
        "trade_time": "2023-01-18T01:37:38.091377090Z",
        "trade_type": "FILL",
        "price": "21220.64",
        "size": "0.00468",
        "commission": "0.0000280983986004",
        "product_id": "BTC-USDT",
        "liquidity_indicator": "TAKER",
        "size_in_quote": False,
        "side": "BUY",
    }
    return row | changes


def read_fill(row: Any) -> Any:
    return orders.read_fill(row, venue="coinbase", symbol="BTCUSDT", fee_currency="USDT", client_order_id=OURS)


def new_order(**changes: Any) -> NewOrder:
    fields = {
        "symbol": "BTCUSDT",
        "side": Side.BUY,
        "order_type": OrderType.LIMIT,
        "time_in_force": TimeInForce.GTC,
        "quantity": Decimal("0.00000001"),
        "price": Decimal(60000),
        "client_order_id": OURS,
    }
    return NewOrder(**(fields | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("PENDING", VenueOrderStatus.OPEN),
        ("QUEUED", VenueOrderStatus.OPEN),
        ("OPEN", VenueOrderStatus.OPEN),
        ("CANCEL_QUEUED", VenueOrderStatus.OPEN),
        ("FILLED", VenueOrderStatus.FILLED),
        ("CANCELLED", VenueOrderStatus.CANCELLED),
        ("EXPIRED", VenueOrderStatus.CANCELLED),
        ("FAILED", VenueOrderStatus.REJECTED),
    ],
)
def test_an_orders_state_is_read_from_its_status(status: str, state: VenueOrderStatus) -> None:
    found = orders.read_order(order_row(status=status), OURS)
    assert (found.status, found.filled_quantity, found.venue_order_id) == (state, Decimal("0.05"), order_row()["order_id"])


@pytest.mark.parametrize(
    "row",
    [
        None,
        [],
        "order",
        {},
        order_row(client_order_id="another"),
        order_row(client_order_id=None),
        order_row(status="UNKNOWN_ORDER_STATUS"),
        order_row(status=None),
        order_row(order_id=""),
        order_row(filled_size=""),
        order_row(filled_size=0.05),
        order_row(filled_size="NaN"),
        order_row(filled_size="-1"),
    ],
)
def test_an_order_that_cannot_be_read_wholly_is_not_read(row: Any) -> None:
    with pytest.raises(UnreadableAnswer):
        orders.read_order(row, OURS)


def test_an_acknowledgement_is_an_open_order_with_nothing_filled() -> None:
    told = {"order_id": "52cfe5e2", "product_id": "BTC-USDT", "side": "SELL", "client_order_id": OURS}
    found = orders.read_created(told, OURS)
    assert (found.status, found.filled_quantity, found.venue_order_id) == (VenueOrderStatus.OPEN, Decimal(0), "52cfe5e2")


@pytest.mark.parametrize(
    "told", [None, {}, {"order_id": "1"}, {"order_id": "", "client_order_id": OURS}, {"order_id": "1", "client_order_id": "x"}]
)
def test_an_acknowledgement_of_no_or_another_order_proves_nothing(told: Any) -> None:
    with pytest.raises(UnreadableAnswer):
        orders.read_created(told, OURS)


def test_a_fill_is_read_exactly() -> None:
    fill = read_fill(fill_row())
    assert (fill.price, fill.quantity, fill.fee, fill.fee_currency) == (
        Decimal("21220.64"),
        Decimal("0.00468"),
        Decimal("0.0000280983986004"),
        "USDT",
    )
    assert (fill.side, fill.is_maker, fill.trade_id, fill.client_order_id) == (Side.BUY, False, fill_row()["trade_id"], OURS)
    assert fill.traded_at == datetime(2023, 1, 18, 1, 37, 38, 91377, UTC)


def test_a_fill_that_was_bought_for_an_amount_is_counted_in_base_currency() -> None:
    assert read_fill(fill_row(price="20000", size="50", size_in_quote=True)).quantity == Decimal("0.0025")


@pytest.mark.parametrize(
    "spoilt",
    [
        {"price": "0"},
        {"price": None},
        {"size": "0"},
        {"size": "inf"},
        {"size": 0.1},
        {"commission": ""},
        {"side": "UNKNOWN_ORDER_SIDE"},
        {"trade_id": ""},
        {"order_id": None},
        {"trade_time": "yesterday"},
        {"trade_time": "2023-01-18T01:37:38"},
        {"trade_time": 1674005858},
    ],
)
def test_a_fill_that_cannot_be_read_wholly_is_not_read(spoilt: dict[str, Any]) -> None:
    with pytest.raises(UnreadableAnswer):
        read_fill(fill_row(**spoilt))


def test_a_market_order_is_sized_in_base_currency_on_both_sides() -> None:
    params = orders.create_params(new_order(order_type=OrderType.MARKET, time_in_force=TimeInForce.IOC, price=None))
    assert params == {"client_order_id": OURS, "order_configuration": {"market_market_ioc": {"base_size": "0.00000001"}}}


@pytest.mark.parametrize(
    ("asked", "told"),
    [(TimeInForce.GTC, "GTC"), (TimeInForce.IOC, "IOC"), (TimeInForce.FOK, "FOK"), (TimeInForce.POST_ONLY, "PO")],
)
def test_a_limit_orders_time_in_force_is_told_in_ccxts_words(asked: TimeInForce, told: str) -> None:
    assert orders.create_params(new_order(time_in_force=asked)) == {"client_order_id": OURS, "timeInForce": told}
