"""Impact laws are found again in the shifts they make."""

import numpy as np
import pytest

from analytics.lab.facts.impact import NoImpact, impact_decay, impact_exponent, impact_y
from analytics.lab.facts.statistics import TooFewObservations

SHARES = np.array([0.005, 0.02, 0.1])


def shifts(y: float, exponent: float, left: float, pairs: int = 500) -> np.ndarray:
    """Rows of pairs: peak = y x 10 bps x share^exponent, of which a part is left, with noise of mean zero."""
    peaks = y * 10 * SHARES**exponent
    noise = np.random.default_rng(1).standard_normal((pairs, 6))
    return np.concatenate((peaks, left * peaks)) + noise - noise.mean(axis=0)


@pytest.mark.parametrize("exponent", [0.5, 0.64, 1.0])
def test_the_exponent_of_a_power_law_is_found_under_noise(exponent: float) -> None:
    assert impact_exponent(shifts(0.6, exponent, 0.5), volume_shares=SHARES) == pytest.approx(exponent)


def test_y_is_the_peak_over_volatility_times_the_root_of_the_share() -> None:
    assert impact_y(shifts(0.6, 0.5, 0.5), size=1, volume_share=0.02, volatility_bps=10.0) == pytest.approx(0.6)


@pytest.mark.parametrize(("left", "decay"), [(1.0, 0.0), (0.6, 0.4), (0.0, 1.0)])
def test_the_decay_is_the_share_of_the_peak_that_is_gone(left: float, decay: float) -> None:
    assert impact_decay(shifts(0.6, 0.5, left), size=2) == pytest.approx(decay)


def test_a_size_that_moves_the_price_the_wrong_way_is_named() -> None:
    with pytest.raises(NoImpact, match="no logarithm"):
        impact_exponent(-shifts(0.6, 0.5, 0.5), volume_shares=SHARES)


@pytest.mark.parametrize("rows", [np.empty((0, 6)), np.ones((1, 6)), np.full((5, 6), np.nan)])
def test_too_few_pairs_or_no_numbers_are_named(rows: np.ndarray) -> None:
    with pytest.raises(TooFewObservations, match="pairs of paths"):
        impact_exponent(rows, volume_shares=SHARES)
