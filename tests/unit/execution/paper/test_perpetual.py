"""Perpetuals: money is conserved over trades, fees and funding, and an account's own trading never overdraws its margin."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.paper.accounts import Account, Order, Status
from execution.paper.catalogue import listings_of
from execution.paper.engine import Duration, Side
from execution.paper.events import HoldingsEvent
from execution.paper.journal import Journal
from execution.paper.listings import ATOMS, Kind
from execution.paper.orders import OrderKind, Request
from execution.paper.profiles import HOUR_MS, VENUES
from execution.paper.refusals import Reason, Refused
from execution.paper.venue import Venue

NOW = 1_700_000_000_000
SYMBOL = "BTCUSDT-PERP"
KEYS = ("ann", "bob", "cid")
CASH = 10_000_000 * ATOMS


def open_venue(name: str = "binance", journal: Any = lambda record: None) -> Venue:
    venue = Venue(VENUES[name], listings_of(name).values(), now_ms=NOW, journal=journal)
    for key in KEYS:
        venue.open_account(key)
    for pair in venue.pairs.values():
        pair.is_trading = True
    venue.pairs[SYMBOL].mark_ticks = 600_000
    return venue


def limit(side: Side, lots: int, ticks: int = 600_000, **more: Any) -> Request:
    return Request(symbol=SYMBOL, side=side, kind=OrderKind.LIMIT, quantity=lots, price=ticks, **more)


def place(venue: Venue, key: str, request: Request) -> Order:
    return venue.place(venue.accounts[key], request, NOW)[0]


def cross(venue: Venue, buyer: str, seller: str, lots: int, ticks: int = 600_000) -> None:
    place(venue, seller, limit(Side.SELL, lots, ticks))
    place(venue, buyer, limit(Side.BUY, lots, ticks))


def cash(account: Account) -> int:
    balance = account.balance("USDT", Kind.PERPETUAL)
    return balance.free + balance.locked


def usdt(account: Account) -> float:
    return cash(account) / ATOMS


ACTIONS = st.tuples(
    st.sampled_from([*Duration, "POST_ONLY", "MARKET", "REDUCE", "REDUCE_MARKET", "cancel", "funding", "leverage"]),
    st.sampled_from(list(Side)),
    st.sampled_from([1, 333, 400_000, 1_100_000, 1_500_001, 2_900_000]),
    st.sampled_from([598_800, 599_600, 600_000, 600_300, 601_200]),
    st.sampled_from(KEYS),
    st.integers(0, 30),
)
OPENINGS = st.sampled_from([0, 1_500_000])
"""What ann is long and bob is short to begin with: 1,500 BTC need 4.5 million of their ten."""


def opened(name: str, lots: int) -> Venue:
    venue = open_venue(name)
    if lots:
        cross(venue, "ann", "bob", venue.pairs[SYMBOL].listing.lots(lots / 1000))
    return venue


def attempt(venue: Venue, action: tuple[str, Side, int, int, str, int], placed: list[Order]) -> None:
    kind, side, lots, ticks, key, number = action
    account, resting = venue.accounts[key], limit(side, venue.pairs[SYMBOL].listing.lots(lots / 1000), ticks)
    requests = {
        "POST_ONLY": replace(resting, post_only=True),
        "MARKET": replace(resting, kind=OrderKind.MARKET),
        "REDUCE": replace(resting, reduce_only=True),
        "REDUCE_MARKET": replace(resting, kind=OrderKind.MARKET, reduce_only=True),
        **{duration: replace(resting, duration=duration) for duration in Duration},
    }
    try:
        if kind == "cancel":
            venue.cancel(account, placed[number % len(placed)] if placed else None, NOW)
        elif kind == "leverage":
            venue.set_leverage(account, SYMBOL, 1 + number % 20)
        elif kind == "funding":
            venue.pairs[SYMBOL].funding_rate_e8 = (number - 15) * 1000
            venue.pay_funding(venue.next_funding_ms(NOW + number * 8 * HOUR_MS))
        else:
            placed.append(place(venue, key, requests[kind]))
    except Refused:
        pass


@given(st.lists(ACTIONS, max_size=40), st.sampled_from(["binance", "okx"]), OPENINGS)
def test_money_is_conserved_over_any_trades_fees_and_funding(actions: list[Any], name: str, lots: int) -> None:
    venue, placed = opened(name, lots), list[Order]()
    for action in actions:
        attempt(venue, action, placed)
    accounts, pair = list(venue.accounts.values()), venue.pairs[SYMBOL]
    positions = [account.position(SYMBOL) for account in accounts]
    assert sum(position.lots for position in positions) == 0  # every lot was bought from another of them
    unrealised = sum(position.unrealised_units(pair.mark_price()) for position in positions) * pair.listing.quote_atoms_per_unit
    fees = sum(trade.commission for account in accounts for trade in account.trades)
    funding = sum(payment.atoms for account in accounts for payment in account.funding)
    assert sum(cash(account) for account in accounts) + unrealised + fees - funding == len(KEYS) * CASH


@given(st.lists(ACTIONS, max_size=30), st.floats(0, 1), st.booleans())
def test_money_is_conserved_by_a_misbehaving_venue_too(actions: list[Any], share: float, is_racing: bool) -> None:
    """The background takes the other side of raced orders: what the accounts hold more of is what it was paid."""
    venue, placed = opened("bybit", 1_500_000), list[Order]()
    venue.behaviour.fill_share, venue.behaviour.is_racing_cancels = share, is_racing
    for action in actions:
        attempt(venue, action, placed)
    pair = venue.pairs[SYMBOL]
    for account in venue.accounts.values():
        traded = sum(-trade.side * trade.quantity * trade.price for trade in account.trades)
        position = account.position(SYMBOL)
        assert position.lots == sum(trade.side * trade.quantity for trade in account.trades)
        fees, funding = sum(trade.commission for trade in account.trades), sum(payment.atoms for payment in account.funding)
        settled = (traded + position.cost_units) * pair.listing.quote_atoms_per_unit
        assert cash(account) == CASH + settled - fees + funding


@settings(max_examples=300)
@given(st.lists(ACTIONS.filter(lambda action: action[0] != "funding"), max_size=25), st.sampled_from(["binance", "okx"]), OPENINGS)
def test_an_account_never_overdraws_its_margin_by_its_own_trading(actions: list[Any], name: str, lots: int) -> None:
    """Prices within 0.2 % of a mark that stands still, leverage up to 20: closing frees more than it can lose."""
    venue, placed = opened(name, lots), list[Order]()
    for action in actions:
        attempt(venue, action, placed)
        for account in venue.accounts.values():
            assert venue.margin(account).available >= 0


@settings(max_examples=300)
@given(st.lists(ACTIONS, max_size=25))
def test_a_reduce_only_order_never_opens_or_adds(actions: list[Any]) -> None:
    venue, placed = opened("binance", 1_500_000), list[Order]()
    for action in actions:
        before = {key: account.position(SYMBOL).lots for key, account in venue.accounts.items()}
        attempt(venue, action, placed)
        if action[0].startswith("REDUCE"):
            after = venue.accounts[action[4]].position(SYMBOL).lots
            assert abs(after) <= abs(before[action[4]])
        for account in venue.accounts.values():
            for order in account.open_orders.values():
                if order.reduce_only:
                    closing = sum(item.remaining for item in account.open_orders.values() if item.side is order.side)
                    assert closing <= account.position(SYMBOL).closable(order.side)


@given(st.lists(ACTIONS, max_size=40))
def test_what_is_held_back_is_what_position_and_open_orders_need_and_nothing_without_them(actions: list[Any]) -> None:
    venue, placed = open_venue(), list[Order]()
    for action in actions:
        attempt(venue, action, placed)
    for account in venue.accounts.values():
        position = account.position(SYMBOL)
        assert account.balance("USDT", Kind.PERPETUAL).locked == position.margin_atoms
        for order in list(account.open_orders.values()):
            venue.cancel(account, order, NOW)
        needed = -(-abs(position.cost_units) * venue.pairs[SYMBOL].listing.quote_atoms_per_unit // position.leverage)
        assert position.margin_atoms == needed


def test_a_long_position_earns_what_the_price_rose_and_pays_both_fees() -> None:
    venue = open_venue()
    cross(venue, "ann", "bob", 2_000, 600_000)  # 2 BTC at 60,000; ann takes at 5 bps, bob makes at 2 bps
    cross(venue, "cid", "ann", 2_000, 606_000)  # ann makes at 60,600
    ann = venue.accounts["ann"]
    assert ann.position(SYMBOL).lots == 0
    assert usdt(ann) == 10_000_000 + 1_200 - 60 - 24.24
    assert [trade.realised / ATOMS for trade in ann.trades] == [0, 1_200]


def test_a_trade_through_zero_closes_and_opens_at_its_price() -> None:
    venue = open_venue()
    cross(venue, "ann", "bob", 1_000, 600_000)
    cross(venue, "cid", "ann", 3_000, 603_000)
    position = venue.accounts["ann"].position(SYMBOL)
    assert (position.lots, position.realised_atoms) == (-2_000, 300 * ATOMS)
    assert position.entry_price(venue.pairs[SYMBOL].listing) == 60_300


def test_margin_is_notional_over_leverage_and_comes_back_with_the_position() -> None:
    venue = open_venue()
    venue.set_leverage(venue.accounts["ann"], SYMBOL, 10)
    cross(venue, "ann", "bob", 1_000)
    assert venue.margin(venue.accounts["ann"]).initial == 6_000 * ATOMS
    cross(venue, "bob", "ann", 1_000)
    assert venue.margin(venue.accounts["ann"]).initial == 0


def test_a_position_larger_than_the_margin_allows_is_refused() -> None:
    venue = open_venue()
    venue.pairs[SYMBOL].book.add_background(Side.SELL, 600_000, 9_000_000)
    with pytest.raises(Refused, match=Reason.INSUFFICIENT):
        place(venue, "ann", limit(Side.BUY, 3_400_000, duration=Duration.IOC))  # USD 204 million at 20 times 10 million
    assert venue.accounts["ann"].position(SYMBOL).lots == 0


@pytest.mark.parametrize(
    ("side", "bitcoin", "ticks", "mark", "bid", "is_taken"),
    [
        (Side.BUY, 3_333, 600_000, 600_000, 0, False),  # margin 9.999 million, and a fee of 0.1
        (Side.BUY, 3_290, 601_200, 600_000, 0, False),  # margin 9.89, fee 0.099, and 0.39 lost against the mark price
        (Side.BUY, 3_290, 601_200, 601_200, 0, True),
        (Side.SELL, 3_290, 600_000, 600_000, 606_000, False),  # would sell at 60,600: margin 9.97, fee 0.1
        (Side.SELL, 3_290, 600_000, 600_000, 0, True),  # margin 9.87, fee 0.099
    ],
)
def test_an_order_needs_margin_at_its_highest_price_its_fee_and_its_loss_at_the_mark(
    *, side: Side, bitcoin: int, ticks: int, mark: int, bid: int, is_taken: bool
) -> None:
    """Ten million at 20 times."""
    venue = open_venue()
    pair = venue.pairs[SYMBOL]
    pair.mark_ticks = mark
    if bid:
        pair.book.add_background(Side.BUY, bid, 1)
    request = limit(side, bitcoin * 1000, ticks)
    if is_taken:
        assert place(venue, "ann", request).is_open
    else:
        with pytest.raises(Refused, match=Reason.INSUFFICIENT):
            place(venue, "ann", request)


def test_a_loss_at_the_mark_price_is_not_there_to_open_with_or_in_one_wallet_to_spend() -> None:
    venue = open_venue("okx")
    cross(venue, "ann", "bob", 10_000_000, 600_000)  # 1,000 BTC: 3 million of margin at 20 times
    venue.pairs[SYMBOL].mark_ticks = 532_000  # a loss of 6.8 million
    venue.pairs["BTCUSDT"].book.add_background(Side.SELL, 532_000, 10**12)
    spot = venue.pairs["BTCUSDT"].listing
    request = Request(symbol="BTCUSDT", side=Side.BUY, kind=OrderKind.MARKET, quantity=spot.lots("10"))
    with pytest.raises(Refused, match=Reason.INSUFFICIENT):
        venue.place(venue.accounts["ann"], request, NOW)
    assert venue.place(venue.accounts["cid"], request, NOW)[0].status is Status.FILLED


@pytest.mark.parametrize("held", [0, 1_000])
def test_a_reduce_only_order_beyond_the_position_is_refused(held: int) -> None:
    venue = open_venue()
    if held:
        cross(venue, "ann", "bob", held)
    with pytest.raises(Refused, match=Reason.REDUCE_ONLY):
        place(venue, "ann", limit(Side.SELL, held + 1, reduce_only=True))
    with pytest.raises(Refused, match=Reason.REDUCE_ONLY):
        place(venue, "ann", limit(Side.BUY, 1, 590_000, reduce_only=True))


def test_a_reduce_only_order_ends_when_another_order_closes_its_position() -> None:
    venue = open_venue()
    cross(venue, "ann", "bob", 1_000)
    reducing = place(venue, "ann", limit(Side.SELL, 1_000, 610_000, reduce_only=True))
    place(venue, "ann", limit(Side.SELL, 600, 612_000))
    assert (reducing.status, reducing.reason) == (Status.EXPIRED, Reason.REDUCE_ONLY)


@pytest.mark.parametrize(("leverage", "symbol"), [(126, SYMBOL), (0, SYMBOL), (76, "SOLUSDT-PERP")])
def test_a_leverage_beyond_the_symbols_is_refused(leverage: int, symbol: str) -> None:
    venue = open_venue()
    with pytest.raises(Refused, match=Reason.LEVERAGE):
        venue.set_leverage(venue.accounts["ann"], symbol, leverage)


def test_funding_is_paid_once_an_interval_by_longs_to_shorts_at_the_mark_price() -> None:
    venue = open_venue()
    cross(venue, "ann", "bob", 1_000)
    before = {key: cash(account) for key, account in venue.accounts.items()}
    venue.pairs[SYMBOL].funding_rate_e8 = 10_000  # 1 bp of 60,000
    due = venue.next_funding_ms(NOW)
    venue.events.clear()
    for now_ms in (due - 1, due, due + 1):
        venue.pay_funding(now_ms)
    moved = {key: (cash(account) - before[key]) / ATOMS for key, account in venue.accounts.items()}
    assert moved == {"ann": -6.0, "bob": 6.0, "cid": 0.0}
    paid = [event.funding for event in venue.events if isinstance(event, HoldingsEvent) and event.funding]
    assert [(payment.account, payment.atoms / ATOMS) for payment in paid] == [("ann", -6.0), ("bob", 6.0)]


def test_the_maintenance_ratio_is_half_the_least_margin_over_equity() -> None:
    venue = open_venue()
    cross(venue, "ann", "bob", 1_000)  # 60,000 at up to 125 times: 240
    assert float(venue.margin(venue.accounts["ann"]).maintenance_ratio) == pytest.approx(240 / 10_000_000, abs=1e-6)


def test_a_drifted_position_is_told_wrongly_and_kept_rightly() -> None:
    venue = open_venue()
    venue.behaviour.position_drift = {SYMBOL: 500}
    (told,) = venue.positions(venue.accounts["ann"])
    assert (told.lots, venue.accounts["ann"].position(SYMBOL).lots) == (500, 0)


@pytest.mark.parametrize("name", ["binance", "okx"])
def test_a_restart_brings_back_positions_margin_leverage_and_funding(tmp_path: Path, name: str) -> None:
    journal = Journal(tmp_path / "venue.jsonl")
    before = open_venue(name, journal.write)
    before.set_leverage(before.accounts["ann"], SYMBOL, 7)
    cross(before, "ann", "bob", 1_000)
    cross(before, "cid", "ann", 400, 601_000)
    before.pairs[SYMBOL].funding_rate_e8 = 5_000
    before.pay_funding(before.next_funding_ms(NOW))
    place(before, "ann", limit(Side.BUY, 50, 590_000))

    shutil.copy(tmp_path / "venue.jsonl", tmp_path / "killed.jsonl")
    again = Journal(tmp_path / "killed.jsonl")
    after = Venue(VENUES[name], listings_of(name).values(), now_ms=NOW, journal=again.write)
    again.restore(after, NOW)
    again.close()
    for order in list(before.accounts["ann"].open_orders.values()):
        before.cancel(before.accounts["ann"], order, NOW)
    journal.close()
    for key, account in before.accounts.items():
        assert after.accounts[key].positions == account.positions
        assert after.accounts[key].wallet(Kind.PERPETUAL) == account.wallet(Kind.PERPETUAL)
        assert after.accounts[key].funding == account.funding
