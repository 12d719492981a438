"""Coinbase's private frames name the orders to look up."""

from typing import Any

import pytest

from execution.venues.ccxt.answers import UnreadableAnswer
from execution.venues.coinbase.account import CoinbaseAccountReader
from execution.venues.dialect import AccountNews


@pytest.fixture
def reader() -> CoinbaseAccountReader:
    return CoinbaseAccountReader(None, venue="coinbase", symbols=["BTCUSDT"])


def frame(channel: str, number: Any, *events: Any) -> dict[str, Any]:
    return {"channel": channel, "client_id": "", "timestamp": "2026-04-07T14:30:06Z", "sequence_num": number, "events": list(events)}


def orders(kind: str, *ids: Any) -> dict[str, Any]:
    return {"type": kind, "orders": [{"order_id": "1", "client_order_id": ours, "status": "OPEN"} for ours in ids]}


def test_an_update_names_its_orders_once_each(reader: CoinbaseAccountReader) -> None:
    news = reader.read(frame("user", 0, orders("update", "a", "b"), orders("update", "a")))
    assert news == AccountNews(client_order_ids=("a", "b"))


@pytest.mark.parametrize(
    ("status", "filled", "ids"),
    [("OPEN", "0", ()), ("PENDING", "0.000", ()), ("OPEN", "0.01", ("a",)), ("OPEN", None, ("a",)), ("CANCELLED", "0", ("a",))],
)
def test_only_an_order_that_is_new_needs_no_look_up(
    reader: CoinbaseAccountReader, status: str, filled: str | None, ids: tuple[str, ...]
) -> None:
    """Its acknowledgement tells as much."""
    order = {"order_id": "1", "client_order_id": "a", "status": status, "cumulative_quantity": filled}
    assert reader.read(frame("user", 0, {"type": "update", "orders": [order]})) == AccountNews(client_order_ids=ids)


def test_an_order_without_an_id_of_ours_is_somebody_elses(reader: CoinbaseAccountReader) -> None:
    assert reader.read(frame("user", 0, orders("update", "", None))) == AccountNews()


def test_the_orders_that_were_open_before_are_not_news(reader: CoinbaseAccountReader) -> None:
    assert reader.read(frame("user", 0, orders("snapshot", "a"))) == AccountNews()


def test_signs_of_life_are_taken_and_say_nothing(reader: CoinbaseAccountReader) -> None:
    assert reader.read(frame("heartbeats", 0, {"heartbeat_counter": 1})) == AccountNews()


def test_a_missing_frame_loses_the_stream(reader: CoinbaseAccountReader) -> None:
    reader.read(frame("heartbeats", 0, {}))
    news = reader.read(frame("user", 2, orders("update", "a")))
    assert news is not None
    assert news.lost
    assert not news.client_order_ids


def test_a_frame_that_comes_twice_is_read_once(reader: CoinbaseAccountReader) -> None:
    reader.read(frame("user", 0, orders("update", "a")))
    assert reader.read(frame("user", 0, orders("update", "a"))) == AccountNews()


def test_a_refused_subscription_loses_the_stream(reader: CoinbaseAccountReader) -> None:
    news = reader.read({"type": "error", "message": "authentication failure"})
    assert news is not None
    assert "authentication failure" in news.lost


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        "frame",
        {},
        frame("user", None),
        frame("user", "0"),
        frame("user", True),
        {**frame("user", 0), "events": None},
        frame("user", 0, "event"),
        frame("user", 0, {"type": "update", "orders": "all"}),
        frame("user", 0, {"type": "update", "orders": [None]}),
    ],
)
def test_what_the_protocol_does_not_promise_is_told(reader: CoinbaseAccountReader, message: Any) -> None:
    with pytest.raises(UnreadableAnswer):
        reader.read(message)
