from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import Market
from execution.domain.conditions import conditions_of
from execution.domain.volume_curve import MINUTES_A_DAY, VolumeCurve
from execution.domain.volume_forecast import forecast_from

D = Decimal
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def at_noon_a_tenth() -> VolumeCurve:
    """A day of which the hour from noon on trades a tenth of what the others do."""
    shape = np.where(np.arange(MINUTES_A_DAY) // 60 == 12, np.log(0.1), 0.0)
    return VolumeCurve(weekday=shape, weekend=shape, level=1.0, floor=0.001, days=20)


def test_a_quiet_hour_is_told_against_the_whole_day() -> None:
    curve = at_noon_a_tenth()
    usual = np.exp(curve.shape(np.arange(300) + int(NOON.timestamp() // 60) - 300) + 1.0)
    market = Market(mid=D(100), lot=D("0.1"), min_quantity=D(1), volume=forecast_from(curve, usual, NOON), usual_minute_volatility_bps=3.0)
    found = conditions_of(market, [], side=Side.BUY, quantity=D(5), start_at=NOON, end_at=NOON + timedelta(hours=1))
    assert found.day_volume_share == pytest.approx(0.1, rel=0.1)
    assert found.usual_minute_volatility_bps == 3.0
    assert found.volatility_ratio is None  # now it is not known


def test_spread_and_liquidity_are_what_planning_knows_of_them() -> None:
    market = Market(mid=D(100), lot=D("0.1"), min_quantity=D(1), spread_bps=3.5, liquidity=0.8)
    found = conditions_of(market, [], side=Side.BUY, quantity=D(5), start_at=NOON, end_at=NOON + timedelta(hours=1))
    assert (found.spread_bps, found.liquidity) == (3.5, 0.8)


def test_nothing_known_stays_unknown() -> None:
    market = Market(mid=D(100), lot=D("0.1"), min_quantity=D(1))
    found = conditions_of(market, [], side=Side.BUY, quantity=D(5), start_at=NOON, end_at=NOON + timedelta(hours=1))
    assert (found.expected_volume, found.day_volume_share, found.usual_minute_volatility_bps) == (None, None, None)
