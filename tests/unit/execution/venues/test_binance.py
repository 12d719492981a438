"""How Binance's raw messages read; the messages are those of its documentation."""

from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from dipmaster.domain.sides import Side
from execution.domain.venue_orders import VenueOrderStatus
from execution.venues.ccxt import binance

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


def test_a_trade_report_is_read_exactly() -> None:
    execution = binance.read_report(REPORT, venue="binance", symbol="ETHBTC")
    assert execution is not None
    assert (execution.trade_id, execution.venue_order_id, execution.client_order_id) == ("77517", "4293153", "mUvoqJxFIILMdfAW5iGSOW")
    assert (execution.price, execution.quantity) == (Decimal("0.10264400"), Decimal("0.40000000"))
    assert (execution.fee, execution.fee_currency, execution.is_maker, execution.side) == (Decimal("0.0004"), "ETH", False, Side.BUY)
    assert execution.traded_at == datetime(2017, 7, 7, 5, 34, 18, 657000, UTC)


@pytest.mark.parametrize("kind", ["NEW", "CANCELED", "EXPIRED", "REJECTED", "TRADE_PREVENTION"])
def test_a_report_of_anything_else_is_no_execution(kind: str) -> None:
    assert binance.read_report({**REPORT, "x": kind}, venue="binance", symbol="ETHBTC") is None


def test_a_cancellation_is_reported_under_the_orders_id() -> None:
    report = {**REPORT, "x": "CANCELED", "c": "id-of-the-cancellation", "C": "ours"}
    assert binance.report_client_order_id(report) == "ours"
    assert binance.report_client_order_id(REPORT) == "mUvoqJxFIILMdfAW5iGSOW"


@pytest.mark.parametrize(("name", "value"), [("L", 0.1), ("l", None), ("n", "NaN"), ("n", "x"), ("t", None), ("T", "soon"), ("S", "BOTH")])
def test_a_report_with_an_unreadable_figure_is_refused(name: str, value: object) -> None:
    with pytest.raises(binance.UnreadableAnswer):
        binance.read_report({**REPORT, name: value}, venue="binance", symbol="ETHBTC")


def test_the_full_answer_to_an_order_holds_its_executions() -> None:
    order = binance.read_order(FULL, venue="binance", symbol="BTCUSDT", client_order_id="6gCrw2kRUAF9CvJDGP16IP")
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
    with pytest.raises(binance.UnreadableAnswer):
        binance.read_order({**FULL, name: value}, venue="binance", symbol="BTCUSDT", client_order_id="6gCrw2kRUAF9CvJDGP16IP")


def test_a_fill_without_its_trade_id_makes_the_answer_unreadable() -> None:
    answer = deepcopy(FULL)
    del answer["fills"][1]["tradeId"]
    with pytest.raises(binance.UnreadableAnswer):
        binance.read_order(answer, venue="binance", symbol="BTCUSDT", client_order_id="6gCrw2kRUAF9CvJDGP16IP")


@pytest.mark.parametrize("answer", ["<html>", [], None, 5])
def test_what_is_no_object_is_refused(answer: object) -> None:
    with pytest.raises(binance.UnreadableAnswer):
        binance.read_order(answer, venue="binance", symbol="BTCUSDT", client_order_id="x")


def test_a_listing_without_its_lot_is_refused() -> None:
    raw = {"filters": [{"filterType": "PRICE_FILTER", "tickSize": "0.01"}]}
    with pytest.raises(binance.UnreadableAnswer, match="LOT_SIZE"):
        binance.read_listing(raw, venue="binance", symbol="BTCUSDT", maker_fee_bps=Decimal(1), taker_fee_bps=Decimal(1))
