"""The checks of an order."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dipmaster.domain.sides import Side
from risk.domain.decisions import Approved, Decision, RefusalCode, Refused
from risk.domain.holdings import Holding
from risk.domain.limits import Limits
from risk.domain.rules import Trade, check_collar, check_position, judge_child, judge_order

D = Decimal


def trade(quantity: str = "1", *, side: Side = Side.BUY, price: str | None = None, mid: str | None = "50000") -> Trade:
    return Trade(symbol="BTCUSDT", side=side, quantity=D(quantity), price=price and D(price), mid=mid and D(mid))  # type: ignore[arg-type]


def order(of: Trade, *, enabled: bool = True, **limits: str) -> Decision:
    return judge_order(of, limits=Limits(**{k: D(v) for k, v in limits.items()}), desk="Macro", is_trading_enabled=enabled)


def child(
    of: Trade, *, remaining: str = "1", holding: Holding | None = None, enabled: bool = True, room: str | None = None, **limits: str
) -> Decision:
    return judge_child(
        of,
        limits=Limits(**{k: D(v) for k, v in limits.items()}),
        desk="Macro",
        is_trading_enabled=enabled,
        parent_remaining=D(remaining),
        holding=holding or Holding(reserved_buy=of.quantity, reserved_sell=of.quantity),
        venue="okx",
        venue_room=None if room is None else D(room),
    )


def refused(decision: Decision) -> Refused:
    assert isinstance(decision, Refused)
    return decision


def test_without_limits_an_order_is_approved_for_its_whole_quantity() -> None:
    assert order(trade("123.45")) == Approved(quantity=D("123.45"))


def test_a_desk_that_is_switched_off_is_told_whom_to_ask() -> None:
    answer = refused(order(trade(), enabled=False))
    assert answer.code is RefusalCode.TRADING_DISABLED
    assert "Macro" in answer.reason
    assert "administrator" in answer.reason


@pytest.mark.parametrize("mid", [None, "0", "-1"])
def test_an_order_that_cannot_be_valued_is_refused(mid: str | None) -> None:
    assert refused(order(trade(mid=mid))).code is RefusalCode.NO_MARKET


def test_an_order_of_exactly_the_largest_quantity_is_approved() -> None:
    assert isinstance(order(trade("2"), max_order_quantity="2"), Approved)


def test_an_order_above_the_largest_quantity_names_both_figures() -> None:
    answer = refused(order(trade("2.00000001"), max_order_quantity="2.000000000000000000"))
    assert answer.code is RefusalCode.ORDER_QUANTITY
    assert "2.00000001 BTCUSDT" in answer.reason
    assert "at most 2," in answer.reason


def test_an_order_of_exactly_the_largest_notional_is_approved() -> None:
    assert isinstance(order(trade("2"), max_order_notional="100000"), Approved)


def test_an_order_above_the_largest_notional_names_both_values() -> None:
    answer = refused(order(trade("2.5"), max_order_notional="100000"))
    assert answer.code is RefusalCode.ORDER_NOTIONAL
    assert "USD 125,000.00" in answer.reason
    assert "USD 100,000.00" in answer.reason


@pytest.mark.parametrize(("side", "price"), [(Side.BUY, "50500.01"), (Side.SELL, "49499.99")])
def test_a_price_beyond_the_collar_is_refused(side: Side, price: str) -> None:
    assert refused(order(trade(side=side, price=price), price_collar_bps="100")).code is RefusalCode.PRICE_COLLAR


@pytest.mark.parametrize(("side", "price"), [(Side.BUY, "50500"), (Side.SELL, "49500")])
def test_a_price_at_the_edge_of_the_collar_passes(side: Side, price: str) -> None:
    assert isinstance(order(trade(side=side, price=price), price_collar_bps="100"), Approved)


@pytest.mark.parametrize(("side", "price"), [(Side.BUY, "1"), (Side.SELL, "9999999")])
def test_a_price_that_only_waits_for_a_better_market_passes_the_collar(side: Side, price: str) -> None:
    assert isinstance(order(trade(side=side, price=price), price_collar_bps="0"), Approved)


def test_a_market_order_has_no_price_to_collar() -> None:
    assert isinstance(order(trade(price=None), price_collar_bps="0"), Approved)


@given(
    side=st.sampled_from(Side),
    mid=st.decimals("0.00000001", "1000000", places=8),
    collar=st.decimals(0, 5000, places=3),
)
def test_the_price_a_collar_refusal_recommends_passes_the_collar(side: Side, mid: Decimal, collar: Decimal) -> None:
    limits = Limits(price_collar_bps=collar)
    beyond = mid * (3 if side is Side.BUY else D("0.1"))
    answer = check_collar(Trade(symbol="X", side=side, quantity=D(1), price=beyond, mid=mid), limits)
    assert answer is not None
    advised = D(answer.reason.split("Use at ")[1].split()[1].rstrip(","))
    assert check_collar(Trade(symbol="X", side=side, quantity=D(1), price=advised, mid=mid), limits) is None


def test_a_child_may_take_all_that_its_parent_has_left() -> None:
    assert child(trade("1"), remaining="1") == Approved(quantity=D(1))


def test_a_child_larger_than_what_its_parent_has_left_is_refused() -> None:
    answer = refused(child(trade("1"), remaining="0.75"))
    assert answer.code is RefusalCode.PARENT_QUANTITY
    assert "0.75" in answer.reason


def test_a_child_of_a_desk_that_was_switched_off_is_refused() -> None:
    assert refused(child(trade(), enabled=False)).code is RefusalCode.TRADING_DISABLED


def test_a_child_is_held_to_todays_quantity_notional_and_collar() -> None:
    assert refused(child(trade("1"), max_order_quantity="0.5")).code is RefusalCode.ORDER_QUANTITY
    assert refused(child(trade("1"), max_order_notional="49999")).code is RefusalCode.ORDER_NOTIONAL
    assert refused(child(trade("1", price="51000"), price_collar_bps="100")).code is RefusalCode.PRICE_COLLAR


def test_a_childs_own_quantity_is_not_counted_on_top_of_the_reservation_that_holds_it() -> None:
    holding = Holding(position=D(1), reserved_buy=D(1))
    assert isinstance(child(trade("1"), holding=holding, max_position_notional="100000"), Approved)


def test_a_child_is_refused_when_the_limit_was_lowered_below_what_is_reserved() -> None:
    holding = Holding(position=D(1), reserved_buy=D(2))
    answer = refused(child(trade("0.5"), holding=holding, max_position_notional="149999"))
    assert answer.code is RefusalCode.POSITION_SYMBOL
    assert "USD 150,000.00" in answer.reason
    assert "USD 149,999.00" in answer.reason
    assert "cancel working buy orders" in answer.reason


def test_a_child_without_a_reservation_is_counted_itself() -> None:
    assert refused(child(trade("1"), holding=Holding(), max_position_notional="49999")).code is RefusalCode.POSITION_SYMBOL


def test_a_sell_that_only_reduces_a_position_passes_a_limit_the_position_is_above() -> None:
    holding = Holding(position=D(10), reserved_sell=D(4))
    assert isinstance(child(trade("4", side=Side.SELL), remaining="4", holding=holding, max_position_notional="50000"), Approved)


@given(
    side=st.sampled_from(Side),
    quantity=st.decimals("0.001", 100, places=3),
    position=st.decimals(-100, 100, places=3),
    own=st.decimals(0, 100, places=3),
    limit=st.decimals(0, 10_000, places=2),
)
def test_a_child_passes_the_position_check_only_if_everything_on_its_side_may_fill(
    side: Side, quantity: Decimal, position: Decimal, own: Decimal, limit: Decimal
) -> None:
    holding = Holding(position=position, reserved_buy=own, reserved_sell=own)
    asked = Trade(symbol="X", side=side, quantity=quantity, price=None, mid=D(100))
    after = position + side.sign * max(own, quantity)
    grows_beyond = side.sign * after * 100 > limit
    assert (check_position(asked, Limits(max_position_notional=limit), holding) is not None) == grows_beyond


def test_a_child_is_refused_beyond_what_its_venues_position_limit_leaves() -> None:
    assert isinstance(child(trade("1"), room="1"), Approved)
    answer = refused(child(trade("1"), room="0.9"))
    assert answer.code is RefusalCode.POSITION_VENUE
    assert answer.reason.startswith("1 BTCUSDT is more than the 0.9 that the position limit of okx leaves.")
    assert "the 0 that" in refused(child(trade("1"), room="-3")).reason
