"""A Coinbase of one product, its book known, and one account."""

from typing import cast

import numpy as np
import pytest

from execution.paper.engine import Side
from execution.paper.exchange import Exchange
from execution.paper.faults import Faults
from execution.paper.gateways.base import Core
from execution.paper.gateways.coinbase.fills import FillIndex
from execution.paper.gateways.coinbase.trading_calls import TradingCalls
from execution.paper.latency import Latency
from execution.paper.profiles import COINBASE
from execution.paper.venue import Venue
from tests.unit.execution.paper.gateways.coinbase.desk import LISTING, NOW, Desk, Surroundings


@pytest.fixture
def core() -> Core:
    venue = Venue(COINBASE, [LISTING], now_ms=NOW, journal=lambda record: None)
    pair = venue.pairs["BTCUSDT"]
    pair.is_trading = True
    for distance in range(1, 11):  # bids 99.99, 99.98 ..., asks 100.01, 100.02 ..., one BTC each
        pair.book.add_background(Side.BUY, 10_000 - distance, 10_000)
        pair.book.add_background(Side.SELL, 10_000 + distance, 10_000)
    random = np.random.default_rng(1)
    return Core(
        exchange=cast(Exchange, Surroundings()),
        venue=venue,
        latency=Latency(0, random),
        faults=Faults(venue.behaviour, clock=lambda: 0.0, now_ms=lambda: NOW, random=random),
    )


@pytest.fixture
def desk(core: Core) -> Desk:
    account = core.venue.open_account("k")
    return Desk(core.venue, account, TradingCalls(core, FillIndex()))
