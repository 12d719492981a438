import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.domain.signals.imbalance import imbalance_of_sizes, own_side_pressure, queue_imbalance, queue_imbalance_signal
from execution.domain.signals.signal import BadInput
from tests.unit.execution.domain.signals.quoted import column, quotes

sizes = st.floats(0, 1.7e308)


@given(sizes, sizes)
def test_imbalance_is_bounded_and_changes_sign_with_the_sides(bid, ask):
    one, other = imbalance_of_sizes(column([bid]), column([ask]))[0], imbalance_of_sizes(column([ask]), column([bid]))[0]
    assert (bid == ask == 0) == math.isnan(one)
    assert math.isnan(one) or (-1 <= one <= 1 and one == -other)


def test_three_to_one_is_a_half():
    assert queue_imbalance(quotes([(100, 3, 101, 1), (100, 1, 101, 3), (100, 3, 99, 1)])).tolist()[:2] == [0.5, -0.5]
    assert np.isnan(queue_imbalance(quotes([(100, 3, 99, 1)]))).all()


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_impossible_sizes_have_no_imbalance(bad):
    assert np.isnan(imbalance_of_sizes(column([bad, 1.0]), column([1.0, bad]))).all()


def test_pressure_is_own_size_over_opposite_size():
    imbalance = imbalance_of_sizes(column([6, 2, 3, 1]), column([5, 4, 0, 1]))
    assert own_side_pressure(imbalance, 1).tolist() == pytest.approx([1.2, 0.5, math.inf, 1])
    assert own_side_pressure(imbalance, -1).tolist() == pytest.approx([5 / 6, 2, 0, 1])
    with pytest.raises(BadInput):
        own_side_pressure(imbalance, 0)


def test_the_signal_leans_with_the_longer_queue_and_ages():
    signal = queue_imbalance_signal(quotes([(100, 3, 101, 1)]), 1.0)
    assert (signal.value, signal.direction, signal.strength, signal.age_seconds) == (0.5, 0.5, 0.5, 1)
    assert signal.confidence == pytest.approx(0.8)
