"""A Binance of one perpetual, its book known, and one account."""

import pytest

from execution.paper.gateways.base import Core
from tests.unit.execution.paper.gateways.binance.futures import Desk, make_core


@pytest.fixture
def core() -> Core:
    return make_core()


@pytest.fixture
def desk(core: Core) -> Desk:
    return Desk(core, core.venue.open_account("paper-key"))
