from datetime import UTC, datetime
from decimal import Decimal

import pytest

from analytics.domain.benchmarks import (
    BenchmarkName,
    NotMeasured,
    TradedVolume,
    against,
    interval_twap,
    interval_vwap,
    interval_vwap_without,
)
from analytics.domain.fills import PricedFill
from dipmaster.domain.sides import Side

D = Decimal
VOLUMES = (
    TradedVolume(venue="binance", quantity=D(6), notional=D(606)),
    TradedVolume(venue="okx", quantity=D(4), notional=D(400)),
)


def own(quantity: int, price: int, venue: str = "binance") -> PricedFill:
    at = datetime(2025, 8, 16, 12, tzinfo=UTC)
    return PricedFill(at=at, venue=venue, price=D(price), quantity=D(quantity), fee=D(0), mid=None, is_maker=True)


def test_interval_vwap_weighs_all_venues_by_volume() -> None:
    assert interval_vwap(VOLUMES) == D("100.6")


def test_own_volume_is_taken_out() -> None:
    assert interval_vwap_without(VOLUMES, [own(2, 103)]) == D(800) / 8


def test_without_trades_there_is_no_vwap() -> None:
    with pytest.raises(NotMeasured, match="No trades"):
        interval_vwap(())


def test_a_market_of_our_own_trades_alone_has_no_vwap_of_others() -> None:
    with pytest.raises(NotMeasured, match="Nobody else"):
        interval_vwap_without((TradedVolume(venue="okx", quantity=D(1), notional=D(100)),), [own(1, 100, "okx")])


def test_a_record_that_lacks_our_trades_is_called_incomplete() -> None:
    with pytest.raises(NotMeasured, match="okx"):
        interval_vwap_without(VOLUMES, [own(5, 100, "okx")])


def test_interval_twap_is_the_average_of_mids() -> None:
    assert interval_twap([D(100), D(101), D(103)]) == D("101.333333333333")


def test_without_books_there_is_no_twap() -> None:
    with pytest.raises(NotMeasured, match="No books"):
        interval_twap([])


def test_slippage_is_positive_when_a_sell_is_below_the_benchmark() -> None:
    found = against(BenchmarkName.ARRIVAL, side=Side.SELL, average=D("99.99"), price=D(100))
    assert found.slippage_bps == D(1)


def test_without_fills_there_is_no_slippage() -> None:
    assert against(BenchmarkName.ARRIVAL, side=Side.BUY, average=None, price=D(100)).slippage_bps is None
