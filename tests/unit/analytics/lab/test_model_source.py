import math
import pickle
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from analytics.lab.baselines import market_order
from analytics.lab.experiment import Experiment, Job, parse_size
from analytics.lab.market import EventKind, LabOrder
from analytics.lab.model_books import TERMS
from analytics.lab.model_source import BOOK_LEVELS, ModelSource
from analytics.lab.parents import LabParent
from analytics.lab.path import cost_of, run_job
from analytics.lab.watching import Watched
from dipmaster.domain.sides import Side
from execution.domain.venue_orders import OrderType, TimeInForce
from execution.market_model.parameters import SYMBOLS, VENUES

SOURCE = ModelSource()


def opened(symbol="BTC", path=0, seed=1):
    return SOURCE.open(symbol, path=path, seed=seed, minutes=5)


def an_order(market, **changes):
    venue = next(iter(market.listings))
    usual = {
        "order_id": 1,
        "venue": venue,
        "side": Side.BUY,
        "order_type": OrderType.LIMIT,
        "time_in_force": TimeInForce.POST_ONLY,
        "price": market.books()[0].bids[0].price,
        "quantity": Decimal("0.01"),
    }
    return LabOrder(**{**usual, **changes})


def series(market, minutes=2):
    length = timedelta(minutes=minutes)
    watched = Watched(market, length)
    while watched.now < watched.start_at + length:
        watched.advance(watched.start_at + length)
    return watched.series()


def heard(market, seconds):
    until, events = market.now + timedelta(seconds=seconds), []
    while market.now < until:
        events.extend(market.advance(until))
    return events


@pytest.mark.parametrize("symbol", SOURCE.symbols)
def test_books_lie_on_tick_and_lot_with_twenty_levels_best_first(symbol):
    market = opened(symbol)
    market.advance(market.now + timedelta(seconds=3))
    for book in market.books():
        terms = market.listings[book.venue]
        assert book.is_tradable(market.now, timedelta(seconds=2))
        for sign, levels in ((-1, book.bids), (1, book.asks)):
            prices = [level.price for level in levels]
            assert 0.75 * BOOK_LEVELS <= len(levels) <= BOOK_LEVELS
            assert all(price % terms.tick == 0 for price in prices)
            assert prices == sorted(set(prices), key=lambda price: sign * price)
            assert all(level.quantity > 0 and level.quantity % terms.lot == 0 for level in levels)


@pytest.mark.parametrize("symbol", TERMS)
def test_the_tick_is_the_one_that_the_model_was_calibrated_with(symbol):
    price = TERMS[symbol].tick * TERMS[symbol].start_ticks
    assert float(TERMS[symbol].tick / price * 10_000) == pytest.approx(SYMBOLS[symbol].tick_bps, rel=1e-3)


def test_the_mid_is_that_of_the_main_venue():
    market = opened()
    assert market.mid() == pytest.approx(float(market.books()[0].mid))
    assert next(iter(market.listings)) == VENUES["BTC"][0].name


def test_a_path_is_the_same_however_often_it_is_stepped():
    often, seldom = opened(), opened()
    for _ in range(400):
        often.advance(often.now + timedelta(milliseconds=50))
    seldom.advance(seldom.now + timedelta(seconds=20))
    assert often.now == seldom.now
    assert (often.mid(), often.traded()) == (seldom.mid(), seldom.traded())
    assert often.books()[1].mid == seldom.books()[1].mid


def test_paths_symbols_and_seeds_are_different_markets():
    found = [series(opened(**which), 1).mids.tolist() for which in ({}, {"path": 1}, {"seed": 2}, {"symbol": "ETH"})]
    assert len({tuple(mids) for mids in found}) == 4
    assert series(opened(), 1).mids.tolist() == found[0]


def test_an_order_is_heard_of_after_both_latencies():
    market = opened()
    began = market.now
    market.place(an_order(market, price=market.books()[0].bids[-1].price))
    (accepted,) = market.advance(began + timedelta(seconds=1))
    assert accepted.kind is EventKind.ACCEPTED
    assert (market.now - began).total_seconds() == pytest.approx(0.04, abs=1e-5)
    assert accepted.at <= market.now


def test_a_post_only_order_that_would_trade_is_rejected_and_nothing_else_follows():
    market = opened()
    market.place(an_order(market, price=market.books()[0].asks[-1].price))
    assert [event.kind for event in heard(market, 5)] == [EventKind.REJECTED]


def test_a_cancelled_order_ends_once_and_a_second_cancel_is_silent():
    market = opened()
    market.place(an_order(market, price=market.books()[0].bids[-1].price - 100))
    heard(market, 1)
    market.cancel(1)
    market.cancel(1)
    assert [event.kind for event in heard(market, 1)] == [EventKind.ENDED]


def test_a_crossing_order_fills_up_to_its_limit_in_whole_lots_and_ends():
    market = opened()
    best = market.books()[0].asks[0].price
    market.place(an_order(market, price=best + 100, time_in_force=TimeInForce.IOC, quantity=Decimal("0.12345")))
    events = heard(market, 1)
    assert [event.kind for event in events] == [EventKind.ACCEPTED, EventKind.FILLED, EventKind.ENDED]
    assert events[1].quantity == Decimal("0.12345")
    assert abs(events[1].price - best) <= 100
    assert not events[1].is_maker


def test_a_resting_order_is_filled_at_its_own_price_as_maker_to_the_lot():
    market = opened()
    order = an_order(market, quantity=Decimal("0.12345"))
    market.place(order)
    events = heard(market, 600)
    fills = [event for event in events if event.kind is EventKind.FILLED]
    assert sum(event.quantity for event in fills) == order.quantity
    assert all(event.price == order.price and event.is_maker for event in fills)
    assert events[-1].kind is EventKind.ENDED


def test_what_the_order_does_not_touch_is_the_same_path_with_it_and_without_it():
    undisturbed = series(opened(), 1)
    market = opened()
    market.place(an_order(market, price=market.books()[0].bids[-1].price - 1000))
    assert series(market, 1).mids.tolist() == undisturbed.mids.tolist()


def test_a_large_order_moves_the_price_against_itself():
    source_parent = {"quantity": Decimal(300), "seed": 1}
    moves = []
    for path in range(6):
        undisturbed = series(opened(path=path), 1)
        watched = Watched(opened(path=path), timedelta(minutes=1))
        parent = LabParent(side=Side.BUY, start_at=watched.now, end_at=watched.now + timedelta(minutes=1), **source_parent)
        worked = market_order(watched, parent, undisturbed)
        assert sum(fill.quantity for fill in worked.fills) == 300
        while watched.now < parent.end_at:
            watched.advance(parent.end_at)
        moves.append(watched.series().mids[-1] - undisturbed.mids[-1])
    assert sum(moves) > 0


def test_others_volume_grows_and_has_a_price_near_the_mid():
    found = series(opened(), 2)
    assert found.quantity > 0
    assert found.vwap == pytest.approx(found.twap, rel=5e-3)


def test_orders_of_every_kind_keep_the_invariants():
    experiment = Experiment(
        algorithms=("market", "clips", "twap", "twap:aggressive", "oracle"),
        symbols=("SOL",),
        sizes=(parse_size("8k"), parse_size("20%")),
        minutes=(3.0,),
        sources=(SOURCE,),
        paths=2,
        seed=3,
    )
    record = run_job(experiment, Job(source="model", symbol="SOL", minutes=3.0, path=1))
    costs = [cost_of(order) for order in record["orders"]]
    assert Counter(cost.fill_rate for cost in costs) == {1.0: 10}
    assert all(math.isfinite(cost.cost_bps) and cost.refusals == 0 for cost in costs)


def test_a_source_travels_to_other_processes():
    assert pickle.loads(pickle.dumps(SOURCE)) == SOURCE
