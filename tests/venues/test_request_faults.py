"""The fault matrix of requests: what went wrong is classified, nothing is sent twice, and no fill is lost."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from pytest_django import Settings

from execution.domain.venue_orders import (
    Acknowledged,
    CancelOutcome,
    LookupOutcome,
    NewOrder,
    NotFound,
    PlaceOutcome,
    Rejected,
    TimeInForce,
    Unknown,
    VenueOrderStatus,
)
from execution.market.connection import redis
from execution.venues.ccxt.requests import NO_ROOM
from tests.venues.conftest import make_desk
from tests.venues.fault_cases import CANCELS, CREATES, QUERIES, Case
from tests.venues.places import PLACES, Place, Witness
from tests.venues.trading import SETTLED_SECONDS, Desk, acknowledged
from tests.waiting import wait_until

pytestmark = pytest.mark.matrix("faults")
Outcome = PlaceOutcome | CancelOutcome | LookupOutcome
TIMEOUT_SECONDS = 3.0


@pytest.fixture
def desks(witness: Witness, settings: Settings, request: pytest.FixtureRequest) -> Iterator[dict[Place, Desk]]:
    settings.VENUE_TIMEOUT_SECONDS = TIMEOUT_SECONDS
    settings.PAPER_EXCHANGE_URL = witness.base_url
    request.getfixturevalue("redis")
    yield {place: make_desk(place, witness) for place in PLACES}
    witness.clear()


@pytest.mark.parametrize("case", CREATES, ids=lambda case: case.title)
def test_create(case: Case, desks: dict[Place, Desk], request: pytest.FixtureRequest) -> None:
    def cell(desk: Desk) -> str:
        order = desk.order()
        outcome = under_fault(case, desk, lambda: desk.send(order))
        assert isinstance(outcome, case.outcomes), outcome
        was_there = bool(desk.witness.orders(desk.place.venue, order.client_order_id))
        assert not (isinstance(outcome, Rejected) and was_there), "a rejected order lives"
        return f"{word(outcome)}; {settle(desk, order)}"

    run_cells(case, desks, cell, request)


@pytest.mark.parametrize("case", CANCELS, ids=lambda case: case.title)
def test_cancel(case: Case, desks: dict[Place, Desk], request: pytest.FixtureRequest) -> None:
    def cell(desk: Desk) -> str:
        order = desk.order(price="0.99", time_in_force=TimeInForce.GTC)
        sent = acknowledged(desk.send(order))
        outcome = under_fault(case, desk, lambda: desk.cancel(order, sent.venue_order_id))
        assert isinstance(outcome, case.outcomes), outcome
        return f"{word(outcome)}; {settle(desk, order)}"

    run_cells(case, desks, cell, request)


@pytest.mark.parametrize("case", QUERIES, ids=lambda case: case.title)
def test_query(case: Case, desks: dict[Place, Desk], request: pytest.FixtureRequest) -> None:
    """A query changes nothing: while it fails nothing is proven, afterwards everything is found."""

    def cell(desk: Desk) -> str:
        if case.fault == "forgotten":
            order = desk.order()
            desk.witness.fault(desk.place.venue, case.fault, **case.asked)
            acknowledged(desk.send(order))
            outcome = desk.lookup(order)
            desk.witness.clear(desk.place.venue)
        else:
            order = desk.order()
            acknowledged(desk.send(order))
            outcome = under_fault(case, desk, lambda: desk.lookup(order))
        assert isinstance(outcome, case.outcomes), outcome
        return f"{word(outcome)}; {settle(desk, order)}"

    run_cells(case, desks, cell, request)


@pytest.mark.parametrize(
    "case",
    [Case(operation="query", words="position drifts", fault="position_drift", outcomes=(Acknowledged,))],
    ids=lambda case: case.title,
)
def test_drift(case: Case, desks: dict[Place, Desk], request: pytest.FixtureRequest) -> None:
    """A venue that tells a wrong position or balance is believed about that alone: what was executed comes from its trades."""
    drift = 7

    def cell(desk: Desk) -> str:
        order = desk.order()
        acknowledged(desk.send(order))
        desk.ended(order)
        before = desk.held()
        desk.witness.fault(desk.place.venue, case.fault, symbol=desk.place.symbol, lots=drift, seconds=3600)
        try:
            assert desk.held() == before + drift * desk.listing.lot
            outcome = desk.lookup(order)
        finally:
            desk.witness.clear(desk.place.venue)
        assert isinstance(outcome, case.outcomes), outcome
        assert desk.held() == before
        return f"{word(outcome)}; {settle(desk, order)}"

    run_cells(case, desks, cell, request)


def under_fault(case: Case, desk: Desk, call: Callable[[], Outcome]) -> Outcome:
    """Make a call while the fault is in force."""
    desk.witness.fault(desk.place.venue, case.fault, **case.asked_of(desk.place.venue))
    try:
        outcome = call()
        if case.fault == "rate_limit":
            again = [call() for _ in range(3)]  # who goes on asking is banned
            assert all(isinstance(one, Unknown) or _was_held_back(one) for one in again), again
        return outcome
    finally:
        desk.witness.clear(desk.place.venue)


def _was_held_back(outcome: Outcome) -> bool:
    """Tell whether our own budget kept the request here, as it must after a rate limit."""
    return isinstance(outcome, Rejected) and outcome.code == NO_ROOM


def settle(desk: Desk, order: NewOrder) -> str:
    """Look the order up without the fault until we know what the venue knows; return it in a word."""
    truth = desk.witness.orders(desk.place.venue, order.client_order_id)
    assert len(truth) <= 1, "placed twice"
    if not truth:
        wait_until(lambda: isinstance(desk.lookup(order), NotFound), SETTLED_SECONDS)
        return "not there"
    found = desk.wait_for(order, lambda one: one.filled_quantity == Decimal(desk.witness.order(*_name(desk, order))["executed"]))
    desk.assert_agrees(order, found)
    if found.status is VenueOrderStatus.OPEN:
        desk.cancel(order, found.venue_order_id)
        desk.ended(order)
    return f"found {found.status.value}" + (" in part" if 0 < found.filled_quantity < order.quantity else "")


def _name(desk: Desk, order: NewOrder) -> tuple[str, str]:
    return desk.place.venue, order.client_order_id


def word(outcome: Outcome) -> str:
    if isinstance(outcome, Acknowledged):
        return "acknowledged"
    if isinstance(outcome, Rejected):
        return f"rejected {outcome.code}"
    return "unknown" if isinstance(outcome, Unknown) else "not found"


def run_cells(case: Case, desks: dict[Place, Desk], cell: Callable[[Desk], str], request: pytest.FixtureRequest) -> None:
    """Run a row's cells, different venues at the same time; one that fails fails the row and is named."""

    def run(venue: str) -> dict[str, str | Exception]:
        found: dict[str, str | Exception] = {}
        for place, desk in desks.items():
            if place.venue == venue:
                redis().delete(f"budget:blocked:{venue}")  # what the cell before was told to wait is not for this one
                try:
                    found[place.title] = cell(desk)
                except Exception as error:  # noqa: BLE001 - collected: the other cells tell too
                    found[place.title] = error
        return found

    venues = list(dict.fromkeys(place.venue for place in desks))
    with ThreadPoolExecutor(len(venues)) as threads:
        results = {title: words for part in threads.map(run, venues) for title, words in part.items()}
    failed = {title: error for title, error in results.items() if isinstance(error, Exception)}
    if failed:
        raise ExceptionGroup(f"{case.title}: {', '.join(failed)}", list(failed.values()))
    request.node.user_properties.append(("cells", results))
