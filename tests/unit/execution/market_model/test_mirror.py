"""A book matched outside of the path: what is told of it, and what is taken from it."""

import pytest

from execution.market_model.parameters import SYMBOLS, VENUES
from execution.market_model.path import MarketPath
from execution.market_model.records import OrderKind

LEVELS = 256
USD_PER_LOT = 7.0


def new_path(seed: int = 3) -> MarketPath:
    return MarketPath(SYMBOLS["BTC"], VENUES["BTC"], seed)


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("venue", ["main", "third"])
def test_the_changes_added_up_are_the_touch_in_whole_lots_and_what_is_behind_it_within_three_percent(venue: str, side: int) -> None:
    path = new_path()
    mirror = path.mirror(venue, usd_per_lot=USD_PER_LOT, levels=LEVELS)
    book: dict[int, int] = {}
    for step in range(200):
        path.advance(step * 0.37)
        for level, lots in mirror.changes(side):
            assert book.get(level, 0) != lots
            book[level] = lots
        levels, usd = path.levels(venue, side, LEVELS)
        within = abs(levels - levels[0]) < LEVELS
        expected = {int(level): int(size / USD_PER_LOT + 1e-6) for level, size in zip(levels[within], usd[within], strict=True)}
        shown = {level: lots for level, lots in book.items() if lots}
        assert shown.keys() == {level for level, lots in expected.items() if lots}
        assert shown.get(int(levels[0]), 0) == expected[int(levels[0])]
        assert all(abs(lots - expected[level]) * 32 <= lots for level, lots in shown.items())


def test_nothing_has_changed_when_no_time_has_passed() -> None:
    path = new_path()
    mirror = path.mirror("main", usd_per_lot=USD_PER_LOT, levels=LEVELS)
    assert mirror.changes(1)
    assert mirror.changes(1) == []


@pytest.mark.parametrize(("levels", "usd_per_lot"), [(0, 1.0), (-4, 1.0), (100, 1.0), (128, 0.0), (128, -1.0), (128, float("nan"))])
def test_a_mirror_of_no_use_is_refused(levels: int, usd_per_lot: float) -> None:
    with pytest.raises(ValueError, match="cannot be mirrored"):
        new_path().mirror("main", usd_per_lot=usd_per_lot, levels=levels)


@pytest.mark.parametrize("side", [1, -1])
def test_what_is_taken_outside_is_gone_and_pushes_like_an_order_of_the_path(side: int) -> None:
    inside, outside = new_path(), new_path()
    for path in (inside, outside):
        path.advance(5.0)
    worst = int(inside.levels("main", -side, 40)[0][-1])
    inside.place(venue="main", side=side, kind=OrderKind.IOC, usd=2e6, price_bps=worst * inside.tick_bps("main"))
    inside.advance(5.0, stops_at_events=False)
    outside.take("main", side, 2e6, worst)
    for seconds in (5.0, 6.0, 30.0, 90.0):
        for path in (inside, outside):
            path.advance(seconds, stops_at_events=False)
        for one, other in zip(inside.levels("main", -side, 50), outside.levels("main", -side, 50), strict=True):
            assert one.tolist() == other.tolist()


def test_a_resting_orders_fill_outside_moves_the_price_towards_its_side() -> None:
    shifts = []
    for seed in range(8):
        path = new_path(seed)
        twin = path.fork()
        path.note_maker_fill(1, 3e6)
        for one in (path, twin):
            one.advance(120.0)
        shifts.append(path.mid_bps() - twin.mid_bps())
    assert sum(shifts) / len(shifts) > 0.2
