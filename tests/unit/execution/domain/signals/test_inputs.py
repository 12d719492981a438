import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.domain.signals.inputs import Quotes, Trades, before, last_values, rank_among, sums_within
from execution.domain.signals.signal import BadInput
from tests.unit.execution.domain.signals.quoted import column, quotes, trades

whole_numbers = st.lists(st.integers(-50, 50), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"times": column([1, 0])}, "go back"),
        ({"times": column([0, math.nan])}, "finite"),
        ({"times": column([0, math.inf])}, "finite"),
        ({"bid": column([1])}, "rows"),
        ({"ask": np.array([1, 2])}, "float64"),
        ({"ask_size": [1.0, 2.0]}, "float64"),
        ({"bid_size": np.ones((2, 1))}, "float64"),
    ],
)
def test_columns_that_do_not_fit_are_refused_by_name(changes, reason):
    good = {"times": column([0, 1]), "bid": column([1, 1]), "ask": column([2, 2]), "bid_size": column([1, 1]), "ask_size": column([1, 1])}
    with pytest.raises(BadInput, match=reason):
        Quotes(**(good | changes))


@pytest.mark.parametrize(
    "changes", [{"signs": column([1, 0])}, {"signs": column([1, math.nan])}, {"sizes": column([1, -1])}, {"sizes": column([1, math.inf])}]
)
def test_trades_that_cannot_be_are_refused(changes):
    good = {"times": column([0, 0]), "signs": column([1, -1]), "sizes": column([1, 1])}
    with pytest.raises(BadInput):
        Trades(**(good | changes))


@pytest.mark.parametrize(
    "row",
    [
        (0, 1, 101, 1),
        (math.nan, 1, 101, 1),
        (101, 1, 100, 1),
        (100, 1, 100, 1),
        (100, 0, 101, 1),
        (100, 1, 101, math.nan),
        (100, -1, 101, 1),
        (100, 1, math.inf, 1),
        (100, math.inf, 101, 1),
    ],
)
def test_a_book_that_is_not_whole_is_not_usable_and_has_no_mid(row):
    shown = quotes([(100, 1, 101, 1), row])
    assert shown.usable.tolist() == [True, False]
    assert np.isnan(shown.mid).tolist() == [False, True]


@given(whole_numbers, st.integers(1, 20), st.lists(st.integers(-5, 60), max_size=10))
def test_a_window_sums_what_lies_after_its_start_up_to_its_end(values, window, at):
    times = np.arange(len(values)) / 2.0
    expected = [sum(v for t, v in zip(times, values, strict=True) if a - window < t <= a) for a in at]
    assert sums_within(times, column(values), column(at), float(window)).tolist() == expected


def test_a_window_does_not_depend_on_what_lies_outside_it():
    values = column([1e18, 0.1, 0.2, 1e18])
    assert sums_within(column([0, 1, 2, 3]), values, column([2]), 1.5).tolist() == [0.1 + 0.2]


def test_of_rows_of_one_time_the_last_counts():
    assert last_values(column([0, 1, 1]), column([5, 6, 7]), column([0.5, 1, -1])).tolist()[:2] == [5, 7]
    assert np.isnan(last_values(column([0, 1, 1]), column([5, 6, 7]), column([-1]))).all()


def test_an_empty_market_has_an_infinite_age_and_no_values():
    nothing = quotes([])
    assert nothing.age(5.0) == math.inf
    assert np.isnan(last_values(nothing.times, nothing.mid, column([5]))).all()
    assert sums_within(trades([]).times, trades([]).sizes, column([5]), 1.0).tolist() == [0]


@given(st.lists(st.integers(0, 9), min_size=2, max_size=30))
def test_a_rank_is_the_share_below_and_half_of_the_equal(values):
    rank, coverage = rank_among(column([values]))
    newest, others = values[0], values[1:]
    assert rank[0] == pytest.approx(np.mean([(o < newest) + (o == newest) / 2 for o in others]))
    assert coverage[0] == 1


def test_what_is_not_known_is_left_out_of_a_rank_and_shows_in_the_coverage():
    rank, coverage = rank_among(column([[5, 4, math.nan, 6], [math.nan, 1, 2, 3], [1, math.nan, math.nan, math.nan]]))
    assert rank[0] == 0.5
    assert np.isnan(rank[1:]).all()
    assert coverage.tolist() == [2 / 3, 1, 0]


@pytest.mark.parametrize(("lookback", "step"), [(0, 1), (1, 0), (1, 10), (math.nan, 1)])
def test_a_lookback_without_a_step_is_refused(lookback, step):
    with pytest.raises(BadInput):
        before(column([0]), lookback_seconds=lookback, step_seconds=step)
