import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.domain.signals.queue_position import QueueHistory, queue_position_signal, size_ahead
from execution.domain.signals.signal import BadInput
from tests.unit.execution.domain.signals.quoted import column


def history(*rows, times=None):
    shown, traded = zip(*rows, strict=True)
    return QueueHistory(times=column(range(len(rows)) if times is None else times), shown=column(shown), traded=column(traded))


def test_trades_take_from_the_front_and_arrivals_join_behind():
    expected, most = size_ahead(history((10, 0), (7, 3), (12, 0), (8, 4), (0, 9)))
    assert expected.tolist() == most.tolist() == [10, 7, 7, 3, 0]


def test_cancels_are_expected_evenly_over_the_queue_and_at_worst_behind_us():
    expected, most = size_ahead(history((10, 0), (20, 0), (10, 0), (4, 0)))
    assert expected.tolist() == [10, 10, 5, 2]
    assert most.tolist() == [10, 10, 10, 4]


def test_of_a_step_with_trades_and_cancels_the_trades_come_first():
    expected, most = size_ahead(history((10, 0), (20, 0), (8, 4)))
    assert expected.tolist() == [10, 10, 6 * 8 / 16]
    assert most.tolist() == [10, 10, 6]


sizes = st.floats(0, 1e9)


@given(st.lists(st.tuples(sizes, sizes), min_size=1, max_size=30))
def test_what_is_ahead_never_grows_nor_exceeds_what_is_shown_nor_the_worst_account(rows):
    past = history(*rows)
    expected, most = size_ahead(past)
    assert (expected >= 0).all()
    assert (expected <= most).all()
    assert (most <= past.shown).all()
    assert all(later <= earlier for earlier, later in pairwise(most))
    assert all(later <= earlier for earlier, later in pairwise(expected))


@given(st.lists(st.tuples(sizes, sizes), min_size=2, max_size=30))
def test_what_is_ahead_does_not_depend_on_later_rows(rows):
    assert size_ahead(history(*rows))[0][:-1].tolist() == size_ahead(history(*rows[:-1]))[0].tolist()


def test_the_signal_tells_progress_and_how_far_both_accounts_agree():
    signal = queue_position_signal(history((10, 0), (20, 0), (10, 0)), 2.0)
    assert (signal.value, signal.strength, signal.direction) == (5, 0.5, 0)
    assert signal.confidence == 0.5
    assert queue_position_signal(history((0, 0)), 0.0).strength == 1
    assert queue_position_signal(history((10, 0), times=[5]), 4.0).value is None


@pytest.mark.parametrize("rows", [[(-1, 0)], [(1, 0), (1, math.nan)], [(math.inf, 0)], [(1, -1)]])
def test_queues_that_cannot_be_are_refused(rows):
    with pytest.raises(BadInput):
        history(*rows)


def test_a_history_without_the_placing_is_refused():
    with pytest.raises(BadInput):
        QueueHistory(times=column([]), shown=column([]), traded=column([]))
