"""What is told of orders, fills, holdings and markets."""

from typing import Any

import pytest

from execution.paper.gateways.okx.deadman import DeadMan
from execution.paper.gateways.okx.errors import ApiError
from tests.unit.execution.paper.gateways.okx.desk import NOW, SPOT, SWAP, Desk

HOUR_MS = 3_600_000


def code(desk: Desk, call: str, **params: Any) -> str:
    with pytest.raises(ApiError) as refused:
        {**desk.public}[call](params, NOW) if call in desk.public else desk.read(call, **params)
    return refused.value.code


def ids(rows: list[Any]) -> list[str]:
    return [row["clOrdId"] for row in rows]


def test_an_unknown_order_is_denied(desk: Desk) -> None:
    assert code(desk, "trade/order", instId=SPOT, clOrdId="nobody") == "51603"
    assert code(desk, "trade/order", instId=SWAP, ordId="1") == "51603"


def test_an_order_is_not_found_under_another_instrument(desk: Desk) -> None:
    desk.place(clOrdId="ours1")
    assert code(desk, "trade/order", instId=SWAP, clOrdId="ours1") == "51603"


def test_open_orders_are_told_newest_first_and_by_page(desk: Desk) -> None:
    numbers = [desk.place(clOrdId=f"n{number}")["ordId"] for number in range(5)]
    assert ids(desk.read("trade/orders-pending")) == ["n4", "n3", "n2", "n1", "n0"]
    assert ids(desk.read("trade/orders-pending", limit="2")) == ["n4", "n3"]
    assert ids(desk.read("trade/orders-pending", limit="2", after=numbers[3])) == ["n2", "n1"]
    assert ids(desk.read("trade/orders-pending", limit="2", before=numbers[0])) == ["n2", "n1"]
    assert ids(desk.read("trade/orders-pending", instType="SWAP")) == []
    assert ids(desk.read("trade/orders-pending", ordType="post_only,ioc")) == []


def test_the_history_holds_what_has_ended(desk: Desk) -> None:
    desk.place(clOrdId="open")
    desk.place(clOrdId="filled", ordType="market", px="", sz="0.1", tgtCcy="base_ccy")
    desk.place(clOrdId="unfilled", ordType="fok", px="59000")
    assert set(ids(desk.read("trade/orders-history", instType="SPOT"))) == {"filled", "unfilled"}
    assert ids(desk.read("trade/orders-history", instType="SPOT", state="canceled")) == ["unfilled"]
    assert ids(desk.read("trade/orders-history", instType="SPOT", begin=str(NOW + 1))) == []
    assert code(desk, "trade/orders-history") == "50014"


def test_an_order_that_never_traded_is_forgotten_after_two_hours(desk: Desk) -> None:
    desk.place(clOrdId="unfilled", ordType="fok", px="59000")
    assert ids(desk.read("trade/orders-history", instType="SPOT", now_ms=NOW + 2 * HOUR_MS)) == ["unfilled"]
    assert ids(desk.read("trade/orders-history", instType="SPOT", now_ms=NOW + 2 * HOUR_MS + 1)) == []


def test_fills_are_told_by_order_instrument_and_time(desk: Desk) -> None:
    first = desk.place(clOrdId="a", ordType="market", px="", sz="1.5", tgtCcy="base_ccy")["ordId"]
    desk.place_swap(clOrdId="b", ordType="market", px="")
    assert ids(desk.read("trade/fills")) == ["b", "a", "a"]
    assert [row["fillSz"] for row in desk.read("trade/fills", ordId=first)] == ["0.5", "1"]
    assert ids(desk.read("trade/fills", instType="SWAP")) == ["b"]
    assert ids(desk.read("trade/fills", begin=str(NOW + 1))) == []
    newest = desk.read("trade/fills", limit="1")[0]["billId"]
    assert ids(desk.read("trade/fills", after=newest)) == ["a", "a"]
    assert code(desk, "trade/fills-history") == "50014"


@pytest.mark.parametrize("params", [{"limit": "x"}, {"after": "-1"}, {"before": "1.5"}, {"begin": "now"}, {"instType": "STOCK"}])
def test_a_parameter_that_cannot_be_read_is_refused(desk: Desk, params: dict[str, str]) -> None:
    desk.place(ordType="market", px="", sz="0.1", tgtCcy="base_ccy")
    assert code(desk, "trade/fills", **params) == "51000"


def test_a_hidden_order_is_denied_and_listed_nowhere(desk: Desk) -> None:
    desk.venue.behaviour.hidden_until_ms, desk.venue.behaviour.hidden_since_ms = NOW + 1000, NOW
    desk.place(clOrdId="ours1")
    desk.place(clOrdId="ours2", ordType="market", px="", sz="0.1", tgtCcy="base_ccy")
    assert code(desk, "trade/order", instId=SPOT, clOrdId="ours1") == "51603"
    assert desk.read("trade/orders-pending") == desk.read("trade/fills") == desk.read("trade/orders-history", instType="SPOT") == []


def test_balances_tell_what_is_free_and_what_is_in_orders(desk: Desk) -> None:
    desk.account.balance("USDT").free = 1000 * 10**8
    desk.place(sz="0.01")  # 500 and the fee
    (account,) = desk.read("account/balance", ccy="USDT")
    (row,) = account["details"]
    assert (row["cashBal"], row["availBal"], row["frozenBal"], row["eq"]) == ("1000", "499.5", "500.5", "1000")


@pytest.mark.parametrize(("key", "rights"), [("k", "read_only,trade"), ("w", "read_only,withdraw,trade")])
def test_the_configuration_tells_what_the_key_may_do(desk: Desk, key: str, rights: str) -> None:
    desk.account = desk.venue.open_account(key)
    (config,) = desk.read("account/config")
    assert (config["perm"], config["posMode"], config["acctLv"]) == (rights, "net_mode", "2")


def test_fees_are_negative_when_charged(desk: Desk) -> None:
    (spot,) = desk.read("account/trade-fee", instType="SPOT", instId=SPOT)
    (swap,) = desk.read("account/trade-fee", instType="SWAP")
    assert (spot["maker"], spot["taker"]) == ("-0.0008", "-0.001")
    assert (swap["makerU"], swap["takerU"]) == ("-0.0002", "-0.0005")


def test_leverage_is_set_within_what_the_swap_allows(desk: Desk) -> None:
    set_leverage = desk.holdings.writes["account/set-leverage"]
    asked = {"instId": SWAP, "mgnMode": "cross"}
    assert set_leverage(desk.account, {**asked, "lever": 10}, NOW)[0]["lever"] == "10"
    assert desk.read("account/leverage-info", **asked)[0]["lever"] == "10"
    for params, expected in (
        ({**asked, "lever": "101"}, "59102"),
        ({**asked, "lever": "x"}, "51000"),
        ({**asked, "instId": SPOT, "lever": "2"}, "51001"),
    ):
        with pytest.raises(ApiError, match=expected):
            set_leverage(desk.account, params, NOW)


def test_a_drifted_position_is_told_as_the_venue_has_it(desk: Desk) -> None:
    desk.venue.behaviour.position_drift["BTCUSDT-PERP"] = -50
    (position,) = desk.read("account/positions", instId=SWAP)
    assert position["pos"] == "-0.5"


def test_listings_tell_sizes_in_contracts(desk: Desk) -> None:
    (swap,) = desk.public["public/instruments"]({"instType": "SWAP"}, NOW)
    assert (swap["instId"], swap["ctVal"], swap["lotSz"], swap["minSz"], swap["tickSz"]) == (SWAP, "0.01", "0.01", "0.01", "0.1")
    assert (swap["settleCcy"], swap["uly"], swap["state"], swap["lever"], swap["maxLmtSz"]) == ("USDT", SPOT, "live", "100", "10000")
    (spot,) = desk.public["public/instruments"]({"instType": "SPOT"}, NOW)
    assert (spot["baseCcy"], spot["lotSz"], spot["minSz"], spot["ctVal"]) == ("BTC", "0.00001", "0.0001", "")
    assert desk.public["public/instruments"]({"instType": "OPTION"}, NOW) == []


def test_a_book_tells_as_many_levels_as_are_asked_for(desk: Desk) -> None:
    (book,) = desk.public["market/books"]({"instId": SPOT, "sz": "2"}, NOW)
    assert book["bids"] == [["59999.9", "1", "0", "1"], ["59999.8", "1", "0", "1"]]
    (swap,) = desk.public["market/books"]({"instId": SWAP}, NOW)
    assert swap["asks"] == [["60000.1", "100", "0", "1"]]  # contracts
    (full,) = desk.public["market/books-full"]({"instId": SPOT, "sz": "500"}, NOW)
    assert full["asks"][0] == ["60000.1", "1", "1"]


def test_trades_tickers_and_candles_tell_what_has_traded(desk: Desk) -> None:
    desk.place_swap(ordType="market", px="", sz="150")
    newest, oldest = desk.public["market/trades"]({"instId": SWAP}, NOW)
    assert (newest["px"], newest["sz"], newest["side"], oldest["sz"]) == ("60000.2", "50", "buy", "100")
    (ticker,) = desk.public["market/ticker"]({"instId": SWAP}, NOW)
    assert (ticker["last"], ticker["vol24h"], ticker["volCcy24h"]) == ("60000.2", "150", "1.5")
    (candle,) = desk.public["market/candles"]({"instId": SWAP, "bar": "1m"}, NOW)
    assert candle[1:] == ["60000.1", "60000.2", "60000.1", "60000.2", "150", "1.5", "90000.2", "0"]
    assert [row["instId"] for row in desk.public["market/tickers"]({"instType": "SPOT"}, NOW)] == [SPOT]


def test_mark_prices_and_funding_are_the_swaps_alone(desk: Desk) -> None:
    (mark,) = desk.public["public/mark-price"]({"instType": "SWAP"}, NOW)
    assert (mark["instId"], mark["markPx"]) == (SWAP, "60000")
    (funding,) = desk.public["public/funding-rate"]({"instId": SWAP}, NOW)
    assert int(funding["fundingTime"]) % (8 * HOUR_MS) == 0
    assert code(desk, "public/funding-rate", instId=SPOT) == "51000"


@pytest.mark.parametrize(
    ("call", "params", "expected"),
    [
        ("public/instruments", {}, "50014"),
        ("public/instruments", {"instType": "STOCK"}, "51000"),
        ("market/books", {}, "50014"),
        ("market/books", {"instId": "X-Y"}, "51001"),
        ("market/books", {"instId": SPOT, "sz": "x"}, "51000"),
        ("market/candles", {"instId": SPOT, "bar": "7m"}, "51000"),
    ],
)
def test_what_cannot_be_told_is_refused(desk: Desk, call: str, params: dict[str, str], expected: str) -> None:
    assert code(desk, call, **params) == expected


def test_silence_cancels_every_open_order(desk: Desk) -> None:
    desk.place(clOrdId="ours1")
    desk.place_swap(clOrdId="ours2")
    timer: DeadMan = desk.deadman
    (armed,) = timer.arm(desk.account, {"timeOut": 10}, NOW)
    assert armed["triggerTime"] == str(NOW + 10_000)
    assert not timer.cancel_due(NOW + 9_999)
    assert timer.cancel_due(NOW + 10_000)
    assert desk.order(clOrdId="ours1")["cancelSource"] == "20"
    assert not desk.account.open_orders


def test_a_sign_of_life_puts_the_timer_off_and_zero_stops_it(desk: Desk) -> None:
    desk.place()
    desk.deadman.arm(desk.account, {"timeOut": "10"}, NOW)
    desk.deadman.arm(desk.account, {"timeOut": "120"}, NOW + 9_000)
    assert not desk.deadman.cancel_due(NOW + 20_000)
    (stopped,) = desk.deadman.arm(desk.account, {"timeOut": "0"}, NOW + 21_000)
    assert stopped["triggerTime"] == "0"
    assert not desk.deadman.cancel_due(NOW + 10**9)
    assert desk.account.open_orders


@pytest.mark.parametrize("seconds", ["", "x", "9", "121", "-1"])
def test_a_timer_of_another_length_is_refused(desk: Desk, seconds: str) -> None:
    with pytest.raises(ApiError):
        desk.deadman.arm(desk.account, {"timeOut": seconds}, NOW)
