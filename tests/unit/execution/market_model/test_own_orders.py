"""Own orders keep their limits, their quantity and their place in the queue."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.market_model.parameters import ALT, BTC, VENUES
from execution.market_model.path import ROUNDING_TICKS, MarketPath
from execution.market_model.records import Driver, EventKind, OrderKind, OwnEvent, Reason, Recording, TakenBy

LIMITED = (OrderKind.IOC, OrderKind.LIMIT, OrderKind.POST_ONLY)


def open_path(seed: int = 1, symbol: str = "BTC") -> MarketPath:
    return MarketPath({"BTC": BTC, "ALT": ALT}[symbol], VENUES[symbol], seed, turbulence=0.0, recording=Recording())


def filled(events: tuple[OwnEvent, ...], order_id: int) -> float:
    return sum(event.usd for event in events if event.order_id == order_id and event.kind is EventKind.FILLED)


def kinds(events: tuple[OwnEvent, ...]) -> list[EventKind]:
    return [event.kind for event in events]


orders = st.lists(
    st.tuples(
        st.sampled_from(["main", "second", "third"]),
        st.sampled_from([1, -1]),
        st.sampled_from(list(OrderKind)),
        st.floats(1.0, 40_000.0),
        st.floats(-12.0, 12.0),
        st.floats(0.0, 60.0),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40)
@given(orders=orders, seed=st.integers(0, 50))
def test_no_order_fills_beyond_its_quantity_or_worse_than_its_limit_and_each_is_accounted_for(orders, seed):
    path = open_path(seed, "ALT")
    sent = {}
    for venue, side, kind, usd, price_bps, delay, is_cancelled in orders:
        limit = None if kind is OrderKind.MARKET else price_bps
        order_id = path.place(venue=venue, side=side, kind=kind, usd=usd, price_bps=limit, arrival_seconds=delay)
        sent[order_id] = (side, limit, usd)
        if is_cancelled:
            path.cancel(order_id, arrival_seconds=delay + 30.0)
    path.advance(300.0, stops_at_events=False)
    resting = {int(row["id"]): float(row["remaining"]) for row in path.resting()}
    for order_id, (side, limit, usd) in sent.items():
        events = [event for event in path.events if event.order_id == order_id]
        last = [event.usd for event in events if event.kind in (EventKind.ENDED, EventKind.REJECTED)]
        assert len(last) + (order_id in resting) == 1
        assert filled(tuple(events), order_id) + sum(last) + resting.get(order_id, 0.0) == pytest.approx(usd, abs=1e-4)
        for event in events:
            if event.kind is EventKind.FILLED and limit is not None:
                assert side * (event.price_bps - limit) <= 2 * ROUNDING_TICKS
                assert side * (event.last_level * path.tick_bps("main") - limit) <= 2 * ROUNDING_TICKS


@settings(max_examples=25)
@given(orders=orders, seed=st.integers(0, 50))
def test_the_book_with_our_orders_in_it_is_never_crossed(orders, seed):
    path = open_path(seed, "ALT")
    for venue, side, kind, usd, price_bps, delay, _ in orders:
        path.place(
            venue=venue,
            side=side,
            kind=kind,
            usd=usd,
            price_bps=None if kind is OrderKind.MARKET else price_bps,
            arrival_seconds=delay,
        )
    for until in range(1, 181, 3):
        path.advance(float(until), stops_at_events=False)
        for index, venue in enumerate(path.venues):
            tick = path.tick_bps(venue.name)
            bid, ask = path.touch_bps(venue.name)
            own = path.resting()
            bids = [bid, *(own["level"][(own["venue"] == index) & (own["side"] == 0)] * tick)]
            asks = [ask, *(own["level"][(own["venue"] == index) & (own["side"] == 1)] * tick)]
            assert max(bids) < min(asks)


def test_a_market_order_takes_the_touch_then_the_levels_behind_it():
    path = open_path()
    levels, sizes = path.levels("main", -1, 3)
    usd = float(sizes[0] + sizes[1] + 0.5 * sizes[2])
    path.place(venue="main", side=1, kind=OrderKind.MARKET, usd=usd)
    accepted, fill, ended = path.advance(0.0)
    assert kinds((accepted, fill, ended)) == [EventKind.ACCEPTED, EventKind.FILLED, EventKind.ENDED]
    parts = (sizes[0], sizes[1], 0.5 * sizes[2])
    expected = sum(level * part for level, part in zip(levels, parts, strict=True)) * path.tick_bps("main") / usd
    assert fill.price_bps == pytest.approx(expected)
    assert (fill.last_level, fill.usd) == (levels[2], pytest.approx(usd))
    left_levels, left_sizes = path.levels("main", -1, 1)
    assert (left_levels[0], left_sizes[0]) == (levels[2], pytest.approx(0.5 * sizes[2]))


def test_what_was_taken_is_not_there_twice_and_grows_back():
    # Both books stay around one price, and so level by level the same.
    still = replace(ALT, impact_strength=(0.0, 0.0, 0.0), prompt_impact_bps=0.0)
    path, usd = MarketPath(still, VENUES["ALT"], 2, turbulence=0.0), 60_000.0
    untouched = path.fork()
    path.place(venue="main", side=1, kind=OrderKind.MARKET, usd=usd)
    path.advance(0.0)
    before = untouched.depth_usd("main")
    assert path.depth_usd("main")[25] < before[25]

    def missing(until: float) -> float:
        """Return the share that is missing at levels behind both touches, which the same hash fills."""
        for one in (path, untouched):
            one.advance(until, stops_at_events=False)
        books = [dict(zip(*one.levels("main", -1, 60), strict=True)) for one in (path, untouched)]
        start = max(path.levels("main", -1, 1)[0][0], untouched.levels("main", -1, 1)[0][0]) + 1
        common = [level for level in range(start, start + 8)]
        left = sum(books[0].get(level, 0.0) for level in common)
        return 1.0 - left / sum(books[1].get(level, 0.0) for level in common)

    assert missing(90.0) < 0.01  # nine recovery times later


def test_an_ioc_order_stops_at_its_limit_and_its_rest_ends():
    path = open_path()
    levels, sizes = path.levels("main", -1, 2)
    limit = float(levels[1]) * path.tick_bps("main")
    path.place(venue="main", side=1, kind=OrderKind.IOC, usd=5e6, price_bps=limit)
    _, fill, ended = path.advance(0.0)
    assert fill.usd == pytest.approx(sizes[0] + sizes[1])
    assert (ended.kind, ended.reason, ended.usd) == (EventKind.ENDED, Reason.UNFILLED, pytest.approx(5e6 - fill.usd))


@pytest.mark.parametrize("side", [1, -1])
def test_a_post_only_order_is_refused_when_it_would_cross_and_rests_one_tick_before(side: int):
    path = open_path()
    touch = path.touch_bps("main")[1 if side > 0 else 0]
    path.place(venue="main", side=side, kind=OrderKind.POST_ONLY, usd=1e4, price_bps=touch)
    (event,) = path.advance(0.0)
    assert (event.kind, event.reason) == (EventKind.REJECTED, Reason.WOULD_CROSS)
    path.place(venue="main", side=side, kind=OrderKind.POST_ONLY, usd=1e4, price_bps=touch - side * path.tick_bps("main"))
    assert kinds(path.advance(0.0)) == [EventKind.ACCEPTED]


def test_an_order_that_joins_the_touch_fills_exactly_when_what_was_ahead_has_been_sold():
    """Without makers, cancels and informed takers a queue changes by noise alone, so that first in, first out can be counted."""
    takers_only = replace(BTC, maker_per_second=0.0, queue_per_second=0.0, informed_per_second=0.0, streams_per_second=0.0)
    usd, path = 3e5, MarketPath(takers_only, VENUES["BTC"][:1], 8, turbulence=0.0, recording=Recording())
    bid, _ = path.touch_bps("main")
    queue = float(path.levels("main", 1, 1)[1][0])
    path.place(venue="main", side=1, kind=OrderKind.POST_ONLY, usd=usd, price_bps=bid)
    path.advance(0.0)
    assert path.resting()["ahead"].tolist() == [queue]
    while len(path.resting()):
        path.advance(3600.0)
        tape = path.tape
        sold = float(tape["usd"][tape["sign"] < 0].sum())
        assert filled(path.events, 1) == pytest.approx(min(max(sold - queue, 0.0), usd))
        assert all(event.is_maker for event in path.events if event.kind is EventKind.FILLED)


def test_makers_who_move_through_our_price_fill_us_a_little_at_a_time_and_wait_for_the_rest():
    rise = np.concatenate([np.zeros(10), np.full(111, 40.0)])
    venue = VENUES["BTC"][0]
    path = MarketPath(
        replace(BTC, informed_per_second=0.0),
        [venue],
        3,
        driver=Driver(price_bps=rise, activity=np.ones(2)),
        recording=Recording(),
    )
    limit = 8.0
    path.place(venue="main", side=-1, kind=OrderKind.POST_ONLY, usd=10 * venue.queue_usd, price_bps=limit)
    while len(path.resting()) or not path.events:
        path.advance(100.0)
        if len(path.resting()):
            assert path.touch_bps("main")[0] < limit
    through = path.tape[path.tape["kind"] == TakenBy.REQUOTE]
    assert len(through) >= 2
    assert (through["usd"] <= 3 * venue.queue_usd * (1 + 1e-9)).all()
    assert (through["price"] == pytest.approx(limit)) and (through["sign"] == 1).all()
    path.advance(100.0)
    assert path.touch_bps("main")[0] > limit


def test_of_two_own_orders_at_one_price_the_first_is_filled_first():
    for seed in range(12):
        path = open_path(seed, "ALT")
        bid, _ = path.touch_bps("main")
        ids = [path.place(venue="main", side=1, kind=OrderKind.POST_ONLY, usd=500.0, price_bps=bid) for _ in range(2)]
        path.advance(900.0, stops_at_events=False)
        ends = [event.order_id for event in path.events if event.kind is EventKind.ENDED]
        assert ends in ([], ids[:1], ids)


def test_an_order_inside_the_spread_has_nobody_ahead():
    path = open_path(3, "ALT")
    bid, ask = path.touch_bps("main")
    assert ask - bid > 2 * path.tick_bps("main")
    path.place(venue="main", side=1, kind=OrderKind.POST_ONLY, usd=100.0, price_bps=bid + path.tick_bps("main"))
    path.advance(0.0)
    assert path.resting()["ahead"].tolist() == [0.0]


def test_what_is_ahead_of_a_resting_order_only_ever_shrinks():
    path = open_path(4)
    bid, _ = path.touch_bps("main")
    path.place(venue="main", side=1, kind=OrderKind.POST_ONLY, usd=1e4, price_bps=bid - 5 * path.tick_bps("main"))
    path.advance(0.0)
    ahead = [float(path.resting()["ahead"][0])]
    for step in range(1, 2000):
        path.advance(step * 0.05, stops_at_events=False)
        if not len(path.resting()):
            break
        ahead.append(float(path.resting()["ahead"][0]))
    assert ahead == sorted(ahead, reverse=True)


def test_an_order_waits_until_it_arrives_and_a_cancel_that_comes_late_changes_nothing():
    path = open_path()
    order_id = path.place(venue="main", side=1, kind=OrderKind.MARKET, usd=1e4, arrival_seconds=2.5)
    path.cancel(order_id, arrival_seconds=2.6)
    assert path.advance(2.4) == ()
    events = path.advance(10.0)
    assert path.time_seconds == 2.5
    assert kinds(events) == [EventKind.ACCEPTED, EventKind.FILLED, EventKind.ENDED]
    assert path.advance(10.0) == ()


def test_a_cancel_takes_a_resting_order_back_whole():
    path = open_path()
    order_id = path.place(venue="main", side=-1, kind=OrderKind.POST_ONLY, usd=1e4, price_bps=300.0)
    path.advance(0.0)
    path.cancel(order_id, arrival_seconds=0.03)
    (ended,) = path.advance(1.0)
    assert (ended.kind, ended.reason, ended.usd, ended.time_seconds) == (EventKind.ENDED, Reason.CANCELLED, 1e4, 0.03)
    assert len(path.resting()) == 0


def test_nobody_trades_with_himself():
    path = open_path(3, "ALT")
    ask, tick = path.touch_bps("main")[1], path.tick_bps("main")
    path.place(venue="main", side=-1, kind=OrderKind.POST_ONLY, usd=100.0, price_bps=ask - tick)
    path.place(venue="main", side=1, kind=OrderKind.LIMIT, usd=100.0, price_bps=ask - tick)
    path.place(venue="main", side=1, kind=OrderKind.MARKET, usd=100.0)
    events = path.advance(0.0, stops_at_events=False)
    assert [event.reason for event in events if event.kind is EventKind.REJECTED] == [Reason.OWN_CROSSING]
    (fill,) = [event for event in events if event.kind is EventKind.FILLED]
    assert (fill.is_maker, fill.price_bps) == (False, pytest.approx(ask))


def test_own_trades_are_not_counted_as_the_market_s():
    path = open_path()
    path.place(venue="main", side=1, kind=OrderKind.MARKET, usd=1e6)
    path.advance(0.0)
    assert path.traded() == (0.0, 0.0)
