"""Books on the stream: whoever applies the messages to a snapshot has the book."""

import json
from typing import Any

import pytest

from execution.paper.engine import Side
from execution.paper.gateways.bybit.channels import BookChannel, TradeChannel
from execution.paper.pair import Pair, Print
from tests.unit.execution.paper.gateways.bybit.listings import LINEAR, SPOT, pair

NOW = 1_700_000_000_000
Book = dict[str, dict[str, str]]


def apply(book: Book, frame: bytes | None) -> int:
    """Apply a message to a book, as the documentation says; return its number."""
    assert frame is not None
    message = json.loads(frame)
    for side in ("b", "a"):
        if message["type"] == "snapshot":
            book[side] = {}
        for price, quantity in message["data"][side]:
            if quantity == "0":
                del book[side][price]
            else:
                book[side][price] = quantity
    return int(message["data"]["u"])


def shown(market: Pair, depth: int) -> Book:
    listing = market.listing
    sides = {"b": market.shown(Side.BUY, depth), "a": market.shown(Side.SELL, depth)}
    return {name: {listing.price_text(price): listing.quantity_text(lots) for price, lots in levels} for name, levels in sides.items()}


def changes(market: Pair) -> list[Any]:
    book = market.book
    return [
        lambda: book.add_background(Side.BUY, 998, 5),
        lambda: book.cancel_background(Side.BUY, 999, 10),
        lambda: book.take_background(Side.BUY, 1003, 25),
        lambda: book.add_background(Side.SELL, 1000, 7),
        lambda: book.cancel_background(Side.SELL, 1100, 10),
    ]


@pytest.mark.parametrize("depth", [50, 200])
def test_the_messages_of_a_book_add_up_to_it(depth: int) -> None:
    market, told = pair(LINEAR), Book()
    channel = BookChannel(market, depth, NOW)
    number = apply(told, channel.welcome(NOW))
    assert told == shown(market, depth)
    for change in changes(market):
        change()
        frame = channel.publish(NOW, 0, has_changed=True)
        if frame is not None:
            following = apply(told, frame)
            assert following == number + 1
            number = following
        assert told == shown(market, depth)


def test_a_level_that_falls_out_of_the_depth_is_taken_away() -> None:
    market, told = pair(SPOT), Book()
    channel = BookChannel(market, 50, NOW)
    apply(told, channel.welcome(NOW))
    market.book.add_background(Side.BUY, 1000, 3)
    apply(told, channel.publish(NOW, 0, has_changed=True))
    assert len(told["b"]) == 50
    assert "95.0" not in told["b"]


def test_a_book_without_a_change_says_nothing() -> None:
    channel = BookChannel(pair(SPOT), 50, NOW)
    assert channel.publish(NOW, 0, has_changed=True) is None


def test_a_deep_book_waits_for_its_turn() -> None:
    market = pair(SPOT)
    channel = BookChannel(market, 200, NOW)
    market.book.add_background(Side.BUY, 999, 3)
    assert [channel.publish(NOW, tick, has_changed=tick == 1) is None for tick in (1, 2, 3, 4)] == [True, True, True, False]


def test_the_best_prices_come_whole_and_again_after_three_seconds_under_the_same_number() -> None:
    market, told = pair(SPOT), Book()
    channel = BookChannel(market, 1, NOW)
    market.book.add_background(Side.BUY, 1000, 3)
    number = apply(told, channel.publish(NOW, 0, has_changed=True))
    assert told == shown(market, 1)
    frames = [channel.publish(NOW, tick, has_changed=False) for tick in range(1, 61)]
    assert [frame is None for frame in frames] == [True] * 59 + [False]
    assert apply(told, frames[-1]) == number


def test_who_comes_later_gets_the_book_that_the_next_message_changes() -> None:
    market, late = pair(LINEAR), Book()
    channel = BookChannel(market, 50, NOW)
    market.book.add_background(Side.BUY, 998, 5)
    number = apply(late, channel.welcome(NOW))  # before that change is published
    assert apply(late, channel.publish(NOW, 0, has_changed=True)) == number + 1
    assert late == shown(market, 50)


def trades(*prices: int) -> list[Print]:
    return [Print(trade_id=number, price=price, quantity=5, buyer_is_maker=False, time_ms=NOW) for number, price in enumerate(prices)]


def test_trades_of_perpetuals_tell_their_direction_and_those_of_spot_do_not() -> None:
    linear = json.loads(TradeChannel(pair(LINEAR)).publish(trades(1001, 1003, 1003, 1002), NOW) or b"")
    assert [row["L"] for row in linear["data"]] == ["ZeroPlusTick", "PlusTick", "ZeroPlusTick", "MinusTick"]
    spot = json.loads(TradeChannel(pair(SPOT)).publish(trades(1001), NOW) or b"")
    assert spot["topic"] == "publicTrade.BTCUSDT"
    assert "L" not in spot["data"][0]


def test_no_trades_are_no_message() -> None:
    assert TradeChannel(pair(SPOT)).publish([], NOW) is None
