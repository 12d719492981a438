"""A paper exchange of its own, a client for each place, and the places that the cases run on."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from pytest_django import Settings

from execution.models import Venue
from execution.paper.process import start as start_paper_exchange
from execution.venues import registry, session
from tests.venues.places import PLACES, Place, Witness
from tests.venues.trading import Desk

TIMEOUT_SECONDS = 5.0


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "place" in metafunc.fixturenames:
        is_perpetual_only = metafunc.definition.get_closest_marker("perpetual_only") is not None
        places = [place for place in PLACES if place.is_perpetual or not is_perpetual_only]
        metafunc.parametrize("place", places, ids=lambda place: place.title.replace(" ", "-"), scope="session")


@pytest.fixture(scope="session")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Witness]:
    process = start_paper_exchange(tmp_path_factory.mktemp("venues"), seed=11)
    yield Witness(process.base_url)
    process.stop()


@pytest.fixture
def place_desk(place: Place, witness: Witness, settings: Settings, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """Our client on one place; no fault is in force before and after."""
    settings.VENUE_TIMEOUT_SECONDS = TIMEOUT_SECONDS
    settings.PAPER_EXCHANGE_URL = witness.base_url
    request.getfixturevalue("redis")
    yield make_desk(place, witness)
    witness.clear()


@pytest.fixture(scope="module", autouse=True)
def close_session() -> Iterator[None]:
    """Clients are kept from test to test, as in a worker."""
    yield
    session.close()


def make_desk(place: Place, witness: Witness) -> Desk:
    """Return a client made from an unsaved row, as the registry makes it from a saved one."""
    fees = {"maker_fee_bps": Decimal(10), "taker_fee_bps": Decimal(10)}
    client = registry.client(Venue(name=place.venue, title=place.venue.title(), ccxt_id=place.venue, mode="paper", **fees))
    listings = {listing.symbol: listing for listing in session.run(client.listings(), 10)}
    return Desk(place=place, client=client, listing=listings[place.symbol], witness=witness)
