"""Recorded messages as the market: the recorded book is shown, own orders queue in it, nothing is sold twice."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from execution.paper.accounts import Order, Status
from execution.paper.catalogue import listings_of
from execution.paper.engine import Duration, Side
from execution.paper.orders import OrderKind, Request
from execution.paper.profiles import VENUES
from execution.paper.recording import RecordingError
from execution.paper.replay import ReplayMarket
from execution.paper.venue import Venue

NOW = 1_700_000_000_000
START_US = 1_723_161_253_000_000
LISTINGS = listings_of("binance")
BTC = LISTINGS["BTCUSDT"]
Line = tuple[float, dict[str, Any]]


def snapshot(update: int, bids: list[tuple[str, str]], asks: list[tuple[str, str]]) -> dict[str, Any]:
    return {"lastUpdateId": update, "bids": bids, "asks": asks}


def depth(
    first: int, last: int, bids: Iterable[tuple[str, str]] = (), asks: Iterable[tuple[str, str]] = (), at: float = 0.0
) -> dict[str, Any]:
    data = {"e": "depthUpdate", "E": int(at * 1000), "s": "BTCUSDT", "U": first, "u": last, "b": list(bids), "a": list(asks)}
    return {"stream": "btcusdt@depth@100ms", "data": data}


def trade(price: str, quantity: str, *, seller: bool, at: float = 0.0) -> dict[str, Any]:
    data = {
        "e": "trade",
        "E": int(at * 1000),
        "s": "BTCUSDT",
        "t": 1,
        "p": price,
        "q": quantity,
        "T": int(at * 1000),
        "m": seller,
        "M": True,
    }
    return {"stream": "btcusdt@trade", "data": data}


def best(update: int, bid: tuple[str, str], ask: tuple[str, str]) -> dict[str, Any]:
    return {"stream": "btcusdt@bookTicker", "data": {"u": update, "s": "BTCUSDT", "b": bid[0], "B": bid[1], "a": ask[0], "A": ask[1]}}


OPENING = snapshot(10, [("100.00", "5"), ("99.00", "7")], [("101.00", "4"), ("102.00", "6")])


def write(path: Path, lines: list[Line], *, nanoseconds: bool = True) -> Path:
    with gzip.open(path, "wt") as file:
        for seconds, message in lines:
            stamp = START_US + int(seconds * 1e6)
            file.write(f"{stamp * 1000 if nanoseconds else stamp} {json.dumps(message)}\n")
    return path


def replay(tmp_path: Path, lines: list[Line], *, speed: float = 1.0, nanoseconds: bool = True) -> tuple[ReplayMarket, Venue]:
    venue = Venue(VENUES["binance"], LISTINGS.values(), now_ms=NOW, journal=lambda record: None)
    venue.open_account("ann")
    opening = [(0.0, OPENING), (0.0, trade("100.00", "0.00001", seller=True))]
    path = write(tmp_path / "recorded.jsonl.gz", [*opening, *lines], nanoseconds=nanoseconds)
    market = ReplayMarket(venue, [path], speed=speed, now_ms=NOW)
    market.advance(NOW, 0.0)
    return market, venue


def place(market: ReplayMarket, venue: Venue, side: str, quantity: str, price: str, *, duration: str = "GTC") -> Order:
    request = Request(
        symbol="BTCUSDT",
        side=Side[side],
        kind=OrderKind.LIMIT,
        duration=Duration(duration),
        quantity=BTC.lots(quantity),
        price=BTC.ticks(price),
    )
    venue.hear_takers = market.note_own_taker
    return venue.place(venue.accounts["ann"], request, NOW)[0]


def shown(venue: Venue, side: Side) -> list[tuple[str, str]]:
    levels = venue.pairs["BTCUSDT"].book.depth(side, 10)
    return [(BTC.price_text(price), BTC.quantity_text(quantity).rstrip("0").rstrip(".")) for price, quantity in levels]


@pytest.mark.parametrize("nanoseconds", [True, False])
def test_messages_play_at_their_recorded_times_in_either_unit(tmp_path: Path, nanoseconds: bool) -> None:
    market, venue = replay(tmp_path, [(1.0, depth(11, 12, bids=[("100.00", "3")]))], nanoseconds=nanoseconds)
    market.advance(NOW, 0.9)
    assert shown(venue, Side.BUY)[0] == ("100.00", "4.99999")
    market.advance(NOW, 0.1)
    assert shown(venue, Side.BUY)[0] == ("100.00", "3")


def test_a_multiple_of_the_speed_plays_that_much_sooner(tmp_path: Path) -> None:
    market, venue = replay(tmp_path, [(1.0, depth(11, 12, bids=[("100.00", "3")]))], speed=10)
    market.advance(NOW, 0.1)
    assert shown(venue, Side.BUY)[0] == ("100.00", "3")


def test_depth_received_before_the_snapshot_but_newer_than_it_is_applied(tmp_path: Path) -> None:
    lines: list[Line] = [(0.0, depth(8, 9, bids=[("100.00", "1")])), (0.1, depth(10, 12, bids=[("99.00", "0")])), (0.2, OPENING)]
    venue = Venue(VENUES["binance"], LISTINGS.values(), now_ms=NOW, journal=lambda record: None)
    ReplayMarket(venue, [write(tmp_path / "recorded.jsonl.gz", lines)], speed=1, now_ms=NOW)
    assert shown(venue, Side.BUY) == [("100.00", "5")]


def test_an_own_order_fills_after_the_recorded_quantity_before_it_has_traded(tmp_path: Path) -> None:
    market, venue = replay(tmp_path, [(1.0, trade("100.00", "4", seller=True)), (2.0, trade("100.00", "3", seller=True))])
    order = place(market, venue, "BUY", "1.5", "100.00")
    market.advance(NOW, 1.0)
    assert order.executed == 0
    market.advance(NOW, 1.0)
    assert order.status is Status.FILLED
    assert venue.accounts["ann"].trades[0].is_maker


def test_an_own_order_is_not_helped_by_quantity_recorded_after_it(tmp_path: Path) -> None:
    market, venue = replay(tmp_path, [(1.0, depth(11, 12, bids=[("100.00", "9")])), (2.0, depth(13, 14, bids=[("100.00", "5")]))])
    order = place(market, venue, "BUY", "1", "100.00")
    market.advance(NOW, 2.0)
    (before, own) = venue.pairs["BTCUSDT"].book.take_background(Side.SELL, order.price, BTC.lots("5"))
    assert (before.quantity, before.maker_id) == (BTC.lots("4.99999"), None)
    assert (own.quantity, own.maker_id) == (BTC.lots("0.00001"), order.order_id)


def test_a_recorded_trade_beyond_an_own_price_fills_it_no_further_than_the_trade_went(tmp_path: Path) -> None:
    market, venue = replay(tmp_path, [(1.0, trade("100.00", "2", seller=True))])
    order = place(market, venue, "BUY", "3", "100.50")
    market.advance(NOW, 1.0)
    assert order.executed == BTC.lots("2")
    assert venue.accounts["ann"].trades[0].price == BTC.ticks("100.50")


def test_a_recorded_book_that_crosses_an_own_order_fills_it_at_its_price(tmp_path: Path) -> None:
    market, venue = replay(tmp_path, [(1.0, depth(11, 12, bids=[("100.00", "0"), ("99.00", "0")], asks=[("98.00", "2")]))])
    order = place(market, venue, "BUY", "1.5", "99.00")
    market.advance(NOW, 1.0)
    assert order.status is Status.FILLED
    assert venue.accounts["ann"].trades[0].price == BTC.ticks("99.00")
    assert shown(venue, Side.SELL)[0] == ("98.00", "0.5")


def test_what_an_own_order_took_stays_taken_while_the_recording_still_shows_it(tmp_path: Path) -> None:
    lines: list[Line] = [
        (1.0, depth(11, 12, asks=[("101.00", "4.5")])),
        (2.0, depth(13, 14, asks=[("101.00", "0")])),
        (3.0, depth(15, 16, asks=[("101.00", "2")])),
    ]
    market, venue = replay(tmp_path, lines)
    place(market, venue, "BUY", "3", "101.00", duration="IOC")
    assert shown(venue, Side.SELL)[0] == ("101.00", "1")
    market.advance(NOW, 1.0)
    assert shown(venue, Side.SELL)[0] == ("101.00", "1.5")
    market.advance(NOW, 2.0)
    assert shown(venue, Side.SELL)[0] == ("101.00", "2")


def test_a_trade_that_arrives_after_the_depth_that_contains_it_is_not_counted_twice(tmp_path: Path) -> None:
    lines: list[Line] = [
        (1.0, depth(11, 12, asks=[("101.00", "1")], at=1.0)),
        (1.1, trade("101.00", "3", seller=False, at=0.9)),
        (1.2, depth(13, 14, bids=[("99.00", "8")], at=1.2)),
    ]
    market, venue = replay(tmp_path, lines)
    market.advance(NOW, 1.2)
    assert shown(venue, Side.SELL) == [("101.00", "1"), ("102.00", "6")]


def test_best_prices_lead_the_depth_and_yield_to_it(tmp_path: Path) -> None:
    lines: list[Line] = [
        (1.0, best(15, ("99.00", "2"), ("101.00", "4"))),
        (1.5, depth(11, 12, bids=[("98.00", "1")])),
        (2.0, depth(13, 20, bids=[("99.00", "3")])),
    ]
    market, venue = replay(tmp_path, lines)
    market.advance(NOW, 1.5)
    assert shown(venue, Side.BUY) == [("99.00", "2"), ("98.00", "1")]
    market.advance(NOW, 0.5)
    assert shown(venue, Side.BUY) == [("100.00", "5"), ("99.00", "3"), ("98.00", "1")]


def test_at_the_end_the_last_book_stays_and_the_status_says_so(tmp_path: Path) -> None:
    market, venue = replay(tmp_path, [(1.0, depth(11, 12, bids=[("100.00", "3")]))])
    assert market.status()["state"] == "playing"
    market.advance(NOW, 60.0)
    assert market.status()["state"] == "ended"
    assert shown(venue, Side.BUY)[0] == ("100.00", "3")


def test_only_the_recorded_symbol_trades(tmp_path: Path) -> None:
    _, venue = replay(tmp_path, [])
    assert [symbol for symbol, pair in venue.pairs.items() if pair.is_trading] == ["BTCUSDT"]


def test_files_of_one_symbol_follow_one_another_without_the_gap_between_them(tmp_path: Path) -> None:
    first = write(tmp_path / "first.jsonl.gz", [(0.0, OPENING), (1.0, depth(11, 12, bids=[("100.00", "3")]))])
    second = write(tmp_path / "second.jsonl.gz", [(90_000.0, depth(13, 14, bids=[("100.00", "2")]))])
    venue = Venue(VENUES["binance"], LISTINGS.values(), now_ms=NOW, journal=lambda record: None)
    market = ReplayMarket(venue, [first, second], speed=1, now_ms=NOW)
    market.advance(NOW, 1.0)
    assert shown(venue, Side.BUY)[0] == ("100.00", "2")


@pytest.mark.parametrize(
    "lines", [[(0.0, {"stream": "nousdt@trade", "data": {}})], [(0.0, {"lastUpdateId": 1, "bids": [], "asks": []})], [(0.0, depth(1, 2))]]
)
def test_a_recording_that_cannot_be_a_market_is_refused(tmp_path: Path, lines: list[Line]) -> None:
    venue = Venue(VENUES["binance"], LISTINGS.values(), now_ms=NOW, journal=lambda record: None)
    with pytest.raises(RecordingError):
        ReplayMarket(venue, [write(tmp_path / "recorded.jsonl.gz", lines)], speed=1, now_ms=NOW)


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "recorded.jsonl"
    path.write_text(f"{START_US} {json.dumps(depth(1, 2))}\n{START_US} not json\n")
    venue = Venue(VENUES["binance"], LISTINGS.values(), now_ms=NOW, journal=lambda record: None)
    with pytest.raises(RecordingError, match="line 2"):
        ReplayMarket(venue, [path], speed=1, now_ms=NOW)
