"""A whole engine in one process: the paper exchange over real sockets, and a driver that plays dispatcher and workers."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from dipmaster import seeds
from dipmaster.accounts.models import User
from execution.models import Instrument
from execution.paper.process import PaperProcess
from execution.venues import session
from tests.integration.engine.driver import Engine


@pytest.fixture(autouse=True)
def _slow_machine(settings: Settings) -> None:
    settings.BOOK_MAX_AGE_SECONDS = 8.0  # so long may pass between a book and the decision that needs it


@pytest.fixture
def trader(transactional_db: None) -> User:
    seeds.make_venues()
    Instrument.objects.exclude(symbol__in=["BTCUSDT", "ETHUSDT"]).update(is_enabled=False)  # fewer books to play the feed for
    seeds.make_limits()
    seeds.make_users()
    return User.objects.get(username=seeds.TRADER)


@pytest.fixture
def engine(paper_exchange: PaperProcess, trader: User) -> Iterator[Engine]:
    yield Engine(trader=trader, base_url=paper_exchange.base_url)
    session.close()
