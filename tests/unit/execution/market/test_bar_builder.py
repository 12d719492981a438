"""Trades and touches become one-second bars."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from execution.market.bars import BarBuilder

START = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def trade(builder: BarBuilder, seconds: float, price: str, quantity: str, instrument_id: int = 1) -> None:
    builder.add_trade(venue_id=1, instrument_id=instrument_id, at=at(seconds), price=Decimal(price), quantity=Decimal(quantity))


def test_trades_of_one_second_add_up() -> None:
    builder = BarBuilder()
    trade(builder, 0.1, "100", "2")
    trade(builder, 0.9, "101", "1")
    (bar,) = builder.take_finished(at(2))
    assert (bar.at, bar.volume, bar.notional, bar.trades) == (START, Decimal(3), Decimal(301), 2)
    assert (bar.bid, bar.ask) == (None, None)


def test_the_last_touch_of_a_second_stays() -> None:
    builder = BarBuilder()
    for seconds, bid in ((0.1, 99), (0.8, 98)):
        builder.set_touch(venue_id=1, instrument_id=1, second=int(at(seconds).timestamp()), bid=str(bid), ask=str(bid + 1))
    (bar,) = builder.take_finished(at(2))
    assert (bar.at, bar.bid, bar.ask, bar.trades) == (START, Decimal(98), Decimal(99), 0)


def test_touch_and_trades_of_one_second_are_one_bar() -> None:
    builder = BarBuilder()
    trade(builder, 0.5, "100", "2")
    builder.set_touch(venue_id=1, instrument_id=1, second=int(START.timestamp()), bid="99", ask=None)
    (bar,) = builder.take_finished(at(2))
    assert (bar.bid, bar.ask, bar.volume) == (Decimal(99), None, Decimal(2))
    assert builder.take_all() == []


def test_a_second_is_not_finished_before_it_is_over() -> None:
    builder = BarBuilder()
    trade(builder, 0.5, "100", "1")
    assert builder.take_finished(at(1.2)) == []
    assert len(builder.take_finished(at(1.5))) == 1


def test_a_finished_bar_is_given_out_once() -> None:
    builder = BarBuilder()
    trade(builder, 0.5, "100", "1")
    builder.take_finished(at(5))
    assert builder.take_finished(at(6)) == builder.take_all() == []


def test_instruments_do_not_mix() -> None:
    builder = BarBuilder()
    trade(builder, 0.5, "100", "1", instrument_id=1)
    trade(builder, 0.5, "7", "2", instrument_id=2)
    assert {(bar.instrument_id, bar.volume) for bar in builder.take_finished(at(5))} == {(1, Decimal(1)), (2, Decimal(2))}


@given(st.lists(st.tuples(st.floats(0, 20), st.integers(1, 9), st.floats(0, 20)), max_size=40))
def test_no_volume_is_lost_or_counted_twice(events: list[tuple[float, int, float]]) -> None:
    builder, taken = BarBuilder(), []
    for seconds, quantity, now in events:
        trade(builder, seconds, "100", str(quantity))
        taken += builder.take_finished(at(now))
    taken += builder.take_all()
    assert sum(bar.volume for bar in taken) == sum(quantity for _, quantity, _ in events)
