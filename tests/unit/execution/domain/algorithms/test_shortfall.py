from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import Market, OrderTerms, Progress
from execution.domain.algorithms.parameters import InvalidParameter
from execution.domain.algorithms.shortfall import plan
from execution.domain.impact import Estimate, ImpactCoefficients

START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
LOT = Decimal("0.0001")
IMPACT = ImpactCoefficients(
    y=Estimate(value=0.6, standard_error=0.1), exponent=Estimate(value=0.5, standard_error=0.1), observations=0, source="a test"
)
NOTHING_DONE = Progress(filled_quantity=Decimal(0), committed_quantity=Decimal(0), committed_until=None, market_quantity=0.0)


@dataclass(frozen=True)
class Steady:
    """The same volume in every minute."""

    a_minute: float = 10.0

    def expected(self, bounds):
        return np.diff([(bound - START).total_seconds() / 60 * self.a_minute for bound in bounds])


KNOWN = Market(mid=Decimal(100), lot=LOT, min_quantity=LOT, minute_volatility_bps=5.0, volume=Steady(), impact=IMPACT, spread_bps=1.0)


def order(side=Side.BUY, arrival_mid=None, minutes=40, quantity="8", **parameters):
    end_at = START + timedelta(minutes=minutes)
    return OrderTerms(
        side=side,
        quantity=Decimal(quantity),
        limit_price=None,
        arrival_mid=arrival_mid,
        start_at=START,
        end_at=end_at,
        parameters={"randomise": 0, **parameters},
        seed=4,
    )


def shares(planned):
    return [float(part.quantity) / 8 for part in planned.slices]


def test_at_medium_urgency_it_is_the_desks_profile():
    """The owner's numbers: eight slices, 35.0 % in three, 38.5 % in three, 26.5 % in two, front to back."""
    planned = plan(order(), NOTHING_DONE, KNOWN, START)
    found = shares(planned)
    assert len(found) == 8
    assert [sum(found[:3]), sum(found[3:6]), sum(found[6:])] == pytest.approx([0.35, 0.385, 0.265], abs=1e-4)
    urgencies = [part.urgency for part in planned.slices]
    assert all(0.7 <= one <= 0.8 for one in urgencies[:3])
    assert all(0.5 <= one <= 0.6 for one in urgencies[3:6])
    assert all(0.3 <= one <= 0.4 for one in urgencies[6:])


@pytest.mark.parametrize(("liquidity", "count"), [(0.95, 6), (0.9, 8), (0.8, 8), (0.7, 8), (0.69, 12), (None, 8)])
def test_the_count_of_slices_follows_liquidity(liquidity, count):
    market = Market(mid=Decimal(100), lot=LOT, min_quantity=LOT, liquidity=liquidity)
    assert len(plan(order(), NOTHING_DONE, market, START).slices) == count


def test_more_urgency_does_more_in_the_first_slice():
    first = [shares(plan(order(urgency=u, profile="optimal", slice_count=20), NOTHING_DONE, KNOWN, START))[0] for u in (0, 0.3, 0.6, 0.9)]
    assert first == sorted(first)
    assert first[-1] > 0.4


def test_without_urgency_the_optimum_is_the_same_forwards_and_backwards():
    """Nothing is risked, and what decays costs alike both ways: more at both ends, as Obizhaeva and Wang (2013) have it."""
    found = shares(plan(order(urgency=0, profile="optimal", slice_count=20, randomise=0), NOTHING_DONE, KNOWN, START))
    assert found == pytest.approx(found[::-1], abs=2e-3)
    assert found[0] > 1.5 * found[10] > 0.04


def test_outside_of_the_middle_auto_solves_the_optimum():
    auto = plan(order(urgency=0.8), NOTHING_DONE, KNOWN, START)
    assert auto.slices == plan(order(urgency=0.8, profile="optimal"), NOTHING_DONE, KNOWN, START).slices
    assert "optimum at urgency 0.80" in auto.reasons[0]


def test_without_knowledge_of_the_market_it_follows_the_desk_and_says_so():
    planned = plan(order(urgency=0.9), NOTHING_DONE, Market(mid=Decimal(100), lot=LOT, min_quantity=LOT), START)
    assert shares(planned)[0] == pytest.approx(0.35 / 3, abs=1e-4)
    assert "No optimum" in planned.reasons[1]


def test_higher_volatility_hurries_no_more_at_the_same_urgency():
    """Urgency has the same meaning for every symbol: what it weighs is scaled by volatility and impact."""
    calm = plan(order(urgency=0.7, profile="optimal"), NOTHING_DONE, KNOWN, START)
    wild = plan(
        order(urgency=0.7, profile="optimal"),
        NOTHING_DONE,
        Market(mid=Decimal(100), lot=LOT, min_quantity=LOT, minute_volatility_bps=50.0, volume=Steady(), impact=IMPACT),
        START,
    )
    assert shares(calm) == pytest.approx(shares(wild), abs=1e-3)


def test_caps_are_constraints_of_the_optimum():
    planned = plan(order(urgency=1, profile="optimal", participation_cap=0.05, slice_count=20), NOTHING_DONE, KNOWN, START)
    for part in planned.slices[:-1]:
        others = 10.0 * (part.end_at - part.start_at) / timedelta(minutes=1)
        assert float(part.quantity) <= others * 0.05 / 0.95 + float(LOT)


@pytest.mark.parametrize(
    ("side", "mid", "adaptation", "hurries"),
    [
        (Side.BUY, "99.8", "aggressive", True),
        (Side.BUY, "99.8", "passive", False),
        (Side.SELL, "100.2", "aggressive", True),
        (Side.BUY, "100.2", "aggressive", False),
        (Side.BUY, "100.2", "passive", True),
    ],
)
def test_price_adaptation_hurries_or_slows_when_the_price_has_moved(side, mid, adaptation, hurries):
    now = START + timedelta(minutes=4)
    market = Market(mid=Decimal(mid), lot=LOT, min_quantity=LOT, minute_volatility_bps=5.0, volume=Steady(), impact=IMPACT)
    asked = {"urgency": 0.7, "profile": "optimal", "slice_count": 20}
    usual = plan(order(side, Decimal(100), **asked), NOTHING_DONE, market, now).slices[0].quantity
    moved = plan(order(side, Decimal(100), **asked, price_adaptation=adaptation), NOTHING_DONE, market, now).slices[0].quantity
    assert (moved > usual) is hurries


@pytest.mark.parametrize("parameters", [{"urgency": 1.1}, {"urgency": -0.1}, {"profile": "mine"}, {"price_adaptation": "yes"}, {"band": 1}])
def test_a_parameter_out_of_range_is_named(parameters):
    with pytest.raises(InvalidParameter, match=next(iter(parameters))):
        plan(order(**parameters), NOTHING_DONE, KNOWN, START)
