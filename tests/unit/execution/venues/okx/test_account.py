"""Frames of the private stream."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from dipmaster.domain.sides import Side
from execution.venues.ccxt.answers import UnreadableAnswer
from execution.venues.okx.account import OkxAccountReader, SubscriptionRefused
from tests.unit.execution.venues.okx.markets import Markets


class Socket:
    """A connection that notes what is sent and lets the venue answer at once."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers, self.sent = answers, list[Any]()
        self.reader: OkxAccountReader | None = None

    async def send(self, message: Any) -> None:
        self.sent.append(message)
        for answer in self.answers:
            assert self.reader is not None
            self.reader.read(answer)


class Streams(Markets):
    """ccxt.pro's side of it."""

    def __init__(self, socket: Socket) -> None:
        super().__init__()
        self.socket = socket

    async def authenticate(self) -> None:
        await asyncio.sleep(0)

    def get_url(self, channel: str, access: str) -> str:
        return f"{self.urls['api']['ws']}/{access}"

    def client(self, url: str) -> Socket:
        assert url == "ws://127.0.0.1:8900/okx/ws/v5/private"
        return self.socket


def reader(*answers: dict[str, Any]) -> OkxAccountReader:
    socket = Socket(*answers)
    made = socket.reader = OkxAccountReader(Streams(socket), venue="okx", symbols=("BTCUSDT", "BTCUSDT-PERP"))
    return made


def frame(**changes: Any) -> dict[str, Any]:
    row = {
        "instId": "BTC-USDT",
        "instType": "SPOT",
        "ordId": "452197707845865472",
        "clOrdId": "ours1",
        "side": "sell",
        "state": "filled",
        "accFillSz": "0.001",
        "fillPx": "31527.1",
        "fillSz": "0.001",
        "fillFee": "-0.02522168",
        "fillFeeCcy": "USDT",
        "fee": "-0.5",
        "feeCcy": "USDT",
        "execType": "M",
        "tradeId": "242589207",
        "fillTime": "1654084353263",
    }
    return {"arg": {"channel": "orders", "instType": "ANY", "uid": "614488474791936"}, "data": [row | changes]}


CONFIRMED = {"event": "subscribe", "arg": {"channel": "orders", "instType": "ANY"}, "connId": "a4d3ae55"}


def test_an_execution_tells_its_own_fee_and_not_the_orders() -> None:
    news = reader().read(frame())
    assert news is not None
    (execution,) = news.executions
    assert (execution.symbol, execution.trade_id, execution.client_order_id, execution.venue_order_id) == (
        "BTCUSDT",
        "242589207",
        "ours1",
        "452197707845865472",
    )
    assert (execution.side, execution.price, execution.quantity) == (Side.SELL, Decimal("31527.1"), Decimal("0.001"))
    assert (execution.fee, execution.fee_currency, execution.is_maker) == (Decimal("0.02522168"), "USDT", True)
    assert news.client_order_ids == ("ours1",)


def test_a_rebate_is_a_negative_fee() -> None:
    news = reader().read(frame(fillFee="0.01"))
    assert news is not None
    assert news.executions[0].fee == Decimal("-0.01")


def test_contracts_are_converted_to_base_currency() -> None:
    news = reader().read(frame(instId="BTC-USDT-SWAP", instType="SWAP", fillSz="25"))
    assert news is not None
    assert (news.executions[0].symbol, news.executions[0].quantity) == ("BTCUSDT-PERP", Decimal("0.25"))


def test_a_new_order_is_not_asked_for_since_its_acknowledgement_tells_as_much() -> None:
    news = reader().read(frame(tradeId="", fillSz="0", state="live"))
    assert news is not None
    assert (news.executions, news.client_order_ids) == ((), ())


@pytest.mark.parametrize("changes", [{"tradeId": "", "fillSz": "0", "state": "canceled"}, {"fillSz": "0", "state": "canceled"}])
def test_an_order_that_has_not_just_traded_is_to_be_looked_up(changes: dict[str, str]) -> None:
    news = reader().read(frame(**changes))
    assert news is not None
    assert (news.executions, news.client_order_ids) == ((), ("ours1",))


def test_an_order_of_somebody_elses_making_names_no_id_of_ours() -> None:
    news = reader().read(frame(clOrdId=""))
    assert news is not None
    assert (news.executions[0].client_order_id, news.client_order_ids) == (None, ())


def test_an_instrument_that_the_desk_does_not_trade_yields_no_execution() -> None:
    news = reader().read(frame(instId="DOGE-USDT"))
    assert news is not None
    assert news.executions == ()


@pytest.mark.parametrize(
    "changes",
    [{"fillPx": ""}, {"fillPx": 31527.1}, {"fillSz": "NaN"}, {"fillFee": None}, {"side": "long"}, {"fillTime": "soon"}, {"ordId": ""}],
)
def test_a_spoiled_execution_is_not_read(changes: dict[str, Any]) -> None:
    with pytest.raises(UnreadableAnswer):
        reader().read(frame(**changes))


@pytest.mark.parametrize("data", [None, {}, "x", [1]])
def test_a_frame_without_orders_is_not_read(data: Any) -> None:
    with pytest.raises(UnreadableAnswer):
        reader().read({"arg": {"channel": "orders"}, "data": data})


@pytest.mark.parametrize(
    "message", ["pong", {"event": "login", "code": "0"}, {"event": "error", "code": "60009"}, {"arg": {"channel": "account"}, "data": []}]
)
def test_logins_and_other_channels_are_left_to_ccxt(message: Any) -> None:
    assert reader().read(message) is None


@pytest.mark.parametrize("event", ["notice", "channel-conn-count-error"])
def test_a_word_that_the_stream_ends_loses_the_connection(event: str) -> None:
    news = reader().read({"event": event, "code": "64008", "msg": "service upgrade"})
    assert news is not None
    assert news.lost


def test_subscribing_returns_when_the_venue_has_confirmed() -> None:
    listening = reader(CONFIRMED)
    asyncio.run(listening.subscribe())
    refused_later = listening.read({"event": "error", "code": "60018", "msg": "doesn't exist"})
    assert refused_later is not None
    assert refused_later.lost


def test_a_refused_subscription_is_told() -> None:
    with pytest.raises(SubscriptionRefused, match="60011"):
        asyncio.run(reader({"event": "error", "code": "60011", "msg": "Please log in"}).subscribe())
