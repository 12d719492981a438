"""How ccxt's unified structures read, made with `number=str`."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from dipmaster.domain.sides import Side
from execution.domain.venue_orders import VenueOrderStatus as Status
from execution.venues.ccxt import answers
from execution.venues.ccxt.answers import UnreadableAnswer

SPOT: dict[str, Any] = {"symbol": "BTC/USDT", "contract": False, "contractSize": None, "quote": "USDT"}
SWAP: dict[str, Any] = {"symbol": "BTC/USDT:USDT", "contract": True, "contractSize": "0.01", "quote": "USDT"}
ORDER: dict[str, Any] = {"id": "77", "clientOrderId": "dm1", "status": "open", "filled": "0.30"}
TRADE: dict[str, Any] = {
    "id": "5",
    "order": "77",
    "side": "sell",
    "price": "60000.10",
    "amount": "3",
    "takerOrMaker": "maker",
    "timestamp": 1_600_000_000_123,
    "fee": {"cost": "-0.0123", "currency": "BNB"},
}
POSITION: dict[str, Any] = {
    "contracts": "250",
    "side": "short",
    "entryPrice": "60000.5",
    "leverage": "3",
    "unrealizedPnl": "-12.5",
}


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("open", Status.OPEN),
        ("canceling", Status.OPEN),
        ("closed", Status.FILLED),
        ("canceled", Status.CANCELLED),
        ("expired", Status.CANCELLED),
        ("rejected", Status.REJECTED),
    ],
)
def test_every_state_of_an_order_is_known(told: str, meant: Status) -> None:
    assert answers.read_order({**ORDER, "status": told}, SPOT, client_order_id="dm1").status is meant


def test_contracts_are_told_as_base_currency() -> None:
    assert answers.read_order({**ORDER, "filled": "30"}, SWAP, client_order_id="dm1").filled_quantity == Decimal("0.30")
    assert answers.read_trade(TRADE, SWAP, venue="v", symbol="BTCUSDT-PERP", client_order_id=None).quantity == Decimal("0.03")


@pytest.mark.parametrize(
    ("name", "value"),
    [("id", None), ("id", ""), ("clientOrderId", "another"), ("clientOrderId", None), ("status", None), ("filled", 0.3), ("filled", None)],
)
def test_an_answer_that_does_not_prove_the_order_is_refused(name: str, value: object) -> None:
    with pytest.raises(UnreadableAnswer):
        answers.read_order({**ORDER, name: value}, SPOT, client_order_id="dm1")


def test_an_order_asked_for_by_the_venues_id_need_not_name_ours_but_must_not_name_another() -> None:
    assert answers.read_order({**ORDER, "clientOrderId": None}, SPOT, client_order_id="dm1", is_named=True).client_order_id == "dm1"
    with pytest.raises(UnreadableAnswer):
        answers.read_order({**ORDER, "clientOrderId": "another"}, SPOT, client_order_id="dm1", is_named=True)


def test_an_acknowledgement_is_an_open_order_with_nothing_filled() -> None:
    order = answers.read_acknowledgement({"id": "77", "clientOrderId": None, "status": None}, client_order_id="dm1")
    assert (order.venue_order_id, order.status, order.filled_quantity) == ("77", Status.OPEN, 0)


@pytest.mark.parametrize("answer", [{"id": None}, {"id": ""}, {"id": "77", "clientOrderId": "another"}, "<html>", None, []])
def test_an_acknowledgement_without_its_order_is_refused(answer: object) -> None:
    with pytest.raises(UnreadableAnswer):
        answers.read_acknowledgement(answer, client_order_id="dm1")


def test_a_trade_is_read_exactly() -> None:
    execution = answers.read_trade(TRADE, SPOT, venue="v", symbol="BTCUSDT", client_order_id="dm1")
    assert (execution.trade_id, execution.venue_order_id, execution.client_order_id) == ("5", "77", "dm1")
    assert (execution.side, execution.price, execution.quantity) == (Side.SELL, Decimal("60000.10"), Decimal(3))
    assert (execution.fee, execution.fee_currency, execution.is_maker) == (Decimal("-0.0123"), "BNB", True)
    assert execution.traded_at == datetime(2020, 9, 13, 12, 26, 40, 123_000, UTC)


def test_a_trade_without_a_fee_cost_nothing() -> None:
    execution = answers.read_trade({**TRADE, "fee": None}, SPOT, venue="v", symbol="BTCUSDT", client_order_id=None)
    assert (execution.fee, execution.fee_currency) == (0, "USDT")


@pytest.mark.parametrize(
    ("name", "value"), [("id", None), ("order", ""), ("side", "both"), ("price", 1.5), ("amount", "NaN"), ("timestamp", None)]
)
def test_a_trade_with_an_unreadable_figure_is_refused(name: str, value: object) -> None:
    with pytest.raises(UnreadableAnswer):
        answers.read_trade({**TRADE, name: value}, SPOT, venue="v", symbol="BTCUSDT", client_order_id=None)


def test_a_short_position_is_negative_and_counts_base_currency() -> None:
    position = answers.read_position(POSITION, SWAP)
    assert position is not None
    assert (position.symbol, position.quantity) == ("BTCUSDT-PERP", Decimal("-2.5"))
    assert (position.entry_price, position.leverage, position.unrealised) == (Decimal("60000.5"), Decimal(3), Decimal("-12.5"))


def test_a_flat_position_and_one_in_a_dated_future_are_left_out() -> None:
    assert answers.read_position({**POSITION, "contracts": "0"}, SWAP) is None
    assert answers.read_position(POSITION, {**SWAP, "symbol": "BTC/USDT:USDT-261225"}) is None


def test_balances_leave_zeros_out() -> None:
    told = {"total": {"BTC": "1.50", "ETH": "0", "DUST": None}, "free": {"BTC": "1.00"}}
    assert answers.read_balances(told) == {"BTC": Decimal("1.5")}


def test_a_balance_that_has_been_a_float_is_refused() -> None:
    with pytest.raises(UnreadableAnswer):
        answers.read_balances({"total": {"BTC": 1.5}})
