"""An OKX of one pair and its swap, their books known, and one account."""

from typing import cast

import numpy as np
import pytest

from execution.paper.exchange import Exchange
from execution.paper.faults import Faults
from execution.paper.gateways.base import Core
from execution.paper.latency import Latency
from execution.paper.profiles import OKX
from execution.paper.venue import Venue
from tests.unit.execution.paper.gateways.okx.desk import LISTINGS, NOW, Desk, Surroundings, fill_book


@pytest.fixture
def core() -> Core:
    venue = Venue(OKX, LISTINGS, now_ms=NOW, journal=lambda record: None)
    for pair in venue.pairs.values():
        fill_book(pair)
    random = np.random.default_rng(1)
    return Core(
        exchange=cast(Exchange, Surroundings()),
        venue=venue,
        latency=Latency(0, random),
        faults=Faults(venue.behaviour, clock=lambda: 0.0, now_ms=lambda: NOW, random=random),
    )


@pytest.fixture
def desk(core: Core) -> Desk:
    return Desk(core)
