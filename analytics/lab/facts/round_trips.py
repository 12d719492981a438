"""Trade on nothing: random orders at market that begin and end flat, on a path of the model and on the same path without them."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from analytics.lab.facts.modelled import SETTLING_SECONDS, path_of
from analytics.lab.facts.observed import FloatArray
from execution.market_model.layout import DUST_USD
from execution.market_model.path import MarketPath
from execution.market_model.records import EventKind, OrderKind

BTC_USD = (1e3, 1e4, 1e5, 3e5, 1e6)
VOLUME_SHARE: Mapping[str, float] = MappingProxyType({"BTC": 1.0, "ETH": 0.5, "SOL": 0.2, "ALT": 0.002})
"""About what a symbol trades for one dollar of BTC: sizes are scaled by it."""
CLIPS = 10
HOLDING_SECONDS = (60.0, 600.0)
BUILDING_SECONDS = (60.0, 150.0)
RANDOM_SECONDS = 300.0

Trades = list[tuple[float, float]]
"""Seconds after the start and signed share of the size of each order, in order of time."""


def sizes_of(symbol: str) -> tuple[float, ...]:
    """Return the sizes in USD that a symbol is traded in."""
    return tuple(usd * VOLUME_SHARE[symbol] for usd in BTC_USD)


def held(random: np.random.Generator) -> Trades:
    """Take all at once, hold for one to ten minutes, give all back at once."""
    sign = _sign(random)
    return [(0.0, sign), (float(random.uniform(*HOLDING_SECONDS)), -sign)]


def built(random: np.random.Generator) -> Trades:
    """Take in equal clips over one to two and a half minutes, give all back at once with the last."""
    sign, seconds = _sign(random), float(random.uniform(*BUILDING_SECONDS))
    return [*((float(time), sign / CLIPS) for time in np.linspace(0, seconds, CLIPS)), (seconds, -sign)]


def unwound(random: np.random.Generator) -> Trades:
    """Take all at once, give it back in equal clips over one to two and a half minutes."""
    sign, seconds = _sign(random), float(random.uniform(*BUILDING_SECONDS))
    return [(0.0, sign), *((float(time), -sign / CLIPS) for time in np.linspace(0, seconds, CLIPS))]


def strewn(random: np.random.Generator) -> Trades:
    """Trade a random side at random times in five minutes, then whatever makes the position flat."""
    signs = [_sign(random) for _ in range(CLIPS)]
    times = np.sort(random.uniform(0, RANDOM_SECONDS, CLIPS)).tolist()
    net = sum(signs)
    return [*zip(times, signs, strict=True), *([(RANDOM_SECONDS, -net)] if net else [])]


SHAPES = MappingProxyType({"random_trading": strewn, "round_trip": held, "build_and_dump": built, "grab_and_unwind": unwound})


def gains(symbol: str, *, seed: np.random.SeedSequence, usd: Sequence[float]) -> dict[str, FloatArray]:
    """Return what each shape gains in each size, bps of the notional traded, fees apart: one row of sizes a shape.

    Gain: -sum s f (p - m) / sum f over the fills f of all orders, s = +1 buys, p the price paid, m the main venue's mid at that time on
    the path without the orders. It is the profit of the flat position less what the same trades would have made at the mids of the
    undisturbed path: their mean is zero, since sides are random, and their variance is nearly all of the profit's.
    """
    market, plans = seed.spawn(2)
    random = np.random.default_rng(plans)
    schedules = {name: shape(random) for name, shape in SHAPES.items()}
    start = path_of(symbol, market, None)
    start.advance(SETTLING_SECONDS)
    mids = _mids(start.fork(), {time for trades in schedules.values() for time, _ in trades})
    return {name: np.array([[_gain(start.fork(), trades, size, mids) for size in usd]]) for name, trades in schedules.items()}


def _sign(random: np.random.Generator) -> float:
    return 1.0 if random.random() < 0.5 else -1.0


def _mids(path: MarketPath, times: Iterable[float]) -> dict[float, float]:
    """Return the main venue's mid after each of these times."""
    mids = {}
    for time in sorted(times):
        path.advance(SETTLING_SECONDS + time)
        mids[time] = path.mid_bps()
    return mids


def _gain(path: MarketPath, trades: Trades, usd: float, mids: Mapping[float, float]) -> float:
    """Send all orders ahead of time, each over the venues by their share, and return the gain."""
    sent: dict[int, tuple[float, float]] = {}
    for time, share in trades:
        for venue in path.venues:
            order = path.place(
                venue=venue.name,
                side=1 if share > 0 else -1,
                kind=OrderKind.MARKET,
                usd=max(abs(share) * usd * venue.share, 2 * DUST_USD),
                arrival_seconds=SETTLING_SECONDS + time,
            )
            sent[order] = (share, mids[time])
    path.advance(SETTLING_SECONDS + trades[-1][0], stops_at_events=False)
    fills = [(*sent[event.order_id], event) for event in path.events if event.kind is EventKind.FILLED]
    lost = sum(np.sign(share) * event.usd * (event.price_bps - mid) for share, mid, event in fills)
    return -float(lost / sum(event.usd for _, _, event in fills))
