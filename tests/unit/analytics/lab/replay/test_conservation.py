"""What always holds in a replay, whatever was recorded and ordered."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.lab.replay import kernel
from analytics.lab.replay.referee import Event, Replay
from analytics.lab.replay.sources import open_recording
from tests.unit.analytics.lab.replay.recorded import Market, at_ns, text

BIDS, ASKS = ("99.7", "99.8", "99.9"), ("100.1", "100.2", "100.3")
quantities = st.integers(0, 900).map(lambda lots: f"{lots / 100:.2f}")
levels = st.lists(st.tuples(st.sampled_from(BIDS), quantities), max_size=2)
changes = st.tuples(st.just("depth"), levels, st.lists(st.tuples(st.sampled_from(ASKS), quantities), max_size=2))
trades = st.tuples(st.just("trade"), st.sampled_from(BIDS + ASKS), quantities)
orders = st.tuples(
    st.sampled_from([1, -1]),
    st.sampled_from([kernel.LIMIT, kernel.POST_ONLY, kernel.TAKE]),
    st.sampled_from(BIDS + ASKS),
    st.integers(1, 2000),
    st.floats(0.1, 5.0),
)


def replay_of(events: list[tuple[str, object, object]]) -> Replay:
    market = Market()
    for number, (kind, first, second) in enumerate(events, 1):
        if kind == "depth":
            market.depth(number / 2, bids=first, asks=second)
        elif second != "0.00":
            market.trade(number / 2, first, second, sold=first in BIDS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recorded.jsonl"
        path.write_text(text(market.depth(30.0).lines))
        return Replay(open_recording([path]))


@settings(max_examples=60)
@given(events=st.lists(st.one_of(changes, trades), max_size=12), placed=st.lists(orders, min_size=1, max_size=6))
def test_every_lot_of_an_order_is_filled_or_left_once_and_never_beyond_its_limit(
    events: list[tuple[str, object, object]], placed: list[tuple[int, int, str, int, float]]
) -> None:
    replay = replay_of(events)
    limits = {}
    for number, (side, kind, price, lots, at) in enumerate(placed):
        limits[number] = round(float(price) / replay.tape.tick) - replay.tape.lowest
        replay.place(number, side=side, kind=kind, price=limits[number], quantity=lots, arrives_ns=at_ns(at))
    heard: list[Event] = []
    for second in range(31):
        heard += replay.advance(at_ns(second))
        assert (replay.book.bid_taken <= replay.book.bid).all() and (replay.book.ask_taken <= replay.book.ask).all()
        assert min(replay.book.bid_taken.min(), replay.book.ask_taken.min()) >= 0
    for number, (side, kind, _, lots, _) in enumerate(placed):
        replay.cancel(number, arrives_ns=at_ns(40.0))
        heard += replay.advance(at_ns(40.0))
        fills = [event for event in heard if event.order == number and event.what <= kernel.TOOK]
        ends = [event for event in heard if event.order == number and event.what == kernel.ENDED]
        assert len(ends) == 1
        assert sum(fill.quantity for fill in fills) + ends[0].quantity == lots
        assert kind == kernel.TAKE or all((limits[number] - fill.price) * side >= 0 for fill in fills)


@settings(max_examples=60)
@given(
    changes=st.lists(quantities, max_size=6), takers=st.lists(st.tuples(st.integers(1, 900), st.floats(0.1, 4.0)), min_size=1, max_size=5)
)
def test_takers_never_have_more_of_a_level_than_was_ever_newly_shown_there(changes: list[str], takers: list[tuple[int, float]]) -> None:
    replay = replay_of([("depth", (), [("100.1", quantity)]) for quantity in changes])
    for number, (lots, at) in enumerate(takers):
        replay.place(number, side=1, kind=kernel.TAKE, price=0, quantity=lots, arrives_ns=at_ns(at))
    level = round(100.1 / replay.tape.tick) - replay.tape.lowest
    had = sum(event.quantity for event in replay.advance(at_ns(30.0)) if event.price == level and event.what == kernel.TOOK)
    shown = [400, *(round(float(quantity) / replay.tape.lot) for quantity in changes)]
    newly = shown[0] + int(np.maximum(np.diff(shown), 0).sum())
    assert had <= newly
