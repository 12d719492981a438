from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from analytics.domain.exact import round_to_sum, tidy
from analytics.domain.fills import PricedFill
from analytics.domain.quality import fill_rate, latency, passive_ratio, venue_shares
from dipmaster.domain.sides import Side

D = Decimal


def fill(
    venue: str, quantity: str, *, price: str = "100", mid: str | None = "100", fee: str | None = "0", maker: bool = True
) -> PricedFill:
    return PricedFill(
        at=datetime(2025, 8, 16, 12, tzinfo=UTC),
        venue=venue,
        price=D(price),
        quantity=D(quantity),
        fee=None if fee is None else D(fee),
        mid=None if mid is None else D(mid),
        is_maker=maker,
    )


def test_fill_rate_and_passive_ratio_are_shares_of_quantity() -> None:
    fills = [fill("okx", "3"), fill("okx", "1", maker=False)]
    assert fill_rate(fills, D(5)) == D("0.8")
    assert passive_ratio(fills) == D("0.75")


def test_without_fills_there_is_no_passive_ratio() -> None:
    assert passive_ratio([]) is None


def test_latency_is_mean_and_nearest_rank() -> None:
    found = latency([timedelta(milliseconds=number) for number in range(1, 101)])
    assert found is not None
    assert (found.mean_ms, found.p95_ms, found.count) == (D("50.5"), D("95"), 100)


def test_without_acknowledgements_there_is_no_latency() -> None:
    assert latency([]) is None


def test_venues_are_told_apart_by_role() -> None:
    fills = [fill("okx", "1", price="100.1", maker=False, fee="0.1"), fill("okx", "2", price="99.9"), fill("binance", "1")]
    binance, maker, taker = venue_shares(Side.BUY, fills)
    assert (binance.venue, binance.share) == ("binance", D("0.25"))
    assert (maker.role, maker.quantity, maker.spread_bps) == ("maker", D(2), D(-10))
    assert (taker.role, taker.spread_bps, taker.fee_bps) == ("taker", D(10), D("9.99000999001"))


def test_a_sell_below_the_mid_pays_the_spread() -> None:
    (found,) = venue_shares(Side.SELL, [fill("okx", "1", price="99.9")])
    assert found.spread_bps == D(10)


def test_a_venue_without_a_mid_has_no_spread() -> None:
    (found,) = venue_shares(Side.BUY, [fill("okx", "1"), fill("okx", "1", mid=None)])
    assert found.spread_bps is None


def test_tidy_keeps_the_number() -> None:
    assert str(tidy(D("1500.000"))) == "1500"
    assert str(tidy(D("0.10"))) == "0.1"


@given(st.lists(st.decimals(min_value=-1000, max_value=1000, places=7), max_size=9))
def test_rounding_keeps_the_sum_and_what_needs_no_rounding(parts: list[Decimal]) -> None:
    rounded = round_to_sum(parts, D("0.01"))
    assert abs(sum(rounded) - sum(parts)) <= D("0.005")
    for part, exact in zip(rounded, parts, strict=True):
        assert abs(part - exact) < D("0.01")


def test_the_chosen_part_is_rounded_to_the_nearest_and_others_make_up_for_it() -> None:
    parts = [D("29.0043"), D("-0.0443"), D("-2.1351")]
    assert round_to_sum(parts, D("0.01"), nearest=0) == (D("29.00"), D("-0.04"), D("-2.14"))


def test_a_part_that_nothing_can_make_up_for_is_not_chosen() -> None:
    assert round_to_sum([D("0.006"), D("0.002")], D("0.01"), nearest=1) == (D("0.01"), D("0"))
    assert round_to_sum([D("1"), D("0.005")], D("0.01"), nearest=1) == (D("1.00"), D("0.00"))
