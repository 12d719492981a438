from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dipmaster.domain.quantize import ceil_to_step, decimal_places, floor_to_step, is_multiple, passive_price
from dipmaster.domain.sides import Side

values = st.decimals(min_value=0, max_value=10**9, places=10)
steps = st.sampled_from([Decimal(s) for s in ("0.00000001", "0.001", "0.05", "0.1", "1", "25")])


@given(values, steps)
def test_rounding_reaches_the_next_multiple_in_its_direction(value, step):
    low, high = floor_to_step(value, step), ceil_to_step(value, step)
    assert is_multiple(low, step)
    assert is_multiple(high, step)
    assert low <= value <= high
    assert value - low < step
    assert high - value < step


@given(values, steps)
def test_a_multiple_is_left_as_it_is(value, step):
    multiple = floor_to_step(value, step)
    assert floor_to_step(multiple, step) == ceil_to_step(multiple, step) == multiple


@pytest.mark.parametrize(("side", "price"), [(Side.BUY, "99.95"), (Side.SELL, "100.00")])
def test_a_passive_price_is_rounded_away_from_the_market(side, price):
    assert passive_price(Decimal("99.98"), Decimal("0.05"), side) == Decimal(price)


@pytest.mark.parametrize(("step", "places"), [("0.01", 2), ("0.0100000", 2), ("1", 0), ("10", 0), ("0.00000001", 8), ("0.5", 1)])
def test_decimal_places_are_those_a_multiple_can_have(step, places):
    assert decimal_places(Decimal(step)) == places
