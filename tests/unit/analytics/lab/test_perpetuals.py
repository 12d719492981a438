"""Perpetuals in experiments: their own books, terms and fees, with spot beside them on the path."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from analytics.lab.experiment import Experiment, InvalidExperiment, Job, parse_size
from analytics.lab.market import EventKind, LabEvent, LabMarket, LabOrder
from analytics.lab.measuring import OrderCost
from analytics.lab.model_books import PERPETUALS, TERMS, listings_of, path_of
from analytics.lab.model_source import ModelSource
from analytics.lab.path import cost_of, run_job
from analytics.lab.sources import get_source, known_symbol
from dipmaster.domain.sides import Side
from execution.domain.venue_orders import OrderType, TimeInForce
from execution.market_model.parameters import SYMBOLS
from execution.market_model.path import MarketPath
from execution.market_model.perpetual_path import PerpetualPath

SOURCE = ModelSource()
BOOKS = ("main-perp", "second-perp", "third-perp")


def opened(symbol: str = "BTC-PERP", path: int = 0) -> LabMarket:
    return SOURCE.open(symbol, path=path, seed=1, minutes=5)


def market_order(venue: str, quantity: str) -> LabOrder:
    return LabOrder(
        order_id=1,
        venue=venue,
        side=Side.BUY,
        order_type=OrderType.MARKET,
        time_in_force=TimeInForce.IOC,
        price=None,
        quantity=Decimal(quantity),
    )


def heard(market: LabMarket, seconds: float) -> list[LabEvent]:
    until, events = market.now + timedelta(seconds=seconds), []
    while market.now < until:
        events.extend(market.advance(until))
    return events


def experiment(algorithms: Sequence[str], sizes: Sequence[str], symbols: Sequence[str] = ("BTC-PERP",)) -> Experiment:
    return Experiment(
        algorithms=tuple(algorithms),
        symbols=tuple(symbols),
        sizes=tuple(parse_size(size) for size in sizes),
        minutes=(3.0,),
        sources=(SOURCE,),
        paths=1,
        seed=3,
    )


def costs(asked: Experiment, symbol: str = "BTC-PERP") -> list[OrderCost]:
    record = run_job(asked, Job(source="model", symbol=symbol, minutes=3.0, path=0))
    return [cost_of(order) for order in record["orders"]]


@pytest.mark.parametrize("symbol", PERPETUALS)
def test_orders_go_to_the_perpetual_books_only(symbol: str) -> None:
    market = opened(symbol)
    assert tuple(market.listings) == tuple(book.venue for book in market.books()) == BOOKS
    assert {listing.symbol for listing in market.listings.values()} == {f"{PERPETUALS[symbol]}USDT-PERP"}


@pytest.mark.parametrize("symbol", PERPETUALS)
def test_fees_are_those_of_perpetuals(symbol: str) -> None:
    fees = [(float(listing.maker_fee_bps), float(listing.taker_fee_bps)) for listing in listings_of(symbol).values()]
    assert fees == [(2, 5), (2, 5), (2, 5.5)]


def test_fees_of_spot_stay_those_of_spot() -> None:
    fees = [(float(listing.maker_fee_bps), float(listing.taker_fee_bps)) for listing in listings_of("BTC").values()]
    assert fees == [(10, 10), (8, 10), (10, 10)]


def test_lots_and_minimums_are_those_of_each_venue() -> None:
    main, second, third = listings_of("BTC-PERP").values()
    assert [listing.lot for listing in (main, second, third)] == [Decimal("0.001"), Decimal("0.0001"), Decimal("0.001")]
    assert [listing.min_quantity for listing in (main, second, third)] == [Decimal("0.001"), Decimal("0.0001"), Decimal("0.001")]
    assert [listing.min_notional for listing in (main, second, third)] == [100, 0, 5]


@pytest.mark.parametrize("symbol", PERPETUALS)
def test_the_tick_is_the_one_that_the_model_was_calibrated_with(symbol: str) -> None:
    currency = PERPETUALS[symbol]
    for listing in listings_of(symbol).values():
        assert float(listing.tick / TERMS[currency].start_price * 10_000) == pytest.approx(SYMBOLS[currency].tick_bps, rel=1e-3)


@pytest.mark.parametrize("venue", BOOKS)
def test_fills_come_in_the_lots_of_their_venue(venue: str) -> None:
    market = opened()
    market.place(market_order(venue, "12.345"))
    fills = [event for event in heard(market, 1.0) if event.kind is EventKind.FILLED]
    assert sum((event.quantity or Decimal(0)) for event in fills) == Decimal("12.345")
    assert all((event.quantity or Decimal(0)) % market.listings[venue].lot == 0 for event in fills)


def test_an_order_to_a_spot_book_beside_the_perpetual_is_an_error() -> None:
    with pytest.raises(KeyError, match="'main'"):
        opened().place(market_order("main", "0.01"))


def test_what_others_trade_is_what_the_perpetual_books_trade() -> None:
    path = path_of("BTC-PERP", np.random.SeedSequence(1))
    assert isinstance(path, PerpetualPath)
    path.advance(60.0)
    usd, value = path.traded()
    everything = MarketPath.traded(path)[0]
    assert 0.8 < usd / everything < 1  # spot trades 9 % of what perpetuals do
    assert abs(value / usd - path.mid_bps("main-perp")) < 50


def test_the_same_path_is_the_same_market_and_another_is_another() -> None:
    mids = []
    for path in (0, 0, 1):
        market = opened(path=path)
        market.advance(market.now + timedelta(seconds=20))
        mids.append(market.mid())
    assert mids[0] == mids[1] != mids[2]


def test_taking_costs_the_takers_fee_and_the_slippage() -> None:
    small, large = costs(experiment(["market"], ["8k", "5%"]))
    for cost in (small, large):
        assert 5 - 0.01 <= cost.fee_bps <= 5.5 + 0.01
        assert cost.cost_bps == pytest.approx(cost.fee_bps + (cost.arrival_bps or 0), abs=1e-6)
    assert (large.arrival_bps or 0) > (small.arrival_bps or 0)


def test_a_twap_of_8k_and_of_5_percent_is_filled_at_the_fees_of_its_makers_and_takers() -> None:
    for cost in costs(experiment(["twap"], ["8k", "5%"])):
        assert cost.fill_rate == 1.0
        assert cost.refusals == 0
        taken = 1 - (cost.maker_share or 0)
        assert 2 + 3 * taken - 0.05 <= cost.fee_bps <= 2 + 3.5 * taken + 0.05


@pytest.mark.parametrize("symbol", ["DOGE-PERP", "ALT-PERP", "BTC-PERP-PERP", "PERP", "-PERP", "", "BTC-PERP'; DROP", "ＢＴＣ-PERP"])
def test_a_symbol_that_is_none_is_named(symbol: str) -> None:
    with pytest.raises(InvalidExperiment, match="is not a symbol of model; there are: BTC, ETH, SOL, ALT, BTC-PERP, ETH-PERP, SOL-PERP"):
        experiment(["twap"], ["8k"], [known_symbol(symbol, [SOURCE])]).check()


@pytest.mark.parametrize("text", ["BTC-PERP", "btc-perp", "BTCUSDT-PERP", "btcusdt-perp"])
def test_a_perpetual_may_be_written_as_the_desk_writes_it(text: str) -> None:
    assert known_symbol(text, [SOURCE]) == "BTC-PERP"
    assert known_symbol(text, [replace(SOURCE, symbols=("BTCUSDT", "BTCUSDT-PERP"))]) == "BTCUSDT-PERP"


def test_the_model_offers_spot_and_perpetuals() -> None:
    assert tuple(get_source("model").symbols) == (*TERMS, *PERPETUALS)
