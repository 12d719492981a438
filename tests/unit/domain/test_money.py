from decimal import Decimal

import pytest

from dipmaster.domain.money import bps_of, fee_of, slippage_bps
from dipmaster.domain.sides import Side


def test_a_basis_point_is_a_hundredth_of_a_percent():
    assert bps_of(Decimal(1), Decimal(10_000)) == 1


def test_basis_points_of_zero_are_refused():
    with pytest.raises(ZeroDivisionError, match="not defined"):
        bps_of(Decimal(1), Decimal(0))


def test_a_fee_is_exact_and_a_rebate_is_negative():
    assert fee_of(Decimal("203"), Decimal("7.5")) == Decimal("0.15225")
    assert fee_of(Decimal("10000"), Decimal("-1")) == -1


@pytest.mark.parametrize(("side", "price", "slippage"), [("buy", 101, 100), ("buy", 99, -100), ("sell", 101, -100), ("sell", 99, 100)])
def test_slippage_is_positive_when_it_costs(side, price, slippage):
    assert slippage_bps(Side(side), Decimal(price), Decimal(100)) == slippage


def test_sides_know_their_sign_and_opposite():
    assert (Side.BUY.sign, Side.SELL.sign) == (1, -1)
    assert Side.BUY.opposite is Side.SELL
    assert Side.SELL.opposite is Side.BUY
