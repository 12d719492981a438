"""Positions and reservations on a real database."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from dipmaster.accounts.models import Desk
from dipmaster.domain.sides import Side
from risk.models import Exposure
from risk.selectors.exposure import exposure_of
from risk.services import exposure

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def desk() -> Desk:
    desk = Desk.objects.create(name="Macro")
    Exposure.objects.create(desk=desk, symbol="BTCUSDT", position=1, reserved_buy=5, reserved_sell=3)
    return desk


def held(desk: Desk) -> tuple[Decimal, Decimal, Decimal]:
    row = exposure_of(desk.pk).get(symbol="BTCUSDT")
    return row.position, row.reserved_buy, row.reserved_sell


def fill(desk: Desk, side: Side, quantity: str, reserved: str, symbol: str = "BTCUSDT") -> None:
    exposure.apply_fill(desk_id=desk.pk, symbol=symbol, side=side, quantity=D(quantity), reserved=D(reserved))


def release(desk: Desk, side: Side, quantity: str) -> None:
    exposure.release(desk_id=desk.pk, symbol="BTCUSDT", side=side, quantity=D(quantity))


def test_a_bought_fill_moves_from_the_reservation_to_the_position(desk: Desk) -> None:
    fill(desk, Side.BUY, "2", "2")
    assert held(desk) == (3, 3, 3)


def test_a_sold_fill_lowers_the_position(desk: Desk) -> None:
    fill(desk, Side.SELL, "2", "2")
    assert held(desk) == (-1, 5, 1)


def test_an_overfill_uses_only_what_was_reserved_for_it(desk: Desk) -> None:
    fill(desk, Side.BUY, "2", "0.5")
    assert held(desk) == (3, D("4.5"), 3)


def test_a_fill_of_a_symbol_never_traded_is_recorded(desk: Desk) -> None:
    fill(desk, Side.SELL, "2", "0", symbol="ETHUSDT")
    assert exposure_of(desk.pk).get(symbol="ETHUSDT").position == -2


def test_a_fill_cannot_use_more_than_is_reserved(desk: Desk) -> None:
    with pytest.raises(exposure.ReservationTooSmall, match="less than 6 BTCUSDT reserved for buy"):
        fill(desk, Side.BUY, "6", "6")
    assert held(desk) == (1, 5, 3)


@pytest.mark.parametrize("reserved", ["-1", "3"])
def test_a_fill_cannot_use_less_than_nothing_or_more_than_itself(desk: Desk, reserved: str) -> None:
    with pytest.raises(ValueError, match="cannot use a reservation"):
        fill(desk, Side.BUY, "2", reserved)
    assert held(desk) == (1, 5, 3)


def test_a_release_gives_back_to_its_side_only(desk: Desk) -> None:
    release(desk, Side.BUY, "5")
    release(desk, Side.SELL, "1")
    assert held(desk) == (1, 0, 2)


def test_a_release_of_nothing_changes_nothing(desk: Desk) -> None:
    release(desk, Side.BUY, "0")
    assert held(desk) == (1, 5, 3)


def test_a_second_release_of_the_same_quantity_is_a_fault(desk: Desk) -> None:
    release(desk, Side.SELL, "3")
    with pytest.raises(exposure.ReservationTooSmall):
        release(desk, Side.SELL, "3")
    assert held(desk) == (1, 5, 0)


def test_a_negative_release_is_a_fault(desk: Desk) -> None:
    with pytest.raises(ValueError, match="positive number"):
        release(desk, Side.BUY, "-1")
    assert held(desk) == (1, 5, 3)


def test_the_database_refuses_a_negative_reservation_too(desk: Desk) -> None:
    with pytest.raises(IntegrityError, match="reservations_are_not_negative"), transaction.atomic():
        Exposure.objects.update(reserved_buy=-1)


def test_a_desk_sees_its_own_exposure_only(desk: Desk) -> None:
    Exposure.objects.create(desk=Desk.objects.create(name="Arbitrage"), symbol="BTCUSDT")
    assert [row.desk_id for row in exposure_of(desk.pk)] == [desk.pk]
