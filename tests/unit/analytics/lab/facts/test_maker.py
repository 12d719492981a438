"""Marks after maker fills: negative when the price goes against the maker."""

import numpy as np
import pytest

from analytics.lab.facts.maker import maker_mark_rows
from analytics.lab.facts.observed import InvalidObservation
from tests.unit.analytics.lab.facts.observations import observed

FALLING = 100 - np.arange(600) * 0.001  # 1 bp of 100 a second


def marks(sign: float, price: float, horizon: float, time: float = 0.0) -> np.ndarray:
    market = observed(FALLING, half_spread=0.01)
    return maker_mark_rows(market, np.array([time]), np.array([sign]), np.array([price]), horizon_seconds=horizon)


def test_a_maker_who_bought_into_a_fall_loses_by_it() -> None:
    assert marks(1, 100.0, 5)[0, 0] == pytest.approx(-5)


def test_a_maker_who_sold_into_a_fall_gains_by_it() -> None:
    assert marks(-1, 100.0, 5)[0, 0] == pytest.approx(5)


def test_the_mark_counts_from_the_fill_price_and_so_includes_the_half_spread_earned() -> None:
    assert marks(1, 99.99, 0)[0, 0] == pytest.approx(1, rel=1e-3)


def test_a_fill_whose_horizon_was_not_observed_is_left_out() -> None:
    assert len(marks(1, 100.0, 30, time=31.0)) == 0


def test_fills_of_different_lengths_are_refused() -> None:
    with pytest.raises(InvalidObservation, match="lengths"):
        maker_mark_rows(observed(), np.zeros(2), np.ones(1), np.ones(2), horizon_seconds=1)
