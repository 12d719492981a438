"""Own orders in a recorded market: their place in the queue, and nothing had twice."""

from collections.abc import Callable
from pathlib import Path

import pytest

from analytics.lab.replay import kernel
from analytics.lab.replay.referee import BUY, SELL, Event, Replay
from analytics.lab.replay.sources import open_recording
from tests.unit.analytics.lab.replay.recorded import Market, at_ns

Write = Callable[..., Path]
Fill = tuple[float, str, float, float]
WHAT = {kernel.MADE: "made", kernel.TOOK: "took"}


class Desk:
    """Orders in prices, coins and seconds."""

    def __init__(self, write: Write, market: Market) -> None:
        self.replay = Replay(open_recording([write(market.depth(60.0).lines)]))
        self.tape = self.replay.tape
        self.events: list[Event] = []

    def place(self, order: int, side: int, quantity: float, price: float = 0.0, *, at: float = 0.1, kind: int = kernel.LIMIT) -> None:
        level = round(price / self.tape.tick) - self.tape.lowest if price else 0
        self.replay.place(order, side=side, kind=kind, price=level, quantity=round(quantity / self.tape.lot), arrives_ns=at_ns(at))

    def cancel(self, order: int, *, at: float) -> None:
        self.replay.cancel(order, arrives_ns=at_ns(at))

    def until(self, seconds: float) -> "Desk":
        self.events += self.replay.advance(at_ns(seconds))
        return self

    def fills(self, order: int = 0) -> list[Fill]:
        """Return (seconds, what, price, quantity) of each fill."""
        fills = [event for event in self.events if event.order == order and event.what <= kernel.TOOK]
        return [(self._seconds(fill), WHAT[fill.what], self._price(fill), self._coins(fill)) for fill in fills]

    def left(self, order: int = 0) -> float:
        """Return what was left when the order ended."""
        return next(self._coins(event) for event in self.events if event.order == order and event.what == kernel.ENDED)

    def shown(self, side: int) -> list[tuple[float, float]]:
        levels = self.replay.levels(side, 2)
        return [(round(float(self.tape.price_of(level)), 6), round(lots * self.tape.lot, 6)) for level, lots in levels]

    def _seconds(self, event: Event) -> float:
        return (event.at_ns - at_ns(0.0)) / 1e9

    def _price(self, event: Event) -> float:
        return round(float(self.tape.price_of(event.price)), 6)

    def _coins(self, event: Event) -> float:
        return round(event.quantity * self.tape.lot, 6)


def test_an_order_fills_after_what_was_shown_before_it_has_traded(write: Write) -> None:
    desk = Desk(write, Market().trade(1.0, "99.9", "4", sold=True).trade(2.0, "99.9", "3", sold=True))
    desk.place(0, BUY, 3, 99.9)
    assert desk.until(1.5).fills() == []
    assert desk.until(2.5).fills() == [(2.0, "made", 99.9, 2.0)]


def test_of_two_own_orders_at_a_price_the_first_fills_first(write: Write) -> None:
    desk = Desk(write, Market().trade(1.0, "99.9", "6.5", sold=True).trade(2.0, "99.9", "1", sold=True))
    desk.place(1, BUY, 1, 99.9, at=0.1)
    desk.place(0, BUY, 1, 99.9, at=0.2)
    desk.until(1.5)
    assert desk.fills(1) == [(1.0, "made", 99.9, 1.0)]
    assert desk.fills(0) == [(1.0, "made", 99.9, 0.5)]
    desk.until(2.5)
    assert desk.fills(0) == [(1.0, "made", 99.9, 0.5), (2.0, "made", 99.9, 0.5)]


def test_of_two_own_orders_the_better_price_fills_first(write: Write) -> None:
    desk = Desk(write, Market().trade(1.0, "99.9", "6", sold=True))
    desk.place(0, BUY, 1, 99.9)
    desk.place(1, BUY, 3, 100.0)
    desk.until(2.0)
    assert desk.fills(1) == [(1.0, "made", 100.0, 3.0)]
    assert desk.fills(0) == []


def test_a_smaller_quantity_shown_caps_what_is_ahead_and_a_larger_one_does_not_add_to_it(write: Write) -> None:
    market = Market().depth(1.0, bids=[("99.9", "2")]).depth(1.5, bids=[("99.9", "50")]).trade(2.0, "99.9", "2.5", sold=True)
    desk = Desk(write, market)
    desk.place(0, BUY, 1, 99.9)
    assert desk.until(3.0).fills() == [(2.0, "made", 99.9, 0.5)]


def test_a_cancellation_from_behind_does_not_bring_an_order_forward(write: Write) -> None:
    market = Market().depth(1.0, bids=[("99.9", "15")]).depth(1.5, bids=[("99.9", "6")]).trade(2.0, "99.9", "5", sold=True)
    desk = Desk(write, market)
    desk.place(0, BUY, 1, 99.9)
    assert desk.until(3.0).fills() == []


def test_a_trade_through_an_orders_price_fills_it_at_its_price_no_further_than_the_trade_went(write: Write) -> None:
    desk = Desk(write, Market().trade(1.0, "99.8", "2", sold=True))
    desk.place(0, BUY, 3, 99.9)
    assert desk.until(2.0).fills() == [(1.0, "made", 99.9, 2.0)]


def test_a_trade_of_the_same_side_fills_nothing(write: Write) -> None:
    desk = Desk(write, Market().trade(1.0, "99.8", "2", sold=False))
    desk.place(0, BUY, 3, 99.9)
    assert desk.until(2.0).fills() == []


def test_a_book_that_comes_to_an_order_fills_it_with_what_it_shows_once(write: Write) -> None:
    market = Market().depth(1.0, bids=[("99.9", "0")], asks=[("99.9", "2")]).depth(2.0, asks=[("99.9", "2.5")])
    desk = Desk(write, market)
    desk.place(0, BUY, 3, 99.9)
    desk.until(1.5)
    assert desk.fills() == [(1.0, "made", 99.9, 2.0)]
    assert desk.shown(SELL)[0] == (100.1, 4.0)
    assert desk.until(2.5).fills()[1:] == [(2.0, "made", 99.9, 0.5)]


def test_a_book_that_crosses_only_within_a_message_fills_nothing(write: Write) -> None:
    market = Market().depth(1.0, bids=[("99.9", "0"), ("100.1", "1")], asks=[("100.1", "0"), ("100.3", "1")])
    desk = Desk(write, market)
    desk.place(0, SELL, 1, 100.2)
    assert desk.until(2.0).fills() == []


def test_a_taker_walks_the_levels(write: Write) -> None:
    desk = Desk(write, Market())
    desk.place(0, BUY, 5, kind=kernel.TAKE)
    assert desk.until(1.0).fills() == [(0.1, "took", 100.1, 4.0), (0.1, "took", 100.2, 1.0)]
    assert desk.left() == 0.0


def test_what_was_taken_cannot_be_taken_again(write: Write) -> None:
    desk = Desk(write, Market())
    desk.place(0, BUY, 5, kind=kernel.TAKE, at=0.1)
    desk.place(1, BUY, 5.5, kind=kernel.TAKE, at=0.2)
    assert desk.until(1.0).fills(1) == [(0.2, "took", 100.2, 5.0), (0.2, "took", 100.5, 0.5)]


def test_a_level_that_was_taken_comes_back_with_what_the_recording_newly_shows_there(write: Write) -> None:
    market = Market().depth(1.0, asks=[("100.1", "5.5")]).depth(2.0, asks=[("100.1", "0")]).depth(3.0, asks=[("100.1", "2")])
    desk = Desk(write, market)
    desk.place(0, BUY, 4, kind=kernel.TAKE)
    assert desk.until(0.5).shown(SELL)[0] == (100.2, 6.0)
    assert desk.until(1.5).shown(SELL)[0] == (100.1, 1.5)
    assert desk.until(2.5).shown(SELL)[0] == (100.2, 6.0)
    assert desk.until(3.5).shown(SELL)[0] == (100.1, 2.0)


def test_others_who_take_less_than_we_took_leave_nothing_there_for_us(write: Write) -> None:
    desk = Desk(write, Market().depth(1.0, asks=[("100.1", "3")]))
    desk.place(0, BUY, 3.5, kind=kernel.TAKE)
    assert desk.until(1.5).shown(SELL)[0] == (100.2, 6.0)


def test_a_recorded_trade_takes_its_quantity_off_the_book_before_the_book_says_so(write: Write) -> None:
    desk = Desk(write, Market().trade(1.0, "100.1", "3", sold=False).trade(2.0, "100.2", "1", sold=False))
    assert desk.until(1.5).shown(SELL) == [(100.1, 1.0), (100.2, 6.0)]
    assert desk.until(2.5).shown(SELL) == [(100.2, 5.0), (100.5, 30.0)]


def test_an_order_acts_only_once_it_has_arrived(write: Write) -> None:
    market = Market().trade(1.0, "99.9", "9", sold=True).trade(2.0, "99.9", "9", sold=True)
    desk = Desk(write, market)
    desk.place(0, BUY, 1, 99.9, at=1.5)
    assert desk.until(3.0).fills() == [(2.0, "made", 99.9, 1.0)]


def test_what_the_recording_does_at_an_orders_arrival_comes_before_it(write: Write) -> None:
    desk = Desk(write, Market().trade(1.0, "99.9", "9", sold=True))
    desk.place(0, BUY, 1, 99.9, at=1.0)
    assert desk.until(2.0).fills() == []


def test_an_order_fills_until_its_cancellation_has_arrived(write: Write) -> None:
    market = Market().trade(1.0, "99.9", "5.5", sold=True).trade(2.0, "99.9", "1", sold=True)
    desk = Desk(write, market)
    desk.place(0, BUY, 1, 99.9)
    desk.cancel(0, at=1.5)
    desk.until(3.0)
    assert desk.fills() == [(1.0, "made", 99.9, 0.5)]
    assert desk.left() == 0.5


def test_a_cancellation_that_comes_too_late_changes_nothing(write: Write) -> None:
    desk = Desk(write, Market().trade(1.0, "99.9", "9", sold=True))
    desk.place(0, BUY, 1, 99.9)
    desk.cancel(0, at=1.5)
    desk.until(3.0)
    assert [event.what for event in desk.events] == [kernel.RESTED, kernel.MADE, kernel.ENDED]


def test_a_post_only_order_that_would_take_ends_unfilled(write: Write) -> None:
    desk = Desk(write, Market())
    desk.place(0, BUY, 1, 100.1, kind=kernel.POST_ONLY)
    desk.until(1.0)
    assert (desk.fills(), desk.left()) == ([], 1.0)


def test_a_limit_order_takes_up_to_its_limit_and_rests_with_the_remainder(write: Write) -> None:
    desk = Desk(write, Market().trade(1.0, "100.1", "0.5", sold=True))
    desk.place(0, BUY, 5, 100.1)
    assert desk.until(2.0).fills() == [(0.1, "took", 100.1, 4.0), (1.0, "made", 100.1, 0.5)]


def test_more_than_the_book_holds_is_left(write: Write) -> None:
    desk = Desk(write, Market())
    desk.place(0, BUY, 41, kind=kernel.TAKE)
    assert desk.until(1.0).left() == 1.0


@pytest.mark.parametrize(("quantity", "price"), [(0.0, 99.9), (-1.0, 99.9), (1.0, 50.0), (1.0, 200.0)])
def test_an_order_that_cannot_be_replayed_is_refused(write: Write, quantity: float, price: float) -> None:
    with pytest.raises(ValueError, match="replayed"):
        Desk(write, Market()).place(0, BUY, quantity, price)


def test_a_working_order_keeps_its_number(write: Write) -> None:
    desk = Desk(write, Market())
    desk.place(0, BUY, 1, 99.9)
    with pytest.raises(ValueError, match="working"):
        desk.place(0, BUY, 1, 99.9)
