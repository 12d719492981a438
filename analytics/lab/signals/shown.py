"""What a desk that watched a recording would have seen: quotes, trades and depth over time."""

from dataclasses import dataclass

import numpy as np

from analytics.lab.replay.tape import Kind, Tape
from execution.domain.signals.inputs import BPS, Floats, Quotes, Trades

BAND_BPS = 10.0
DEPTH_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A recording on the exchange's clock, seconds from its first whole book; sizes in the recording's coin.

    `depth_times`, `bid_depth` and `ask_depth` are what stood within BAND_BPS of the mid, sampled once a second.
    """

    quotes: Quotes
    trades: Trades
    depth_times: Floats
    bid_depth: Floats
    ask_depth: Floats
    tick: float
    seconds: float


def shown_of(tape: Tape) -> Shown:
    """Follow a tape's book message by message: best prices and their sizes after each, depth once a second, trades."""
    sides: dict[int, dict[int, int]] = {Kind.BID: {}, Kind.ASK: {}}
    quotes: list[tuple[float, int, int, int, int]] = []
    depths: list[tuple[float, float, float]] = []
    tops = dict(zip(tape.top_ns.tolist(), zip(tape.top_bid.tolist(), tape.top_ask.tolist(), strict=True), strict=True))
    columns = (tape.kind.tolist(), tape.price.tolist(), tape.quantity.tolist(), tape.exchange_ns.tolist())
    due = 0.0
    for kind, price, quantity, at in zip(*columns, strict=True):
        if kind in sides:
            _show(sides[kind], price, quantity)
        elif kind == Kind.CLEAR:
            sides[Kind.BID].clear()
            sides[Kind.ASK].clear()
        elif kind == Kind.END and at in tops:
            bid, ask = tops[at]
            time = (at - tape.opens_ns) / 1e9
            quotes.append((time, bid, sides[Kind.BID].get(bid, 0), ask, sides[Kind.ASK].get(ask, 0)))
            if time >= due:
                depths.append((time, *_depth(sides, tape, bid, ask)))
                due = time + DEPTH_SECONDS
    return _shown(tape, np.array(quotes, dtype=np.float64), np.array(depths, dtype=np.float64))


def _show(levels: dict[int, int], price: int, quantity: int) -> None:
    if quantity:
        levels[price] = quantity
    else:
        levels.pop(price, None)


def _depth(sides: dict[int, dict[int, int]], tape: Tape, bid: int, ask: int) -> tuple[float, float]:
    """Return what is bid and asked within the band, in the recording's coin."""
    reach = (bid + ask + 2 * tape.lowest) / 2 * BAND_BPS / BPS
    mid = (bid + ask) / 2
    bids = sum(quantity for price, quantity in sides[Kind.BID].items() if price >= mid - reach)
    asks = sum(quantity for price, quantity in sides[Kind.ASK].items() if price <= mid + reach)
    return bids * tape.lot, asks * tape.lot


def _shown(tape: Tape, quotes: Floats, depths: Floats) -> Shown:
    is_trade = ((tape.kind == Kind.BOUGHT) | (tape.kind == Kind.SOLD)) & (tape.exchange_ns >= tape.opens_ns)
    traded_at = (tape.exchange_ns[is_trade] - tape.opens_ns) / 1e9
    order = np.argsort(traded_at, kind="stable")
    times, bid, bid_size, ask, ask_size = (np.ascontiguousarray(column) for column in quotes.T)
    return Shown(
        quotes=Quotes(
            times=times, bid=tape.price_of(bid), ask=tape.price_of(ask), bid_size=bid_size * tape.lot, ask_size=ask_size * tape.lot
        ),
        trades=Trades(
            times=traded_at[order],
            signs=np.where(tape.kind[is_trade] == Kind.BOUGHT, 1.0, -1.0)[order],
            sizes=tape.quantity[is_trade][order] * tape.lot,
        ),
        depth_times=np.ascontiguousarray(depths[:, 0]),
        bid_depth=np.ascontiguousarray(depths[:, 1]),
        ask_depth=np.ascontiguousarray(depths[:, 2]),
        tick=tape.tick,
        seconds=tape.seconds,
    )
