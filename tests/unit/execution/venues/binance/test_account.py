"""What Binance's private frames tell the desk, and how long a listen key is kept alive."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from ccxt.base.errors import NetworkError

from dipmaster.domain.fills import Execution
from dipmaster.domain.sides import Side
from execution.venues.binance import account
from execution.venues.binance.account import BinanceAccountReader
from execution.venues.dialect import AccountNews

SPOT_REPORT = {
    "e": "executionReport",
    "s": "BTCUSDT",
    "c": "ours",
    "C": "",
    "S": "BUY",
    "x": "TRADE",
    "X": "FILLED",
    "i": 7,
    "l": "0.4",
    "L": "60000.10",
    "n": "24.00004",
    "N": "USDT",
    "T": 1568879465651,
    "t": 77517,
    "m": True,
}
USDM_UPDATE = {  # "Event: Order Update" of USDⓈ-M, as of a trade
    "e": "ORDER_TRADE_UPDATE",
    "E": 1568879465651,
    "T": 1568879465650,
    "o": {name: value for name, value in SPOT_REPORT.items() if name not in {"e", "C"}} | {"rp": "0", "ps": "BOTH", "R": False},
}


def wrapped(event: object) -> dict[str, Any]:
    return {"subscriptionId": 0, "event": event}


@pytest.fixture
def reader(exchange: Any) -> BinanceAccountReader:
    return BinanceAccountReader(exchange, venue="binance", symbols=["BTCUSDT", "BTCUSDT-PERP"])


@pytest.mark.parametrize(("message", "symbol"), [(wrapped(SPOT_REPORT), "BTCUSDT"), (USDM_UPDATE, "BTCUSDT-PERP")])
def test_a_trade_is_an_execution_of_an_order_of_ours(reader: BinanceAccountReader, message: object, symbol: str) -> None:
    execution = Execution(
        venue="binance",
        symbol=symbol,
        trade_id="77517",
        client_order_id="ours",
        venue_order_id="7",
        side=Side.BUY,
        price=Decimal("60000.10"),
        quantity=Decimal("0.4"),
        fee=Decimal("24.00004"),
        fee_currency="USDT",
        is_maker=True,
        traded_at=datetime(2019, 9, 19, 7, 51, 5, 651000, UTC),
    )
    assert reader.read(message) == AccountNews(executions=(execution,), client_order_ids=("ours",))


@pytest.mark.parametrize("kind", ["CANCELED", "EXPIRED"])
def test_whatever_else_happens_to_an_order_has_it_looked_up(reader: BinanceAccountReader, kind: str) -> None:
    assert reader.read(wrapped({**SPOT_REPORT, "x": kind})) == AccountNews(client_order_ids=("ours",))


def test_an_order_in_what_the_desk_does_not_trade_is_left_alone(reader: BinanceAccountReader) -> None:
    assert reader.read(wrapped({**SPOT_REPORT, "s": "ETHUSDT"})) == AccountNews()


@pytest.mark.parametrize(
    "message",
    [wrapped({"e": "outboundAccountPosition", "B": []}), {"e": "ACCOUNT_UPDATE", "a": {}}, {"e": "TRADE_LITE", "s": "BTCUSDT"}],
)
def test_news_of_balances_and_first_words_of_trades_are_passed_over(reader: BinanceAccountReader, message: object) -> None:
    assert reader.read(message) == AccountNews()


@pytest.mark.parametrize("message", [wrapped({"e": "eventStreamTerminated", "E": 1}), {"e": "listenKeyExpired", "E": 1, "listenKey": "x"}])
def test_the_end_of_a_stream_is_told(reader: BinanceAccountReader, message: object) -> None:
    news = reader.read(message)
    assert news is not None
    assert news.lost


@pytest.mark.parametrize("message", [{"id": "1", "status": 200, "result": {"subscriptionId": 0}}, [], "pong", None])
def test_answers_to_requests_are_left_to_ccxt(reader: BinanceAccountReader, message: object) -> None:
    assert reader.read(message) is None


async def test_a_listen_key_is_extended_until_its_socket_ends(exchange: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    extended = asyncio.Event()

    async def put() -> Any:
        extended.set()
        return {}

    monkeypatch.setattr(account, "KEEP_ALIVE_SECONDS", 0.001)
    exchange.fapiPrivatePutListenKey = put
    socket: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    keeping = asyncio.create_task(BinanceAccountReader(exchange, venue="binance", symbols=[])._keep_alive(socket))
    await asyncio.wait_for(extended.wait(), 30)
    socket.set_exception(NetworkError("closed"))
    await asyncio.wait_for(keeping, 30)


async def test_a_listen_key_that_could_not_be_extended_is_tried_again(exchange: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = asyncio.Queue[None]()

    async def put() -> Any:
        calls.put_nowait(None)
        raise NetworkError("no answer")

    monkeypatch.setattr(account, "KEEP_ALIVE_SECONDS", 0.001)
    monkeypatch.setattr(account, "RETRY_SECONDS", 0.001)
    exchange.fapiPrivatePutListenKey = put
    socket: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    keeping = asyncio.create_task(BinanceAccountReader(exchange, venue="binance", symbols=[])._keep_alive(socket))
    for _ in range(2):
        await asyncio.wait_for(calls.get(), 30)
    socket.cancel()
    await asyncio.wait_for(keeping, 30)
