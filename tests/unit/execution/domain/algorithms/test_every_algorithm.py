"""What holds for every algorithm of the product, whatever it is asked; a new one is tested by being registered."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import Market, OrderTerms, Progress, Remainder
from execution.domain.algorithms.checking import check_plan
from execution.domain.algorithms.parameters import Kind
from execution.domain.algorithms.registry import algorithm_names, get_algorithm

START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
BUILT_IN = [name for name in algorithm_names() if not get_algorithm(name).is_custom]
MOST_ROUNDS = 3000
every_algorithm = pytest.mark.parametrize("name", BUILT_IN)
examples = settings(max_examples=80, deadline=None)
fewer_examples = settings(max_examples=25, deadline=None)


@dataclass(frozen=True)
class Waves:
    """A volume that comes and goes, in units a second."""

    rate: float
    period: float = 40.0

    def expected(self, bounds):
        times = np.array([(bound - START).total_seconds() for bound in bounds])
        angle = 2 * np.pi / self.period
        return np.maximum(np.diff(self.rate * (times - np.cos(angle * times) / angle * 0.9)), 0.0)

    def share_path(self, *, traded, at, bounds, tilt=0.0):
        done = np.cumsum(self.expected((at, *bounds))) + traded
        return np.minimum(done / max(done[-1], 1e-300), 1.0) if done[-1] > 0 else np.linspace(0, 1, len(bounds) + 1)[1:]


@dataclass(frozen=True)
class SquareRoot:
    """Impact by the square-root law."""

    def expected_impact_bps(self, *, quantity, market_quantity, volatility_bps):
        return 0.0 if market_quantity <= 0 else volatility_bps * (quantity / market_quantity) ** 0.5


def values_of(parameter):
    """Values of a parameter, its extremes often."""
    if parameter.kind is Kind.CHOICE:
        return st.sampled_from([None, *parameter.choices])
    low = 0 if parameter.minimum is None else parameter.minimum
    high = 1e9 if parameter.maximum is None else parameter.maximum
    whole = parameter.kind is Kind.INTEGER
    between = st.integers(int(low), int(high)) if whole else st.floats(low, high)
    return st.one_of(st.sampled_from([None, parameter.default, low, high, min(low + 1, high)]), between)


@st.composite
def orders(draw, name, lot, *, longest_seconds=100_000.0, would=True):
    count = draw(st.one_of(st.integers(1, 50), st.integers(1, 20_000), st.integers(10**6, 10**8)))
    seconds = draw(st.one_of(st.floats(0.01, 30), st.floats(1, longest_seconds)))
    prices = st.sampled_from([None, Decimal(50), Decimal(100), Decimal(200)])
    return OrderTerms(
        side=draw(st.sampled_from(Side)),
        quantity=lot * count + lot / 10 * draw(st.sampled_from([0, 0, 0, 3, 9])),
        limit_price=draw(prices),
        would_price=draw(prices) if would else None,
        arrival_mid=draw(st.sampled_from([None, Decimal(100)])),
        start_at=START,
        end_at=START + timedelta(seconds=seconds),
        remainder=draw(st.sampled_from(Remainder)),
        parameters=draw(st.fixed_dictionaries({one.name: values_of(one) for one in get_algorithm(name).parameters})),
        seed=draw(st.integers(0, 2**63)),
    )


@st.composite
def markets(draw, lot):
    volume = draw(st.sampled_from([None, 0.0, 1e-9, 0.01, 1.0, 100.0, 1e6, 1e100]))
    return Market(
        mid=Decimal(100),
        lot=lot,
        min_quantity=lot * draw(st.one_of(st.integers(0, 3), st.integers(0, 2000))) + lot / 2 * draw(st.sampled_from([0, 1])),
        spread_bps=draw(st.sampled_from([None, 0.0, 0.1, 50.0])),
        liquidity=draw(st.sampled_from([None, 0.0, 0.5, 0.8, 1.0])),
        minute_volatility_bps=draw(st.sampled_from([None, 0.0, 5.0, 500.0])),
        volume=None if volume is None else Waves(volume * float(lot)),
        impact=draw(st.sampled_from([None, SquareRoot()])),
    )


lots = st.integers(-3, 6).map(lambda places: Decimal(1).scaleb(-places))
traded = st.sampled_from([None, 0.0, 0.5, 1e3, 1e12, 1e100])


@st.composite
def moments(draw, order):
    """How far an order is, and when it is asked for: before, within or after its window."""
    filled = order.quantity * draw(st.sampled_from([0, 0, Decimal("0.3"), Decimal("0.77777"), Decimal("0.999"), 1]))
    committed = (order.quantity - filled) * draw(st.sampled_from([0, 0, Decimal("0.1"), Decimal("0.98765"), 1]))
    length = order.end_at - order.start_at
    now = START + length * draw(st.floats(-0.2, 1.2))
    until = now + length * draw(st.floats(-0.05, 0.3)) if committed else None
    paced = now + length * draw(st.floats(0, 0.3)) if draw(st.booleans()) else None
    progress = Progress(
        filled_quantity=filled, committed_quantity=committed, committed_until=until, paced_until=paced, market_quantity=draw(traded)
    )
    return progress, now


@st.composite
def situations_of(draw, name, *, would=True):
    lot = draw(lots)
    order = draw(orders(name, lot, would=would))
    progress, now = draw(moments(order))
    return order, progress, draw(markets(lot)), now


def smallest(market):
    """The least whole number of lots that a venue takes."""
    return max((market.min_quantity / market.lot).to_integral_value(rounding=ROUND_CEILING), 1) * market.lot


def is_possible(order, progress, market, now):
    begin = max(now, order.start_at, progress.committed_until or order.start_at)
    return order.quantity - progress.done >= smallest(market) and begin < order.end_at


def planned(name, situation):
    return get_algorithm(name).plan(*situation)


def total(plan):
    return sum((part.quantity for part in plan.slices), Decimal(0))


@every_algorithm
@examples
@given(st.data())
def test_slices_sum_to_what_is_left_when_the_rest_is_to_be_crossed_and_never_to_more(name, data):
    situation = order, progress, _, _ = data.draw(situations_of(name))
    plan = planned(name, situation)
    rest = order.quantity - progress.done
    if not is_possible(*situation):
        assert plan.slices == ()
    elif order.remainder is Remainder.CROSS:
        assert total(plan) == rest
    else:
        assert total(plan) <= rest


@every_algorithm
@examples
@given(st.data())
def test_every_slice_is_large_enough_in_the_window_and_after_the_one_before(name, data):
    situation = order, _, market, now = data.draw(situations_of(name))
    slices = planned(name, situation).slices
    for part in slices:
        assert part.quantity >= smallest(market)
        assert max(now, order.start_at) <= part.start_at < part.end_at <= order.end_at
        assert part.urgency is None or 0 <= part.urgency <= 1
    assert all(part.end_at <= following.start_at for part, following in pairwise(slices))
    assert all(part.quantity % market.lot == 0 for part in slices[:-1])


@every_algorithm
@examples
@given(st.data())
def test_new_slices_begin_after_the_live_one(name, data):
    situation = _, progress, _, _ = data.draw(situations_of(name, would=False))
    if progress.committed_until is not None:
        assert all(part.start_at >= progress.committed_until for part in planned(name, situation).slices)


@every_algorithm
@examples
@given(st.data())
def test_a_slice_keeps_to_the_volume_cap_unless_it_is_the_last_and_crossed(name, data):
    situation = order, _, market, _ = data.draw(situations_of(name, would=False))
    cap = order.parameters.get("participation_cap")
    if cap is None or market.volume is None:
        return
    for part in planned(name, situation).slices:
        if order.remainder is Remainder.CROSS and part.end_at == order.end_at:
            continue
        most = cap / (1 - cap) * float(market.volume.expected((part.start_at, part.end_at))[0])
        assert float(part.quantity) <= most * (1 + 1e-6) + 1e-6 * float(market.lot)


@every_algorithm
@examples
@given(st.data())
def test_asked_twice_it_answers_the_same(name, data):
    situation = data.draw(situations_of(name))
    assert planned(name, situation) == planned(name, situation)


@every_algorithm
@examples
@given(st.data())
def test_a_plan_stands_the_checks_that_guard_the_desk(name, data):
    order, progress, market, now = data.draw(situations_of(name))
    plan = planned(name, (order, progress, market, now))
    assert check_plan(plan, order, progress, market, now) is None
    assert all(plan.reasons)


@every_algorithm
@examples
@given(st.data())
def test_a_filled_order_needs_nothing(name, data):
    order, progress, market, now = data.draw(situations_of(name))
    done = replace(progress, filled_quantity=order.quantity, committed_quantity=Decimal(0), committed_until=None)
    plan = planned(name, (order, done, market, now))
    assert (plan.slices, plan.next_review_at) == ((), None)


@every_algorithm
@examples
@given(st.data())
def test_at_the_would_price_all_that_is_left_is_wanted_at_once(name, data):
    order, progress, market, now = data.draw(situations_of(name))
    order = replace(order, would_price=market.mid)
    slices = planned(name, (order, progress, market, now)).slices
    if is_possible(order, progress, market, now) and now >= order.start_at:
        assert [(part.quantity, part.start_at, part.urgency) for part in slices] == [(order.quantity - progress.done, now, 0.0)]


class Walk:
    """Works an order slice by slice in a world where each slice fills as it likes and the desk is late as it likes."""

    def __init__(self, name, order, market, fills, delays):
        self.name, self.order, self.market = name, order, market
        self.fills, self.delays = fills, delays
        self.now, self.done, self.rounds, self.paced_until = START, Decimal(0), 0, None

    def plan(self, **committed):
        traded = None
        if self.market.volume is not None:
            traded = float(self.market.volume.expected((START, self.now))[0]) if self.now > START else 0.0
        paced = self.paced_until if self.paced_until is not None and self.paced_until > self.now else None
        fields = {"committed_quantity": Decimal(0), "committed_until": None, "paced_until": paced, **committed}
        progress = Progress(filled_quantity=self.done, market_quantity=traded, **fields)
        plan = planned(self.name, (self.order, progress, self.market, self.now))
        assert check_plan(plan, self.order, progress, self.market, self.now) is None
        return plan

    def run(self):
        while self.now < self.order.end_at and self.order.quantity - self.done >= smallest(self.market):
            self.rounds += 1
            assert self.rounds < MOST_ROUNDS, "goes in circles"
            plan = self.plan()
            if self.order.remainder is Remainder.CROSS:
                assert self.done + total(plan) == self.order.quantity
            start = plan.slices[0].start_at if plan.slices else self.order.end_at
            if plan.next_review_at is not None and plan.next_review_at < start:
                assert plan.next_review_at > self.now, "looks again without time passing"
                self.now = plan.next_review_at
            elif plan.slices:
                self._work(plan.slices[0])
            else:
                self.now = start

    def _work(self, part):
        """Let a slice live: it is committed, fills some, and ends early, in time or late."""
        self.now = part.start_at
        after = self.plan(committed_quantity=part.quantity, committed_until=part.end_at)
        assert all(later.start_at >= part.end_at for later in after.slices)
        share = self.fills[self.rounds % len(self.fills)]
        lot = self.market.lot
        self.done += part.quantity if share == 1 else part.quantity * share // lot * lot
        delay = timedelta(seconds=self.delays[self.rounds % len(self.delays)])
        length = part.end_at - part.start_at
        soonest = timedelta(milliseconds=1)  # nothing fills in no time: a third of a microsecond would be none
        self.now = part.start_at + max(length / 3, soonest) if share == 1 and delay else part.end_at + delay
        self.paced_until = part.end_at if share == 1 else None


@st.composite
def walks(draw, name, fills):
    lot = draw(lots)
    order = draw(orders(name, lot, longest_seconds=900, would=False))
    delays = draw(st.lists(st.sampled_from([0, 0, 0.02, 0.7, 5, 40]), min_size=1, max_size=5))
    return Walk(name, order, draw(markets(lot)), draw(fills), delays)


shares = st.sampled_from([0, 0, Decimal("0.001"), Decimal("0.3"), Decimal("0.95"), 1, 1])


@every_algorithm
@fewer_examples
@given(st.data())
def test_after_rejected_late_and_partial_slices_a_plan_still_completes(name, data):
    walk = data.draw(walks(name, st.lists(shares, min_size=1, max_size=9)))
    walk.run()


@every_algorithm
@fewer_examples
@given(st.data())
def test_an_order_whose_slices_fill_is_done_by_its_end(name, data):
    walk = data.draw(walks(name, st.just([1])))
    walk.order, walk.delays = replace(walk.order, remainder=Remainder.CROSS), [0]
    walk.run()
    assert walk.done == walk.order.quantity or walk.order.quantity < smallest(walk.market)
