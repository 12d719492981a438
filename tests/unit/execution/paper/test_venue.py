"""A venue's accounts: money and quantity are conserved, refusals change nothing, fees and records are exact."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.paper.accounts import Account, Order
from execution.paper.errors import ApiError
from execution.paper.listings import INITIAL_BALANCES, LISTINGS, VENUES, FeeAsset
from execution.paper.orders import read_request
from execution.paper.venue import Venue

NOW = 1_700_000_000_000
BTC = LISTINGS["BTCUSDT"]
KEYS = ("ann", "bob", "cid")


def open_venue(name: str = "binance", fee_asset: FeeAsset = FeeAsset.QUOTE) -> Venue:
    venue = Venue(replace(VENUES[name], fee_asset=fee_asset), LISTINGS.values(), now_ms=NOW, journal=lambda record: None)
    for key in KEYS:
        venue.open_account(key)
    venue.pairs["BTCUSDT"].is_trading = True
    return venue


def place(venue: Venue, key: str, **params: str) -> Order:
    request = read_request({"symbol": "BTCUSDT", **params}, BTC)
    return venue.place(venue.accounts[key], request, NOW)[0]


def limit(side: str, quantity: str, price: str, **more: str) -> dict[str, str]:
    return {"type": "LIMIT", "timeInForce": "GTC", "side": side, "quantity": quantity, "price": price, **more}


def owned(account: Account) -> dict[str, int]:
    return {asset: balance.free + balance.locked for asset, balance in account.balances.items()}


ORDERS = st.builds(
    lambda kind, side, lots, ticks, key, target: (kind, side, lots, ticks, key, target),
    st.sampled_from(["GTC", "IOC", "FOK", "LIMIT_MAKER", "MARKET", "QUOTE", "cancel"]),
    st.sampled_from(["BUY", "SELL"]),
    st.integers(1, 4_000_000),
    st.integers(5_990_000, 6_010_000),
    st.sampled_from(KEYS),
    st.integers(0, 30),
)


def attempt(venue: Venue, action: tuple[str, str, int, int, str, int], placed: list[Order]) -> None:
    kind, side, lots, ticks, key, target = action
    quantity, price = BTC.quantity_text(lots), BTC.price_text(ticks)
    by_kind: Mapping[str, dict[str, str]] = {
        "LIMIT_MAKER": {"type": "LIMIT_MAKER", "side": side, "quantity": quantity, "price": price},
        "MARKET": {"type": "MARKET", "side": side, "quantity": quantity},
        "QUOTE": {"type": "MARKET", "side": side, "quoteOrderQty": BTC.notional_text(lots * 1000)},
    }
    try:
        if kind == "cancel":
            order = placed[target % len(placed)] if placed else None
            venue.cancel(venue.accounts[key], order, "cancel-1", NOW)
        else:
            placed.append(place(venue, key, **by_kind.get(kind, limit(side, quantity, price, timeInForce=kind))))
    except ApiError:
        pass


@given(st.lists(ORDERS, max_size=30), st.sampled_from(FeeAsset))
def test_money_and_quantity_are_conserved_and_no_balance_is_negative(actions: list[Any], fee_asset: FeeAsset) -> None:
    venue, placed = open_venue(fee_asset=fee_asset), list[Order]()
    for action in actions:
        attempt(venue, action, placed)
    commissions = {"BTC": 0, "USDT": 0}
    for account in venue.accounts.values():
        assert all(balance.free >= 0 and balance.locked >= 0 for balance in account.balances.values())
        for trade in account.trades:
            commissions[trade.commission_asset] += trade.commission
    for asset, charged in commissions.items():
        held = sum(owned(account)[asset] for account in venue.accounts.values())
        assert held + charged == len(KEYS) * INITIAL_BALANCES[asset] * 10**8


@given(st.lists(ORDERS, max_size=30), st.sampled_from(FeeAsset))
def test_only_open_orders_hold_money_and_nothing_is_left_locked_after_cancelling_them(actions: list[Any], fee_asset: FeeAsset) -> None:
    venue, placed = open_venue(fee_asset=fee_asset), list[Order]()
    for action in actions:
        attempt(venue, action, placed)
    for account in venue.accounts.values():
        assert sum(balance.locked for balance in account.balances.values()) == sum(order.locked for order in account.open_orders.values())
        for order in list(account.open_orders.values()):
            venue.cancel(account, order, "cancel-1", NOW)
        assert all(balance.locked == 0 for balance in account.balances.values())


@given(st.lists(ORDERS, max_size=30))
def test_an_orders_executed_quantity_is_the_sum_of_its_trades(actions: list[Any]) -> None:
    venue, placed = open_venue(), list[Order]()
    for action in actions:
        attempt(venue, action, placed)
    for account in venue.accounts.values():
        for order in account.orders.values():
            trades = [trade for trade in account.trades if trade.order_id == order.order_id]
            assert order.executed == sum(trade.quantity for trade in trades) <= order.quantity
            assert order.executed_units == sum(trade.quantity * trade.price for trade in trades)


def test_a_taker_pays_the_taker_fee_and_its_maker_the_maker_fee_in_quote() -> None:
    venue = open_venue("okx")
    place(venue, "ann", **limit("SELL", "2", "60000"))
    place(venue, "bob", type="MARKET", side="BUY", quantity="1.5")
    assert owned(venue.accounts["ann"])["USDT"] == (10_000_000 + 90_000 - 72) * 10**8  # 8 bps of 90,000
    assert owned(venue.accounts["bob"])["USDT"] == (10_000_000 - 90_000 - 90) * 10**8  # 10 bps
    assert owned(venue.accounts["bob"])["BTC"] == 101_5 * 10**7


def test_a_venue_that_charges_the_received_asset_takes_base_from_a_buyer() -> None:
    venue = open_venue(fee_asset=FeeAsset.RECEIVED)
    place(venue, "ann", **limit("SELL", "1", "60000"))
    place(venue, "bob", type="MARKET", side="BUY", quantity="1")
    assert owned(venue.accounts["bob"])["BTC"] == 101 * 10**8 - 10**5
    assert owned(venue.accounts["bob"])["USDT"] == (10_000_000 - 60_000) * 10**8
    assert owned(venue.accounts["ann"])["USDT"] == (10_000_000 + 60_000 - 60) * 10**8


def test_a_price_better_than_the_limit_frees_what_was_locked_for_the_limit() -> None:
    venue = open_venue()
    place(venue, "ann", **limit("SELL", "1", "60000"))
    place(venue, "bob", **limit("BUY", "1", "61000"))
    assert venue.accounts["bob"].balance("USDT").locked == 0
    assert venue.accounts["bob"].balance("USDT").free == (10_000_000 - 60_000 - 60) * 10**8


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (limit("BUY", "1000", "60000"), "Account has insufficient balance for requested action."),
        ({"type": "LIMIT_MAKER", "side": "BUY", "quantity": "1", "price": "60001"}, "Order would immediately match and take."),
    ],
)
def test_a_refusal_at_the_matching_engine_leaves_balances_alone_and_reports_rejected(params: dict[str, str], message: str) -> None:
    venue = open_venue()
    place(venue, "ann", **limit("SELL", "1", "60000"))
    venue.events.clear()
    with pytest.raises(ApiError) as refusal:
        place(venue, "bob", **params)
    assert (refusal.value.code, refusal.value.message) == (-2010, message)
    assert venue.accounts["bob"].balance("USDT").free == 10_000_000 * 10**8
    assert [event["x"] for key, event in venue.events if key == "bob"] == ["REJECTED"]


def test_a_client_order_id_is_refused_while_its_order_is_open_and_free_again_afterwards() -> None:
    venue = open_venue()
    first = place(venue, "ann", **limit("BUY", "1", "50000", newClientOrderId="a1"))
    with pytest.raises(ApiError, match=r"Duplicate order sent\."):
        place(venue, "ann", **limit("BUY", "1", "50000", newClientOrderId="a1"))
    venue.cancel(venue.accounts["ann"], first, "cancel-1", NOW)
    second = place(venue, "ann", **limit("BUY", "1", "50000", newClientOrderId="a1"))
    assert venue.query(venue.accounts["ann"], "BTCUSDT", None, "a1") is second
    assert venue.query(venue.accounts["ann"], "BTCUSDT", first.order_id, None).status == "CANCELED"


def test_an_order_of_another_account_cannot_be_cancelled_or_seen() -> None:
    venue = open_venue()
    order = place(venue, "ann", **limit("BUY", "1", "50000"))
    with pytest.raises(ApiError, match=r"Unknown order sent\."):
        venue.cancel(venue.accounts["bob"], order, "cancel-1", NOW)
    with pytest.raises(ApiError, match=r"Order does not exist\."):
        venue.query(venue.accounts["bob"], "BTCUSDT", order.order_id, None)


def test_a_market_order_that_finds_no_liquidity_expires_unfilled() -> None:
    venue = open_venue()
    place(venue, "ann", **limit("SELL", "1", "60000"))
    order = place(venue, "bob", type="MARKET", side="SELL", quantity="1")
    assert (order.status, order.executed) == ("EXPIRED", 0)
