"""The policies of the comparison on markets whose outcome is known."""

from collections.abc import Callable
from pathlib import Path

import pytest

from analytics.lab.replay.policies import Bench, Desk, EmptyOrder, NotFilled, Policy, Result, paired
from analytics.lab.replay.referee import BUY, SELL
from analytics.lab.replay.sources import open_recording
from tests.unit.analytics.lab.replay.recorded import Market, at_ns

Write = Callable[..., Path]
MARKET = Policy(name="market", clips=1, patience_seconds=0.0)
JOIN = Policy(name="join", clips=1, patience_seconds=10.0)


def bench(write: Write, market: Market, desk: Desk | None = None) -> Bench:
    return Bench(open_recording([write(market.depth(200.0).lines)]), desk or Desk())


def work(bench: Bench, policy: Policy, quantity: float, side: int = BUY) -> Result:
    return bench.work(policy, side=side, lots=round(quantity / bench.tape.lot), start_ns=at_ns(1.0))


def test_a_market_order_pays_what_stands_there_when_it_arrives(write: Write) -> None:
    quiet = work(bench(write, Market()), MARKET, 5)
    assert quiet.slippage_bps == pytest.approx((0.1 * 4 + 0.2 * 1) / 5 / 100.0 * 1e4)
    assert (quiet.maker_share, quiet.seconds) == (0.0, pytest.approx(0.02))
    moved = work(bench(write, Market().depth(1.02, asks=[("100.1", "0")])), MARKET, 5)
    assert moved.slippage_bps == pytest.approx(20.0)
    too_late = work(bench(write, Market().depth(1.021, asks=[("100.1", "0")])), MARKET, 5)
    assert too_late == quiet


def test_clips_find_what_earlier_ones_took_gone(write: Write) -> None:
    clips = work(bench(write, Market()), Policy(name="clips", clips=2, patience_seconds=0.0), 8)
    assert clips.slippage_bps == pytest.approx(15.0)
    assert clips.seconds == pytest.approx(5.02)


def test_joining_earns_the_half_spread_when_the_queue_trades(write: Write) -> None:
    market = Market().trade(3.0, "99.9", "6", sold=True).depth(3.5, bids=[("99.9", "0"), ("99.7", "1")], asks=[("99.9", "1")])
    joined = work(bench(write, market), JOIN, 1)
    assert (joined.slippage_bps, joined.maker_share, joined.seconds) == (pytest.approx(-10.0), 1.0, pytest.approx(2.0))
    assert joined.markouts_bps == pytest.approx([(99.85 - 99.9) / 99.9 * 1e4] * 2)


def test_joining_crosses_when_its_time_is_over(write: Write) -> None:
    joined = work(bench(write, Market()), JOIN, 1)
    assert (joined.slippage_bps, joined.maker_share) == (pytest.approx(10.0), 0.0)
    assert joined.seconds == pytest.approx(10.0 + 0.1 + 0.02)  # the cancellation's answer is awaited until the next decision


def test_joining_follows_a_best_price_that_moves_away_and_queues_anew(write: Write) -> None:
    market = Market().depth(2.0, bids=[("100.0", "3")]).trade(4.0, "100.0", "3.5", sold=True)
    joined = work(bench(write, market), JOIN, 0.5)
    assert (joined.slippage_bps, joined.maker_share, joined.seconds) == (pytest.approx(0.0), 1.0, pytest.approx(3.0))


def test_the_desk_decides_on_what_it_has_seen(write: Write) -> None:
    market = Market().depth(2.0, bids=[("100.0", "3")], received=4.5).trade(4.0, "100.0", "9", sold=True)
    joined = work(bench(write, market), JOIN, 0.5)
    assert joined.maker_share == 0.0


def test_a_buy_and_a_sell_are_mirrored(write: Write) -> None:
    market = Market().trade(3.0, "99.9", "6", sold=True).trade(4.0, "100.1", "5", sold=False)
    buy, sell = paired(bench(write, market), JOIN, lots=100, start_ns=at_ns(1.0))
    assert (buy.slippage_bps, sell.slippage_bps) == (pytest.approx(-10.0), pytest.approx(-10.0))


def test_each_order_works_as_if_alone_whatever_was_worked_before(write: Write) -> None:
    one = bench(write, Market())
    first, again = work(one, MARKET, 5), work(one, MARKET, 5)
    one.work(MARKET, side=SELL, lots=100, start_ns=at_ns(9.0))
    assert first == again == work(one, MARKET, 5)


def test_an_order_of_nothing_and_one_that_outlasts_the_recording_are_named(write: Write) -> None:
    with pytest.raises(EmptyOrder):
        work(bench(write, Market()), MARKET, 0)
    with pytest.raises(NotFilled, match="left"):
        work(bench(write, Market()), MARKET, 50)
