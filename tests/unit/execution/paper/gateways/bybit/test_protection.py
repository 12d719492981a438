"""Disconnect protection: who is away for how long, and what is cancelled then."""

import pytest

from execution.paper.accounts import Account, Order
from execution.paper.engine import Side
from execution.paper.gateways.bybit.errors import ApiError
from execution.paper.gateways.bybit.protection import Protection
from execution.paper.orders import OrderKind, Request
from execution.paper.profiles import BYBIT
from execution.paper.venue import Venue
from tests.unit.execution.paper.gateways.bybit.listings import LINEAR, SPOT

NOW = 1_700_000_000_000
KEY = "key1"


class Desk:
    """One account with an order resting in each category."""

    def __init__(self) -> None:
        self.venue = Venue(BYBIT, [SPOT, LINEAR], now_ms=NOW, journal=lambda record: None)
        for pair in self.venue.pairs.values():
            pair.is_trading = True
            pair.book.add_background(Side.BUY, 600_000, 10)
            pair.book.add_background(Side.SELL, 600_010, 10)
        self.account: Account = self.venue.open_account(KEY)
        self.spot, self.linear = self._place(SPOT.symbol, 10_000), self._place(LINEAR.symbol, 10)
        self.protection = Protection(self.venue)

    def _place(self, symbol: str, lots: int) -> Order:
        request = Request(symbol=symbol, side=Side.BUY, kind=OrderKind.LIMIT, price=590_000, quantity=lots)
        return self.venue.place(self.account, request, NOW)[0]

    def after(self, seconds: float) -> tuple[bool, bool]:
        """Let the tick of this moment come; tell which of the orders are open."""
        self.protection.enforce(NOW + int(seconds * 1000))
        return self.spot.is_open, self.linear.is_open


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.protection.set(KEY, {"product": "SPOT", "timeWindow": "10"})
    made.protection.set(KEY, {"product": "DERIVATIVES", "timeWindow": "3"})
    return made


def test_orders_of_a_product_are_cancelled_when_its_window_is_over(desk: Desk) -> None:
    for topic in ("dcp.spot", "dcp.future"):
        desk.protection.join(KEY, topic)
        desk.protection.leave(KEY, topic, NOW)
    assert [desk.after(seconds) for seconds in (2.9, 3, 9.9, 10)] == [(True, True), (True, False), (True, False), (False, False)]
    assert (desk.spot.cancel_note, desk.linear.cancel_note) == ("CancelByDCP", "CancelByDCP")


def test_who_never_listened_is_not_away(desk: Desk) -> None:
    assert desk.after(1000) == (True, True)


def test_who_comes_back_in_time_keeps_the_orders(desk: Desk) -> None:
    desk.protection.join(KEY, "dcp.spot")
    desk.protection.leave(KEY, "dcp.spot", NOW)
    desk.protection.join(KEY, "dcp.spot")
    assert desk.after(1000) == (True, True)


def test_another_stream_of_the_same_account_keeps_the_orders(desk: Desk) -> None:
    desk.protection.join(KEY, "dcp.spot")
    desk.protection.join(KEY, "dcp.spot")
    desk.protection.leave(KEY, "dcp.spot", NOW)
    assert desk.after(1000) == (True, True)


def test_without_a_window_nothing_is_cancelled() -> None:
    desk = Desk()
    desk.protection.join(KEY, "dcp.spot")
    desk.protection.leave(KEY, "dcp.spot", NOW)
    assert desk.after(1000) == (True, True)


def test_orders_are_cancelled_once_and_later_ones_live(desk: Desk) -> None:
    desk.protection.join(KEY, "dcp.spot")
    desk.protection.leave(KEY, "dcp.spot", NOW)
    assert desk.after(10) == (False, True)
    later = desk._place(SPOT.symbol, 10_000)
    desk.after(1000)
    assert later.is_open


@pytest.mark.parametrize(
    "params", [{"timeWindow": "2"}, {"timeWindow": "301"}, {}, {"timeWindow": "soon"}, {"timeWindow": "10", "product": "STOCKS"}]
)
def test_a_window_out_of_range_is_refused(desk: Desk, params: dict[str, str]) -> None:
    with pytest.raises(ApiError):
        desk.protection.set(KEY, {"product": "SPOT", **params})


def test_the_windows_that_were_set_are_told(desk: Desk) -> None:
    assert sorted(desk.protection.windows(KEY)) == [("DERIVATIVES", 3), ("SPOT", 10)]
    assert desk.protection.windows("key2") == []
