"""Frames of the private stream."""

from decimal import Decimal
from typing import Any

import pytest

from execution.venues.bybit.account import BybitAccountReader
from execution.venues.bybit.addresses import urls
from execution.venues.ccxt.answers import UnreadableAnswer


class Markets:
    """As much of ccxt's exchange as the reader looks at."""

    def __init__(self) -> None:
        self.urls = urls("http://127.0.0.1:8900/bybit")

    def market_id(self, name: str) -> str:
        return name.partition(":")[0].replace("/", "")


def reader() -> BybitAccountReader:
    return BybitAccountReader(Markets(), venue="bybit", symbols=("XRPUSDT", "XRPUSDT-PERP"))


def execution_frame(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"id": "592324803b2785", "topic": "execution", "creationTime": 1672364174455, "data": list(rows)}


def row(**changes: Any) -> dict[str, Any]:
    return {
        "category": "linear",
        "symbol": "XRPUSDT",
        "execFee": "0.005061",
        "execId": "7e2ae69c-4edf-5800-a352-893d52b446aa",
        "execPrice": "0.3374",
        "execQty": "25",
        "execType": "Trade",
        "isMaker": False,
        "orderId": "f6e324ff-99c2-4e89-9739-3086e47f9381",
        "orderLinkId": "ours1",
        "side": "Sell",
        "execTime": "1672364174443",
        **changes,
    }


def test_an_execution_is_of_the_instrument_of_its_category() -> None:
    news = reader().read(execution_frame(row(), row(category="spot", execId="2")))
    assert news is not None
    assert [(execution.symbol, execution.quantity) for execution in news.executions] == [
        ("XRPUSDT-PERP", Decimal(25)),
        ("XRPUSDT", Decimal(25)),
    ]


def test_funding_and_instruments_that_the_desk_does_not_trade_are_left_out() -> None:
    news = reader().read(execution_frame(row(execType="Funding"), row(category="option"), row(symbol="DOGEUSDT")))
    assert news is not None
    assert news.executions == ()


def test_an_order_that_changed_is_named_once() -> None:
    orders = [{"orderLinkId": "ours1"}, {"orderLinkId": ""}, {"orderLinkId": "ours1"}, {"orderLinkId": "ours2"}]
    news = reader().read({"topic": "order", "data": orders})
    assert news is not None
    assert news.client_order_ids == ("ours1", "ours2")


@pytest.mark.parametrize(
    "frame",
    [
        {"success": True, "ret_msg": "", "op": "auth", "conn_id": "x"},
        {"req_id": "2", "op": "pong", "args": ["1757405570352"], "conn_id": "x"},
        {"success": True, "op": "subscribe", "req_id": "another"},
        {"topic": "wallet", "data": []},
    ],
)
def test_what_is_ccxts_is_left_to_it(frame: dict[str, Any]) -> None:
    assert reader().read(frame) is None


def test_a_refused_subscription_ends_the_stream() -> None:
    news = reader().read({"success": False, "ret_msg": "error:request not authorized", "op": "subscribe", "req_id": "account-topics"})
    assert news is not None
    assert news.lost == "the subscription is refused: error:request not authorized"


@pytest.mark.parametrize(
    "frame", [None, [], "pong", {"topic": "execution"}, {"topic": "order", "data": {}}, {"topic": "execution", "data": [7]}]
)
def test_a_frame_that_is_not_as_promised_is_an_error(frame: Any) -> None:
    with pytest.raises(UnreadableAnswer):
        reader().read(frame)


def test_an_execution_without_a_figure_is_an_error() -> None:
    with pytest.raises(UnreadableAnswer):
        reader().read(execution_frame(row(execQty="")))
