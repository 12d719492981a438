"""What the venue remembers across restarts."""

from pathlib import Path

import pytest

from execution.paper.accounts import Order, Status
from execution.paper.catalogue import listings_of
from execution.paper.engine import Side
from execution.paper.journal import Journal
from execution.paper.orders import OrderKind, Request
from execution.paper.profiles import VENUES
from execution.paper.refusals import Reason, Refused
from execution.paper.venue import Venue

NOW = 1_700_000_000_000
LATER = NOW + 5
LISTINGS = listings_of("binance")
BTC = LISTINGS["BTCUSDT"]


def open_venue(path: Path, now_ms: int) -> tuple[Venue, Journal]:
    journal = Journal(path)
    venue = Venue(VENUES["binance"], LISTINGS.values(), now_ms=now_ms, journal=journal.write)
    journal.restore(venue, now_ms)
    for key in ("ann", "bob"):
        venue.open_account(key)
    venue.pairs["BTCUSDT"].is_trading = True
    return venue, journal


def place(venue: Venue, key: str, side: str, quantity: str, price: str) -> int:
    request = Request(symbol="BTCUSDT", side=Side[side], kind=OrderKind.LIMIT, quantity=BTC.lots(quantity), price=BTC.ticks(price))
    return venue.place(venue.accounts[key], request, NOW)[0].order_id


def found(venue: Venue, key: str, order_id: int) -> Order:
    order = venue.find(venue.accounts[key], "BTCUSDT", order_id, None)
    assert order is not None
    return order


def traded(path: Path) -> tuple[Venue, int, int]:
    """Return a venue where ann's sale of 2 is half filled by bob, and the two order ids."""
    venue, journal = open_venue(path, NOW)
    first, second = place(venue, "ann", "SELL", "2", "60000"), place(venue, "bob", "BUY", "1", "60000")
    journal.close()
    return venue, first, second


def test_a_restart_brings_back_balances_trades_and_orders(tmp_path: Path) -> None:
    before, _, bought = traded(tmp_path / "venue.jsonl")
    after, journal = open_venue(tmp_path / "venue.jsonl", LATER)
    for key, account in before.accounts.items():
        totals = {asset: balance.free + balance.locked for asset, balance in account.wallet().items()}
        assert {asset: balance.free for asset, balance in after.accounts[key].wallet().items()} == totals
        assert after.accounts[key].trades == account.trades
    assert found(after, "bob", bought).status is Status.FILLED
    journal.close()


def test_an_order_open_at_the_stop_is_expired_with_its_fills_kept(tmp_path: Path) -> None:
    _, sold, _ = traded(tmp_path / "venue.jsonl")
    after, journal = open_venue(tmp_path / "venue.jsonl", LATER)
    order = found(after, "ann", sold)
    assert (order.status, order.executed, order.locked) == (Status.EXPIRED, BTC.lots("1"), 0)
    assert after.accounts["ann"].open_orders == {}
    with pytest.raises(Refused, match=Reason.ORDER_ENDED):
        after.cancel(after.accounts["ann"], order, LATER)
    journal.close()


def test_ids_never_repeat_even_when_the_clock_stood_still(tmp_path: Path) -> None:
    before, _, second = traded(tmp_path / "venue.jsonl")
    after, journal = open_venue(tmp_path / "venue.jsonl", NOW)
    assert place(after, "ann", "BUY", "1", "50000") > second
    assert after.trade_ids.next() > before.trade_ids.last
    journal.close()


def test_a_last_line_cut_short_by_a_kill_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "venue.jsonl"
    traded(path)
    with path.open("ab") as file:
        file.write(b'{"type":"order","order_id"')
    after, journal = open_venue(path, LATER)
    assert len(after.accounts["ann"].orders) == 1
    journal.close()
    open_venue(path, LATER)[1].close()


def test_a_fill_whose_order_line_was_lost_still_counts_on_the_order(tmp_path: Path) -> None:
    path = tmp_path / "venue.jsonl"
    _, sold, _ = traded(path)
    lines = path.read_bytes().splitlines(keepends=True)
    last_trade = max(index for index, line in enumerate(lines) if b'"type":"trade"' in line)
    path.write_bytes(b"".join(line for index, line in enumerate(lines) if index <= last_trade))
    after, journal = open_venue(path, LATER)
    total = sum(trade.quantity for account in after.accounts.values() for trade in account.trades if trade.order_id == sold)
    assert found(after, "ann", sold).executed == total
    journal.close()


def test_a_journal_of_an_earlier_format_is_set_aside_and_a_new_one_begun(tmp_path: Path) -> None:
    path = tmp_path / "venue.jsonl"
    earlier = b'{"type":"account","key":"ann","balances":{"BTC":1}}\n'
    path.write_bytes(earlier)
    after, journal = open_venue(path, NOW)
    journal.close()
    assert (tmp_path / "venue.earlier-format.jsonl").read_bytes() == earlier
    assert after.accounts["ann"].balance("BTC").free == 100 * 10**8
