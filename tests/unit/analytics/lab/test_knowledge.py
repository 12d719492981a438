from datetime import timedelta

import numpy as np
import pytest

from analytics.lab.background import Background
from analytics.lab.knowledge import Knowledge
from analytics.lab.model_source import ModelSource
from analytics.lab.watching import Watched
from execution.domain.volume_curve import flat_curve
from tests.unit.analytics.lab.fixed_market import FixedMarket

MINUTE = timedelta(minutes=1)


def background(minutes=(5.0, 5.0, 5.0), deviation=4.0, moves=()):
    return Background(curve=flat_curve(), minutes=np.array(minutes), moves_bps=np.array(moves), minute_volatility_bps=deviation)


def watched(length=10 * MINUTE):
    return Watched(FixedMarket(), length)


def test_without_a_background_nothing_is_known():
    known = Knowledge(watched(), None)
    assert (known.volume, known.minute_volatility_bps) == (None, None)


def test_at_the_start_the_volatility_is_the_usual_one():
    assert Knowledge(watched(), background()).minute_volatility_bps == pytest.approx(4.0)


def test_a_price_that_stands_still_lowers_the_volatility():
    market = watched()
    market.advance(market.start_at + 10 * MINUTE)
    while market.now < market.start_at + 10 * MINUTE:
        market.advance(market.start_at + 10 * MINUTE)
    known = Knowledge(market, background())
    assert market.minute_moves_bps().tolist() == [0.0] * 10
    assert known.minute_volatility_bps == pytest.approx(4.0 * 0.5 ** (10 / 60))  # the variance halves in thirty minutes


def test_of_the_minutes_before_the_newest_count_most_and_the_usual_volatility_is_forgotten():
    calm, wild = [1.0] * 600, [-9.0] * 30
    assert Knowledge(watched(), background(moves=calm)).minute_volatility_bps == pytest.approx(1.0, rel=1e-4)
    known = Knowledge(watched(), background(moves=calm + wild))
    assert known.minute_volatility_bps == pytest.approx(np.sqrt((1 + 81) / 2), rel=1e-4)  # half of the weight lies within half an hour


def test_the_forecast_is_made_once_a_minute():
    market = watched()
    known = Knowledge(market, background())
    first = known.volume
    assert first is not None
    assert known.volume is first
    while market.now < market.start_at + MINUTE:
        market.advance(market.start_at + MINUTE)
    assert known.volume is not first
    assert known.volume.as_of == market.start_at + MINUTE


def test_the_models_background_is_the_same_for_every_path_of_a_seed():
    source = ModelSource()
    one, other = (source.background("BTC", path=path, seed=1, minutes=30) for path in (0, 7))
    assert one is other
    assert one.minute_volatility_bps > 0
    assert one.curve.level is not None
