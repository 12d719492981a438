"""Perpetual and spot books of one currency on one path."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from execution.market_model.layout import MOST_VENUES
from execution.market_model.parameters import BTC, ETH, VENUES, InvalidParameters, SymbolParameters, VenueParameters
from execution.market_model.path import MarketPath
from execution.market_model.perpetuals import LEAD_SECONDS, SPOT_SHARES, joint_books
from execution.market_model.records import Recording, Samples

NAMES = [venue.name for venue in VENUES["BTC"]]


def _books(perpetuals: Sequence[str] = NAMES) -> tuple[SymbolParameters, tuple[VenueParameters, ...]]:
    return joint_books(BTC, VENUES["BTC"], perpetuals=perpetuals)


def _samples(seed: int, seconds: float = 300.0) -> Samples:
    symbol, books = _books()
    path = MarketPath(symbol, books, seed, recording=Recording(tape=False))
    path.advance(seconds)
    return path.samples


def _mids(samples: Samples) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return (samples.bid + samples.ask) / 2


def test_perpetuals_come_first_and_spot_books_keep_their_names():
    _, books = _books(["second", "main"])
    assert [book.name for book in books] == ["main-perp", "second-perp", "main", "second", "third"]
    assert [book.is_perpetual for book in books] == [True, True, False, False, False]


def test_a_perpetual_has_its_venues_figures():
    _, books = _books()
    assert books[0] == replace(VENUES["BTC"][0], name="main-perp", is_perpetual=True)


def test_spot_knows_the_price_later_and_has_its_share_of_depth_and_flow():
    _, books = _books()
    venue, spot, share = VENUES["BTC"][1], books[4], SPOT_SHARES["BTC"]
    assert spot.latency_seconds == venue.latency_seconds + LEAD_SECONDS
    assert (spot.depth_scale, spot.queue_usd) == (venue.depth_scale * share.depth, venue.queue_usd * share.touch)
    assert spot.share == venue.share * share.flow


def test_each_perpetual_trades_what_the_venue_alone_would():
    symbol, books = _books()
    shares = sum(book.share for book in books)
    for rate in ("noise_per_second", "informed_per_second", "streams_per_second"):
        assert getattr(symbol, rate) * books[0].share / shares == pytest.approx(getattr(BTC, rate) * VENUES["BTC"][0].share)


def test_a_share_of_all_volume_moves_the_price_as_before():
    symbol, _ = _books()
    flow = symbol.noise_per_second / BTC.noise_per_second
    assert flow == pytest.approx(1 + SPOT_SHARES["BTC"].flow)
    for strength, alone in zip(symbol.impact_strength, BTC.impact_strength, strict=True):
        assert strength * math.sqrt(flow) == pytest.approx(alone)
    for knee, alone in zip(symbol.impact_knee, BTC.impact_knee, strict=True):
        assert knee / flow == pytest.approx(alone)


def test_a_venue_without_a_perpetual_adds_its_spot_book_only():
    symbol, books = _books(["main"])
    assert len(books) == 4
    assert symbol.noise_per_second == pytest.approx(BTC.noise_per_second * (0.60 + SPOT_SHARES["BTC"].flow))


def test_eight_books_run_on_one_path():
    venues = [*VENUES["ETH"], replace(VENUES["ETH"][2], name="fourth"), replace(VENUES["ETH"][2], name="fifth")]
    symbol, books = joint_books(ETH, venues, perpetuals=NAMES)
    assert len(books) == MOST_VENUES
    path = MarketPath(symbol, books, 1)
    path.advance(30.0)
    assert path.traded()[0] > 0


@pytest.mark.parametrize("perpetuals", [[], ["nowhere"], ["main", "main-perp"], [""], ["main' OR 1=1 --"]])
def test_perpetuals_of_a_venue_that_is_not_there_are_an_error(perpetuals: list[str]):
    with pytest.raises(InvalidParameters, match="BTC: perpetuals of"):
        _books(perpetuals)


def test_a_venue_called_like_a_perpetual_is_an_error_of_the_path():
    venues = [VENUES["BTC"][0], replace(VENUES["BTC"][1], name="main-perp")]
    symbol, books = joint_books(BTC, venues, perpetuals=["main"])
    with pytest.raises(InvalidParameters, match="different venues"):
        MarketPath(symbol, books, 1)


def test_the_same_seed_gives_the_same_books():
    first, second = _samples(7, 90.0), _samples(7, 90.0)
    assert np.array_equal(first.bid, second.bid)
    assert np.array_equal(first.ask_usd, second.ask_usd)


def test_a_fork_goes_on_as_the_path_does():
    symbol, books = _books()
    path = MarketPath(symbol, books, 3, recording=Recording(tape=False))
    path.advance(50.0)
    fork = path.fork()
    path.advance(150.0)
    fork.advance(150.0)
    assert np.array_equal(path.samples.bid, fork.samples.bid)


def test_the_perpetual_leads_spot():
    forth, back = [], []
    for seed in range(4):
        moves = np.diff(_mids(_samples(seed)), axis=0)
        perpetual, spot = moves[:, 0], moves[:, 3]
        forth.append(np.corrcoef(perpetual[:-1], spot[1:])[0, 1])
        back.append(np.corrcoef(spot[:-1], perpetual[1:])[0, 1])
    assert np.mean(forth) > np.mean(back)


def test_perpetuals_share_a_premium_that_differs_from_path_to_path():
    gaps = []
    for seed in range(6):
        mids = _mids(_samples(seed, 60.0)).mean(axis=0)
        gaps.append(mids[:3] - mids[3:].mean())
    premiums = np.array(gaps)
    assert premiums.std(axis=1).max() < premiums.mean(axis=1).std()
    assert np.abs(premiums).max() < 10
