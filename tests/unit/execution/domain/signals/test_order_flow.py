from itertools import pairwise

import numpy as np
import pytest

from execution.domain.signals.order_flow import (
    mean_touch_size,
    order_flow_events,
    order_flow_imbalance,
    order_flow_in_depths,
    order_flow_signal,
)
from tests.unit.execution.domain.signals.quoted import column, quotes

ROWS = [(100, 10, 100.1, 8), (100, 14, 100.1, 8), (100.1, 3, 100.2, 9), (100.1, 3, 100.2, 4), (100, 6, 100.1, 7), (100, 6, 100.1, 2)]


def event(before, now):
    """The formula of Cont, Kukanov, Stoikov (2014), equation 2, one step."""
    (b0, qb0, a0, qa0), (b, qb, a, qa) = before, now
    return qb * (b >= b0) - qb0 * (b <= b0) - qa * (a <= a0) + qa0 * (a >= a0)


def test_events_are_those_of_cont_kukanov_and_stoikov_2014():
    assert order_flow_events(quotes(ROWS))[1:].tolist() == [4, 11, 5, -10, 5]
    assert np.isnan(order_flow_events(quotes(ROWS))[0])


def test_events_follow_the_papers_formula_on_any_quotes():
    random = np.random.default_rng(5)
    bid = random.integers(98, 102, 300)
    rows = np.column_stack((bid, random.integers(1, 50, 300), bid + random.integers(1, 4, 300), random.integers(1, 50, 300)))
    expected = [event(before, now) for before, now in pairwise(rows)]
    assert order_flow_events(quotes(rows))[1:].tolist() == expected


def test_a_window_sums_the_events_after_its_start_up_to_its_end():
    shown = quotes(ROWS)
    assert order_flow_imbalance(shown, column([0, 1, 2, 5, 9]), window_seconds=2).tolist() == [0, 4, 15, -5, 0]
    assert order_flow_imbalance(shown, column([5]), window_seconds=100).tolist() == [15]


def test_the_average_depth_is_that_of_the_rows_in_the_window():
    shown = quotes(ROWS)
    assert mean_touch_size(shown, column([1]), window_seconds=2).tolist() == [(18 + 22) / 4]
    assert mean_touch_size(shown, column([50]), window_seconds=1).tolist() == [4]
    assert order_flow_in_depths(shown, column([1]), window_seconds=2).tolist() == [4 / 10]


def test_a_broken_row_costs_two_steps_and_shows_in_the_confidence():
    rows = [*ROWS[:2], (100.1, 3, 100.0, 9), *ROWS[3:]]
    shown = quotes(rows)
    assert np.isnan(order_flow_events(shown)).tolist() == [True, False, True, True, False, False]
    signal = order_flow_signal(shown, 5.0, window_seconds=5)
    assert signal.confidence == pytest.approx(3 / 5)
    assert signal.value == pytest.approx((4 - 10 + 5) / ((22 + 7 + 13 + 8) / 8))
    assert signal.direction == -1


def test_the_signal_at_a_broken_row_knows_nothing():
    assert order_flow_signal(quotes([*ROWS, (0, 0, 100.1, 2)]), 6.0, window_seconds=5).value is None
