import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.domain.signals.fill_probability import (
    QueueRates,
    outflow_fill,
    probability_fill_before_move,
    probability_mid_rises,
)
from execution.domain.signals.signal import BadInput

SKY_PERFECT = QueueRates(arrivals=1.85, takes=0.94, cancels=0.71)
"""Cont, Stoikov, Talreja (2010), table 1, at a spread of one tick."""
MOST = 28


def chain(rates, *, fill):
    """P(absorbed on the good side) from every state (1 .. MOST)^2 of the paper's two queues, by solving the whole Markov chain.

    First coordinate: the bid queue, or (fill) our position, which never grows. Good: the ask empties first, or our order fills.
    """
    number = MOST * MOST
    matrix, target = np.eye(number), np.zeros(number)
    for first in range(1, MOST + 1):
        for second in range(1, MOST + 1):
            row = (first - 1) * MOST + second - 1
            grows = [0.0 if fill or first == MOST else rates.arrivals, 0.0 if second == MOST else rates.arrivals]
            shrinks = [rates.takes + rates.cancels * (first - 1 if fill else first), rates.takes + rates.cancels * second]
            total = sum(grows) + sum(shrinks) + 2 * rates.inside
            target[row] += 0.0 if fill else rates.inside / total
            for dimension, (up, down) in enumerate(zip(grows, shrinks, strict=True)):
                step = MOST if dimension == 0 else 1
                if up:
                    matrix[row, row + step] -= up / total
                if (first, second)[dimension] > 1:
                    matrix[row, row - step] -= down / total
                else:
                    target[row] += down / total if (dimension == 0) == fill else 0.0
    return np.linalg.solve(matrix, target).reshape(MOST, MOST)


@pytest.mark.parametrize(("ask", "expected"), [(1, 0.5), (2, 0.335173), (3, 0.259018)])
def test_the_mid_rises_as_in_table_3_of_cont_stoikov_and_talreja_2010(ask, expected):
    assert probability_mid_rises(bid_orders=1, ask_orders=ask, rates=SKY_PERFECT) == pytest.approx(expected, abs=5e-7)


@pytest.mark.parametrize(("position", "expected"), [(1, 0.502545), (2, 0.358867), (3, 0.291461)])
def test_an_order_fills_as_in_table_4_of_cont_stoikov_and_talreja_2010(position, expected):
    assert probability_fill_before_move(position=position, opposite_orders=1, rates=SKY_PERFECT) == pytest.approx(expected, abs=5e-7)


@pytest.mark.parametrize(
    "rates",
    [
        SKY_PERFECT,
        QueueRates(arrivals=1.5, takes=0.94, cancels=0.4, inside=1.85),
        QueueRates(arrivals=0.0, takes=2.0, cancels=0.5),
        QueueRates(arrivals=0.5, takes=1.5, cancels=0.0, inside=0.3),
        QueueRates(arrivals=10.0, takes=1.0, cancels=2.0),
    ],
)
def test_both_probabilities_are_those_of_the_whole_markov_chain(rates):
    rises, fills = chain(rates, fill=False), chain(rates, fill=True)
    for first in range(1, 6):
        for second in range(1, 6):
            up = probability_mid_rises(bid_orders=first, ask_orders=second, rates=rates)
            fill = probability_fill_before_move(position=first, opposite_orders=second, rates=rates)
            assert up == pytest.approx(rises[first - 1, second - 1], abs=1e-8)
            assert fill == pytest.approx(fills[first - 1, second - 1], abs=1e-8)


rates_of_any_kind = st.builds(
    QueueRates,
    arrivals=st.floats(0, 5),
    takes=st.floats(0.05, 5),
    cancels=st.floats(0.3, 5),
    inside=st.one_of(st.just(0.0), st.floats(0.01, 5)),
)


@settings(max_examples=60)
@given(st.integers(1, 60), st.integers(1, 60), rates_of_any_kind)
def test_the_mid_rises_or_falls(bid, ask, rates):
    up = probability_mid_rises(bid_orders=bid, ask_orders=ask, rates=rates)
    assert 0 <= up <= 1
    assert up + probability_mid_rises(bid_orders=ask, ask_orders=bid, rates=rates) == pytest.approx(1, abs=1e-9)
    assert (up - 0.5) * (bid - ask) >= -1e-9


@settings(max_examples=60)
@given(st.integers(1, 40), st.integers(1, 40), rates_of_any_kind, st.floats(1e-3, 1e3))
def test_further_back_fills_less_and_the_unit_of_time_does_not_matter(position, opposite, rates, unit):
    fill = probability_fill_before_move(position=position, opposite_orders=opposite, rates=rates)
    assert 0 <= fill <= 1
    assert probability_fill_before_move(position=position + 1, opposite_orders=opposite, rates=rates) <= fill + 1e-9
    assert probability_fill_before_move(position=position, opposite_orders=opposite + 1, rates=rates) >= fill - 1e-9
    others = QueueRates(arrivals=rates.arrivals * unit, takes=rates.takes * unit, cancels=rates.cancels * unit, inside=rates.inside * unit)
    assert probability_fill_before_move(position=position, opposite_orders=opposite, rates=others) == pytest.approx(fill, abs=1e-9)


def test_first_in_the_queue_against_one_that_takes_for_ever_fills_nearly_surely():
    rates = QueueRates(arrivals=60.0, takes=1.0, cancels=1.0)
    assert probability_fill_before_move(position=1, opposite_orders=50, rates=rates) == pytest.approx(1, abs=1e-9)


def test_long_queues_are_worked_out_too():
    rates = QueueRates(arrivals=10.0, takes=15.0, cancels=0.1)
    middle = probability_mid_rises(bid_orders=1000, ask_orders=1000, rates=rates)
    assert middle == pytest.approx(0.5, abs=1e-9)
    assert probability_mid_rises(bid_orders=1000, ask_orders=100, rates=rates) > 0.99


@pytest.mark.parametrize(
    "rates",
    [
        {"arrivals": -1.0, "takes": 1.0, "cancels": 1.0},
        {"arrivals": math.nan, "takes": 1.0, "cancels": 1.0},
        {"arrivals": 1.0, "takes": 0.0, "cancels": 1.0},
        {"arrivals": 1.0, "takes": 1.0, "cancels": 0.0},
        {"arrivals": 1.0, "takes": math.inf, "cancels": 0.0},
    ],
)
def test_rates_that_cannot_be_are_refused(rates):
    with pytest.raises(BadInput):
        QueueRates(**rates)


@pytest.mark.parametrize(("bid", "ask"), [(0, 1), (1, 0), (-3, 2), (1, 10**7)])
def test_queues_that_cannot_be_are_refused(bid, ask):
    with pytest.raises(BadInput):
        probability_mid_rises(bid_orders=bid, ask_orders=ask, rates=SKY_PERFECT)
    with pytest.raises(BadInput):
        probability_fill_before_move(position=bid, opposite_orders=ask, rates=SKY_PERFECT)


@pytest.mark.parametrize("cancels", [1e-9, 1e-3])
def test_queues_that_practically_never_empty_are_refused(cancels):
    with pytest.raises(BadInput, match="never empties"):
        probability_mid_rises(bid_orders=1, ask_orders=2, rates=QueueRates(arrivals=5.0, takes=1.0, cancels=cancels))


def test_the_expected_fill_gives_the_cost_of_cont_and_kukanov_2017_on_one_venue():
    market, limit, size = 731, 269, 1000
    _, fill = outflow_fill(ahead=2000, quantity=limit, expected_outflow=2200)
    short = size - market - fill
    cost = (0.02 + 0.003) * market - (0.02 + 0.002) * fill + 0.0005 * (market + limit + short) + 0.026 * short
    assert cost == pytest.approx(14.814277, abs=5e-7)


def test_the_whole_fills_with_the_poissons_upper_tail():
    whole, fill = outflow_fill(ahead=1, quantity=2, expected_outflow=0.7)
    mass = [math.exp(-0.7) * 0.7**count / math.factorial(count) for count in range(60)]
    assert whole == pytest.approx(sum(mass[3:]), abs=1e-12)
    assert fill == pytest.approx(mass[2] + 2 * sum(mass[3:]), abs=1e-12)
    assert outflow_fill(ahead=1, quantity=2, expected_outflow=0) == (0.0, 0.0)


@pytest.mark.parametrize(("ahead", "quantity", "outflow"), [(-1, 1, 1), (1, 0, 1), (1, 1, math.inf), (math.nan, 1, 1), (1, 1, 1e9)])
def test_an_outflow_that_cannot_be_is_refused(ahead, quantity, outflow):
    with pytest.raises(BadInput):
        outflow_fill(ahead=ahead, quantity=quantity, expected_outflow=outflow)
