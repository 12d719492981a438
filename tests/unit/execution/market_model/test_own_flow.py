"""Own flow moves the price no further than was paid for."""

from dataclasses import replace

import numpy as np
import pytest

from execution.market_model.feedback import impact_of
from execution.market_model.own_flow import cost_along_impact, paid_for
from execution.market_model.parameters import BTC, MAKER_FILL_WEIGHT, VENUES
from execution.market_model.path import MarketPath
from execution.market_model.records import EventKind, OrderKind
from execution.market_model.state import Regime, new_world


def world(*flows: float, prompt: float = 0.0):
    """A world of BTC whose own flows (USD millions) are these."""
    record = new_world(BTC, VENUES["BTC"], Regime(0.0, 0.0), 1)[0]
    record["own_flow"] = flows
    record["prompt_flow"] = prompt
    return record


def cost(record, more: float) -> float:
    flows = zip(record["own_flow"], record["strength"], record["knee"], strict=True)
    lasting = sum(cost_along_impact(flow + more, strength, knee) for flow, strength, knee in flows)
    return lasting + BTC.prompt_impact_bps * (record["prompt_flow"] + more) ** 2 / 2


@pytest.mark.parametrize("flow", [0.01, 0.3, 1.0, 20.0])
def test_the_cost_along_impact_is_its_integral_and_even(flow: float):
    grid = np.linspace(0.0, flow, 20_001)
    impacts = [impact_of(at, 0.45, 0.35) for at in grid]
    assert cost_along_impact(flow, 0.45, 0.35) == pytest.approx(np.trapezoid(impacts, grid), rel=1e-5)
    assert cost_along_impact(-flow, 0.45, 0.35) == cost_along_impact(flow, 0.45, 0.35)
    assert cost_along_impact(0.0, 0.45, 0.35) == 0.0


def test_what_was_paid_in_full_enters_whole():
    record = world(0.0, 0.0, 0.0)
    assert paid_for(record, 1, 1.0, 1.001 * cost(record, 1.0)) == (1.0, 1.0)


@pytest.mark.parametrize("sign", [1, -1])
def test_what_was_paid_in_part_enters_in_that_share_and_stores_no_more_than_was_paid(sign: int):
    record = world(sign * 0.2, sign * 0.3, sign * 0.4, prompt=sign * 0.1)
    paid = 0.3 * (cost(record, sign * 1.0) - cost(record, 0.0))
    lasting, prompt = paid_for(record, sign, 1.0, paid)
    assert lasting == prompt == pytest.approx(0.3, rel=1e-9)
    assert cost(record, sign * lasting) - cost(record, 0.0) <= paid


def test_nothing_enters_that_was_not_paid_for():
    assert paid_for(world(0.5, 0.5, 0.5), 1, 1.0, 0.0) == pytest.approx((0.0, 0.0), abs=1e-9)
    assert paid_for(world(0.5, 0.5, 0.5), 1, 1.0, -1.0) == pytest.approx((0.0, 0.0), abs=1e-9)


def test_giving_back_enters_until_nothing_is_left_even_when_it_earned_more_than_was_stored():
    assert paid_for(world(0.5, 0.5, 0.5, prompt=0.2), -1, 2.0, -1e3) == pytest.approx((0.5, 0.2), rel=1e-3)


def test_giving_back_a_part_enters_whole_whatever_it_earned():
    assert paid_for(world(0.5, 0.5, 0.5, prompt=0.4), -1, 0.3, -1e3) == (0.3, 0.3)


def test_a_burst_that_the_touch_swallows_for_half_a_tick_is_not_believed_whole():
    """Sixteen paths; the touch holds 0.42 million on average, what 0.2 million pay is far below the impact of as much flow."""
    believed = []
    for seed in range(16):
        path = MarketPath(BTC, VENUES["BTC"], seed, turbulence=0.0)
        path.place(venue="main", side=1, kind=OrderKind.MARKET, usd=2e5)
        path.advance(0.01, stops_at_events=False)
        believed.append(float(path._world["own_flow"][0, 2]))
    assert 0.0 < np.median(believed) < 0.15
    assert max(believed) <= 0.2


def test_a_position_taken_and_given_back_leaves_less_behind_than_was_taken():
    """On average of sixteen paths: how much a lump is believed depends on what it finds in the book."""
    taken, left = [], []
    for seed in range(16):
        path = MarketPath(BTC, VENUES["BTC"], seed, turbulence=0.0)
        for side, arrival in ((1, 0.01), (-1, 0.02)):
            path.place(venue="main", side=side, kind=OrderKind.MARKET, usd=1e6, arrival_seconds=arrival)
        path.advance(0.015, stops_at_events=False)
        taken.append(float(path._world["own_flow"][0, 2]))
        path.advance(0.03, stops_at_events=False)
        left.append(abs(float(path._world["own_flow"][0, 2])))
    assert np.mean(left) < np.mean(taken)


BURST_USD, BURST_CLIPS, BURST_SECONDS = 8e6, 125, 1.0


def shift_after(path: MarketPath, seconds: float) -> tuple[float, float]:
    """Buy a burst of clips over all venues from 60 s on; return what it paid beyond the mid and how far the mid is that much later, bps."""
    path.advance(60.0)
    alone, mid = path.fork(), path.mid_bps()
    for clip in range(BURST_CLIPS):
        for venue in path.venues:
            arrival = 60.0 + BURST_SECONDS * clip / BURST_CLIPS
            usd = BURST_USD * venue.share / BURST_CLIPS
            path.place(venue=venue.name, side=1, kind=OrderKind.MARKET, usd=usd, arrival_seconds=arrival)
    for one in (path, alone):
        one.advance(60.0 + BURST_SECONDS + seconds, stops_at_events=False)
    fills = [event for event in path.events if event.kind is EventKind.FILLED]
    paid = sum(event.usd * (event.price_bps - mid) for event in fills) / sum(event.usd for event in fills)
    return paid, path.mid_bps() - alone.mid_bps()


def test_a_burst_of_clips_moves_the_price_at_once_and_pays_for_it():
    """Eight million in a second. Recordings of July and August 2024 move by .43 bps per million of all venues' net flow."""
    found = np.mean([shift_after(MarketPath(BTC, VENUES["BTC"], seed, turbulence=0.0), 0.1) for seed in range(16)], axis=0)
    paid, shift = found
    assert 0.3 < shift / (BURST_USD / 1e6) < 0.6
    assert paid > 0.4 * shift


def resting_two_million(seed: int, side: int, prompt_impact_bps: float) -> tuple[float, float]:
    """Rest at the main venue's touch until the first second with a fill; return the mid and the millions filled. Nothing lasts."""
    still = replace(BTC, impact_strength=(0.0, 0.0, 0.0), prompt_impact_bps=prompt_impact_bps)
    path = MarketPath(still, VENUES["BTC"], seed, turbulence=0.0)
    path.advance(60.0)
    touch = path.touch_bps("main")[0 if side > 0 else 1]
    path.place(venue="main", side=side, kind=OrderKind.POST_ONLY, usd=2e6, price_bps=touch)
    while not any(event.kind is EventKind.FILLED for event in path.events):
        path.advance(path.time_seconds + 1.0, stops_at_events=False)
    return path.mid_bps(), 1e-6 * sum(event.usd for event in path.events if event.kind is EventKind.FILLED)


@pytest.mark.parametrize("side", [1, -1])
def test_what_others_take_of_us_moves_the_price_at_once_by_its_weight(side: int):
    """Beside the same order without it, which is only in the way of the price; sixteen paths, whose fills alike come in the same second."""
    moved, due = [], []
    for seed in range(16):
        mid, filled = resting_two_million(seed, side, BTC.prompt_impact_bps)
        moved.append(side * (mid - resting_two_million(seed, side, 0.0)[0]))
        due.append(MAKER_FILL_WEIGHT * BTC.prompt_impact_bps * filled)
    assert np.mean(moved) == pytest.approx(np.mean(due), rel=0.4)  # weight 0 shows nothing, weight 1 twice as much; quotes are sticky


def test_without_own_orders_prompt_impact_changes_nothing():
    paths = [MarketPath(replace(BTC, prompt_impact_bps=bps), VENUES["BTC"], 4) for bps in (0.0, 5.0)]
    for path in paths:
        path.advance(30.0)
    assert paths[0].touch_bps("main") == paths[1].touch_bps("main")
    assert paths[0].traded() == paths[1].traded()
