from dataclasses import replace
from itertools import product
from math import exp, factorial, inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.domain.placement import BadPlacementInput, PlacementCosts, Queue, best_placement, expected_cost, poisson

# Cont & Kukanov (2017), one venue, with Poisson outflow: ORACLES.md, "Order placement".
PRINTED_COSTS = PlacementCosts(half_spread=0.02, taker_fee=0.003, impact=0.0005, underfill=0.026, overfill=0.024)
PRINTED_QUEUE = Queue(lots_ahead=2000, rebate=0.002, expected_outflow=2200)


def test_the_printed_placement_is_reproduced():
    found = best_placement(1000, [PRINTED_QUEUE], PRINTED_COSTS)
    assert (found.taken, found.resting) == (731, (269,))
    assert round(found.expected_cost, 6) == 14.814277


queues = st.builds(Queue, lots_ahead=st.integers(0, 5), rebate=st.floats(-0.01, 0.01), expected_outflow=st.floats(0, 10))
prices = st.builds(
    PlacementCosts,
    half_spread=st.floats(0.001, 0.03),
    taker_fee=st.floats(0, 0.01),
    impact=st.floats(0, 0.002),
    underfill=st.floats(0, 0.06),
    overfill=st.floats(0, 0.06),
)


def summed(lots, amounts, at, costs):
    """The formula of the paper, outcome by outcome: 60 lots leave a queue of a mean of 10 never."""
    total = 0.0
    for outflows in product(range(60), repeat=len(at)):
        chance, fills = 1.0, []
        for outflow, amount, queue in zip(outflows, amounts[1:], at, strict=True):
            chance *= queue.expected_outflow**outflow * exp(-queue.expected_outflow) / factorial(outflow)
            fills.append(min(amount, max(outflow - queue.lots_ahead, 0)))
        short = max(lots - amounts[0] - sum(fills), 0)
        over = max(amounts[0] + sum(fills) - lots, 0)
        cost = (costs.half_spread + costs.taker_fee) * amounts[0] + costs.impact * (sum(amounts) + short)
        cost -= sum((costs.half_spread + queue.rebate) * fill for fill, queue in zip(fills, at, strict=True))
        total += chance * (cost + costs.underfill * short + costs.overfill * over)
    return total


@settings(max_examples=30)
@given(st.integers(0, 5), st.lists(queues, min_size=1, max_size=2), prices, st.data())
def test_the_expected_cost_is_the_sum_over_all_outcomes(lots, at, costs, data):
    amounts = data.draw(st.lists(st.integers(0, lots), min_size=len(at) + 1, max_size=len(at) + 1))
    assert expected_cost(lots, amounts, at, costs) == pytest.approx(summed(lots, amounts, at, costs), abs=1e-9)


@given(st.integers(0, 5), st.lists(queues, max_size=3), prices)
def test_no_placement_is_cheaper(lots, at, costs):
    if len(at) == 3:
        lots = min(lots, 3)
    found = best_placement(lots, at, costs)
    lowest = min(expected_cost(lots, amounts, at, costs) for amounts in product(range(lots + 1), repeat=len(at) + 1))
    assert found.expected_cost == pytest.approx(lowest, abs=1e-12)
    assert expected_cost(lots, (found.taken, *found.resting), at, costs) == found.expected_cost


def test_without_queues_all_is_taken():
    found = best_placement(100, [], PRINTED_COSTS)
    assert found.taken == 100
    assert found.expected_cost == pytest.approx(100 * (0.02 + 0.003 + 0.0005))


def test_where_everything_fills_everything_rests():
    found = best_placement(50, [replace(PRINTED_QUEUE, lots_ahead=0, expected_outflow=1000)], PRINTED_COSTS)
    assert (found.taken, found.resting) == (0, (50,))
    assert found.expected_cost == pytest.approx(50 * (0.0005 - 0.02 - 0.002))


def test_where_nothing_fills_nothing_rests():
    assert best_placement(50, [replace(PRINTED_QUEUE, expected_outflow=0)], PRINTED_COSTS).resting == (0,)


def test_the_shorter_queue_gets_more():
    at = [replace(PRINTED_QUEUE, lots_ahead=ahead) for ahead in (60, 80)]
    found = best_placement(40, [replace(queue, expected_outflow=90) for queue in at], PRINTED_COSTS)
    assert found.resting[0] > found.resting[1] > 0


@given(st.floats(0, 300))
def test_poisson_chances_add_up_and_have_their_mean(mean):
    chances = poisson(mean, 700)
    assert chances.sum() == pytest.approx(1)
    assert chances @ range(701) == pytest.approx(mean)


@pytest.mark.parametrize(
    ("lots", "queue", "costs"),
    [
        (-1, {}, {}),
        (10, {"lots_ahead": -1}, {}),
        (10, {"expected_outflow": -1.0}, {}),
        (10, {"expected_outflow": inf}, {}),
        (10, {"expected_outflow": nan}, {}),
        (10, {"rebate": nan}, {}),
        (10, {}, {"impact": nan}),
        (10, {}, {"underfill": inf}),
    ],
)
def test_numbers_that_make_no_sense_are_refused(lots, queue, costs):
    with pytest.raises(BadPlacementInput):
        best_placement(lots, [replace(PRINTED_QUEUE, **queue)], replace(PRINTED_COSTS, **costs))
