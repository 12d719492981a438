"""Orders on Coinbase's paper venue: what is taken, what is refused in which words, and what the lists tell of it."""

from typing import Any

import pytest

from execution.paper.gateways.coinbase.errors import ApiError
from tests.unit.execution.paper.gateways.coinbase.desk import NOW, Desk


def failure(answer: Any) -> tuple[str, str]:
    """Return the names in a refusal."""
    assert answer["success"] is False
    return answer["error_response"]["error"], answer["error_response"]["preview_failure_reason"]


def order_of(desk: Desk, answer: Any) -> Any:
    order_id = answer["success_response"]["order_id"]
    return desk.calls.order(desk.account, desk.ask(path={"order_id": order_id}))["order"]


def test_a_market_order_is_sized_in_base_currency(desk: Desk) -> None:
    order = order_of(desk, desk.create({"market_market_ioc": {"base_size": "1.5"}}))
    assert (order["status"], order["filled_size"], order["filled_value"], order["number_of_fills"]) == ("FILLED", "1.5000", "150.02", "2")
    assert order["average_filled_price"] == "100.0133333333333333"


def test_a_market_order_may_spend_an_amount(desk: Desk) -> None:
    order = order_of(desk, desk.create({"market_market_ioc": {"quote_size": "50"}}))
    assert (order["status"], order["size_in_quote"], order["filled_size"]) == ("FILLED", True, "0.4999")
    assert order["order_configuration"] == {"market_market_ioc": {"quote_size": "50"}}


def test_a_limit_order_rests_and_holds_its_price_and_the_highest_fee(desk: Desk) -> None:
    order = order_of(desk, desk.limit("90", "1"))
    assert (order["status"], order["filled_size"], order["time_in_force"]) == ("OPEN", "0.0000", "GOOD_UNTIL_CANCELLED")
    assert order["outstanding_hold_amount"] == "90.144"


def test_an_ioc_takes_what_is_there_and_ends(desk: Desk) -> None:
    order = order_of(desk, desk.create({"sor_limit_ioc": {"base_size": "3", "limit_price": "100.02"}}))
    assert (order["status"], order["filled_size"], order["time_in_force"]) == ("CANCELLED", "2.0000", "IMMEDIATE_OR_CANCEL")


def test_a_fok_that_cannot_be_filled_ends_without_a_fill(desk: Desk) -> None:
    order = order_of(desk, desk.create({"limit_limit_fok": {"base_size": "3", "limit_price": "100.02"}}))
    assert (order["status"], order["filled_size"], order["time_in_force"]) == ("CANCELLED", "0.0000", "FILL_OR_KILL")


def test_a_post_only_order_that_would_take_is_refused_and_leaves_nothing(desk: Desk) -> None:
    answer = desk.limit("100.01", "1", post_only=True)
    assert failure(answer) == ("INVALID_LIMIT_PRICE_POST_ONLY", "PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY")
    assert desk.calls.orders(desk.account, desk.ask())["orders"] == []


@pytest.mark.parametrize(
    ("configuration", "changes", "names"),
    [
        (
            {"limit_limit_gtc": {"base_size": "1", "limit_price": "90.001"}},
            {},
            ("INVALID_PRICE_PRECISION", "PREVIEW_INVALID_PRICE_PRECISION"),
        ),
        (
            {"limit_limit_gtc": {"base_size": "1.00001", "limit_price": "90"}},
            {},
            ("INVALID_SIZE_PRECISION", "PREVIEW_INVALID_SIZE_PRECISION"),
        ),
        (
            {"limit_limit_gtc": {"base_size": "0", "limit_price": "90"}},
            {},
            ("UNKNOWN_FAILURE_REASON", "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL"),
        ),
        (
            {"limit_limit_gtc": {"base_size": "101", "limit_price": "90"}},
            {},
            ("UNKNOWN_FAILURE_REASON", "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL"),
        ),
        (
            {"limit_limit_gtc": {"base_size": "0.001", "limit_price": "90"}},
            {},
            ("UNKNOWN_FAILURE_REASON", "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL"),
        ),
        ({"limit_limit_gtc": {"base_size": "1", "limit_price": "-1"}}, {}, ("UNKNOWN_FAILURE_REASON", "PREVIEW_INVALID_LIMIT_PRICE")),
        (
            {"limit_limit_gtc": {"base_size": "1", "limit_price": "9"}},
            {},
            ("LIMIT_PRICE_TOO_FAR_FROM_MARKET", "PREVIEW_LIMIT_PRICE_TOO_FAR_FROM_MARKET"),
        ),
        ({"market_market_ioc": {"quote_size": "0.001"}}, {}, ("INVALID_SIZE_PRECISION", "PREVIEW_INVALID_QUOTE_SIZE_PRECISION")),
        ({"stop_limit_stop_limit_gtc": {"base_size": "1"}}, {}, ("UNSUPPORTED_ORDER_CONFIGURATION", "PREVIEW_INVALID_ORDER_CONFIG")),
        ({"market_market_ioc": {"base_size": "1"}}, {"product_id": "BTC-USD"}, ("INVALID_PRODUCT_ID", "PREVIEW_INVALID_PRODUCT_ID")),
        (
            {"market_market_ioc": {"base_size": "1"}},
            {"reduce_only": True},
            ("REDUCE_ONLY_NOT_ALLOWED_ON_SPOT_PRODUCTS", "PREVIEW_REDUCE_ONLY_NOT_ALLOWED_ON_SPOT_PRODUCTS"),
        ),
    ],
)
def test_an_order_is_refused_in_the_venues_words(desk: Desk, configuration: Any, changes: Any, names: tuple[str, str]) -> None:
    assert failure(desk.create(configuration, **changes)) == names
    assert not desk.account.orders


def test_an_order_beyond_the_balance_is_refused(desk: Desk) -> None:
    desk.account.balance("USDT").free = 1
    assert failure(desk.limit("90", "1")) == ("INSUFFICIENT_FUND", "PREVIEW_INSUFFICIENT_FUND")


@pytest.mark.parametrize(
    ("configuration", "changes"),
    [
        (None, {}),
        ("market", {}),
        ({}, {}),
        ({"market_market_ioc": {"base_size": "1"}, "limit_limit_gtc": {"base_size": "1"}}, {}),
        ({"market_market_ioc": None}, {}),
        ({"market_market_ioc": {}}, {}),
        ({"market_market_ioc": {"base_size": "a lot"}}, {}),
        ({"limit_limit_gtc": {"base_size": "1"}}, {}),
        ({"market_market_ioc": {"base_size": "1"}}, {"client_order_id": ""}),
        ({"market_market_ioc": {"base_size": "1"}}, {"client_order_id": 7}),
        ({"market_market_ioc": {"base_size": "1"}}, {"side": "buy"}),
    ],
)
def test_a_call_that_asks_for_no_order_is_an_invalid_argument(desk: Desk, configuration: Any, changes: Any) -> None:
    with pytest.raises(ApiError) as raised:
        desk.create(configuration, **changes)
    assert raised.value.status == 400
    assert isinstance(raised.value.body, dict)
    assert raised.value.body["error"] == "INVALID_ARGUMENT"


def test_a_used_client_id_returns_the_order_that_has_it_and_nothing_happens(desk: Desk) -> None:
    first = desk.limit("90", "1")
    again = desk.create({"market_market_ioc": {"base_size": "1"}})
    assert again["success"] is True
    assert again["success_response"] == first["success_response"]
    assert len(desk.account.orders) == 1
    assert not desk.account.trades


def cancel(desk: Desk, *ids: str) -> Any:
    return desk.calls.cancel(desk.account, desk.ask(body={"order_ids": list(ids)}))["results"]


def test_each_cancel_of_a_batch_has_its_own_result(desk: Desk) -> None:
    resting = desk.limit("90", "1", client_id="a")["success_response"]["order_id"]
    filled = desk.create({"market_market_ioc": {"base_size": "1"}}, client_id="b")["success_response"]["order_id"]
    results = cancel(desk, resting, filled, "00000000-0000-0000-0000-000000000009", "nonsense")
    assert [(one["success"], one["failure_reason"]) for one in results] == [
        (True, "UNKNOWN_CANCEL_FAILURE_REASON"),
        (False, "ORDER_IS_FULLY_FILLED"),
        (False, "UNKNOWN_CANCEL_ORDER"),
        (False, "UNKNOWN_CANCEL_ORDER"),
    ]
    assert cancel(desk, resting)[0]["failure_reason"] == "UNKNOWN_CANCEL_ORDER"


@pytest.mark.parametrize("ids", [None, [], "all", ["1"] * 101])
def test_a_cancel_of_nothing_or_of_too_much_is_refused(desk: Desk, ids: Any) -> None:
    with pytest.raises(ApiError):
        desk.calls.cancel(desk.account, desk.ask(body={"order_ids": ids}))


@pytest.mark.parametrize("order_id", ["00000000-0000-0000-0000-000000000009", "nonsense", ""])
def test_an_unknown_order_is_denied(desk: Desk, order_id: str) -> None:
    with pytest.raises(ApiError) as raised:
        desk.calls.order(desk.account, desk.ask(path={"order_id": order_id}))
    assert raised.value.status == 404


def listed(desk: Desk, *query: tuple[str, str]) -> list[str]:
    return [order["client_order_id"] for order in desk.calls.orders(desk.account, desk.ask(query))["orders"]]


def test_lists_are_newest_first_and_filtered(desk: Desk) -> None:
    ids = {}
    for number, price in enumerate(("90", "100.01", "91")):
        ids[number] = desk.limit(price, "1", client_id=f"c{number}", now_ms=NOW + 1000 * number)["success_response"]["order_id"]
    assert listed(desk) == ["c2", "c1", "c0"]
    assert listed(desk, ("order_status", "OPEN")) == ["c2", "c0"]
    assert listed(desk, ("order_ids", ids[1]), ("order_ids", ids[0])) == ["c1", "c0"]
    assert listed(desk, ("product_ids", "ETH-USDT")) == []
    assert listed(desk, ("order_side", "SELL")) == []
    assert listed(desk, ("start_date", "2023-11-14T22:13:21Z"), ("end_date", "2023-11-14T22:13:22Z")) == ["c1"]


@pytest.mark.parametrize("query", [("limit", "0"), ("limit", "x"), ("cursor", "x"), ("start_date", "yesterday")])
def test_a_list_asked_for_in_another_way_is_refused(desk: Desk, query: tuple[str, str]) -> None:
    desk.limit("90", "1")
    with pytest.raises(ApiError):
        listed(desk, query)


def test_pages_do_not_shift_when_orders_are_added(desk: Desk) -> None:
    for number in range(5):
        desk.limit("90", "1", client_id=f"c{number}")
    first = desk.calls.orders(desk.account, desk.ask([("limit", "2")]))
    desk.limit("90", "1", client_id="late")
    second = desk.calls.orders(desk.account, desk.ask([("limit", "2"), ("cursor", first["cursor"])]))
    third = desk.calls.orders(desk.account, desk.ask([("limit", "2"), ("cursor", second["cursor"])]))
    pages = [[order["client_order_id"] for order in page["orders"]] for page in (first, second, third)]
    assert pages == [["c4", "c3"], ["c2", "c1"], ["c0"]]
    assert [page["has_next"] for page in (first, second, third)] == [True, True, False]
    assert third["cursor"] == ""


def test_fills_add_up_to_their_order_and_name_its_fee(desk: Desk) -> None:
    order_id = desk.create({"market_market_ioc": {"base_size": "1.5"}})["success_response"]["order_id"]
    desk.create({"market_market_ioc": {"base_size": "1"}}, client_id="other", side="SELL")
    rows = desk.calls.fills(desk.account, desk.ask([("order_ids", order_id)]))["fills"]
    assert [(row["price"], row["size"], row["commission"], row["liquidity_indicator"]) for row in rows] == [
        ("100.02", "0.5000", "0.080016", "TAKER"),
        ("100.01", "1.0000", "0.160016", "TAKER"),
    ]
    assert len(desk.calls.fills(desk.account, desk.ask())["fills"]) == 3


def test_a_fill_that_was_bought_for_an_amount_is_sized_in_quote_currency(desk: Desk) -> None:
    desk.create({"market_market_ioc": {"quote_size": "50"}})
    (row,) = desk.calls.fills(desk.account, desk.ask())["fills"]
    assert (row["size_in_quote"], row["size"]) == (True, "49.994999")


def test_orders_that_the_venue_has_forgotten_are_in_no_list_and_live(desk: Desk) -> None:
    desk.venue.behaviour.hidden_until_ms = NOW + 60_000
    order_id = desk.limit("90", "1")["success_response"]["order_id"]
    assert listed(desk) == []
    with pytest.raises(ApiError):
        desk.calls.order(desk.account, desk.ask(path={"order_id": order_id}))
    assert cancel(desk, order_id)[0]["success"] is True


def test_what_an_order_holds_is_not_available(desk: Desk) -> None:
    desk.limit("90", "1")
    rows = desk.calls.accounts(desk.account, desk.ask([("limit", "250")]))["accounts"]
    usdt = next(row for row in rows if row["currency"] == "USDT")
    assert usdt["hold"] == {"value": "90.144", "currency": "USDT"}


def test_a_key_tells_whether_it_may_withdraw(desk: Desk) -> None:
    trader = desk.calls.key_permissions(desk.account, desk.ask())
    banker = desk.calls.key_permissions(desk.venue.open_account("w"), desk.ask())
    assert (trader["can_trade"], trader["can_transfer"], banker["can_transfer"]) == (True, False, True)
