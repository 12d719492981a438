from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from dipmaster.domain.sides import Side
from execution.domain.algorithms.base import Market, OrderTerms, Progress
from execution.domain.algorithms.parameters import InvalidParameter
from execution.domain.algorithms.vwap import BEHIND_URGENCY, plan

START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
LOT = Decimal("0.001")
SECONDS = 1200


@dataclass(frozen=True)
class HalfAtTheEnd:
    """Half of the volume comes in the last quarter of twenty minutes, the other half evenly before."""

    total: float = 100.0

    def _until(self, at):
        part = (at - START).total_seconds() / SECONDS
        return self.total * float(np.interp(part, [0, 0.75, 1], [0, 0.5, 1]))

    def expected(self, bounds):
        return np.diff([self._until(bound) for bound in bounds])

    def share_path(self, *, traded, at, bounds, tilt=0.0):
        whole = traded + self.total - self._until(at)
        return np.array([(traded + self._until(bound) - self._until(at)) / whole for bound in bounds])


def market(volume=None, **known):
    return Market(mid=Decimal(100), lot=LOT, min_quantity=LOT, volume=volume, **known)


def order(quantity="8", **parameters):
    end_at = START + timedelta(seconds=SECONDS)
    return OrderTerms(
        side=Side.BUY, quantity=Decimal(quantity), limit_price=None, start_at=START, end_at=end_at, parameters=parameters, seed=4
    )


def progress(filled="0", traded=0.0, **more):
    return Progress(filled_quantity=Decimal(filled), committed_quantity=Decimal(0), committed_until=None, market_quantity=traded, **more)


def at(seconds):
    return START + timedelta(seconds=seconds)


def planned_until(planned, time):
    return sum((part.quantity for part in planned.slices if part.end_at <= time), Decimal(0))


def test_slices_follow_the_expected_volume():
    planned = plan(order(randomise=0, slice_count=8), progress(), market(HalfAtTheEnd()), START)
    assert planned_until(planned, at(900)) == pytest.approx(Decimal(4), abs=LOT * 8)
    assert planned_until(planned, at(1200)) == 8


def test_without_a_forecast_it_is_even_over_time_and_says_so():
    planned = plan(order(randomise=0, slice_count=8), progress(), market(), START)
    assert [part.quantity for part in planned.slices] == [Decimal(1)] * 8
    assert "nothing is known of the volume" in planned.reasons[0]


def test_more_volume_than_expected_so_far_means_more_is_due_now():
    usual = plan(order(randomise=0, slice_count=8), progress("2", 25.0), market(HalfAtTheEnd()), at(450))
    busy = plan(order(randomise=0, slice_count=8), progress("2", 75.0), market(HalfAtTheEnd()), at(450))
    assert busy.slices[0].quantity > usual.slices[0].quantity


def test_behind_its_band_the_next_slice_is_urgent_and_only_that_one():
    planned = plan(order(randomise=0, band=0.05), progress("0.5", 25.0), market(HalfAtTheEnd()), at(450))
    assert planned.slices[0].urgency == BEHIND_URGENCY
    assert {part.urgency for part in planned.slices[1:]} == {None}
    assert "Behind the volume curve" in planned.reasons[1]


def test_within_its_band_nothing_is_urgent():
    planned = plan(order(randomise=0, band=0.05), progress("1.9", 25.0), market(HalfAtTheEnd()), at(450))
    assert {part.urgency for part in planned.slices} == {None}


def test_ahead_of_the_curve_it_waits():
    planned = plan(order(randomise=0, slice_count=8), progress("4", 25.0), market(HalfAtTheEnd()), at(450))
    assert planned.slices[0].end_at > at(900)
    assert "Ahead of the volume curve" in planned.reasons[1]


def test_a_slice_that_filled_early_does_not_pull_the_next_one_forward():
    first = plan(order(slice_count=8), progress(), market(HalfAtTheEnd()), START)
    done = progress(str(first.slices[0].quantity), 1.0, paced_until=first.slices[0].end_at)
    assert plan(order(slice_count=8), done, market(HalfAtTheEnd()), at(20)).slices[0].start_at == first.slices[0].end_at


def test_a_participation_cap_holds_slices_down():
    planned = plan(order("50", randomise=0, participation_cap=0.1, max_catch_up=100), progress(), market(HalfAtTheEnd()), START)
    volume = HalfAtTheEnd()
    for part in planned.slices[:-1]:
        others = float(volume.expected((part.start_at, part.end_at))[0])
        assert float(part.quantity) <= others / 9 + float(LOT)


@pytest.mark.parametrize("parameters", [{"tilt": -0.1}, {"tilt": "nan"}, {"band": 0}, {"band": 0.9}, {"patience": 2}, {"moon": 1}])
def test_a_parameter_out_of_range_is_named(parameters):
    with pytest.raises(InvalidParameter, match=next(iter(parameters))):
        plan(order(**parameters), progress(), market(HalfAtTheEnd()), START)
