"""Rows of orders, executions and positions, as the documentation of v5 shows them, and spoiled ones."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from dipmaster.domain.sides import Side
from execution.domain.venue_orders import VenueOrder, VenueOrderStatus
from execution.venues.bybit.orders import is_trade, read_execution, read_order, read_position
from execution.venues.ccxt.answers import UnreadableAnswer


def order_row(**changes: Any) -> dict[str, Any]:
    row = {
        "symbol": "ETHUSDT",
        "orderId": "fd4300ae-7847-404e-b947-b46980a4d140",
        "orderLinkId": "ours1",
        "orderStatus": "PartiallyFilled",
        "cumExecQty": "0.03",
        "qty": "0.10",
        "side": "Buy",
    }
    return row | changes


def execution_row(**changes: Any) -> dict[str, Any]:
    row = {
        "symbol": "ETHUSDT",
        "orderId": "1666798627926",
        "orderLinkId": "ours1",
        "side": "Sell",
        "execFee": "0.071409",
        "execId": "e0cbe81d-0f18-5866-9415-cf319b5dab3b",
        "execPrice": "1190.15",
        "execQty": "0.1",
        "execType": "Trade",
        "execTime": "1672282722429",
        "isMaker": False,
    }
    return row | changes


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ("New", VenueOrderStatus.OPEN),
        ("PartiallyFilled", VenueOrderStatus.OPEN),
        ("Filled", VenueOrderStatus.FILLED),
        ("Cancelled", VenueOrderStatus.CANCELLED),
        ("PartiallyFilledCanceled", VenueOrderStatus.CANCELLED),
        ("Rejected", VenueOrderStatus.REJECTED),
    ],
)
def test_an_order_is_read_in_each_of_its_states(told: str, status: VenueOrderStatus) -> None:
    assert read_order(order_row(orderStatus=told), client_order_id="ours1") == VenueOrder(
        client_order_id="ours1",
        venue_order_id="fd4300ae-7847-404e-b947-b46980a4d140",
        status=status,
        filled_quantity=Decimal("0.03"),
    )


@pytest.mark.parametrize(
    "row",
    [
        order_row(orderLinkId="theirs"),
        order_row(orderLinkId=""),
        order_row(orderStatus="Untold"),
        order_row(orderStatus=None),
        order_row(orderId=""),
        order_row(cumExecQty=0.03),
        order_row(cumExecQty=""),
        order_row(cumExecQty="NaN"),
        {"orderLinkId": "ours1"},
        None,
        [],
        "New",
    ],
)
def test_an_order_that_is_not_as_promised_is_not_guessed(row: Any) -> None:
    with pytest.raises(UnreadableAnswer):
        read_order(row, client_order_id="ours1")


def test_an_execution_is_read_exactly() -> None:
    execution = read_execution(execution_row(isMaker=True), venue="bybit", symbol="ETHUSDT-PERP")
    assert (execution.trade_id, execution.venue_order_id, execution.client_order_id) == (
        "e0cbe81d-0f18-5866-9415-cf319b5dab3b",
        "1666798627926",
        "ours1",
    )
    assert (execution.side, execution.price, execution.quantity) == (Side.SELL, Decimal("1190.15"), Decimal("0.1"))
    assert (execution.fee, execution.fee_currency, execution.is_maker) == (Decimal("0.071409"), "USDT", True)
    assert execution.traded_at == datetime(2022, 12, 29, 2, 58, 42, 429000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("symbol", "side", "fee", "currency"),
    [
        ("ETHUSDT", "Buy", "0.0001", "ETH"),
        ("ETHUSDT", "Sell", "0.12", "USDT"),
        ("ETHUSDT", "Buy", "-0.12", "USDT"),
        ("ETHUSDT", "Sell", "-0.0001", "ETH"),
        ("ETHUSDT-PERP", "Buy", "-0.12", "USDT"),
    ],
)
def test_a_fee_whose_currency_is_not_told_follows_the_venues_rule(symbol: str, side: str, fee: str, currency: str) -> None:
    assert read_execution(execution_row(side=side, execFee=fee), venue="bybit", symbol=symbol).fee_currency == currency


@pytest.mark.parametrize("told", ["feeCurrency", "feeCoin"])
def test_a_fee_is_in_the_currency_that_is_told(told: str) -> None:
    assert read_execution(execution_row(**{told: "BIT"}), venue="bybit", symbol="ETHUSDT").fee_currency == "BIT"


@pytest.mark.parametrize(
    "changes",
    [
        {"execId": ""},
        {"execPrice": 1190.15},
        {"execQty": "x"},
        {"execTime": "soon"},
        {"side": "None"},
        {"orderId": None},
        {"execFee": "free"},
    ],
)
def test_an_execution_without_a_figure_is_not_guessed(changes: dict[str, Any]) -> None:
    with pytest.raises(UnreadableAnswer):
        read_execution(execution_row(**changes), venue="bybit", symbol="ETHUSDT")


def test_funding_is_no_trade() -> None:
    assert is_trade(execution_row())
    assert not is_trade(execution_row(execType="Funding"))


def position_row(**changes: Any) -> dict[str, Any]:
    row = {"symbol": "XRPUSDT", "side": "Sell", "size": "100", "avgPrice": "0.3615", "leverage": "10", "unrealisedPnl": "-1.83"}
    return row | changes


def test_a_short_position_is_negative() -> None:
    position = read_position(position_row(), symbol="XRPUSDT-PERP")
    assert position is not None
    assert (position.quantity, position.entry_price) == (Decimal(-100), Decimal("0.3615"))
    assert (position.leverage, position.unrealised) == (Decimal(10), Decimal("-1.83"))


def test_a_flat_position_is_none() -> None:
    assert read_position(position_row(side="", size="0"), symbol="XRPUSDT-PERP") is None


def test_a_position_without_a_side_is_not_guessed() -> None:
    with pytest.raises(UnreadableAnswer):
        read_position(position_row(side=""), symbol="XRPUSDT-PERP")
