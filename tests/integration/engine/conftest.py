"""A whole engine in one process: the paper exchange over real sockets, and a driver that plays dispatcher and workers."""

from collections.abc import Iterator

import pytest

from dipmaster import seeds
from dipmaster.accounts.models import User
from execution.paper import process
from execution.venues import session
from tests.integration.engine.driver import Engine


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[process.PaperProcess]:
    running = process.start(tmp_path_factory.mktemp("paper"), seed=11)
    yield running
    running.stop()


@pytest.fixture
def trader(transactional_db: None) -> User:
    seeds.make_venues()
    seeds.make_limits()
    seeds.make_users()
    return User.objects.get(username=seeds.TRADER)


@pytest.fixture
def engine(exchange: process.PaperProcess, trader: User, settings: object) -> Iterator[Engine]:
    settings.PAPER_EXCHANGE_URL = exchange.base_url  # type: ignore[attr-defined]
    yield Engine(trader=trader, base_url=exchange.base_url)
    session.close()
