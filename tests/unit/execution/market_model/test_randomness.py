"""The same seed gives the same market, however it is stepped and whatever we do in it."""

import numpy as np
import pytest

from execution.market_model.parameters import BTC, VENUES
from execution.market_model.path import MarketPath
from execution.market_model.records import EventKind, OrderKind, Recording

SECONDS = 200.0


def open_path(seed: int, **options) -> MarketPath:
    return MarketPath(BTC, VENUES["BTC"], seed, turbulence=0.0, recording=Recording(), **options)


def others_trades(path: MarketPath) -> set[tuple[float, int, int]]:
    tape = path.tape
    rows = tape[tape["own_usd"] == 0]
    return set(zip(rows["time"].tolist(), rows["venue"].tolist(), rows["sign"].tolist(), strict=True))


def test_the_same_seed_gives_the_same_tape_and_books_to_the_last_digit():
    first, second = open_path(3), open_path(3)
    for path in (first, second):
        path.advance(SECONDS)
    assert first.tape.tobytes() == second.tape.tobytes()
    assert first.samples.bid_usd.tobytes() == second.samples.bid_usd.tobytes()


def test_another_seed_gives_another_market():
    first, second = open_path(3), open_path(4)
    for path in (first, second):
        path.advance(20.0)
    assert first.tape.tobytes() != second.tape.tobytes()


def test_small_steps_lead_to_the_same_market_as_one_large_step():
    whole, stepped = open_path(5), open_path(5)
    whole.advance(SECONDS)
    for until in np.random.default_rng(1).uniform(0, SECONDS, 300).cumsum():
        if until >= SECONDS:
            break
        stepped.advance(float(until))
    stepped.advance(SECONDS)
    assert whole.tape.tobytes() == stepped.tape.tobytes()


def test_an_order_that_never_trades_leaves_every_trade_of_others_as_it_was():
    alone, accompanied = open_path(6), open_path(6)
    accompanied.place(venue="main", side=1, kind=OrderKind.POST_ONLY, usd=1e5, price_bps=-500.0)
    for path in (alone, accompanied):
        path.advance(SECONDS, stops_at_events=False)
    assert [event.kind for event in accompanied.events] == [EventKind.ACCEPTED]
    assert alone.tape.tobytes() == accompanied.tape.tobytes()


def test_nearly_all_trades_of_others_survive_our_order_and_pairs_differ_far_less_than_paths():
    kept, paired, unpaired = [], [], []
    for seed in range(12):
        alone, pushed = open_path(100 + seed), open_path(100 + seed)
        pushed.advance(10.0)
        pushed.place(venue="main", side=1, kind=OrderKind.MARKET, usd=1e5)
        for path in (alone, pushed):
            path.advance(SECONDS, stops_at_events=False)
        before = others_trades(alone)
        kept.append(len(before & others_trades(pushed)) / len(before))
        paired.append(pushed.mid_bps() - alone.mid_bps())
        unpaired.append(alone.mid_bps())
    assert np.mean(kept) > 0.97
    assert np.std(paired) < 0.1 * np.std(unpaired)


def test_a_fork_goes_on_as_the_original_would_and_leaves_it_alone():
    path = open_path(7)
    path.advance(50.0)
    fork = path.fork()
    fork.place(venue="second", side=-1, kind=OrderKind.MARKET, usd=2e6)
    fork.advance(90.0, stops_at_events=False)
    untouched = open_path(7)
    for other in (path, untouched):
        other.advance(90.0)
    assert path.tape.tobytes() == untouched.tape.tobytes()
    assert path.events == ()
    assert len(fork.events) == 3


def test_paths_differ_in_how_turbulent_they_are_and_a_minute_has_fatter_tails_for_it():
    def kurtosis(turbulence: float | None) -> float:
        minutes = []
        for seed in range(24):
            path = MarketPath(BTC, VENUES["BTC"], seed, turbulence=turbulence, recording=Recording(tape=False, sample_seconds=1.0))
            path.advance(600.0)
            minutes.append(np.diff(path.samples.mid[::60]))
        returns = np.concatenate(minutes)
        return float(np.mean(returns**4) / np.mean(returns**2) ** 2)

    assert kurtosis(None) > kurtosis(0.0) > 3


@pytest.mark.parametrize("turbulence", [-1.0, 1.0])
def test_a_fixed_turbulence_scales_volatility_and_thins_or_deepens_the_book(turbulence: float):
    def depth_and_range(value: float) -> tuple[float, float]:
        path = MarketPath(BTC, VENUES["BTC"], 1, turbulence=value, recording=Recording(tape=False, depth_every=10))
        path.advance(600.0)
        return float(np.median(path.samples.depth_usd[:, 0, 1])), float(np.diff(path.samples.mid[::10]).std())

    usual, turbulent = depth_and_range(0.0), depth_and_range(turbulence)
    assert (turbulent[0] < usual[0]) == (turbulence > 0)
    assert (turbulent[1] > usual[1]) == (turbulence > 0)
