"""Coinbase's public frames become updates and trades; frames are numbered over the whole connection."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from execution.venues.coinbase.market import CoinbaseMarketReader
from execution.venues.dialect import BookUpdate, Lost, PublicTrade

AT = "2026-04-07T14:30:02.789012Z"


class Exchange:
    """The part of ccxt's exchange that a reader asks."""

    urls = {"api": {"ws": "ws://127.0.0.1:1/coinbase/ws"}}

    def market_id(self, name: str) -> str:
        return name.replace("/", "-")


@pytest.fixture
def reader() -> CoinbaseMarketReader:
    return CoinbaseMarketReader(Exchange(), venue="coinbase", symbols=["BTCUSDT", "ETHUSDT"])


def frame(channel: str, number: int, *events: dict[str, Any]) -> str:
    return json.dumps({"channel": channel, "client_id": "", "timestamp": AT, "sequence_num": number, "events": events})


def book(kind: str, *levels: tuple[str, str, str], product: str = "BTC-USDT") -> dict[str, Any]:
    updates = [{"side": side, "event_time": AT, "price_level": price, "new_quantity": quantity} for side, price, quantity in levels]
    return {"type": kind, "product_id": product, "updates": updates}


def trade(product: str = "BTC-USDT", **changes: Any) -> dict[str, Any]:
    row = {"trade_id": "995098700", "product_id": product, "price": "68900.50", "size": "0.0015", "side": "BUY", "time": AT}
    return row | changes


def trades(kind: str, *rows: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "trades": list(rows)}


def test_one_socket_is_subscribed_to_heartbeats_books_and_trades(reader: CoinbaseMarketReader) -> None:
    (subscription,) = reader.subscriptions()
    assert subscription.url == "ws://127.0.0.1:1/coinbase/ws"
    assert [message["channel"] for message in subscription.messages] == ["heartbeats", "level2", "market_trades"]
    assert all(message["product_ids"] == ["BTC-USDT", "ETH-USDT"] for message in subscription.messages)


def test_a_whole_book_and_its_changes_follow_each_other(reader: CoinbaseMarketReader) -> None:
    whole = list(reader.read(frame("l2_data", 0, book("snapshot", ("bid", "100.1", "2"), ("offer", "100.2", "3")))))
    change = list(reader.read(frame("l2_data", 1, book("update", ("offer", "100.2", "0")))))
    assert whole == [BookUpdate(symbol="BTCUSDT", is_snapshot=True, first=1, last=1, bids=[("100.1", "2")], asks=[("100.2", "3")])]
    assert change == [BookUpdate(symbol="BTCUSDT", is_snapshot=False, first=2, last=2, bids=[], asks=[("100.2", "0")])]


def test_books_are_numbered_each_by_itself(reader: CoinbaseMarketReader) -> None:
    events = [book("snapshot", ("bid", "1", "1")), book("snapshot", ("bid", "1", "1"), product="ETH-USDT")]
    updates = [update for update in reader.read(frame("l2_data", 0, *events)) if isinstance(update, BookUpdate)]
    assert [(update.symbol, update.first) for update in updates] == [("BTCUSDT", 1), ("ETHUSDT", 1)]


def test_a_missing_frame_of_any_channel_loses_the_connection(reader: CoinbaseMarketReader) -> None:
    assert not list(reader.read(frame("subscriptions", 0, {"subscriptions": {"level2": ["BTC-USDT"]}})))
    assert not list(reader.read(frame("heartbeats", 1, {"current_time": AT, "heartbeat_counter": 5})))
    (lost,) = reader.read(frame("heartbeats", 3, {"current_time": AT, "heartbeat_counter": 7}))
    assert isinstance(lost, Lost)


def test_a_connection_that_does_not_begin_at_its_first_frame_is_lost(reader: CoinbaseMarketReader) -> None:
    (lost,) = reader.read(frame("l2_data", 4, book("snapshot", ("bid", "1", "1"))))
    assert isinstance(lost, Lost)


def test_a_frame_that_comes_twice_is_read_once(reader: CoinbaseMarketReader) -> None:
    text = frame("l2_data", 0, book("snapshot", ("bid", "1", "1")))
    assert len(list(reader.read(text))) == 1
    assert not list(reader.read(text))


def test_trades_are_handed_on_oldest_first(reader: CoinbaseMarketReader) -> None:
    told = list(reader.read(frame("market_trades", 0, trades("update", trade(price="2"), trade(price="1")))))
    assert [one.price for one in told if isinstance(one, PublicTrade)] == [Decimal(1), Decimal(2)]
    assert told[0] == PublicTrade(
        venue="coinbase",
        symbol="BTCUSDT",
        price=Decimal(1),
        quantity=Decimal("0.0015"),
        traded_at=datetime(2026, 4, 7, 14, 30, 2, 789012, UTC),
    )


def test_the_trades_before_the_subscription_are_not_news(reader: CoinbaseMarketReader) -> None:
    assert not list(reader.read(frame("market_trades", 0, trades("snapshot", trade()))))


def test_products_that_were_not_asked_for_are_passed_over(reader: CoinbaseMarketReader) -> None:
    assert not list(reader.read(frame("l2_data", 0, book("snapshot", ("bid", "1", "1"), product="SOL-USDT"))))
    assert not list(reader.read(frame("market_trades", 1, trades("update", trade("SOL-USDT")))))


def test_a_refused_subscription_loses_the_connection(reader: CoinbaseMarketReader) -> None:
    (lost,) = reader.read('{"type":"error","message":"authentication failure"}')
    assert isinstance(lost, Lost)
    assert "authentication failure" in lost.reason


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "{",
        '"l2_data"',
        '{"channel":"l2_data"}',
        '{"channel":"l2_data","sequence_num":"0","events":[]}',
        '{"channel":"l2_data","sequence_num":0,"events":{}}',
        '{"channel":"something_else","sequence_num":0,"events":[]}',
        '{"type":"snapshot","product_id":"BTC-USDT","asks":[["2320.01","0.6"]],"bids":[]}',
        frame("l2_data", 0, book("update", ("bid", "1", "1"))),
        frame("l2_data", 0, book("snapshot", ("left", "1", "1"))),
        frame(
            "l2_data",
            0,
            {"type": "snapshot", "product_id": "BTC-USDT", "updates": [{"side": "bid", "price_level": 1, "new_quantity": "1"}]},
        ),
        frame("market_trades", 0, trades("update", trade(price="a lot"))),
        frame("market_trades", 0, trades("update", trade(size="inf"))),
        frame("market_trades", 0, trades("update", trade(time="yesterday"))),
    ],
)
def test_what_the_protocol_does_not_promise_is_told(reader: CoinbaseMarketReader, text: str) -> None:
    with pytest.raises(ValueError):
        list(reader.read(text))


def test_bytes_are_read_like_text(reader: CoinbaseMarketReader) -> None:
    assert len(list(reader.read(frame("l2_data", 0, book("snapshot", ("bid", "1", "1"))).encode()))) == 1


async def test_no_book_is_fetched_over_rest(reader: CoinbaseMarketReader) -> None:
    assert not reader.needs_snapshot
    with pytest.raises(ValueError, match="new subscription"):
        await reader.snapshot("BTCUSDT")
