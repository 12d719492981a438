"""Orders as OKX takes, refuses, tells and cancels them."""

from typing import Any

import pytest

from execution.paper.engine import Side
from execution.paper.gateways.okx.errors import ApiError
from tests.unit.execution.paper.gateways.okx.desk import NOW, SPOT, SWAP, Desk


def test_a_limit_order_rests(desk: Desk) -> None:
    result = desk.place(clOrdId="ours1", tag="t1")
    assert (result["clOrdId"], result["tag"], result["sMsg"]) == ("ours1", "t1", "")
    order = desk.order(clOrdId="ours1")
    assert (order["state"], order["ordType"], order["px"], order["sz"], order["accFillSz"]) == ("live", "limit", "50000", "0.01", "0")
    assert (order["cancelSource"], order["avgPx"], order["tradeId"]) == ("", "", "")


def test_a_market_order_in_base_currency_takes_what_is_there(desk: Desk) -> None:
    desk.place(clOrdId="ours1", ordType="market", px="", sz="1.5", tgtCcy="base_ccy")
    order = desk.order(clOrdId="ours1")
    assert (order["state"], order["accFillSz"], order["px"]) == ("filled", "1.5", "")
    assert order["avgPx"].startswith("60000.13333")  # one at 60000.1, a half at 60000.2
    assert order["feeCcy"] == "USDT"
    assert order["fee"] == "-90.0002"  # 0.1 % of 90000.2


def test_a_market_buys_size_is_in_quote_currency_unless_told_otherwise(desk: Desk) -> None:
    desk.place(clOrdId="ours1", ordType="market", px="", sz="6000.01")
    order = desk.order(clOrdId="ours1")
    assert (order["accFillSz"], order["sz"], order["tgtCcy"]) == ("0.1", "6000.01", "quote_ccy")


def test_a_market_sells_size_is_in_base_currency_unless_told_otherwise(desk: Desk) -> None:
    desk.place(clOrdId="ours1", side="sell", ordType="market", px="", sz="0.1")
    assert desk.order(clOrdId="ours1")["accFillSz"] == "0.1"


def test_a_swap_is_counted_in_contracts(desk: Desk) -> None:
    desk.place_swap(clOrdId="ours1", ordType="market", px="", sz="150")
    order = desk.order(clOrdId="ours1", instId=SWAP)
    assert (order["accFillSz"], order["sz"], order["instType"]) == ("150", "150", "SWAP")
    assert desk.account.position("BTCUSDT-PERP").lots == 15_000  # 1.5 BTC
    (position,) = desk.read("account/positions")
    assert (position["pos"], position["instId"], position["lever"]) == ("150", SWAP, "20")


def test_a_post_only_order_that_would_take_is_accepted_and_cancelled(desk: Desk) -> None:
    assert desk.place(clOrdId="ours1", ordType="post_only", px="60000.1")["sCode"] == "0"
    order = desk.order(clOrdId="ours1")
    assert (order["state"], order["cancelSource"], order["accFillSz"]) == ("canceled", "31", "0")


def test_a_post_only_order_below_the_market_rests(desk: Desk) -> None:
    desk.place(clOrdId="ours1", ordType="post_only", px="59999.9")
    assert (desk.order(clOrdId="ours1")["state"], desk.order(clOrdId="ours1")["ordType"]) == ("live", "post_only")


def test_the_rest_of_an_ioc_is_cancelled(desk: Desk) -> None:
    desk.place(clOrdId="ours1", ordType="ioc", px="60000.1", sz="1.5")
    order = desk.order(clOrdId="ours1")
    assert (order["state"], order["accFillSz"], order["cancelSource"]) == ("canceled", "1", "14")


def test_a_fok_that_cannot_fill_trades_nothing(desk: Desk) -> None:
    desk.place(clOrdId="ours1", ordType="fok", px="60000.1", sz="1.5")
    order = desk.order(clOrdId="ours1")
    assert (order["state"], order["accFillSz"], order["cancelSource"]) == ("canceled", "0", "13")


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"instId": "DOGE-USDT"}, "51001"),
        ({"instId": ""}, "51001"),
        ({"tdMode": ""}, "51000"),
        ({"tdMode": "cross"}, "51010"),
        ({"side": "long"}, "51000"),
        ({"ordType": "stop"}, "51000"),
        ({"ordType": "optimal_limit_ioc"}, "51000"),
        ({"posSide": "long"}, "51000"),
        ({"px": ""}, "51204"),
        ({"px": "cheap"}, "51000"),
        ({"px": "-1"}, "51000"),
        ({"px": "50000.01"}, "51150"),
        ({"px": "1000"}, "51137"),
        ({"sz": ""}, "51000"),
        ({"sz": "1e3"}, "51000"),
        ({"sz": "0.000001"}, "51121"),
        ({"sz": "0.00009"}, "51020"),
        ({"sz": "101"}, "51005"),
        ({"sz": "0"}, "51020"),
        ({"clOrdId": "has_underscore"}, "51000"),
        ({"clOrdId": "x" * 33}, "51000"),
        ({"tag": "t" * 17}, "51000"),
        ({"tgtCcy": "BTC", "ordType": "market"}, "51000"),
        ({"reduceOnly": True}, "51205"),
        ({"reduceOnly": "perhaps"}, "51000"),
    ],
)
def test_what_is_wrong_with_an_order_is_told_by_its_code(desk: Desk, item: dict[str, Any], code: str) -> None:
    result = desk.place(**item)
    assert (result["sCode"], result["ordId"]) == (code, "")
    assert not desk.account.orders


def test_an_order_that_cannot_be_paid_for_is_refused(desk: Desk) -> None:
    desk.account.balance("USDT").free = 100 * 10**8
    result = desk.place(px="59999.9", sz="1")
    assert (result["sCode"], result["subCode"]) == ("51008", "1000")
    assert "USDT" in result["sMsg"]


def test_what_is_missing_of_a_sell_is_base_currency(desk: Desk) -> None:
    desk.account.balance("BTC").free = 0
    assert "BTC balance" in desk.place(side="sell", px="60001")["sMsg"]


def test_a_client_id_in_use_is_refused(desk: Desk) -> None:
    desk.place(clOrdId="ours1")
    assert desk.place(clOrdId="ours1")["sCode"] == "51016"


def test_an_order_after_the_requests_deadline_is_refused(desk: Desk) -> None:
    assert desk.place(expires_ms=NOW)["sCode"] == "0"
    assert desk.place(expires_ms=NOW - 1)["sCode"] == "50036"
    assert len(desk.account.orders) == 1


def test_a_market_that_is_closed_takes_no_orders(desk: Desk) -> None:
    desk.venue.pairs["BTCUSDT"].is_trading = False
    assert desk.place()["sCode"] == "51022"


def test_a_reduce_only_order_without_a_position_is_refused(desk: Desk) -> None:
    assert desk.place_swap(side="sell", px="60001", reduceOnly=True)["sCode"] == "51169"


@pytest.mark.parametrize(("side", "size", "code"), [("buy", "1", "51170"), ("sell", "11", "51112"), ("sell", "10", "0")])
def test_a_reduce_only_order_may_only_close_what_is_open(desk: Desk, side: str, size: str, code: str) -> None:
    desk.place_swap(ordType="market", px="", sz="10")
    assert desk.place_swap(side=side, ordType="market", px="", sz=size, reduceOnly="true")["sCode"] == code


def test_a_batch_answers_for_each_order_and_for_all(desk: Desk) -> None:
    item = {"instId": SPOT, "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "50000", "sz": "0.01"}
    answer = desk.orders.place(desk.account, [item, {**item, "sz": "x"}], NOW, expires_ms=None)
    assert (answer["code"], [result["sCode"] for result in answer["data"]]) == ("2", ["0", "51000"])
    failed = desk.orders.place(desk.account, [{**item, "sz": "x"}] * 2, NOW, expires_ms=None)
    assert failed["code"] == "1"


def test_twenty_orders_are_the_most(desk: Desk) -> None:
    with pytest.raises(ApiError, match="51111"):
        desk.orders.place(desk.account, [{}] * 21, NOW, expires_ms=None)


@pytest.mark.parametrize("body", ["order", 1, None, [1]])
def test_a_body_that_is_no_order_is_refused(desk: Desk, body: Any) -> None:
    with pytest.raises(ApiError, match="50002"):
        desk.orders.place(desk.account, body, NOW, expires_ms=None)


def test_an_order_is_cancelled_by_either_id(desk: Desk) -> None:
    first, second = desk.place(clOrdId="ours1"), desk.place(clOrdId="ours2")
    assert desk.cancel(clOrdId="ours1")["ordId"] == first["ordId"]
    assert desk.cancel(ordId=second["ordId"], clOrdId="ours1")["clOrdId"] == "ours2"  # the venue's id goes first
    assert {order["cancelSource"] for order in desk.read("trade/orders-history", instType="SPOT")} == {"1"}


@pytest.mark.parametrize("item", [{"clOrdId": "nobody"}, {"ordId": "1"}, {"clOrdId": "ended"}])
def test_what_is_not_open_cannot_be_cancelled(desk: Desk, item: dict[str, str]) -> None:
    desk.place(clOrdId="ended", ordType="ioc", px="60000.1")
    assert desk.cancel(**item)["sCode"] == "51400"


@pytest.mark.parametrize(("item", "code"), [({}, "51003"), ({"ordId": "x"}, "51000"), ({"clOrdId": "a b"}, "51000")])
def test_a_cancel_names_an_order(desk: Desk, item: dict[str, str], code: str) -> None:
    assert desk.cancel(**item)["sCode"] == code


def test_an_own_order_in_the_way_is_cancelled(desk: Desk) -> None:
    desk.place(clOrdId="maker", side="sell", px="60000")
    desk.place(clOrdId="taker", ordType="ioc", px="60000.1")
    assert desk.order(clOrdId="maker")["cancelSource"] == "32"
    assert desk.order(clOrdId="taker")["state"] == "filled"


def test_a_maker_pays_the_makers_fee(desk: Desk) -> None:
    desk.place(clOrdId="ours1", px="60000")
    pair = desk.venue.pairs["BTCUSDT"]
    desk.venue.apply_fills(pair, pair.book.take_background(Side.SELL, 600_000, pair.listing.lots(1)), NOW)
    (fill,) = desk.read("trade/fills", instId=SPOT)
    assert (fill["execType"], fill["fee"], fill["side"], fill["fillSz"]) == ("M", "-0.48", "buy", "0.01")  # 0.08 % of 600
