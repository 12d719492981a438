"""How Binance's public frames read; shapes as in its documentation and, for a perpetual's trade, as its socket sends them."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from execution.venues.binance.market import BinanceMarketReader
from execution.venues.dialect import BookUpdate, Lost, PublicTrade

SPOT_DEPTH = {
    "e": "depthUpdate",
    "E": 1672515782136,
    "s": "BTCUSDT",
    "U": 157,
    "u": 160,
    "b": [["60000.10", "10.5"]],
    "a": [["60000.20", "0"]],
}
USDM_DEPTH = {**SPOT_DEPTH, "T": 1672515782120, "U": 150, "pu": 149}
SPOT_TRADE = {
    "e": "trade",
    "E": 1672515782136,
    "s": "BTCUSDT",
    "t": 12345,
    "p": "60000.1",
    "q": "0.5",
    "T": 1672515782123,
    "m": True,
    "M": True,
}
USDM_TRADE = {name: value for name, value in SPOT_TRADE.items() if name != "M"} | {"X": "MARKET", "st": 1}


@pytest.fixture
def reader(exchange: Any) -> BinanceMarketReader:
    return BinanceMarketReader(exchange, venue="binance", symbols=["BTCUSDT", "BTCUSDT-PERP"])


def read(reader: BinanceMarketReader, frame: object) -> list[Any]:
    return list(reader.read(json.dumps(frame)))


def test_spot_pairs_and_perpetuals_have_a_socket_each(reader: BinanceMarketReader) -> None:
    streams = ["btcusdt@depth@100ms", "btcusdt@trade"]
    assert [(item.url, item.messages[0]["params"]) for item in reader.subscriptions()] == [
        ("ws://127.0.0.1:8900/binance/stream/ws", streams),
        ("ws://127.0.0.1:8900/binance/public/ws", streams),
    ]


def test_a_socket_without_symbols_is_not_opened(exchange: Any) -> None:
    reader = BinanceMarketReader(exchange, venue="binance", symbols=["ETHUSDT"])
    assert [item.url.rsplit("/", 2)[1] for item in reader.subscriptions()] == ["stream"]


@pytest.mark.parametrize(
    "wrap", [lambda data: data, lambda data: {"stream": "btcusdt@depth@100ms", "data": data}], ids=["bare", "combined"]
)
def test_a_change_of_a_spot_book_begins_at_its_first_id(reader: BinanceMarketReader, wrap: Any) -> None:
    expected = BookUpdate(symbol="BTCUSDT", is_snapshot=False, first=157, last=160, bids=[("60000.10", "10.5")], asks=[("60000.20", "0")])
    assert read(reader, wrap(SPOT_DEPTH)) == [expected]


def test_a_change_of_a_perpetuals_book_follows_the_one_before_it_whatever_ids_lie_between(reader: BinanceMarketReader) -> None:
    (update,) = read(reader, {**USDM_DEPTH, "U": 155, "pu": 149})
    assert (update.symbol, update.first, update.last) == ("BTCUSDT-PERP", 150, 160)


@pytest.mark.parametrize(("frame", "symbol"), [(SPOT_TRADE, "BTCUSDT"), (USDM_TRADE, "BTCUSDT-PERP")])
def test_a_trade_is_read_exactly(reader: BinanceMarketReader, frame: dict[str, Any], symbol: str) -> None:
    at = datetime(2022, 12, 31, 19, 43, 2, 123000, UTC)
    expected = PublicTrade(venue="binance", symbol=symbol, price=Decimal("60000.1"), quantity=Decimal("0.5"), traded_at=at)
    assert read(reader, frame) == [expected]


@pytest.mark.parametrize("kind", ["INSURANCE_FUND", "ADL", "NA"])
def test_a_perpetuals_print_beside_the_book_is_no_trade(reader: BinanceMarketReader, kind: str) -> None:
    assert read(reader, {**USDM_TRADE, "X": kind}) == []


@pytest.mark.parametrize(
    "frame",
    [
        {"result": None, "id": 1},
        {"e": "bookTicker", "u": 1, "s": "BTCUSDT", "b": "1", "B": "2", "a": "3", "A": "4", "T": 5, "E": 6},
        {"u": 1, "s": "BTCUSDT", "b": "1", "B": "2", "a": "3", "A": "4"},
        {"e": "aggTrade", "E": 1, "s": "BTCUSDT", "a": 5933014, "p": "1", "q": "2", "f": 1, "l": 2, "T": 3, "m": True},
        {"e": "kline", "E": 1, "s": "BTCUSDT", "k": {"t": 1}},
        {**SPOT_DEPTH, "s": "DOGEUSDT"},
        {**SPOT_TRADE, "s": "DOGEUSDT"},
    ],
)
def test_frames_of_no_interest_say_nothing(reader: BinanceMarketReader, frame: object) -> None:
    assert read(reader, frame) == []


def test_a_spot_frame_says_nothing_of_the_perpetual_of_the_same_name(exchange: Any) -> None:
    reader = BinanceMarketReader(exchange, venue="binance", symbols=["BTCUSDT-PERP"])
    assert read(reader, SPOT_DEPTH) == read(reader, SPOT_TRADE) == []


def test_a_refused_subscription_loses_the_connection(reader: BinanceMarketReader) -> None:
    (lost,) = read(reader, {"error": {"code": 2, "msg": "Invalid request: invalid stream"}, "id": 1})
    assert lost == Lost(reason="the venue refused a subscription: Invalid request: invalid stream")


def test_a_server_that_goes_down_loses_the_connection(reader: BinanceMarketReader) -> None:
    assert [type(item) for item in read(reader, {"e": "serverShutdown", "E": 1770123456789})] == [Lost]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>",
        "[1]",
        '{"e":"depthUpdate","s":"BTCUSDT","U":"x"}',
        json.dumps({**SPOT_DEPTH, "b": "x"}),
        json.dumps({**SPOT_TRADE, "p": "much"}),
    ],
)
def test_a_frame_that_breaks_the_promise_is_an_error(reader: BinanceMarketReader, text: str) -> None:
    with pytest.raises(ValueError):
        list(reader.read(text))


async def test_a_snapshot_is_asked_for_where_its_instrument_trades(exchange: Any, reader: BinanceMarketReader) -> None:
    async def spot_depth(request: Any) -> Any:
        return {"lastUpdateId": "1027", "bids": [["4.00", "431"]], "asks": [["4.01", "12"]]}

    async def usdm_depth(request: Any) -> Any:
        return {"lastUpdateId": 2000, "E": 1, "T": 1, "bids": [["5", "1"]], "asks": [["6", "2"]]}

    exchange.publicGetDepth, exchange.fapiPublicGetDepth = spot_depth, usdm_depth
    spot, perpetual = await reader.snapshot("BTCUSDT"), await reader.snapshot("BTCUSDT-PERP")
    assert spot == BookUpdate(symbol="BTCUSDT", is_snapshot=True, first=1027, last=1027, bids=(("4.00", "431"),), asks=(("4.01", "12"),))
    assert (perpetual.symbol, perpetual.last) == ("BTCUSDT-PERP", 2000)
