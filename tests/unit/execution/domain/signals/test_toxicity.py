import math

import numpy as np
import pytest

from execution.domain.signals.signal import BadInput
from execution.domain.signals.touch import added_to_touch, removed_from_touch
from execution.domain.signals.toxicity import (
    ToxicityTerms,
    cancellation_rate,
    inventory_pressure,
    price_impact_bps,
    toxicity_score,
    toxicity_signal,
    volume_imbalance,
)
from tests.unit.execution.domain.signals.quoted import column, quotes, trades

ROWS = [(100, 10, 101, 8), (100, 14, 101, 5), (101, 3, 102, 9), (101, 3, 102, 9), (100, 6, 102, 7)]


def test_what_the_best_queues_lose_and_gain():
    assert removed_from_touch(quotes(ROWS)).tolist() == [[0, 0], [0, 3], [0, 5], [0, 0], [3, 2]]
    assert added_to_touch(quotes(ROWS)).tolist() == [[0, 0], [4, 0], [0, 0], [0, 0], [0, 0]]


def test_impact_is_how_far_the_mid_went_with_the_taker_after_a_second():
    shown = quotes([(99.9, 1, 100.1, 1), (100, 1, 100.2, 1), (99.8, 1, 100.0, 1)], times=[0, 1.5, 2.5])
    done = trades([2, -1], times=[1, 2])
    first, second = 1e4 * 0.1 / 100, -1e4 * (99.9 - 100.1) / 100.1
    found = price_impact_bps(shown, done, column([1.9, 2, 3, 20]), window_seconds=10, horizon_seconds=1)
    assert np.isnan(found[[0, 3]]).all()
    assert found[1:3].tolist() == pytest.approx([first, (2 * first + second) / 3])


def test_the_mid_before_a_trade_is_older_than_it():
    shown = quotes([(99.9, 1, 100.1, 1), (100, 1, 100.2, 1)], times=[0, 1])
    found = price_impact_bps(shown, trades([2], times=[1]), column([2]), window_seconds=10, horizon_seconds=1)
    assert found.tolist() == pytest.approx([10])


def test_cancels_are_what_left_the_touch_and_was_not_taken():
    shown, done = quotes(ROWS), trades([3, -1], times=[2, 4])
    assert cancellation_rate(shown, done, column([2, 4]), window_seconds=2).tolist() == pytest.approx([5 / 8, 4 / 5])
    assert cancellation_rate(shown, trades([100], times=[2]), column([2]), window_seconds=2).tolist() == [0]
    assert np.isnan(cancellation_rate(shown, done, column([3.5]), window_seconds=1)).all()


def test_inventory_is_the_net_taken_in_mean_queues():
    shown, done = quotes(ROWS), trades([6, -2], times=[1, 2])
    assert inventory_pressure(shown, done, column([2]), window_seconds=2).tolist() == pytest.approx([4 / ((19 + 12) / 4)])
    assert volume_imbalance(done, column([2]), window_seconds=2).tolist() == [0.5]


def busy(seconds, *, one_sided_from):
    """Balanced trades and a still price, then buys only, each followed by a higher price."""
    random = np.random.default_rng(3)
    rows, signed, mid = [], [], 100.0
    for second in range(seconds):
        toxic = second >= one_sided_from
        mid *= 1 + (2e-4 if toxic else 0)
        rows.append((mid - 0.01, 40 + random.integers(20), mid + 0.01, 40 + random.integers(20)))
        signed.append(random.integers(5, 9) if toxic else random.integers(1, 5) * random.choice([-1, 1]))
    return quotes(rows), trades(signed)


def test_a_market_that_turns_one_sided_scores_high_and_a_usual_one_in_the_middle():
    shown, done = busy(300, one_sided_from=270)
    score, coverage = toxicity_score(shown, done, column([260, 290]))
    assert 0.2 < score[0] < 0.8
    assert score[1] > 0.8
    assert coverage.tolist() == [1, 1]
    assert toxicity_signal(shown, done, 290.0).strength == score[1]


def test_a_score_of_few_features_has_little_coverage():
    shown, _ = busy(300, one_sided_from=300)
    score, coverage = toxicity_score(shown, trades([]), column([299]))
    assert 0 <= score[0] <= 1
    assert coverage[0] == 0.5
    assert toxicity_signal(quotes([]), trades([]), 5.0).value is None


@pytest.mark.parametrize("name", ["window_seconds", "horizon_seconds", "lookback_seconds", "step_seconds"])
@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_terms_that_are_not_positive_are_refused(name, bad):
    with pytest.raises(BadInput):
        ToxicityTerms(**{name: bad})
