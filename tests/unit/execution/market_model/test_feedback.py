"""Impact: a square root of the flow above its knee, and fading."""

import math

import numpy as np
import pytest

from execution.market_model.feedback import impact_of
from execution.market_model.layout import CHILD_RECORD
from execution.market_model.parameters import BTC, VENUES
from execution.market_model.path import MarketPath
from execution.market_model.records import OrderKind
from execution.market_model.streams import pool_children


def test_impact_is_a_square_root_far_above_the_knee_and_odd():
    assert impact_of(400.0, 0.5, 0.1) == pytest.approx(0.5 * 20.0)
    assert impact_of(-400.0, 0.5, 0.1) == -impact_of(400.0, 0.5, 0.1)
    assert impact_of(0.0, 0.5, 0.1) == 0.0


def test_impact_at_the_knee_is_half_the_root():
    assert impact_of(0.25, 2.0, 0.25) == pytest.approx(0.5 * 2.0 * 0.5)


def test_the_pool_fades_at_half_the_rate_of_the_flow_so_that_a_root_fades_exactly():
    children = np.zeros(1, CHILD_RECORD)
    children["push"] = 1.0
    pooled = np.zeros(3)
    pool_children(children, 1, 0.0, pooled)
    assert pooled == pytest.approx([math.exp(-60 / 200), math.exp(-60 / 1000), math.exp(-60 / 6000)])


def test_buying_lifts_the_price_and_part_of_it_goes_after_the_end():
    """Eight paths, each also bought and sold in: 5 % of ten minutes' volume, then ten minutes of rest."""
    lifted, later = [], []
    for seed in range(8):
        alone = MarketPath(BTC, VENUES["BTC"], seed, turbulence=0.0)
        bought, sold = alone.fork(), alone.fork()
        for second in range(0, 600, 10):
            for path, side in ((bought, 1), (sold, -1)):
                path.advance(float(second), stops_at_events=False)
                path.place(venue="main", side=side, kind=OrderKind.MARKET, usd=8e6 / 60)
        for until, gathered in ((600.0, lifted), (1200.0, later)):
            for path in (bought, sold):
                path.advance(until, stops_at_events=False)
            gathered.append(0.5 * (bought.mid_bps() - sold.mid_bps()))
    assert 1.0 < np.mean(lifted) < 4.5
    assert np.mean(later) < 0.85 * np.mean(lifted)
