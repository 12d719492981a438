"""The fault matrix of streams: no crossed or gapped book is ever shown, and what traded is known in the end."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from pytest_django import Settings

from execution.domain.venue_orders import NewOrder
from tests.venues.conftest import make_desk
from tests.venues.places import PLACES, Place, Witness
from tests.venues.streams import Streams, running
from tests.venues.test_request_faults import run_cells
from tests.venues.trading import Desk, acknowledged, is_the_venues_book, told_of
from tests.waiting import wait_until

pytestmark = pytest.mark.matrix("faults")


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamCase:
    """One fault of the streams. `is_noticed`: by the end of the connection, or of the book; `is_told`: the stream, or what is
    fetched after it is back, tells of the trades; otherwise the look-up does that every live order gets.
    """

    words: str
    fault: str
    asked: dict[str, Any] = field(default_factory=dict)
    is_noticed: bool = False
    is_told: bool = True
    places: tuple[Place, ...] = PLACES

    @property
    def title(self) -> str:
        return f"stream: {self.words}"


CASES = (
    StreamCase(words="connection cut", fault="disconnect", is_noticed=True),
    StreamCase(words="market data falls silent", fault="silent", asked={"seconds": 60, "stream": "public"}, is_noticed=True),
    StreamCase(words="account stream falls silent", fault="silent", asked={"seconds": 60, "stream": "private"}, is_told=False),
    StreamCase(words="frames missing", fault="gap", asked={"count": 30, "stream": "public"}, is_noticed=True),
    StreamCase(words="account frames missing", fault="gap", asked={"count": 2, "stream": "private"}, is_told=False),
    StreamCase(words="frames doubled", fault="duplicate", asked={"count": 20}),
    StreamCase(words="frames out of order", fault="out_of_order", asked={"count": 5}),
    StreamCase(words="book crossed", fault="crossed", asked={"seconds": 60}, is_noticed=True),
    StreamCase(words="venue down", fault="down", asked={"seconds": 60}, is_noticed=True),
)


@pytest.fixture
def desks(witness: Witness, settings: Settings, request: pytest.FixtureRequest) -> Iterator[dict[Place, Desk]]:
    settings.VENUE_TIMEOUT_SECONDS = 10.0
    settings.PAPER_EXCHANGE_URL = witness.base_url
    request.getfixturevalue("redis")
    yield {place: make_desk(place, witness) for place in PLACES}
    witness.clear()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_stream(case: StreamCase, desks: dict[Place, Desk], request: pytest.FixtureRequest) -> None:
    def cell(desk: Desk) -> str:
        with running(desk.place) as streams:
            noticed = _notices(streams)
            desk.witness.fault(desk.place.venue, case.fault, **_asked(case, desk))
            order = desk.order(price=None)
            if case.fault != "down":
                acknowledged(desk.send(order))
            if case.is_noticed:
                wait_until(lambda: _notices(streams) != noticed)
            desk.witness.clear(desk.place.venue)
            trades = set(desk.witness.trades(desk.place.venue, order.client_order_id))
            if trades:
                wait_until(lambda: _are_known(streams, desk, order, trades, is_told=case.is_told))
            wait_until(lambda: is_the_venues_book(streams, desk))
            assert streams.market.crossed == []
        return f"book whole again; fills {'told' if case.is_told else 'looked up'}" if trades else "book whole again"

    run_cells(case, desks, cell, request)


def _asked(case: StreamCase, desk: Desk) -> dict[str, Any]:
    return {**case.asked, "symbol": desk.place.symbol} if case.fault == "crossed" else case.asked


def _notices(streams: Streams) -> tuple[int, int, int]:
    """Return what moves when something is found to be wrong with the market stream."""
    return streams.tally.gaps, streams.tally.crossed, streams.tally.connections


def _are_known(streams: Streams, desk: Desk, order: NewOrder, trades: set[str], *, is_told: bool) -> bool:
    if is_told:
        return told_of(streams, desk, order, trades)
    return {execution.trade_id for execution in acknowledged(desk.lookup(order)).executions} == trades
