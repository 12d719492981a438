"""How Binance's raw answers read; the messages are those of its documentation."""

from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from dipmaster.domain.sides import Side
from execution.domain.venue_orders import NewOrder, OrderType, TimeInForce, VenueOrderStatus
from execution.venues.binance import orders
from execution.venues.ccxt.answers import UnreadableAnswer

REPORT: dict[str, Any] = {  # user-data-stream.md, "Order Update", as of a trade
    "e": "executionReport",
    "E": 1499405658658,
    "s": "ETHBTC",
    "c": "mUvoqJxFIILMdfAW5iGSOW",
    "S": "BUY",
    "o": "LIMIT",
    "f": "GTC",
    "q": "1.00000000",
    "p": "0.10264410",
    "C": "",
    "x": "TRADE",
    "X": "PARTIALLY_FILLED",
    "r": "NONE",
    "i": 4293153,
    "l": "0.40000000",
    "z": "0.40000000",
    "L": "0.10264400",
    "n": "0.00040000",
    "N": "ETH",
    "T": 1499405658657,
    "t": 77517,
    "m": False,
}
FULL: dict[str, Any] = {  # rest-api.md, POST /api/v3/order, "Response - FULL", shortened to two fills
    "symbol": "BTCUSDT",
    "orderId": 28,
    "clientOrderId": "6gCrw2kRUAF9CvJDGP16IP",
    "transactTime": 1507725176595,
    "price": "0.00000000",
    "origQty": "10.00000000",
    "executedQty": "10.00000000",
    "status": "FILLED",
    "timeInForce": "GTC",
    "type": "MARKET",
    "side": "SELL",
    "fills": [
        {"price": "4000.00000000", "qty": "1.00000000", "commission": "4.00000000", "commissionAsset": "USDT", "tradeId": 56},
        {"price": "3999.00000000", "qty": "9.00000000", "commission": "19.99500000", "commissionAsset": "USDT", "tradeId": 57},
    ],
}
USDM_TRADE: dict[str, Any] = {  # USDⓈ-M "Account Trade List"
    "buyer": False,
    "commission": "-0.07819010",
    "commissionAsset": "USDT",
    "id": 698759,
    "maker": True,
    "orderId": 25851813,
    "price": "7819.01",
    "qty": "0.002",
    "quoteQty": "15.63802",
    "realizedPnl": "-0.91539999",
    "side": "SELL",
    "positionSide": "SHORT",
    "symbol": "BTCUSDT",
    "time": 1569514978020,
}
OURS = "6gCrw2kRUAF9CvJDGP16IP"


def new_order(time_in_force: TimeInForce, *, order_type: OrderType = OrderType.LIMIT, reduce_only: bool = False) -> NewOrder:
    return NewOrder(
        symbol="BTCUSDT-PERP",
        side=Side.BUY,
        order_type=order_type,
        time_in_force=time_in_force,
        quantity=Decimal(1),
        price=Decimal(1) if order_type is OrderType.LIMIT else None,
        client_order_id="ours",
        reduce_only=reduce_only,
    )


@pytest.mark.parametrize("time_in_force", list(TimeInForce))
def test_a_limit_order_says_how_long_it_stays(time_in_force: TimeInForce) -> None:
    assert orders.create_params(new_order(time_in_force)) == {"newClientOrderId": "ours", "timeInForce": time_in_force.value}


def test_a_market_order_says_nothing_of_how_long_it_stays() -> None:
    assert orders.create_params(new_order(TimeInForce.IOC, order_type=OrderType.MARKET)) == {"newClientOrderId": "ours"}


def test_reduce_only_is_sent_when_it_is_asked_for() -> None:
    assert orders.create_params(new_order(TimeInForce.GTC, reduce_only=True))["reduceOnly"] is True


def test_a_trade_report_is_read_exactly() -> None:
    execution = orders.read_report(REPORT, venue="binance", symbol="ETHBTC", quote="BTC")
    assert execution is not None
    assert (execution.trade_id, execution.venue_order_id, execution.client_order_id) == ("77517", "4293153", "mUvoqJxFIILMdfAW5iGSOW")
    assert (execution.price, execution.quantity) == (Decimal("0.10264400"), Decimal("0.40000000"))
    assert (execution.fee, execution.fee_currency, execution.is_maker, execution.side) == (Decimal("0.0004"), "ETH", False, Side.BUY)
    assert execution.traded_at == datetime(2017, 7, 7, 5, 34, 18, 657000, UTC)


def test_a_trade_report_without_commission_cost_nothing() -> None:
    report = {name: value for name, value in REPORT.items() if name not in {"n", "N"}}
    execution = orders.read_report(report, venue="binance", symbol="BTCUSDT-PERP", quote="USDT")
    assert execution is not None
    assert (execution.fee, execution.fee_currency) == (Decimal(0), "USDT")


@pytest.mark.parametrize("kind", ["NEW", "CANCELED", "EXPIRED", "REJECTED", "TRADE_PREVENTION", "AMENDMENT"])
def test_a_report_of_anything_else_is_no_execution(kind: str) -> None:
    assert orders.read_report({**REPORT, "x": kind}, venue="binance", symbol="ETHBTC", quote="BTC") is None


def test_a_cancellation_is_reported_under_the_orders_id() -> None:
    report = {**REPORT, "x": "CANCELED", "c": "id-of-the-cancellation", "C": "ours"}
    assert orders.report_client_order_id(report) == "ours"
    assert orders.report_client_order_id(REPORT) == "mUvoqJxFIILMdfAW5iGSOW"


@pytest.mark.parametrize(("name", "value"), [("L", 0.1), ("l", None), ("n", "NaN"), ("n", "x"), ("t", None), ("T", "soon"), ("S", "BOTH")])
def test_a_report_with_an_unreadable_figure_is_refused(name: str, value: object) -> None:
    with pytest.raises(UnreadableAnswer):
        orders.read_report({**REPORT, name: value}, venue="binance", symbol="ETHBTC", quote="BTC")


def test_the_full_answer_to_a_spot_order_holds_its_executions() -> None:
    order = orders.read_order(FULL, venue="binance", symbol="BTCUSDT", client_order_id=OURS)
    assert (order.venue_order_id, order.status, order.filled_quantity) == ("28", VenueOrderStatus.FILLED, Decimal(10))
    assert [(e.trade_id, e.price, e.quantity, e.fee) for e in order.executions] == [
        ("56", Decimal(4000), Decimal(1), Decimal(4)),
        ("57", Decimal(3999), Decimal(9), Decimal("19.995")),
    ]
    assert {(e.side, e.is_maker, e.fee_currency) for e in order.executions} == {(Side.SELL, False, "USDT")}


@pytest.mark.parametrize(
    ("name", "value"),
    [("orderId", None), ("orderId", ""), ("clientOrderId", "another"), ("status", "SOMETHING"), ("status", None), ("executedQty", 10.0)],
)
def test_an_answer_that_is_not_the_order_is_refused(name: str, value: object) -> None:
    with pytest.raises(UnreadableAnswer):
        orders.read_order({**FULL, name: value}, venue="binance", symbol="BTCUSDT", client_order_id=OURS)


def test_a_fill_without_its_trade_id_makes_the_answer_unreadable() -> None:
    answer = deepcopy(FULL)
    del answer["fills"][1]["tradeId"]
    with pytest.raises(UnreadableAnswer):
        orders.read_order(answer, venue="binance", symbol="BTCUSDT", client_order_id=OURS)


@pytest.mark.parametrize("answer", ["<html>", [], None, 5])
def test_what_is_no_object_is_refused(answer: object) -> None:
    with pytest.raises(UnreadableAnswer):
        orders.read_order(answer, venue="binance", symbol="BTCUSDT", client_order_id="x")


def test_a_cancelled_spot_order_is_known_by_the_id_that_was_cancelled() -> None:
    answer = {**FULL, "status": "CANCELED", "clientOrderId": "id-of-the-cancellation", "origClientOrderId": OURS, "fills": []}
    order = orders.read_order(answer, venue="binance", symbol="BTCUSDT", client_order_id=OURS)
    assert (order.client_order_id, order.status) == (OURS, VenueOrderStatus.CANCELLED)


def test_a_usd_m_trade_tells_its_side_and_its_maker() -> None:
    execution = orders.read_trade(USDM_TRADE, venue="binance", symbol="BTCUSDT-PERP", client_order_id="ours")
    assert (execution.side, execution.is_maker, execution.fee, execution.quantity) == (
        Side.SELL,
        True,
        Decimal("-0.07819010"),
        Decimal("0.002"),
    )
