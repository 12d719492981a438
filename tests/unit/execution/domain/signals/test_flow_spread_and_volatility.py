import math

import numpy as np
import pytest

from execution.domain.signals.signal import BadInput
from execution.domain.signals.spread import spread_bps, spread_rank, spread_signal
from execution.domain.signals.trade_flow import momentum_bps, momentum_signal, signed_volume, trade_flow_signal, trade_imbalance
from execution.domain.signals.volatility import short_volatility_bps, volatility_signal
from tests.unit.execution.domain.signals.quoted import column, quotes, trades


def test_flow_is_what_takers_bought_less_what_they_sold():
    done = trades([6, -7, 3, 9, -5])
    assert signed_volume(done, column([1, 4, 9]), window_seconds=2).tolist() == [-1, 4, 0]
    assert trade_imbalance(done, column([1, 4]), window_seconds=2).tolist() == [-1 / 13, 4 / 14]
    assert np.isnan(trade_imbalance(done, column([9]), window_seconds=2)).all()


def test_a_window_without_a_trade_says_nothing():
    assert trade_flow_signal(trades([6]), 3.0, window_seconds=2).value is None
    assert trade_flow_signal(trades([]), 3.0, window_seconds=2).value is None
    assert trade_flow_signal(trades([6]), 1.0, window_seconds=2).direction == 1


def test_momentum_is_the_log_return_of_the_mid_over_the_window():
    shown = quotes([(99, 1, 101, 1), (100, 1, 102, 1), (101, 1, 100, 1), (101, 1, 103, 1)])
    found = momentum_bps(shown, column([0, 1, 2, 3, 4]), window_seconds=1)
    assert found[[1, 4]].tolist() == pytest.approx([1e4 * math.log(1.01), 0])
    assert np.isnan(found[[0, 2, 3]]).all()
    assert momentum_signal(shown, 1.0, window_seconds=1, usual_bps=1e4 * math.log(1.01)).strength == pytest.approx(0.5)


def test_the_spread_is_ranked_among_its_own_last_samples():
    shown = quotes([(100 - half, 1, 100 + half, 1) for half in (1, 2, 3, 2, 1, 2)])
    assert spread_bps(shown).tolist() == [200, 400, 600, 400, 200, 400]
    rank, coverage = spread_rank(shown, column([5, 2, 1, 0]), lookback_seconds=3, step_seconds=1)
    assert rank[:3].tolist() == [0.5, 1, 1]
    assert np.isnan(rank[3])
    assert coverage.tolist() == pytest.approx([1, 2 / 3, 1 / 3, 0])


def test_the_spread_signal_has_no_direction_and_counts_five_minutes():
    signal = spread_signal(quotes([(99, 1, 101, 1)], times=[0]), 3.0)
    assert (signal.value, signal.direction, signal.strength) == (200, 0, 0.5)
    assert signal.confidence == pytest.approx(3 / 300 * (1 - 3 / 5))


def test_volatility_is_the_root_mean_square_return_a_root_second():
    mids = 100 * np.exp(np.cumsum([0, 3e-4, -4e-4, 0]))
    shown = quotes([(mid - 0.5, 1, mid + 0.5, 1) for mid in mids], times=[0, 2, 4, 6])
    found, coverage = short_volatility_bps(shown, column([6, 4, 0]), window_seconds=6, step_seconds=2)
    assert found[:2].tolist() == pytest.approx([math.sqrt(25 / 3 / 2), math.sqrt(25 / 2 / 2)])
    assert np.isnan(found[2])
    assert coverage.tolist() == pytest.approx([1, 2 / 3, 0])
    signal = volatility_signal(shown, 6.0, window_seconds=6, step_seconds=2, usual_bps=float(found[0]))
    assert (signal.strength, signal.direction) == (pytest.approx(0.5), 0)


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_windows_and_usual_sizes_that_are_not_positive_are_refused(bad):
    shown, done = quotes([(99, 1, 101, 1)]), trades([1])
    for measure in (
        lambda: signed_volume(done, column([1]), window_seconds=bad),
        lambda: momentum_bps(shown, column([1]), window_seconds=bad),
        lambda: momentum_signal(shown, 1.0, window_seconds=1, usual_bps=bad),
        lambda: volatility_signal(shown, 1.0, window_seconds=2, step_seconds=1, usual_bps=bad),
        lambda: spread_rank(shown, column([1]), lookback_seconds=bad),
    ):
        with pytest.raises(BadInput):
            measure()
