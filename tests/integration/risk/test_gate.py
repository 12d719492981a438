"""The gate on a real database."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from dipmaster.accounts.models import Desk
from dipmaster.domain.sides import Side
from risk.domain.decisions import Approved, Decision, RefusalCode, Refused
from risk.models import Exposure, RiskLimit
from risk.selectors.limits import effective_limits
from risk.services import exposure
from risk.services.gate import ChildRequest, admit_children, admit_order

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
D = Decimal


@pytest.fixture
def desk() -> Desk:
    RiskLimit.objects.all().delete()
    return Desk.objects.create(name="Macro")


def admit(desk: Desk, quantity: str = "1", *, side: Side = Side.BUY, mid: str | None = "100", limit_price: str | None = None) -> Decision:
    return admit_order(
        desk_id=desk.pk,
        symbol="BTCUSDT",
        side=side,
        quantity=D(quantity),
        mid=None if mid is None else D(mid),
        limit_price=None if limit_price is None else D(limit_price),
        now=NOW,
    )


def code(decision: Decision) -> RefusalCode:
    assert isinstance(decision, Refused)
    return decision.code


def child(desk: Desk, quantity: str = "1", *, symbol: str = "BTCUSDT", side: Side = Side.BUY, remaining: str = "100") -> ChildRequest:
    return ChildRequest(
        desk_id=desk.pk, symbol=symbol, side=side, quantity=D(quantity), price=None, mid=D(100), parent_remaining=D(remaining)
    )


def held(desk: Desk) -> tuple[Decimal, Decimal, Decimal]:
    row = Exposure.objects.get(desk=desk, symbol="BTCUSDT")
    return row.position, row.reserved_buy, row.reserved_sell


def test_an_approved_order_is_reserved_on_its_side(desk: Desk) -> None:
    assert admit(desk, "2") == Approved(quantity=D(2))
    assert admit(desk, "0.5", side=Side.SELL) == Approved(quantity=D("0.5"))
    assert held(desk) == (0, 2, D("0.5"))


def test_a_refused_order_reserves_nothing(desk: Desk) -> None:
    RiskLimit.objects.create(max_order_quantity=1)
    assert code(admit(desk, "2")) is RefusalCode.ORDER_QUANTITY
    assert not Exposure.objects.exists()


def test_a_desk_that_is_switched_off_is_refused(desk: Desk) -> None:
    Desk.objects.filter(pk=desk.pk).update(is_trading_enabled=False)
    assert code(admit(desk)) is RefusalCode.TRADING_DISABLED
    assert [code(d) for d in admit_children(requests=[child(desk)], now=NOW)] == [RefusalCode.TRADING_DISABLED]


def test_an_order_without_a_market_is_refused(desk: Desk) -> None:
    assert code(admit(desk, mid=None)) is RefusalCode.NO_MARKET


def test_an_order_that_fills_the_position_limit_exactly_is_approved(desk: Desk) -> None:
    RiskLimit.objects.create(desk=desk, symbol="BTCUSDT", max_position_notional="300.0000000000000001")
    assert isinstance(admit(desk, "3.000000000000000001"), Approved)


def test_the_position_limit_counts_position_reservations_and_the_order(desk: Desk) -> None:
    RiskLimit.objects.create(desk=desk, symbol="BTCUSDT", max_position_notional=500)
    admit(desk, "2")
    exposure.apply_fill(desk_id=desk.pk, symbol="BTCUSDT", side=Side.BUY, quantity=D(1), reserved=D(1))
    assert isinstance(admit(desk, "2"), Approved)
    answer = admit(desk, "1.01")
    assert code(answer) is RefusalCode.POSITION_SYMBOL
    assert isinstance(answer, Refused)
    assert "position of 1 BTCUSDT" in answer.reason
    assert "USD 501.00" in answer.reason
    assert "USD 500.00" in answer.reason


def test_a_short_position_is_limited_alike(desk: Desk) -> None:
    RiskLimit.objects.create(max_position_notional=500)
    assert isinstance(admit(desk, "5", side=Side.SELL), Approved)
    assert code(admit(desk, "0.01", side=Side.SELL)) is RefusalCode.POSITION_SYMBOL


def test_buys_do_not_make_room_for_sells_before_they_fill(desk: Desk) -> None:
    RiskLimit.objects.create(max_position_notional=500)
    admit(desk, "5")
    assert code(admit(desk, "6", side=Side.SELL)) is RefusalCode.POSITION_SYMBOL


def test_an_order_that_reduces_a_position_above_its_limit_is_approved(desk: Desk) -> None:
    Exposure.objects.create(desk=desk, symbol="BTCUSDT", position=10)
    RiskLimit.objects.create(max_position_notional=500)
    assert isinstance(admit(desk, "10", side=Side.SELL), Approved)


def test_a_larger_limit_is_honoured_from_the_next_order_on(desk: Desk) -> None:
    limit = RiskLimit.objects.create(desk=desk, max_position_notional=100)
    assert isinstance(admit(desk, "1"), Approved)
    assert code(admit(desk, "1")) is RefusalCode.POSITION_SYMBOL
    RiskLimit.objects.filter(pk=limit.pk).update(max_position_notional=200)
    assert isinstance(admit(desk, "1"), Approved)
    RiskLimit.objects.filter(pk=limit.pk).update(max_position_notional=None)
    assert isinstance(admit(desk, "1000000"), Approved)


def test_a_smaller_limit_stops_the_children_of_what_was_reserved_before(desk: Desk) -> None:
    admit(desk, "5")
    RiskLimit.objects.create(max_position_notional=400)
    assert [code(d) for d in admit_children(requests=[child(desk)], now=NOW)] == [RefusalCode.POSITION_SYMBOL]


def test_a_price_beyond_the_collar_is_refused(desk: Desk) -> None:
    RiskLimit.objects.create(price_collar_bps=100)
    assert code(admit(desk, limit_price="101.01")) is RefusalCode.PRICE_COLLAR
    assert isinstance(admit(desk, limit_price="50"), Approved)


def test_desks_do_not_share_room(desk: Desk) -> None:
    RiskLimit.objects.create(max_position_notional=100)
    assert isinstance(admit(desk), Approved)
    assert isinstance(admit(Desk.objects.create(name="Arbitrage")), Approved)


def test_a_quantity_that_is_no_positive_number_is_a_fault(desk: Desk) -> None:
    for quantity in ("0", "-1", "NaN", "Infinity"):
        with pytest.raises(ValueError, match="positive number"):
            exposure.reserve(desk_id=desk.pk, symbol="BTCUSDT", side=Side.BUY, quantity=D(quantity), mid=D(1), max_position_notional=None)


def test_children_are_answered_in_the_order_they_were_asked(desk: Desk) -> None:
    admit(desk, "10")
    requests = [child(desk, "1"), child(desk, "2", remaining="1"), child(desk, "3")]
    answers = admit_children(requests=requests, now=NOW)
    assert answers[0] == Approved(quantity=D(1))
    assert code(answers[1]) is RefusalCode.PARENT_QUANTITY
    assert answers[2] == Approved(quantity=D(3))


def test_each_child_is_held_to_the_limits_of_its_own_desk_and_symbol(desk: Desk) -> None:
    other = Desk.objects.create(name="Arbitrage")
    RiskLimit.objects.create(desk=desk, symbol="ETHUSDT", max_order_quantity=1)
    requests = [child(who, "2", symbol=symbol) for who in (desk, other) for symbol in ("BTCUSDT", "ETHUSDT")]
    answers = admit_children(requests=requests, now=NOW)
    assert [isinstance(answer, Refused) for answer in answers] == [False, True, False, False]


def test_no_children_need_no_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert admit_children(requests=[], now=NOW) == []


@pytest.mark.parametrize("count", [1, 40])
def test_children_take_three_queries_however_many(desk: Desk, count: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    desks = [desk, *(Desk.objects.create(name=f"Desk {n}") for n in range(4))]
    requests = [child(desks[n % 5], symbol=f"S{n}USDT") for n in range(count)]
    with django_assert_num_queries(3):
        admit_children(requests=requests, now=NOW)


def test_an_order_takes_three_queries(desk: Desk, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    RiskLimit.objects.create(max_position_notional=1000)
    admit(desk)
    with django_assert_num_queries(3):
        admit(desk)


def test_the_check_and_the_reservation_are_one_plain_update(desk: Desk) -> None:
    Exposure.objects.create(desk=desk, symbol="X")
    with CaptureQueriesContext(connection) as queries:
        exposure.reserve(desk_id=desk.pk, symbol="X", side=Side.BUY, quantity=D(1), mid=D(1), max_position_notional=D(5))
    assert len(queries) == 1
    assert queries[0]["sql"].startswith("UPDATE")
    assert "SELECT" not in queries[0]["sql"]  # a subselect would judge a row that another order has changed meanwhile


def test_effective_limits_join_the_rows_of_all_scopes(desk: Desk) -> None:
    other = Desk.objects.create(name="Arbitrage")
    RiskLimit.objects.create(max_order_quantity=1, price_collar_bps=50, max_order_notional=7)
    RiskLimit.objects.create(symbol="BTCUSDT", max_order_quantity=20)
    RiskLimit.objects.create(desk=desk, max_order_quantity=30)
    RiskLimit.objects.create(desk=desk, symbol="BTCUSDT", max_order_notional=9)
    RiskLimit.objects.create(desk=other, symbol="BTCUSDT", max_order_quantity=999, price_collar_bps=999)
    limits = effective_limits(desk_id=desk.pk, symbol="BTCUSDT")
    assert (limits.max_order_quantity, limits.price_collar_bps, limits.max_order_notional) == (20, 50, 9)
    assert limits.max_position_notional is None
