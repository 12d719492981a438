"""The market itself: books, facts, drivers, and input that means nothing."""

import math
from dataclasses import replace

import numpy as np
import pytest

from execution.market_model.parameters import ALT, BTC, ETH, SOL, SYMBOLS, VENUES, InvalidParameters, SymbolParameters
from execution.market_model.path import MarketPath
from execution.market_model.records import (
    Driver,
    DriverExhausted,
    InvalidOrder,
    OrderKind,
    Recording,
    TimeIsPast,
    UnknownOrder,
    UnknownVenue,
)

# What July 2024 and the candles of early 2025 say of the main venue (spread bps, depth USD millions at 5/10/25 bps, parents a minute,
# 1-minute volatility bps). The thin alt has no recorded book: its depth is the one assumed with its parameters.
FACTS = {
    "BTC": {"spread": 0.0156, "depth": (7.59, 17.2, 38.8), "parents": 450.0, "volatility": 5.4},
    "ETH": {"spread": 0.0292, "depth": (3.56, 8.29, 21.3), "parents": 429.0, "volatility": 11.4},
    "ALT": {"spread": 5.0, "depth": (0.011, 0.043, 0.15), "parents": 27.0, "volatility": 10.5},
}
PATHS, SECONDS = 6, 1800.0


def within(value: float, target: float, factor: float) -> bool:
    return target / factor <= value <= target * factor


@pytest.fixture(scope="module")
def measured() -> dict[str, dict[str, float]]:
    found = {}
    for name in FACTS:
        paths = [_record(SYMBOLS[name], seed) for seed in range(2000, 2000 + PATHS)]
        minutes = np.concatenate([np.diff(path.samples.mid[::600]) for path in paths])
        depth = np.mean([np.median(path.samples.depth_usd[:, 0], axis=0) for path in paths], axis=0) / 1e6
        found[name] = {
            "spread": float(np.median([np.median(path.samples.ask[:, 0] - path.samples.bid[:, 0]) for path in paths])),
            "depth": tuple(depth),
            "parents": float(np.mean([(path.tape["venue"] == 0).sum() for path in paths])) / (SECONDS / 60),
            "volatility": float(minutes.std()),
            "crossed": any((path.samples.ask <= path.samples.bid).any() for path in paths),
        }
    return found


def _record(symbol: SymbolParameters, seed: int) -> MarketPath:
    path = MarketPath(symbol, VENUES[symbol.name], seed, turbulence=0.0, recording=Recording(depth_every=100))
    path.advance(SECONDS)
    return path


@pytest.mark.parametrize("name", FACTS)
def test_the_spread_is_within_a_factor_of_the_recorded_one(measured, name):
    assert within(measured[name]["spread"], FACTS[name]["spread"], 1.5)


@pytest.mark.parametrize("name", FACTS)
def test_the_depth_is_within_a_factor_of_the_recorded_one(measured, name):
    for value, target in zip(measured[name]["depth"], FACTS[name]["depth"], strict=True):
        assert within(value, target, 1.5)


@pytest.mark.parametrize("name", FACTS)
def test_the_number_of_takers_is_within_a_factor_of_the_recorded_one(measured, name):
    assert within(measured[name]["parents"], FACTS[name]["parents"], 1.3)


@pytest.mark.parametrize("name", FACTS)
def test_a_minute_moves_about_as_much_as_recorded(measured, name):
    assert within(measured[name]["volatility"], FACTS[name]["volatility"], 1.3)


@pytest.mark.parametrize("name", FACTS)
def test_no_book_is_ever_crossed(measured, name):
    assert not measured[name]["crossed"]


def test_levels_lie_outwards_of_the_touch_and_hold_something():
    path = MarketPath(ETH, VENUES["ETH"], 1)
    path.advance(33.3)
    for side in (1, -1):
        levels, sizes = path.levels("second", side, 40)
        assert (np.diff(levels) * side < 0).all()
        assert (sizes > 0).all()
        assert levels[0] * path.tick_bps("second") == path.touch_bps("second")[0 if side > 0 else 1]


def test_sol_lies_between_eth_and_the_thin_alt():
    for name in ("noise_per_second", "noise_mean_usd", "threshold_bps", "tick_bps"):
        low, high = sorted((getattr(ETH, name), getattr(ALT, name)))
        assert low < getattr(SOL, name) < high
    path = MarketPath(SOL, VENUES["SOL"], 1, turbulence=0.0, recording=Recording())
    path.advance(300.0)
    assert np.median(path.samples.ask[:, 0] - path.samples.bid[:, 0]) == pytest.approx(SOL.tick_bps)


def test_a_venue_may_have_a_tick_of_its_own():
    main, *others = VENUES["BTC"]
    path = MarketPath(BTC, [main, replace(others[0], tick_bps=0.5)], 1)
    path.advance(10.0)
    bid, ask = path.touch_bps("second")
    assert (ask - bid) / 0.5 == pytest.approx(round((ask - bid) / 0.5))


def test_the_intraday_profile_multiplies_activity():
    path = MarketPath(BTC, VENUES["BTC"], 2, turbulence=0.0, recording=Recording(), intraday_activity=np.array([0.2] * 5 + [3.0] * 5))
    path.advance(600.0)
    quiet = (path.tape["time"] < 300).sum()
    assert len(path.tape) - quiet > 5 * quiet


def test_a_driver_leads_the_price_and_may_run_out():
    target = np.concatenate([np.linspace(0, 60, 121), np.full(61, 60.0)])[:181]
    path = MarketPath(BTC, VENUES["BTC"], 2, driver=Driver(price_bps=target, activity=np.ones(3)), recording=Recording())
    path.advance(179.0)
    quiet = BTC.sigma_bps  # what the model's own impact may add within these minutes
    assert path.mid_bps() == pytest.approx(60.0, abs=2 * quiet)
    with pytest.raises(DriverExhausted, match="ends in the minute at 180 s"):
        path.advance(200.0)


def test_the_tape_can_be_taken_piece_by_piece():
    whole, pieces = (MarketPath(BTC, VENUES["BTC"], 9, recording=Recording()) for _ in range(2))
    whole.advance(120.0)
    taken = []
    for until in range(10, 121, 10):
        pieces.advance(float(until))
        taken.append(pieces.take_tape().copy())
    assert np.concatenate(taken).tobytes() == whole.tape.tobytes()
    assert len(pieces.tape) == 0


@pytest.mark.parametrize(
    ("order", "error"),
    [
        ({"usd": 0.0}, InvalidOrder),
        ({"usd": -5.0}, InvalidOrder),
        ({"usd": math.nan}, InvalidOrder),
        ({"usd": math.inf}, InvalidOrder),
        ({"side": 0}, InvalidOrder),
        ({"venue": "nowhere"}, UnknownVenue),
        ({"kind": OrderKind.IOC}, InvalidOrder),
        ({"kind": OrderKind.POST_ONLY, "price_bps": math.nan}, InvalidOrder),
        ({"price_bps": 1.0}, InvalidOrder),
        ({"arrival_seconds": 0.5}, TimeIsPast),
        ({"arrival_seconds": math.nan}, TimeIsPast),
    ],
)
def test_an_order_that_means_nothing_is_refused_by_name_and_leaves_no_trace(order, error):
    path = MarketPath(BTC, VENUES["BTC"], 1)
    path.advance(1.0)
    with pytest.raises(error):
        path.place(**{"venue": "main", "side": 1, "kind": OrderKind.MARKET, "usd": 1e4} | order)
    assert path.advance(2.0) == ()


def test_what_was_never_sent_cannot_be_cancelled():
    with pytest.raises(UnknownOrder):
        MarketPath(BTC, VENUES["BTC"], 1).cancel(1)


@pytest.mark.parametrize("until", [math.nan, math.inf, -1.0])
def test_time_goes_forward_to_a_number(until: float):
    with pytest.raises(TimeIsPast):
        MarketPath(BTC, VENUES["BTC"], 1).advance(until)


@pytest.mark.parametrize(
    "change",
    [{"sigma_bps": math.nan}, {"tick_bps": 0.0}, {"noise_per_second": -1.0}, {"density": ((0.0, 1.0),)}, {"refill_probability": 1.5}],
)
def test_parameters_that_make_no_book_are_refused(change):
    with pytest.raises(InvalidParameters):
        replace(BTC, **change)


def test_a_path_needs_different_venues_with_a_share():
    main = VENUES["BTC"][0]
    for venues in ([], [main, main], [replace(main, share=0.0)]):
        with pytest.raises(InvalidParameters):
            MarketPath(BTC, venues, 1)


@pytest.mark.parametrize("activity", [np.array([]), np.array([1.0, -1.0]), np.array([math.nan])])
def test_an_activity_that_is_none_is_refused(activity):
    with pytest.raises(ValueError, match="activity"):
        MarketPath(BTC, VENUES["BTC"], 1, intraday_activity=activity)
