"""A venue's accounts: money and quantity are conserved, refusals change nothing, fees and records are exact."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.paper.accounts import Account, Order, Status
from execution.paper.catalogue import listings_of
from execution.paper.engine import Duration, Fill, Side
from execution.paper.events import Change, OrderEvent
from execution.paper.listings import Kind
from execution.paper.orders import OrderKind, Request
from execution.paper.profiles import VENUES, FeeAsset, initial_balances
from execution.paper.refusals import Reason, Refused
from execution.paper.venue import Venue

NOW = 1_700_000_000_000
LISTINGS = listings_of("binance")
BTC = LISTINGS["BTCUSDT"]
INITIAL = initial_balances(VENUES["binance"], {"BTC"})[Kind.SPOT]
KEYS = ("ann", "bob", "cid")


def open_venue(name: str = "binance", fee_asset: FeeAsset = FeeAsset.QUOTE) -> Venue:
    venue = Venue(replace(VENUES[name], fee_asset=fee_asset), LISTINGS.values(), now_ms=NOW, journal=lambda record: None)
    for key in KEYS:
        venue.open_account(key)
    venue.pairs["BTCUSDT"].is_trading = True
    return venue


def place(venue: Venue, key: str, request: Request) -> Order:
    return venue.place(venue.accounts[key], request, NOW)[0]


def limit(side: str, quantity: str, price: str, **more: Any) -> Request:
    values: dict[str, Any] = {"symbol": "BTCUSDT", "kind": OrderKind.LIMIT, **more}
    return Request(side=Side[side], quantity=BTC.lots(quantity), price=BTC.ticks(price), **values)


def market(side: str, quantity: str, **more: Any) -> Request:
    return Request(symbol="BTCUSDT", side=Side[side], kind=OrderKind.MARKET, quantity=BTC.lots(quantity), **more)


def owned(account: Account) -> dict[str, int]:
    return {asset: balance.free + balance.locked for asset, balance in account.wallet().items()}


def changes(venue: Venue, key: str) -> list[Change]:
    return [event.change for event in venue.events if isinstance(event, OrderEvent) and event.account == key]


ORDERS = st.tuples(
    st.sampled_from([*Duration, "POST_ONLY", "MARKET", "QUOTE", "cancel"]),
    st.sampled_from(list(Side)),
    st.integers(1, 4_000_000),
    st.integers(5_990_000, 6_010_000),
    st.sampled_from(KEYS),
    st.integers(0, 30),
)


def attempt(venue: Venue, action: tuple[str, Side, int, int, str, int], placed: list[Order]) -> None:
    kind, side, lots, ticks, key, target = action
    resting = Request(symbol="BTCUSDT", side=side, kind=OrderKind.LIMIT, quantity=lots, price=ticks)
    requests = {
        "POST_ONLY": replace(resting, post_only=True),
        "MARKET": replace(resting, kind=OrderKind.MARKET),
        "QUOTE": replace(resting, kind=OrderKind.MARKET, quantity=0, quote_atoms=lots * 1000 * BTC.quote_atoms_per_unit),
        **{duration: replace(resting, duration=duration) for duration in Duration},
    }
    try:
        if kind == "cancel":
            venue.cancel(venue.accounts[key], placed[target % len(placed)] if placed else None, NOW)
        else:
            placed.append(place(venue, key, requests[kind]))
    except Refused:
        pass


@given(st.lists(ORDERS, max_size=30), st.sampled_from(FeeAsset))
def test_money_and_quantity_are_conserved_and_no_balance_is_negative(actions: list[Any], fee_asset: FeeAsset) -> None:
    venue, placed = open_venue(fee_asset=fee_asset), list[Order]()
    for action in actions:
        attempt(venue, action, placed)
    commissions = {"BTC": 0, "USDT": 0}
    for account in venue.accounts.values():
        assert all(balance.free >= 0 and balance.locked >= 0 for balance in account.wallet().values())
        for trade in account.trades:
            commissions[trade.commission_asset] += trade.commission
    for asset, charged in commissions.items():
        held = sum(owned(account)[asset] for account in venue.accounts.values())
        assert held + charged == len(KEYS) * INITIAL[asset] * 10**8


@given(st.lists(ORDERS, max_size=30), st.sampled_from(FeeAsset))
def test_only_open_orders_hold_money_and_nothing_is_left_locked_after_cancelling_them(actions: list[Any], fee_asset: FeeAsset) -> None:
    venue, placed = open_venue(fee_asset=fee_asset), list[Order]()
    for action in actions:
        attempt(venue, action, placed)
    for account in venue.accounts.values():
        assert sum(balance.locked for balance in account.wallet().values()) == sum(order.locked for order in account.open_orders.values())
        for order in list(account.open_orders.values()):
            venue.cancel(account, order, NOW)
        assert all(balance.locked == 0 for balance in account.wallet().values())


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
    place(venue, "ann", limit("SELL", "2", "60000"))
    place(venue, "bob", market("BUY", "1.5"))
    assert owned(venue.accounts["ann"])["USDT"] == (10_000_000 + 90_000 - 72) * 10**8  # 8 bps of 90,000
    assert owned(venue.accounts["bob"])["USDT"] == (10_000_000 - 90_000 - 90) * 10**8  # 10 bps
    assert owned(venue.accounts["bob"])["BTC"] == 101_5 * 10**7


def test_a_venue_that_charges_the_received_asset_takes_base_from_a_buyer() -> None:
    venue = open_venue(fee_asset=FeeAsset.RECEIVED)
    place(venue, "ann", limit("SELL", "1", "60000"))
    place(venue, "bob", market("BUY", "1"))
    assert owned(venue.accounts["bob"])["BTC"] == 101 * 10**8 - 10**5
    assert owned(venue.accounts["bob"])["USDT"] == (10_000_000 - 60_000) * 10**8
    assert owned(venue.accounts["ann"])["USDT"] == (10_000_000 + 60_000 - 60) * 10**8


def test_a_price_better_than_the_limit_frees_what_was_locked_for_the_limit() -> None:
    venue = open_venue()
    place(venue, "ann", limit("SELL", "1", "60000"))
    place(venue, "bob", limit("BUY", "1", "61000"))
    assert venue.accounts["bob"].balance("USDT").locked == 0
    assert venue.accounts["bob"].balance("USDT").free == (10_000_000 - 60_000 - 60) * 10**8


@pytest.mark.parametrize(
    ("request_", "reason"),
    [(limit("BUY", "1000", "60000"), Reason.INSUFFICIENT), (limit("BUY", "1", "60001", post_only=True), Reason.WOULD_TAKE)],
)
def test_a_refusal_at_the_matching_engine_leaves_balances_alone_and_reports_rejected(request_: Request, reason: Reason) -> None:
    venue = open_venue()
    place(venue, "ann", limit("SELL", "1", "60000"))
    venue.events.clear()
    with pytest.raises(Refused) as refusal:
        place(venue, "bob", request_)
    assert refusal.value.reason is reason
    assert venue.accounts["bob"].balance("USDT").free == 10_000_000 * 10**8
    assert changes(venue, "bob") == [Change.REJECTED]


def test_a_venue_that_does_not_refuse_a_crossing_post_only_order_cancels_it_and_says_why() -> None:
    venue = open_venue("okx")
    place(venue, "ann", limit("SELL", "1", "60000"))
    order = place(venue, "bob", limit("BUY", "1", "60001", post_only=True))
    assert (order.status, order.reason, order.executed) == (Status.CANCELLED, Reason.WOULD_TAKE, 0)
    assert changes(venue, "bob") == [Change.NEW, Change.CANCELLED]
    assert venue.accounts["bob"].balance("USDT").locked == 0


def test_a_client_order_id_is_refused_while_its_order_is_open_and_free_again_afterwards() -> None:
    venue = open_venue()
    first = place(venue, "ann", limit("BUY", "1", "50000", client_id="a1"))
    with pytest.raises(Refused, match=Reason.DUPLICATE):
        place(venue, "ann", limit("BUY", "1", "50000", client_id="a1"))
    venue.cancel(venue.accounts["ann"], first, NOW)
    second = place(venue, "ann", limit("BUY", "1", "50000", client_id="a1"))
    assert venue.find(venue.accounts["ann"], "BTCUSDT", None, "a1") is second
    assert venue.find(venue.accounts["ann"], "BTCUSDT", first.order_id, None) is first


def test_a_venue_whose_client_order_ids_are_used_up_refuses_one_again_and_names_it() -> None:
    venue = open_venue("bybit")
    first = place(venue, "ann", limit("BUY", "1", "50000", client_id="a1"))
    venue.cancel(venue.accounts["ann"], first, NOW)
    with pytest.raises(Refused) as refusal:
        place(venue, "ann", limit("BUY", "1", "50000", client_id="a1"))
    assert (refusal.value.reason, refusal.value.client_id) == (Reason.DUPLICATE, "a1")


def test_an_order_of_another_account_cannot_be_cancelled_or_seen() -> None:
    venue = open_venue()
    order = place(venue, "ann", limit("BUY", "1", "50000"))
    with pytest.raises(Refused, match=Reason.UNKNOWN_ORDER):
        venue.cancel(venue.accounts["bob"], order, NOW)
    assert venue.find(venue.accounts["bob"], "BTCUSDT", order.order_id, None) is None


@pytest.mark.parametrize(("name", "status"), [("binance", Status.EXPIRED), ("okx", Status.CANCELLED)])
def test_a_market_order_that_finds_no_liquidity_ends_unfilled_as_its_venue_calls_it(name: str, status: Status) -> None:
    venue = open_venue(name)
    place(venue, "ann", limit("SELL", "1", "60000"))
    order = place(venue, "bob", market("SELL", "1"))
    assert (order.status, order.executed) == (status, 0)


def test_an_event_keeps_its_order_as_it_was_then() -> None:
    venue = open_venue()
    order = place(venue, "ann", limit("BUY", "1", "50000"))
    (new,) = (event for event in venue.take_events() if isinstance(event, OrderEvent))
    venue.cancel(venue.accounts["ann"], order, NOW)
    assert (new.order.status, order.status) == (Status.NEW, Status.CANCELLED)


# what the venue's core does when it is made to misbehave


@pytest.mark.parametrize(("duration", "status"), [(Duration.IOC, Status.EXPIRED), (Duration.GTC, Status.PARTIALLY_FILLED)])
def test_of_a_thinned_order_only_a_share_trades_at_once(duration: Duration, status: Status) -> None:
    venue = open_venue()
    venue.pairs["BTCUSDT"].book.add_background(Side.SELL, BTC.ticks("60000"), BTC.lots("4"))
    venue.behaviour.fill_share = 0.25
    order = place(venue, "bob", limit("BUY", "4", "60000", duration=duration))
    assert (order.executed, order.status) == (BTC.lots("1"), status)


def test_an_order_raced_by_its_fill_trades_whole_at_its_price_and_is_not_cancelled() -> None:
    venue = open_venue()
    order = place(venue, "bob", limit("BUY", "1", "50000"))
    venue.behaviour.is_racing_cancels = True
    with pytest.raises(Refused, match=Reason.ORDER_ENDED):
        venue.cancel(venue.accounts["bob"], order, NOW)
    assert (order.status, order.executed_units) == (Status.FILLED, BTC.lots("1") * BTC.ticks("50000"))


def test_a_forgotten_order_is_not_told_but_lives_and_comes_back() -> None:
    venue = open_venue()
    earlier = place(venue, "bob", limit("BUY", "1", "50000"))
    venue.behaviour.hidden_since_ms, venue.behaviour.hidden_until_ms = NOW + 1, NOW + 60_000
    order, _ = venue.place(venue.accounts["bob"], limit("BUY", "1", "60000", client_id="a1"), NOW + 2)
    fills = venue.pairs["BTCUSDT"].book.take_background(Side.SELL, order.price, BTC.lots("0.5"))
    venue.apply_fills(venue.pairs["BTCUSDT"], fills, NOW + 3)
    bob = venue.accounts["bob"]
    assert venue.find(bob, "BTCUSDT", None, "a1") is None
    assert venue.open_orders(bob) == [earlier]
    assert venue.trades(bob) == []
    venue.behaviour.hidden_until_ms = 0
    assert venue.find(bob, "BTCUSDT", None, "a1") is order
    assert len(venue.trades(bob)) == 1


def test_a_drifted_balance_is_told_wrongly_and_kept_rightly() -> None:
    venue = open_venue()
    venue.behaviour.position_drift = {"BTCUSDT": BTC.lots("2")}
    bob = venue.accounts["bob"]
    assert venue.wallet(bob, BTC.kind)["BTC"].free == 102 * 10**8
    assert bob.balance("BTC").free == 100 * 10**8


def test_a_crossed_book_is_told_of_in_changes_and_snapshots_and_taken_back() -> None:
    venue = open_venue()
    pair = venue.pairs["BTCUSDT"]
    pair.book.add_background(Side.BUY, BTC.ticks("59999"), 10)
    pair.book.add_background(Side.SELL, BTC.ticks("60000"), 10)
    before = pair.take_changes()
    venue.behaviour.crossed = {"BTCUSDT"}
    crossed = pair.take_changes()
    assert pair.shown(Side.BUY, 2) == [(BTC.ticks("60000") + 1, 1), (BTC.ticks("59999"), 10)]
    assert (crossed.bids, crossed.first) == ([(BTC.ticks("60000") + 1, 1)], before.last + 1)
    venue.behaviour.crossed = set()
    assert pair.take_changes().bids == [(BTC.ticks("60000") + 1, 0)]
    assert pair.shown(Side.BUY, 2) == [(BTC.ticks("59999"), 10)]


def test_a_phantom_level_trades_with_nobody() -> None:
    venue = open_venue()
    pair = venue.pairs["BTCUSDT"]
    venue.apply_fills(pair, (Fill(BTC.ticks("60000"), 1, Side.BUY, None, None),), NOW)
    pair.book.add_background(Side.SELL, BTC.ticks("60000"), 10)
    venue.behaviour.crossed = {"BTCUSDT"}
    order = place(venue, "bob", limit("SELL", "1", "60000", duration=Duration.IOC))
    assert order.executed == 0
