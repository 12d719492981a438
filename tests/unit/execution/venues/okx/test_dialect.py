"""Orders and fills are asked for everywhere and on every page; a venue in memory answers as OKX does."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from ccxt.base.errors import ExchangeError

from dipmaster.domain.sides import Side
from execution.domain.venue_orders import NewOrder, OrderType, TimeInForce, VenueOrder, VenueOrderStatus
from execution.venues.ccxt.answers import UnreadableAnswer
from execution.venues.ccxt.exchange import refusal_of
from execution.venues.dialect import KeyRights, Verdict
from execution.venues.okx import DIALECT
from tests.unit.execution.venues.okx.markets import Json, Markets, denied, fill_row, listed, order_row, paged

SPOT, SWAP = "BTCUSDT", "BTCUSDT-PERP"


def find(markets: Markets, symbol: str = SPOT, venue_order_id: str | None = None) -> VenueOrder | None:
    return asyncio.run(DIALECT.find(markets, symbol=symbol, client_order_id="ours1", venue_order_id=venue_order_id))


def new_order(**changes: Any) -> NewOrder:
    order = {
        "symbol": SPOT,
        "side": Side.BUY,
        "order_type": OrderType.LIMIT,
        "time_in_force": TimeInForce.GTC,
        "quantity": Decimal(1),
        "price": Decimal(2),
        "client_order_id": "ours1",
    }
    return NewOrder(**{**order, **changes})


def acknowledgement(**changes: Any) -> Json:
    return {"id": "7", "status": None, "info": {"clOrdId": "ours1", "ordId": "7", "sCode": "0", "sMsg": "", **changes}}


def created(answer: Any) -> VenueOrder:
    return DIALECT.read_created(answer, new_order(), exchange=Markets(), venue="okx")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"time_in_force": TimeInForce.IOC}, {"timeInForce": "IOC"}),
        ({"time_in_force": TimeInForce.FOK}, {"timeInForce": "FOK"}),
        ({"time_in_force": TimeInForce.POST_ONLY}, {"timeInForce": "PO"}),
        ({"order_type": OrderType.MARKET, "time_in_force": TimeInForce.IOC}, {}),
        ({"reduce_only": True}, {"reduceOnly": True}),
    ],
)
def test_what_is_sent_beside_an_order(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    assert DIALECT.create_params(new_order(**changes)) == {"clOrdId": "ours1", **expected}


def test_an_acknowledgement_is_an_open_order() -> None:
    assert created(acknowledgement()) == VenueOrder(
        client_order_id="ours1", venue_order_id="7", status=VenueOrderStatus.OPEN, filled_quantity=Decimal(0)
    )


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "<html>",
        {},
        {"info": {}},
        acknowledgement(sCode="51008"),
        acknowledgement(clOrdId="another"),
        acknowledgement(ordId=""),
        {"id": None, "status": "rejected", "info": {"sCode": "51000"}},
    ],
)
def test_an_acknowledgement_of_anything_else_proves_nothing(answer: Any) -> None:
    with pytest.raises(UnreadableAnswer):
        created(answer)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("live", VenueOrderStatus.OPEN),
        ("partially_filled", VenueOrderStatus.OPEN),
        ("filled", VenueOrderStatus.FILLED),
        ("canceled", VenueOrderStatus.CANCELLED),
        ("mmp_canceled", VenueOrderStatus.CANCELLED),
    ],
)
def test_an_order_is_found_by_our_id(state: str, status: VenueOrderStatus) -> None:
    markets = Markets(privateGetTradeOrder=listed(order_row(7, "ours1", state=state, accFillSz="0.5")))
    found = find(markets)
    assert found is not None
    assert (found.status, found.filled_quantity, found.venue_order_id) == (status, Decimal("0.5"), "7")
    assert markets.asked == [("privateGetTradeOrder", {"instId": "BTC-USDT", "clOrdId": "ours1"})]


def test_contracts_that_have_filled_are_told_in_base_currency() -> None:
    found = find(Markets(privateGetTradeOrder=listed(order_row(7, "ours1", accFillSz="30"))), SWAP)
    assert found is not None
    assert found.filled_quantity == Decimal("0.30")


def test_an_order_that_its_own_call_denies_is_found_among_the_open_ones() -> None:
    pending = paged([order_row(number, f"other{number}") for number in range(10, 150)] + [order_row(5, "ours1")], "ordId")
    found = find(Markets(privateGetTradeOrder=denied, privateGetTradeOrdersPending=pending))
    assert found is not None
    assert found.venue_order_id == "5"


def test_an_order_that_has_ended_meanwhile_is_found_in_the_history() -> None:
    history = listed(order_row(7, "ours1", state="canceled"))
    markets = Markets(privateGetTradeOrder=denied, privateGetTradeOrdersPending=listed(), privateGetTradeOrdersHistory=history)
    found = find(markets, SWAP)
    assert found is not None
    assert found.status is VenueOrderStatus.CANCELLED
    assert [name for name, _ in markets.asked] == ["privateGetTradeOrder", "privateGetTradeOrdersPending", "privateGetTradeOrdersHistory"]
    assert markets.asked[-1][1]["instType"] == "SWAP"


def test_there_is_no_such_order_only_when_every_place_denies_it() -> None:
    places = {"privateGetTradeOrdersPending": listed(), "privateGetTradeOrdersHistory": listed(order_row(8, "other"))}
    markets = Markets(privateGetTradeOrder=denied, **places)
    assert find(markets, venue_order_id="7") is None
    assert [request.get("ordId") for name, request in markets.asked if name == "privateGetTradeOrder"] == [None, "7"]


def test_a_place_that_does_not_answer_properly_denies_nothing() -> None:
    busy: Any = lambda request: {"code": "50013", "msg": "Systems are busy", "data": []}  # noqa: E731
    with pytest.raises(ExchangeError):
        find(Markets(privateGetTradeOrder=busy))
    with pytest.raises(ExchangeError):
        find(Markets(privateGetTradeOrder=denied, privateGetTradeOrdersPending=busy))


@pytest.mark.parametrize(
    "answer",
    [
        listed(),
        listed(order_row(7, "ours1"), order_row(8, "ours1")),
        listed(order_row(7, "another")),
        listed(order_row(7, "ours1", state="odd")),
        listed(order_row(7, "ours1", accFillSz="")),
        lambda request: {"code": "0", "data": None},
        lambda request: {},
    ],
)
def test_a_spoiled_order_is_not_read(answer: Any) -> None:
    with pytest.raises(UnreadableAnswer):
        find(Markets(privateGetTradeOrder=answer))


def venue_order(filled: str) -> VenueOrder:
    return VenueOrder(client_order_id="ours1", venue_order_id="7", status=VenueOrderStatus.FILLED, filled_quantity=Decimal(filled))


def test_all_pages_of_an_orders_fills_are_read_oldest_first() -> None:
    rows = [fill_row(number) for number in range(1, 251)]
    found = asyncio.run(
        DIALECT.executions_of(Markets(privateGetTradeFills=paged(rows, "billId")), venue_order("0.25"), venue="okx", symbol=SPOT)
    )
    assert [execution.trade_id for execution in found] == [str(number) for number in range(1, 251)]


def test_fills_that_do_not_make_up_the_order_are_looked_for_in_the_archive() -> None:
    markets = Markets(privateGetTradeFills=listed(), privateGetTradeFillsHistory=listed(fill_row(1)))
    found = asyncio.run(DIALECT.executions_of(markets, venue_order("0.001"), venue="okx", symbol=SPOT))
    assert len(found) == 1


@pytest.mark.parametrize(("days", "call"), [(1, "privateGetTradeFills"), (4, "privateGetTradeFillsHistory")])
def test_fills_since_a_time_come_from_where_they_still_are(days: int, call: str) -> None:
    since = datetime.now(UTC) - timedelta(days=days)
    markets = Markets(**{call: listed(fill_row(1, clOrdId=""))})
    (execution,) = asyncio.run(DIALECT.executions_since(markets, venue="okx", symbol=SPOT, since=since))
    assert execution.client_order_id is None
    assert markets.asked[0][1]["begin"] == str(int(since.timestamp() * 1000))


def cancel(item: Json) -> None:
    markets = Markets(cancel_order=lambda request: {"code": "0", "info": item})
    asyncio.run(DIALECT.cancel(markets, symbol=SPOT, client_order_id="ours1", venue_order_id="7"))
    assert markets.asked == [("cancel_order", {"clOrdId": "ours1"})]


def test_an_order_is_cancelled_by_our_id() -> None:
    cancel({"clOrdId": "ours1", "ordId": "7", "sCode": "0", "sMsg": ""})


def test_a_cancel_that_its_item_refuses_raises_with_the_refusal() -> None:
    with pytest.raises(ExchangeError) as caught:
        cancel({"clOrdId": "ours1", "ordId": "", "sCode": "51400", "sMsg": "filled, canceled or does not exist"})
    refusal = refusal_of(caught.value)
    assert refusal is not None
    assert refusal.verdict is Verdict.NO_SUCH_ORDER


def test_an_answer_to_a_cancel_that_says_nothing_proves_nothing() -> None:
    with pytest.raises(UnreadableAnswer):
        cancel({})


@pytest.mark.parametrize(
    ("permissions", "rights"),
    [
        ("read_only", KeyRights(can_trade=False, can_withdraw=False)),
        ("read_only,trade", KeyRights(can_trade=True, can_withdraw=False)),
        ("read_only,withdraw,trade", KeyRights(can_trade=True, can_withdraw=True)),
    ],
)
def test_what_a_key_may_do(permissions: str, rights: KeyRights) -> None:
    assert asyncio.run(DIALECT.key_rights(Markets(privateGetAccountConfig=listed({"perm": permissions})))) == rights


def test_balances_are_the_cash_of_every_currency_that_is_owned() -> None:
    details = [{"ccy": "USDT", "cashBal": "10.5", "eq": "99"}, {"ccy": "BTC", "cashBal": "0"}]
    owned = asyncio.run(DIALECT.balances(Markets(privateGetAccountBalance=listed({"details": details}))))
    assert owned == {"USDT": Decimal("10.5")}


def test_an_order_carries_the_time_after_which_it_is_not_to_be_taken() -> None:
    url = "http://127.0.0.1:8900/okx/api/v5/trade/batch-orders"
    assert DIALECT.headers(None, "POST", url, now_ms=1_000_000, timeout_seconds=1.5) == {"expTime": "1001500"}


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "trade/cancel-order"), ("GET", "trade/order?clOrdId=x"), ("POST", "account/set-leverage")]
)
def test_other_requests_have_no_deadline(method: str, path: str) -> None:
    assert DIALECT.headers(None, method, f"http://127.0.0.1:8900/okx/api/v5/{path}", now_ms=1, timeout_seconds=1) == {}
