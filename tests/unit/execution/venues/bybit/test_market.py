"""Frames of the public streams: what they become, and what spoiled ones become."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from execution.venues.bybit.addresses import urls
from execution.venues.bybit.market import BybitMarketReader
from execution.venues.dialect import BookUpdate, Lost, PublicTrade

SYMBOLS = ("BTCUSDT", "BTCUSDT-PERP", "ETHUSDT")


class Markets:
    """As much of ccxt's exchange as the reader looks at."""

    def __init__(self) -> None:
        self.urls = urls("http://127.0.0.1:8900/bybit")

    def market_id(self, name: str) -> str:
        return name.partition(":")[0].replace("/", "")


def reader(*symbols: str) -> BybitMarketReader:
    return BybitMarketReader(Markets(), venue="bybit", symbols=symbols)


def book_frame(**changes: Any) -> dict[str, Any]:
    data = {"s": "BTCUSDT", "b": [["16493.50", "0.006"]], "a": [["16611.00", "0.029"], ["16612.00", "0"]], "u": 18521288, "seq": 7961638724}
    return {"topic": "orderbook.50.BTCUSDT", "type": "delta", "ts": 1672304484978, "data": data | changes, "cts": 1672304484976}


def trade_frame(**changes: Any) -> dict[str, Any]:
    trade = {"T": 1672304486865, "s": "BTCUSDT", "S": "Buy", "v": "0.001", "p": "16578.50", "L": "PlusTick", "i": "20f43950", "BT": False}
    return {"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": 1672304486868, "data": [trade | changes]}


def test_a_change_of_a_book_keeps_the_venues_figures_and_number() -> None:
    (update,) = reader("BTCUSDT").read(json.dumps(book_frame()).encode())
    assert update == BookUpdate(
        symbol="BTCUSDT",
        is_snapshot=False,
        first=18521288,
        last=18521288,
        bids=[("16493.50", "0.006")],
        asks=[("16611.00", "0.029"), ("16612.00", "0")],
    )


def test_a_snapshot_starts_a_book_anew() -> None:
    (update,) = reader("BTCUSDT").read(json.dumps(book_frame() | {"type": "snapshot"}))
    assert isinstance(update, BookUpdate)
    assert update.is_snapshot


def test_number_one_is_a_snapshot_whatever_it_is_called() -> None:
    (update,) = reader("BTCUSDT").read(json.dumps(book_frame(u=1)))
    assert isinstance(update, BookUpdate)
    assert update.is_snapshot


def test_a_skipped_number_leaves_a_gap_in_the_sequence() -> None:
    """The rule of BookUpdate: a gap when `first` is above the last number plus one."""
    market = reader("BTCUSDT")
    before, after = (next(iter(market.read(json.dumps(book_frame(u=number))))) for number in (100, 102))
    assert isinstance(before, BookUpdate)
    assert isinstance(after, BookUpdate)
    assert after.first > before.last + 1


def test_a_trade_is_read_exactly() -> None:
    (trade,) = reader("BTCUSDT").read(json.dumps(trade_frame()))
    assert trade == PublicTrade(
        venue="bybit",
        symbol="BTCUSDT",
        price=Decimal("16578.50"),
        quantity=Decimal("0.001"),
        traded_at=datetime(2022, 12, 29, 9, 1, 26, 865000, tzinfo=UTC),
    )


def test_one_topic_is_two_instruments_by_its_socket() -> None:
    spot, linear = reader(*SYMBOLS).subscriptions()
    assert spot.read is not None
    assert linear.read is not None
    text = json.dumps(book_frame())
    assert [update.symbol for update in spot.read(text) if isinstance(update, BookUpdate)] == ["BTCUSDT"]
    assert [update.symbol for update in linear.read(text) if isinstance(update, BookUpdate)] == ["BTCUSDT-PERP"]


def test_a_frame_that_could_be_of_either_category_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="look the same"):
        reader(*SYMBOLS).read(json.dumps(book_frame()))


def test_each_category_has_its_socket_and_no_request_is_too_long() -> None:
    names = [f"{base}USDT" for base in ("BTC", "ETH", "SOL", "XRP", "DOGE", "ADA")]
    spot, linear = reader(*names, "BTCUSDT-PERP").subscriptions()
    assert (spot.url, linear.url) == (
        "ws://127.0.0.1:8900/bybit/v5/public/spot",
        "ws://127.0.0.1:8900/bybit/v5/public/linear",
    )
    topics = [topic for message in spot.messages for topic in message["args"]]
    assert sorted(topics) == sorted(f"{kind}.{name}" for name in names for kind in ("orderbook.50", "publicTrade"))
    assert all(len(message["args"]) <= 10 for message in spot.messages)
    assert [message["args"] for message in linear.messages] == [["orderbook.50.BTCUSDT", "publicTrade.BTCUSDT"]]


@pytest.mark.parametrize(
    "frame",
    [
        {"success": True, "ret_msg": "", "conn_id": "2324d924", "req_id": "subscribe-0", "op": "subscribe"},
        {"success": True, "ret_msg": "pong", "conn_id": "0970e817", "req_id": "", "op": "ping"},
        {"op": "pong", "args": ["1675418560633"], "conn_id": "x"},
        book_frame(s="XRPUSDT") | {"topic": "orderbook.50.XRPUSDT"},
        book_frame() | {"topic": "orderbook.200.BTCUSDT"},
        {"topic": "tickers.BTCUSDT", "type": "snapshot", "data": {"symbol": "BTCUSDT", "lastPrice": "21109.77"}, "ts": 1673853746003},
        {},
    ],
)
def test_frames_of_no_interest_yield_nothing(frame: dict[str, Any]) -> None:
    assert list(reader("BTCUSDT").read(json.dumps(frame))) == []


def test_a_refused_subscription_loses_the_connection() -> None:
    refused = {
        "success": False,
        "ret_msg": "error:handler not found,topic:orderbook.50.XUSDT",
        "conn_id": "",
        "req_id": "1",
        "op": "subscribe",
    }
    (lost,) = reader("BTCUSDT").read(json.dumps(refused))
    assert lost == Lost(reason="subscribe is refused: error:handler not found,topic:orderbook.50.XUSDT")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        b'{"topic": "orderbook.50.BTCUSDT", "type": "delta", "data": {"s": "BTCUSDT", "b": [["1", "2"',
        json.dumps(book_frame(b=[[16493.5, 0.006]])),
        json.dumps(book_frame(b=[["16493.50"]])),
        json.dumps(book_frame(u="18521288")),
        json.dumps(book_frame(a=None)),
        json.dumps(trade_frame(p=16578.5)),
        json.dumps(trade_frame(T="soon")),
        json.dumps({"topic": 5}),
    ],
)
def test_a_frame_that_is_not_as_promised_is_an_error(text: bytes | str) -> None:
    with pytest.raises(ValueError, match="not a frame"):
        list(reader("BTCUSDT").read(text))


@pytest.mark.parametrize(
    "frame",
    [
        {
            "topic": "orderBookL2_25.BTCUSDT",
            "type": "snapshot",
            "data": [{"price": "7.9", "symbol": "BTCUSDT", "id": 79, "side": "Buy", "size": 1}],
        },
        {"topic": "orderBookL2_25.BTCUSDT", "type": "delta", "data": {"delete": [], "update": [], "insert": []}},
        {"topic": "trade.BTCUSDT", "data": [{"symbol": "BTCUSDT", "side": "Buy", "size": 1, "price": 7.9, "trade_time_ms": 1}]},
    ],
)
def test_frames_of_the_protocol_before_v5_are_never_taken_for_a_book(frame: dict[str, Any]) -> None:
    assert list(reader("BTCUSDT").read(json.dumps(frame))) == []
