"""Implementation shortfall: the printed example, and what must always hold."""

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from analytics.domain.exact import EXACT, total_of
from analytics.domain.fills import PricedFill
from analytics.domain.shortfall import NO_ARRIVAL, NO_END, NO_FEE, NO_MID, Prices, Shortfall, implementation_shortfall
from dipmaster.domain.sides import Side

NOON = datetime(2025, 8, 16, 12, tzinfo=UTC)
D = Decimal


def fill(price: str | Decimal, quantity: str | Decimal, *, fee: str | Decimal | None = "0", mid: str | Decimal | None = None) -> PricedFill:
    return PricedFill(
        at=NOON,
        venue="binance",
        price=D(price),
        quantity=D(quantity),
        fee=None if fee is None else D(fee),
        mid=None if mid is None else D(mid),
        is_maker=False,
    )


def printed_example(*fills: PricedFill) -> Shortfall:
    """Buy 1000, decision 100, arrival 100.10, 800 filled at 100.35, close 100.80, fee 5 bp (Perold; Wagner; Kissell)."""
    return implementation_shortfall(
        side=Side.BUY, quantity=D(1000), prices=Prices(decision=D(100), arrival=D("100.10"), end=D("100.80")), fills=fills
    )


def test_the_printed_example_is_reproduced_to_the_digit() -> None:
    found = printed_example(fill("100.35", "800", fee="40.14"))
    assert found.delay == D(100)
    assert (found.delay_filled, found.delay_unfilled) == (D(80), D(20))
    assert found.trading == D(200)
    assert found.opportunity == D(140)
    assert found.fees == D("40.14")
    assert found.total == D("480.14")
    assert found.bps(found.total) == D("48.014")


def test_trading_splits_into_spread_and_drift_per_fill() -> None:
    found = printed_example(fill("100.30", "400", mid="100.28"), fill("100.40", "400", mid="100.41"))
    assert found.spread == D(8) - D(4)
    assert found.drift == D("72") + D("124")


def test_a_sell_that_earns_the_spread_has_negative_spread_cost() -> None:
    prices = Prices(decision=D(100), arrival=D(100), end=D(100))
    found = implementation_shortfall(side=Side.SELL, quantity=D(2), prices=prices, fills=[fill("100.5", "2", mid="100.4")])
    assert found.spread == D("-0.2")
    assert found.drift == D("-0.8")


def test_without_a_mid_the_split_is_missing_and_the_total_exact() -> None:
    found = printed_example(fill("100.35", "400", fee="20", mid="100.3"), fill("100.35", "400", fee="20.14"))
    assert found.spread is None
    assert found.drift is None
    assert found.total == D("480.14")
    assert {each.figure: each.reason for each in found.missing} == {"shortfall.spread": NO_MID, "shortfall.drift": NO_MID}
    assert [part.name for part in found.parts] == ["delay", "trading", "fees", "opportunity", "total"]


def test_without_an_end_mid_an_unfilled_rest_cannot_be_valued() -> None:
    found = implementation_shortfall(
        side=Side.BUY, quantity=D(2), prices=Prices(decision=D(100), arrival=D(100), end=None), fills=[fill("101", "1", mid="100")]
    )
    assert found.opportunity is None
    assert found.total is None
    assert {each.figure: each.reason for each in found.missing} == {"shortfall.opportunity": NO_END, "shortfall.total": NO_END}


def test_without_an_end_mid_a_filled_order_is_whole() -> None:
    found = implementation_shortfall(
        side=Side.BUY, quantity=D(1), prices=Prices(decision=D(100), arrival=D(100), end=None), fills=[fill("101", "1", mid="100")]
    )
    assert found.opportunity == 0
    assert found.total == 1
    assert found.missing == ()


def test_a_fee_without_a_rate_leaves_fees_and_total_unknown() -> None:
    found = printed_example(fill("100.35", "800", fee=None, mid="100.3"))
    assert found.fees is None
    assert found.total is None
    assert NO_FEE in {each.reason for each in found.missing}


def test_an_order_that_never_started_costs_the_move_of_the_market() -> None:
    prices = Prices(decision=D(100), arrival=None, end=D(101))
    found = implementation_shortfall(side=Side.BUY, quantity=D(3), prices=prices, fills=[])
    assert found.total == 3
    assert found.delay is None
    assert {each.figure: each.reason for each in found.missing} == {"shortfall.delay": NO_ARRIVAL, "shortfall.opportunity": NO_ARRIVAL}


def test_more_than_was_ordered_is_valued_at_the_end_mid() -> None:
    prices = Prices(decision=D(100), arrival=D(100), end=D(102))
    found = implementation_shortfall(side=Side.BUY, quantity=D(1), prices=prices, fills=[fill("101", "2", mid="101")])
    assert found.trading == 2
    assert found.opportunity == -2
    assert found.total == 0


amounts = st.decimals(min_value=D("0.00000001"), max_value=D(1_000_000), places=8)
priced = st.builds(fill, amounts, amounts, fee=st.decimals(min_value=-100, max_value=100, places=8), mid=amounts)
shortfalls = st.builds(
    implementation_shortfall,
    side=st.sampled_from(Side),
    quantity=amounts,
    prices=st.builds(Prices, decision=amounts, arrival=amounts, end=amounts),
    fills=st.lists(priced, max_size=8),
)


@given(shortfalls)
def test_parts_are_exactly_the_total(found: Shortfall) -> None:
    assert found.total is not None
    assert total_of([part.amount or D(0) for part in found.parts[:-1]]) == found.total
    assert EXACT.add(found.spread or D(0), found.drift or D(0)) == found.trading
    assert EXACT.add(found.delay_filled or D(0), found.delay_unfilled or D(0)) == found.delay


@given(shortfalls)
def test_rounded_parts_add_up_to_the_rounded_total_to_the_cent(found: Shortfall) -> None:
    *parts, total = found.parts
    assert total_of([part.rounded or D(0) for part in parts]) == total.rounded
    assert total.rounded == EXACT.quantize(found.total or D(0), D("0.01"))
    assert total_of([part.rounded_bps or D(0) for part in parts]) == total.rounded_bps


@given(shortfalls)
def test_no_part_is_rounded_by_a_cent_or_more(found: Shortfall) -> None:
    for part in found.parts:
        assert abs(EXACT.subtract(part.rounded or D(0), part.amount or D(0))) < D("0.01")
