"""Small markets for the tests of signals."""

import numpy as np
from hypothesis import strategies as st

from execution.domain.signals.depth import Ladders
from execution.domain.signals.inputs import Quotes, Trades


def column(values):
    return np.array(values, dtype=np.float64)


def quotes(rows, times=None):
    """Quotes of (bid, bid size, ask, ask size), a second apart unless told."""
    table = np.array(rows, dtype=np.float64).reshape(-1, 4)
    when = column(np.arange(len(table)) if times is None else times)
    return Quotes(times=when, bid=table[:, 0], bid_size=table[:, 1], ask=table[:, 2], ask_size=table[:, 3])


def trades(signed, times=None):
    """Trades of signed sizes, a second apart unless told."""
    sizes = column(signed)
    when = column(np.arange(sizes.size) if times is None else times)
    return Trades(times=when, signs=np.where(sizes < 0, -1.0, 1.0), sizes=np.abs(sizes))


def mirrored(shown):
    """The same market with bid and ask exchanged around a price of 100."""
    return Quotes(times=shown.times, bid=200 - shown.ask, ask=200 - shown.bid, bid_size=shown.ask_size, ask_size=shown.bid_size)


def reversed_sides(done):
    return Trades(times=done.times, signs=-done.signs, sizes=done.sizes)


def scaled(market, factor):
    """The same market in another unit of size."""
    if isinstance(market, Trades):
        return Trades(times=market.times, signs=market.signs, sizes=market.sizes * factor)
    return Quotes(times=market.times, bid=market.bid, ask=market.ask, bid_size=market.bid_size * factor, ask_size=market.ask_size * factor)


def until(market, now):
    """What had been seen at a time."""
    kept = market.times <= now
    names = ("times", "signs", "sizes") if isinstance(market, Trades) else ("times", "bid", "ask", "bid_size", "ask_size")
    return type(market)(**{name: getattr(market, name)[kept] for name in names})


def ladders(books, times=None, levels=4):
    """Books of (bids, asks), each a list of (price, size)."""
    sides = np.full((4, len(books), levels), np.nan)
    for row, (bids, asks) in enumerate(books):
        for place, (price, size) in enumerate(bids):
            sides[0, row, place], sides[1, row, place] = price, size
        for place, (price, size) in enumerate(asks):
            sides[2, row, place], sides[3, row, place] = price, size
    when = column(np.arange(len(books)) if times is None else times)
    return Ladders(times=when, bid_prices=sides[0], bid_sizes=sides[1], ask_prices=sides[2], ask_sizes=sides[3])


@st.composite
def markets(draw, min_rows=2):
    """Whole books around 100 on a tick of 1/64, times on sixteenths of a second, and trades: sums of these are exact."""
    count = draw(st.integers(min_rows, 40))
    whole = st.lists(st.integers(1, 400), min_size=count, max_size=count)
    times = np.cumsum(draw(st.lists(st.integers(0, 40), min_size=count, max_size=count))) / 16
    bid = 100 + column(draw(st.lists(st.integers(-40, 40), min_size=count, max_size=count))) / 64
    ask = bid + column(draw(st.lists(st.integers(1, 5), min_size=count, max_size=count))) / 64
    shown = Quotes(times=times, bid=bid, ask=ask, bid_size=column(draw(whole)), ask_size=column(draw(whole)))
    number = draw(st.integers(0, 30))
    when = np.cumsum(draw(st.lists(st.integers(0, 40), min_size=number, max_size=number))) / 16.0
    sizes = draw(st.lists(st.integers(1, 300), min_size=number, max_size=number))
    sides = draw(st.lists(st.sampled_from([-1.0, 1.0]), min_size=number, max_size=number))
    return shown, Trades(times=column(when), signs=column(sides), sizes=column(sizes))
