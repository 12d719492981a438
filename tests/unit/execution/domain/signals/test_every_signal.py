"""What holds for every signal of quotes and trades: ranges, exchanged sides, units, no look-ahead, hostile input."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.domain.signals.imbalance import queue_imbalance_signal
from execution.domain.signals.inputs import Quotes, Trades
from execution.domain.signals.order_flow import order_flow_in_depths, order_flow_signal
from execution.domain.signals.queue_rates import fill_signal, measure_rates, mid_rise_signal
from execution.domain.signals.spread import spread_rank, spread_signal
from execution.domain.signals.toxicity import ToxicityTerms, toxicity_score, toxicity_signal
from execution.domain.signals.trade_flow import momentum_bps, momentum_signal, trade_flow_signal, trade_imbalance
from execution.domain.signals.volatility import short_volatility_bps, volatility_signal
from execution.domain.signals.vpin import vpin_signal
from tests.unit.execution.domain.signals.quoted import column, markets, mirrored, quotes, reversed_sides, scaled, until

TERMS = ToxicityTerms(window_seconds=3, horizon_seconds=0.5, lookback_seconds=20, step_seconds=2)

LEANING = {
    "queue imbalance": lambda shown, done, now: queue_imbalance_signal(shown, now),
    "order flow": lambda shown, done, now: order_flow_signal(shown, now, window_seconds=4),
    "trade flow": lambda shown, done, now: trade_flow_signal(done, now, window_seconds=4),
    "momentum": lambda shown, done, now: momentum_signal(shown, now, window_seconds=2, usual_bps=5),
}
EVEN = {
    "spread": lambda shown, done, now: spread_signal(shown, now),
    "volatility": lambda shown, done, now: volatility_signal(shown, now, window_seconds=8, step_seconds=1, usual_bps=5),
    "toxicity": lambda shown, done, now: toxicity_signal(shown, done, now, TERMS),
}
EVERY = {
    **LEANING,
    **EVEN,
    "vpin": lambda shown, done, now: vpin_signal(done, now, bucket_size=300, bucket_count=3),
}
ARRAYS = {
    "order flow": lambda shown, done, at: order_flow_in_depths(shown, at, window_seconds=4),
    "trade flow": lambda shown, done, at: trade_imbalance(done, at, window_seconds=4),
    "momentum": lambda shown, done, at: momentum_bps(shown, at, window_seconds=2),
    "spread": lambda shown, done, at: spread_rank(shown, at)[0],
    "volatility": lambda shown, done, at: short_volatility_bps(shown, at, window_seconds=8, step_seconds=1)[0],
    "toxicity": lambda shown, done, at: toxicity_score(shown, done, at, TERMS)[0],
}
moments = st.integers(0, 800).map(lambda sixteenths: sixteenths / 16)


def is_close(one, other):
    return (one.value is None and other.value is None) or (
        one.value == pytest.approx(other.value, rel=1e-6, abs=1e-9)
        and one.strength == pytest.approx(other.strength, abs=1e-6)
        and one.confidence == pytest.approx(other.confidence, abs=1e-9)
    )


@pytest.mark.parametrize("measure", EVERY.values(), ids=EVERY)
@settings(max_examples=50)
@given(market=markets(), now=moments)
def test_what_comes_later_changes_nothing(measure, market, now):
    shown, done = market
    assert measure(shown, done, now) == measure(until(shown, now), until(done, now), now)


@pytest.mark.parametrize("name", LEANING)
@settings(max_examples=50)
@given(market=markets(), now=moments)
def test_exchanged_sides_change_the_direction_only(name, market, now):
    shown, done = market
    one, other = LEANING[name](shown, done, now), LEANING[name](mirrored(shown), reversed_sides(done), now)
    assert other.direction == pytest.approx(-one.direction, abs=1e-9)
    assert other.confidence == one.confidence
    if name != "momentum":  # as far down as up is not as many bps
        assert other.strength == pytest.approx(one.strength, abs=1e-9)


@pytest.mark.parametrize("measure", EVEN.values(), ids=EVEN)
@settings(max_examples=50)
@given(market=markets(), now=moments)
def test_what_has_no_direction_has_none(measure, market, now):
    assert measure(*market, now).direction == 0


@pytest.mark.parametrize("measure", [EVERY[name] for name in EVERY if name != "vpin"], ids=[name for name in EVERY if name != "vpin"])
@settings(max_examples=50)
@given(market=markets(), now=moments, power=st.integers(-20, 20))
def test_the_unit_of_size_does_not_matter(measure, market, now, power):
    shown, done = market
    assert is_close(measure(shown, done, now), measure(scaled(shown, 2.0**power), scaled(done, 2.0**power), now))


@pytest.mark.parametrize("measure", ARRAYS.values(), ids=ARRAYS)
@settings(max_examples=50)
@given(market=markets(), at=st.lists(moments, max_size=8))
def test_an_array_over_time_holds_what_each_moment_gives_alone(measure, market, at):
    shown, done = market
    together = measure(shown, done, column(at))
    alone = [measure(until(shown, now), until(done, now), column([now]))[0] for now in at]
    assert together == pytest.approx(alone, abs=0, rel=0, nan_ok=True)


hostile = st.one_of(
    st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -1.0, 1e308, 5e-324, 1e-300]), st.floats(1, 200), st.floats(allow_nan=True)
)


@pytest.mark.parametrize("measure", EVERY.values(), ids=EVERY)
@settings(max_examples=80)
@given(rows=st.lists(st.tuples(hostile, hostile, hostile, hostile), max_size=12), market=markets(), now=moments)
def test_no_book_makes_a_signal_leave_its_ranges_or_warn(measure, rows, market, now):
    """Ranges are checked by the signal itself; warnings are errors."""
    signal = measure(quotes(rows), market[1], now)
    assert signal.value is None or math.isfinite(signal.value)


@pytest.mark.parametrize("broken", [(100, 1, 99, 1), (0, 0, 101, 1), (100, 1, 101, 0), (math.nan, 1, 101, 1)])
@settings(max_examples=20)
@given(market=markets())
def test_a_broken_book_now_leaves_nothing_that_is_said_of_it(broken, market):
    shown, done = market
    end = float(max(shown.times[-1], done.times[-1] if done.times.size else 0)) + 1
    table = np.vstack((np.column_stack((shown.bid, shown.bid_size, shown.ask, shown.ask_size)), broken))
    after = quotes(table, times=np.append(shown.times, end))
    for name in ("queue imbalance", "order flow", "momentum", "spread"):
        assert EVERY[name](after, done, end).confidence == 0


@pytest.mark.parametrize("measure", EVERY.values(), ids=EVERY)
def test_an_empty_market_says_nothing(measure):
    empty = column([])
    signal = measure(quotes([]), Trades(times=empty, signs=empty, sizes=empty), 3.0)
    assert (signal.value, signal.confidence) == (None, 0)


@settings(max_examples=50)
@given(market=markets(), now=moments)
def test_rates_of_any_market_are_rates_or_none_and_give_probabilities(market, now):
    shown, done = market
    found = measure_rates(shown, done, now, window_seconds=5, tick=1 / 64)
    assert found == measure_rates(until(shown, now), until(done, now), now, window_seconds=5, tick=1 / 64)
    if found is not None:
        assert found.order_size > 0
        assert 0 <= found.coverage <= 1
        up, down = mid_rise_signal(shown, now, found), mid_rise_signal(mirrored(shown), now, found)
        assert up.direction == pytest.approx(-down.direction, abs=1e-9)
        near, far = (fill_signal(shown, now, found, side_sign=1, size_ahead=ahead).strength for ahead in (0.0, 400.0))
        assert 0 <= far <= near <= 1


def test_a_column_cannot_be_exchanged_afterwards():
    with pytest.raises(dataclasses.FrozenInstanceError):
        quotes([]).bid = column([1])
    assert Quotes.__slots__
