"""What can be measured is told from what cannot."""

import numpy as np
import pytest

from analytics.lab.facts.observed import InvalidObservation, join_parents
from tests.unit.analytics.lab.facts.observations import observed, trades


def test_fills_of_one_millisecond_and_side_are_one_parent_at_the_size_weighted_price() -> None:
    milliseconds = np.array([5, 5, 5, 6])
    times, signs, usd, prices = join_parents(
        milliseconds,
        np.array([0.1, 0.2, 0.3, 0.4]),
        np.array([1.0, 1.0, -1.0, -1.0]),
        np.array([100.0, 303.0, 7.0, 8.0]),
        np.array([100.0, 101.0, 100.0, 100.0]),
    )
    assert times.tolist() == [0.1, 0.3, 0.4]
    assert signs.tolist() == [1, -1, -1]
    assert usd.tolist() == [403, 7, 8]
    assert prices.tolist() == pytest.approx([403 / 4, 100, 100])


def test_no_fills_are_no_parents() -> None:
    none = np.empty(0)
    assert all(part.size == 0 for part in join_parents(none.astype(np.int64), none, none, none, none))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seconds": 0.0}, "no stretch of time"),
        ({"seconds": float("nan")}, "no stretch of time"),
        ({"bid": np.full(6000, np.nan)}, "bid holds 6000 values that are not finite"),
        ({"bid": np.ones(3)}, "lengths differ"),
        ({"bid": np.full(6000, 101.0)}, "above its ask"),
        ({"bid": np.zeros(6000)}, "not positive"),
        ({"depth_usd": {5: np.array([np.inf])}}, "not finite"),
        (trades(np.array([1.0]), np.array([0.0])), "neither"),
        (trades(np.array([2.0, 1.0])), "go back"),
        (trades(np.array([601.0])), "outside"),
        (trades(np.array([1.0]), usd=np.array([np.nan])), "trade_usd"),
    ],
)
def test_an_observation_that_cannot_be_is_refused_by_name(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidObservation, match=message):
        observed(**changes)  # type: ignore[arg-type]
