"""Observe the market model: paths left alone, and what metaorders and resting orders of ours do on it.

Prices are relative to the start of a path, which counts as 1. The main venue (the first) is the one observed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.lab.facts.book import IMMEDIATE_USD, ShallowBook, immediate_cost_bps
from analytics.lab.facts.maker import maker_mark_rows
from analytics.lab.facts.observed import FloatArray, Observed, join_parents
from execution.market_model.layout import DEPTH_BANDS_BPS
from execution.market_model.parameters import SYMBOLS, VENUES, SymbolParameters, VenueParameters
from execution.market_model.path import MarketPath
from execution.market_model.records import EventKind, OrderKind, Recording, Samples, TakenBy

GRID_SECONDS = 0.1
PACE_SECONDS = 10.0  # between two looks at depth and immediate costs
LEVELS = 2000
LATENCY_SECONDS = 0.02
SETTLING_SECONDS = 60.0  # before our first order
CHILDREN = 60
RESTING_SECONDS = 10.0
RESTING_EVERY_SECONDS = 15.0
RESTING_SHARE = 0.05  # of the quantity at the touch


@dataclass(frozen=True, slots=True, kw_only=True)
class Metaorder:
    """A metaorder: equal clips at market, evenly over `seconds`, over the venues by their share."""

    usd: float
    seconds: float


def observe_path(symbol: str, *, seed: np.random.SeedSequence, seconds: float) -> tuple[Observed, float]:
    """Return a path's main venue as observed, and the USD traded on all its venues."""
    path = path_of(symbol, seed, Recording(tape=True, sample_seconds=GRID_SECONDS, depth_every=round(PACE_SECONDS / GRID_SECONDS)))
    costs = []
    for time in np.arange(PACE_SECONDS, seconds + PACE_SECONDS / 2, PACE_SECONDS):
        path.advance(float(time))
        costs.append(_immediate_costs(path))
    return _observed(path, seconds, np.array(costs)), path.traded()[0]


def metaorder_shifts(symbol: str, *, seed: np.random.SeedSequence, sign: int, metaorders: Sequence[Metaorder]) -> FloatArray:
    """Return one row for `impact`: the main mid's shift in bps, in the order's direction, at the end of each metaorder and one
    horizon later, against the same path without it.
    """  # fmt: skip
    start = path_of(symbol, seed, None)
    start.advance(SETTLING_SECONDS)
    alone = {seconds: _mids(start.fork(), seconds) for seconds in {metaorder.seconds for metaorder in metaorders}}
    shifts = []
    for metaorder in metaorders:
        path = start.fork()
        _send(path, metaorder, sign)
        shifts.append(sign * (_mids(path, metaorder.seconds) - alone[metaorder.seconds]))
    return np.array(shifts).T.reshape(1, -1)


def maker_marks(symbol: str, *, seed: np.random.SeedSequence, seconds: float, horizons: Sequence[float]) -> dict[float, FloatArray]:
    """Return rows of maker marks by horizon: a small order joins the best price every 15 s, sides in turn, and rests up to 10 s."""
    path = path_of(symbol, seed, Recording(tape=False, sample_seconds=GRID_SECONDS))
    signs = _rest(path, seconds)
    fills = [event for event in path.events if event.kind is EventKind.FILLED and event.is_maker]
    times = np.array([fill.time_seconds for fill in fills])
    sides = np.array([signs[fill.order_id] for fill in fills], dtype=np.float64)
    prices = price_of(np.array([fill.price_bps for fill in fills], dtype=np.float64))
    observed = _observed(path, seconds, np.empty((0, len(IMMEDIATE_USD))))
    return {horizon: maker_mark_rows(observed, times, sides, prices, horizon_seconds=horizon) for horizon in horizons}


def path_of(symbol: str, seed: np.random.SeedSequence, recording: Recording | None) -> MarketPath:
    """Return a path of a symbol at its start."""
    parameters: SymbolParameters = SYMBOLS[symbol]
    venues: tuple[VenueParameters, ...] = VENUES[symbol]
    return MarketPath(parameters, venues, seed, recording=recording)


def _immediate_costs(path: MarketPath) -> list[float]:
    """Return the cost of each size now; what the book cannot fill costs nothing that can be said (NaN)."""
    venue = path.venues[0].name
    sides = [_side(path, venue, side) for side in (1, -1)]
    mid = sum(float(prices[0]) for prices, _ in sides) / 2
    return [_cost(sides, mid, size) for size in IMMEDIATE_USD]


def _side(path: MarketPath, venue: str, side: int) -> tuple[FloatArray, FloatArray]:
    levels, usd = path.levels(venue, side, LEVELS)
    return price_of(levels.astype(np.float64) * path.tick_bps(venue)), usd


def _cost(sides: Sequence[tuple[FloatArray, FloatArray]], mid: float, size_usd: float) -> float:
    try:
        return sum(immediate_cost_bps(prices, usd, mid=mid, size_usd=size_usd) for prices, usd in sides) / len(sides)
    except ShallowBook:
        return float("nan")


def _observed(path: MarketPath, seconds: float, costs: FloatArray) -> Observed:
    samples: Samples = path.samples
    steps = round(seconds / GRID_SECONDS)
    times, signs, usd, prices = _parents(path)
    return Observed(
        seconds=seconds,
        trade_times=times,
        trade_signs=signs,
        trade_usd=usd,
        trade_prices=prices,
        bid=price_of(samples.bid[:steps, 0]),
        ask=price_of(samples.ask[:steps, 0]),
        bid_usd=samples.bid_usd[:steps, 0],
        ask_usd=samples.ask_usd[:steps, 0],
        grid_seconds=GRID_SECONDS,
        depth_usd={bps: samples.depth_usd[:, 0, band] for band, bps in enumerate(DEPTH_BANDS_BPS)},
        immediate_cost_bps={size: costs[np.isfinite(costs[:, place]), place] for place, size in enumerate(IMMEDIATE_USD)},
    )


def _parents(path: MarketPath) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return the main venue's parents; prints of a requote through an own order are no aggressor's and stay out."""
    tape = path.tape
    tape = tape[(tape["venue"] == 0) & (tape["kind"] != TakenBy.REQUOTE)]
    milliseconds = (tape["time"] * 1000).astype(np.int64)
    return join_parents(milliseconds, tape["time"], tape["sign"].astype(np.float64), tape["usd"], price_of(tape["price"]))


def _mids(path: MarketPath, seconds: float) -> FloatArray:
    """Return the mid in bps when a metaorder of this length ends and one horizon later."""
    mids = []
    for horizon in (1, 2):
        path.advance(SETTLING_SECONDS + horizon * seconds, stops_at_events=False)
        mids.append(path.mid_bps())
    return np.array(mids)


def _send(path: MarketPath, metaorder: Metaorder, sign: int) -> None:
    """Place all children ahead of time; each goes to the venue furthest behind its share."""
    shares = np.array([venue.share for venue in path.venues])
    sent = np.zeros_like(shares)
    for child in range(CHILDREN):
        venue = int(np.argmax(shares * (child + 1) - sent))
        sent[venue] += 1
        arrival = SETTLING_SECONDS + (child + 0.5) * metaorder.seconds / CHILDREN
        path.place(
            venue=path.venues[venue].name,
            side=sign,
            kind=OrderKind.MARKET,
            usd=metaorder.usd / CHILDREN,
            arrival_seconds=arrival,
        )


def _rest(path: MarketPath, seconds: float) -> dict[int, int]:
    """Join the best price again and again; return each order's sign."""
    venue, signs, sign = path.venues[0].name, {}, 1
    for time in np.arange(SETTLING_SECONDS, seconds - RESTING_SECONDS, RESTING_EVERY_SECONDS):
        path.advance(float(time), stops_at_events=False)
        _, usd = path.levels(venue, sign, 1)
        price = path.touch_bps(venue)[0 if sign > 0 else 1]
        order = path.place(
            venue=venue,
            side=sign,
            kind=OrderKind.POST_ONLY,
            usd=max(RESTING_SHARE * float(usd[0]), 1.0),
            price_bps=price,
            arrival_seconds=time + LATENCY_SECONDS,
        )
        path.cancel(order, arrival_seconds=time + RESTING_SECONDS)
        signs[order], sign = sign, -sign
    path.advance(seconds, stops_at_events=False)
    return signs


def price_of(bps: FloatArray) -> FloatArray:
    """Return prices relative to the path's start of bps from it."""
    prices: FloatArray = 1 + np.asarray(bps, dtype=np.float64) * 1e-4
    return prices
