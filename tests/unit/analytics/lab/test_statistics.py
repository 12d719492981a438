import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.lab.statistics import NothingMeasured, paired, summarise

KNOWN = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]


def test_mean_median_and_deviation_of_a_known_sample():
    found = summarise(KNOWN)
    assert found.raw.mean == 5
    assert found.median == 4.5
    assert found.deviation == pytest.approx((32 / 7) ** 0.5)
    assert found.count == 8


def test_the_interval_of_a_normal_sample_is_the_textbook_one():
    values = np.random.default_rng(1).normal(3, 2, size=2000)
    found = summarise(values.tolist())
    half = 1.96 * values.std(ddof=1) / 2000**0.5
    assert found.raw.low == pytest.approx(values.mean() - half, abs=0.1 * half)
    assert found.raw.high == pytest.approx(values.mean() + half, abs=0.1 * half)


def test_intervals_hold_the_true_mean_nineteen_times_out_of_twenty():
    random = np.random.default_rng(2)
    samples = [random.normal(1.0, 3.0, size=60) for _ in range(300)]
    held = [found.raw.low <= 1.0 <= found.raw.high for found in (summarise(sample.tolist()) for sample in samples)]
    assert 0.90 <= np.mean(held) <= 0.98


def test_the_same_seed_gives_the_same_interval_and_another_seed_another():
    assert summarise(KNOWN, seed=3) == summarise(KNOWN, seed=3)
    assert summarise(KNOWN, seed=3).raw.low != summarise([value + 1e-3 * value**2 for value in KNOWN], seed=4).raw.low


def test_a_constant_has_an_interval_without_width():
    found = summarise([7.5] * 20)
    assert (found.raw.low, found.raw.mean, found.raw.high) == (7.5, 7.5, 7.5)


def test_one_value_has_no_interval():
    found = summarise([1.0], [[2.0]])
    assert (found.raw.mean, found.raw.low, found.raw.high, found.deviation) == (1.0, None, None, None)
    assert found.reduced == found.raw


def test_a_control_that_explains_everything_leaves_the_true_mean():
    random = np.random.default_rng(5)
    drift = random.normal(0, 10, size=50)
    found = summarise((1.25 + 0.5 * drift).tolist(), [[one] for one in drift])
    assert found.reduced.mean == pytest.approx(1.25)
    assert (found.reduced.low, found.reduced.high) == pytest.approx((1.25, 1.25))
    assert found.raw.high - found.raw.low > 1


def test_controls_shrink_the_interval_and_keep_it_honest():
    random = np.random.default_rng(6)
    held, widths = [], []
    for _ in range(200):
        drift = random.normal(0, 10, size=(60, 2))
        found = summarise((1 + drift @ [0.5, 0.3] + random.normal(0, 1, size=60)).tolist(), drift.tolist())
        held.append(found.reduced.low <= 1 <= found.reduced.high)
        widths.append((found.reduced.high - found.reduced.low) / (found.raw.high - found.raw.low))
    assert 0.88 <= np.mean(held) <= 0.99
    assert max(widths) < 0.4


def test_a_control_that_never_moves_changes_nothing():
    found = summarise(KNOWN * 5, [[0.0]] * 40)
    assert found.reduced == found.raw


def test_too_few_paths_for_a_regression_are_not_reduced():
    drift = np.random.default_rng(8).normal(0, 10, size=19)
    found = summarise((1 + drift).tolist(), [[one] for one in drift])
    assert found.reduced == found.raw


def test_paired_differences_do_not_see_what_both_share():
    shared = np.random.default_rng(7).normal(0, 50, size=40)
    found = paired((shared + 3).tolist(), (shared + 1).tolist())
    assert found.raw.mean == pytest.approx(2)
    assert found.raw.high - found.raw.low < 1e-9


def test_what_cannot_be_paired_or_summarised_is_named():
    with pytest.raises(ValueError, match="2 values cannot be paired with 1"):
        paired([1.0, 2.0], [1.0])
    with pytest.raises(NothingMeasured):
        summarise([])
    with pytest.raises(ValueError, match="no finite number"):
        summarise([1.0, float("nan")])
    with pytest.raises(ValueError, match="control is no finite number"):
        summarise([1.0, 2.0], [[1.0], [float("inf")]])


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(min_value=-1e6, max_value=1e6), min_size=2, max_size=40))
def test_the_interval_lies_within_the_values(values):
    found = summarise(values)
    slack = 1e-9 * max(1.0, *(abs(value) for value in values))
    assert min(values) - slack <= found.raw.low <= found.raw.high <= max(values) + slack
