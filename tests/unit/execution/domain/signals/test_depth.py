import math

import numpy as np
import pytest

from execution.domain.signals.depth import depth_imbalance, depth_signal, depth_within, distribution
from execution.domain.signals.signal import BadInput
from tests.unit.execution.domain.signals.quoted import column, ladders

BOOK = ([(99.99, 1), (99.95, 2), (99.0, 4)], [(100.01, 3), (100.06, 5)])
"""Mid 100: bids 1, 5 and 100 bps away, asks 1 and 6."""


def test_depth_is_what_stands_within_each_band_of_the_mid():
    bids, asks = depth_within(ladders([BOOK]), column([0.5, 1.1, 5.1, 10, 200]))
    assert bids.tolist() == [[0, 1, 3, 3, 7]]
    assert asks.tolist() == [[0, 3, 3, 8, 8]]


def test_the_order_of_levels_does_not_matter_and_a_level_without_size_is_none():
    book = ([(99.0, 4), (99.995, 0), (99.99, 1), (99.95, 2)], [(100.06, 5), (100.01, 3)])
    bands = column([1.1, 5.1, 200])
    assert depth_within(ladders([book]), bands)[0].tolist() == depth_within(ladders([BOOK]), bands)[0].tolist()


def test_the_distribution_is_each_bands_own_share():
    bids, _ = depth_within(ladders([BOOK]), column([1.1, 5.1, 200]))
    assert distribution(bids)[0].tolist() == [1 / 7, 2 / 7, 4 / 7]
    assert np.isnan(distribution(np.zeros((1, 2)))).all()


def test_the_imbalance_within_a_band_changes_sign_with_the_sides():
    mirror = ([(200 - price, size) for price, size in BOOK[1]], [(200 - price, size) for price, size in BOOK[0]])
    assert depth_imbalance(ladders([BOOK]), 1.1).tolist() == [-0.5]
    assert depth_imbalance(ladders([mirror]), 1.1).tolist() == [0.5]


@pytest.mark.parametrize(
    "book",
    [
        ([], BOOK[1]),
        (BOOK[0], []),
        ([(100.02, 1)], BOOK[1]),
        ([(99.99, -1)], BOOK[1]),
        ([(99.99, math.nan)], BOOK[1]),
        ([(math.inf, 1)], BOOK[1]),
        ([(99.99, 0)], BOOK[1]),
        ([(99.99, math.inf)], BOOK[1]),
    ],
)
def test_a_book_that_is_not_whole_has_no_depth(book):
    bids, asks = depth_within(ladders([book]), column([10]))
    assert np.isnan(bids).all()
    assert np.isnan(asks).all()
    assert depth_signal(ladders([book]), 0.0, band_bps=10).confidence == 0


def test_confidence_is_the_share_of_the_band_that_the_shorter_ladder_reaches():
    signal = depth_signal(ladders([BOOK]), 0.0, band_bps=10)
    assert signal.confidence == pytest.approx(0.6)
    assert signal.value == pytest.approx((3 - 8) / 11)
    assert depth_signal(ladders([BOOK]), 0.0, band_bps=5.5).confidence == 1


def test_no_book_yet_is_nothing():
    assert depth_signal(ladders([BOOK], times=[5]), 4.0, band_bps=10).value is None
    assert depth_signal(ladders([]), 4.0, band_bps=10).value is None


@pytest.mark.parametrize("bands", [[], [0], [2, 1], [1, math.inf], [math.nan]])
def test_bands_that_do_not_rise_are_refused(bands):
    with pytest.raises(BadInput):
        depth_within(ladders([BOOK]), column(bands))
