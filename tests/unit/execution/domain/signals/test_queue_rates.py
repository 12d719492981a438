import math

import pytest

from execution.domain.signals.fill_probability import probability_fill_before_move, probability_mid_rises
from execution.domain.signals.queue_rates import fill_signal, measure_rates, mid_rise_signal
from execution.domain.signals.signal import BadInput
from tests.unit.execution.domain.signals.quoted import mirrored, quotes, trades

ROWS = [(100, 10, 101, 8), (100, 14, 101, 5), (100, 12, 101, 9), (100, 12, 101, 3)]
"""Added 4 + 4, removed 3 + 2 + 6; a mean queue of 73 / 8."""
ORDER = (4**2 + 4**2 + 3**2 + 2**2 + 6**2) / (4 + 4 + 3 + 2 + 6)


def measured(rows=ROWS, signed=(2, -2), now=3.0, window=10.0, tick=1.0):
    return measure_rates(quotes(rows), trades(signed, times=[1, 2][: len(signed)]), now, window_seconds=window, tick=tick)


def test_rates_are_changes_of_the_touch_in_orders_a_second_and_side():
    found = measured()
    assert found.order_size == pytest.approx(ORDER)
    assert found.rates.arrivals == pytest.approx(8 / (2 * 10 * ORDER))
    assert found.rates.takes == pytest.approx(4 / (2 * 10 * ORDER))
    assert found.rates.cancels == pytest.approx(7 / (2 * 10 * ORDER) / (73 / 8 / ORDER))
    assert found.rates.inside == 0
    assert found.coverage == 1


def test_the_rate_inside_a_wide_spread_is_how_often_it_narrowed_a_second_of_it():
    rows = [(100, 10, 103, 8), (101, 14, 103, 5), (101, 12, 102, 9), (101, 12, 103, 3)]
    assert measured(rows, now=4.0).rates.inside == pytest.approx(2 / (2 * 3))
    assert measured([*rows, (101, 5, 102, 5)], now=4.0).rates.inside == 0


def test_a_queue_is_counted_in_whole_orders():
    assert [measured().orders_in(size * ORDER) for size in (0.05, 1, 1.05, 7)] == [1, 1, 2, 7]


def test_the_signals_are_the_models_probabilities_of_the_queues_now():
    found = measured()
    up = probability_mid_rises(bid_orders=3, ask_orders=1, rates=found.rates)
    rising = mid_rise_signal(quotes(ROWS), 3.0, found)
    assert rising.value == up
    assert rising.direction == pytest.approx(2 * up - 1)
    assert rising.direction > 0
    at_bid = fill_signal(quotes(ROWS), 3.0, found, side_sign=1, size_ahead=3)
    assert at_bid.value == probability_fill_before_move(position=2, opposite_orders=1, rates=found.rates)
    at_ask = fill_signal(quotes(ROWS), 3.0, found, side_sign=-1, size_ahead=0)
    assert at_ask.value == probability_fill_before_move(position=1, opposite_orders=3, rates=found.rates)


def test_sides_exchanged_the_mid_falls_as_likely_as_it_rose():
    shown, found = quotes(ROWS), measured()
    assert mid_rise_signal(mirrored(shown), 3.0, found).value == pytest.approx(1 - mid_rise_signal(shown, 3.0, found).value, abs=1e-9)


def test_without_trades_or_books_there_are_no_rates():
    assert measured(signed=()) is None
    assert measured(rows=[(101, 10, 100, 8)] * 3) is None
    assert measured(now=0.5) is None


def test_a_book_that_is_not_whole_now_gives_no_probability():
    broken = quotes([*ROWS, (100, 12, 99, 3)])
    assert mid_rise_signal(broken, 4.0, measured()).confidence == 0
    assert fill_signal(broken, 4.0, measured(), side_sign=1, size_ahead=3).confidence == 0
    assert mid_rise_signal(quotes([]), 4.0, measured()).value is None


@pytest.mark.parametrize(("side", "ahead"), [(0, 1.0), (1, -1.0), (1, math.nan), (1, math.inf)])
def test_orders_that_cannot_be_are_refused(side, ahead):
    with pytest.raises(BadInput):
        fill_signal(quotes(ROWS), 3.0, measured(), side_sign=side, size_ahead=ahead)


@pytest.mark.parametrize("terms", [{"window": 0.0}, {"window": math.nan}, {"tick": 0.0}, {"now": math.nan}])
def test_terms_that_make_no_sense_are_refused(terms):
    with pytest.raises(BadInput):
        measured(**terms)
