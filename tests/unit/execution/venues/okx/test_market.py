"""Frames of the public streams: what they become, and what spoiled ones become."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from execution.venues.dialect import BookUpdate, Lost, PublicTrade
from execution.venues.okx.market import SYMBOLS_PER_SOCKET, OkxMarketReader
from tests.unit.execution.venues.okx.markets import Markets

SPOT, SWAP = {"channel": "books", "instId": "BTC-USDT"}, {"channel": "books", "instId": "BTC-USDT-SWAP"}


def reader(*symbols: str) -> OkxMarketReader:
    return OkxMarketReader(Markets(), venue="okx", symbols=symbols or ("BTCUSDT", "BTCUSDT-PERP"))


def book(action: str = "update", arg: Any = None, **changes: Any) -> str:
    data = {
        "asks": [["8476.98", "415", "0", "13"], ["8477", "0", "0", "0"]],
        "bids": [["8476.97", "256", "0", "12"]],
        "ts": "1597026383085",
        "checksum": 0,
        "prevSeqId": 10,
        "seqId": 15,
    }
    return json.dumps({"arg": arg or SPOT, "action": action, "data": [data | changes]})


def trade(name: str = "BTC-USDT", **changes: Any) -> str:
    data = {"instId": name, "tradeId": "1", "px": "42219.9", "sz": "0.12060306", "side": "buy", "ts": "1630048897897", "count": "3"}
    return json.dumps({"arg": {"channel": "trades", "instId": name}, "data": [data | changes]})


def test_a_change_follows_the_sequence_that_it_names() -> None:
    (update,) = reader().read(book().encode())
    assert update == BookUpdate(
        symbol="BTCUSDT",
        is_snapshot=False,
        first=11,
        last=15,
        bids=[("8476.97", "256")],
        asks=[("8476.98", "415"), ("8477", "0")],
    )


def test_a_snapshot_is_at_its_own_sequence() -> None:
    (update,) = reader().read(book("snapshot", prevSeqId=-1))
    assert isinstance(update, BookUpdate)
    assert (update.is_snapshot, update.first, update.last) == (True, 15, 15)


def test_a_swaps_book_is_told_in_base_currency_and_what_is_gone_stays_zero() -> None:
    (update,) = reader().read(book(arg=SWAP, asks=[["8476.98", "0.5", "0", "1"], ["8477", "0", "0", "0"], ["8478", "20000", "0", "1"]]))
    assert isinstance(update, BookUpdate)
    assert (update.symbol, update.bids) == ("BTCUSDT-PERP", [("8476.97", "2.56")])  # 256 contracts of 0.01 BTC
    assert update.asks == [("8476.98", "0.005"), ("8477", "0"), ("8478", "200")]


def test_a_sign_of_life_changes_nothing() -> None:
    (update,) = reader().read(book(bids=[], asks=[], prevSeqId=15, seqId=15))
    assert isinstance(update, BookUpdate)
    assert update.last == update.first - 1 == 15  # old for a book at 15


def test_a_sequence_that_starts_anew_is_a_lost_connection() -> None:
    (lost,) = reader().read(book(prevSeqId=15, seqId=3))
    assert isinstance(lost, Lost)


def test_a_trade_is_told_in_base_currency() -> None:
    (found,) = reader().read(trade())
    assert found == PublicTrade(
        venue="okx",
        symbol="BTCUSDT",
        price=Decimal("42219.9"),
        quantity=Decimal("0.12060306"),
        traded_at=datetime(2021, 8, 27, 7, 21, 37, 897000, UTC),
    )


def test_a_swaps_trade_is_converted_from_contracts() -> None:
    (found,) = reader().read(trade("BTC-USDT-SWAP", sz="25"))
    assert isinstance(found, PublicTrade)
    assert (found.symbol, found.quantity) == ("BTCUSDT-PERP", Decimal("0.25"))


@pytest.mark.parametrize(
    "frame",
    [
        "pong",
        b"pong",
        '{"event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"a4d3ae55"}',
        '{"event":"channel-conn-count","channel":"books","connCount":"2","connId":"abcd1234"}',
        trade("DOGE-USDT"),
        '{"arg":{"channel":"tickers","instId":"BTC-USDT"},"data":[{"last":"1"}]}',
        "{}",
    ],
)
def test_frames_of_no_interest_tell_nothing(frame: str | bytes) -> None:
    assert not list(reader().read(frame))


@pytest.mark.parametrize(
    "frame",
    [
        '{"event":"error","code":"60018","msg":"Wrong URL or channel:books,instId:BTC doesn\'t exist","connId":"1"}',
        '{"event":"notice","code":"64008","msg":"The connection will soon be closed for a service upgrade.","connId":"1"}',
    ],
)
def test_a_refused_subscription_and_an_announced_end_lose_the_connection(frame: str) -> None:
    (lost,) = reader().read(frame)
    assert isinstance(lost, Lost)
    assert "60018" in lost.reason or "64008" in lost.reason


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{",
        "<html>",
        "[]",
        b"\xff\xfe",
        book(seqId=None),
        book(seqId="15"),
        book(bids=[["1"]]),
        book(bids=[[1.5, 2.5, 0, 1]]),
        book(bids={}),
        book(arg=SWAP, bids=[["1", "many", "0", "1"]]),
        book("replace"),
        book(""),
        trade(px=None),
        trade(px="dear"),
        trade(px="NaN"),
        trade(sz="Infinity"),
        trade(ts="now"),
        '{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":{}}',
        '{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update"}',
    ],
)
def test_a_spoiled_frame_is_no_news(frame: str | bytes) -> None:
    with pytest.raises(ValueError):
        list(reader().read(frame))


def test_a_book_from_before_sequence_numbers_is_refused() -> None:
    """OKX sent checksums and no numbers until 2023."""
    old = '{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":[{"asks":[],"bids":[],"ts":"1","checksum":-914047754}]}'
    with pytest.raises(ValueError, match="seqId"):
        list(reader().read(old))


def test_every_symbols_books_and_trades_are_asked_for_on_few_enough_channels_each() -> None:
    symbols = [f"C{number}USDT" for number in range(SYMBOLS_PER_SOCKET + 1)]
    sockets = reader(*symbols).subscriptions()
    assert {socket.url for socket in sockets} == {"ws://127.0.0.1:8900/okx/ws/v5/public"}
    asked = [argument for socket in sockets for message in socket.messages for argument in message["args"]]
    assert {(one["channel"], one["instId"]) for one in asked} == {
        (channel, f"C{number}-USDT") for number in range(SYMBOLS_PER_SOCKET + 1) for channel in ("books", "trades")
    }
    assert max(len(message["args"]) for socket in sockets for message in socket.messages) == 2 * SYMBOLS_PER_SOCKET
