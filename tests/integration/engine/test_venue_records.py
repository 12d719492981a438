"""What the desk's own orders say of a venue, counted on a real database."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dipmaster import seeds
from dipmaster.accounts.models import User
from execution.domain.lifecycle import ChildState
from execution.domain.venue_record import VenueRecord
from execution.market.volumes import Market
from execution.models import ChildOrder, Instrument, ParentOrder, Slice, Venue
from execution.selectors import venue_records as records
from execution.selectors.venue_records import COUNTED_AGAIN, KEPT, NEWEST_ORDERS, RECORDS, penalties_of, venue_records
from execution.venues.protocol import NOT_SENT
from tests.integration.known_market import trade_for_hours

pytestmark = pytest.mark.django_db
D = Decimal
NOW = datetime.now(UTC)
Add = Callable[..., None]


@pytest.fixture
def add() -> Add:
    """Adds orders at Binance that filled whole in 90 ms, with changes."""
    seeds.make_venues()
    seeds.make_users()
    trader = User.objects.get(username=seeds.TRADER)
    instrument = Instrument.objects.get(symbol="BTCUSDT")
    parent = ParentOrder.objects.create(
        desk=trader.desk,
        trader=trader,
        instrument=instrument,
        client_order_id="records",
        request_hash="-",
        side="buy",
        quantity=D(1),
        algorithm="twap",
        start_at=NOW,
        end_at=NOW + timedelta(minutes=1),
        decision_mid=D(50_000),
        created_at=NOW,
    )
    part = Slice.objects.create(parent=parent, number=1, quantity=D(1), start_at=NOW, end_at=NOW + timedelta(minutes=1))
    venues = {venue.name: venue for venue in Venue.objects.all()}

    def write(count: int = 1, *, venue: str = "binance", delay: float | None = 0.09, **changes: Any) -> None:
        begin = ChildOrder.objects.count()
        decided = changes.pop("decided_at", NOW - timedelta(minutes=1))
        fields: dict[str, Any] = {
            "slice": part,
            "parent": parent,
            "venue": venues[venue],
            "order_type": "limit",
            "time_in_force": "IOC",
            "price": D(50_000),
            "quantity": D("0.01"),
            "filled_quantity": D("0.01"),
            "state": ChildState.FILLED,
            "reason": "-",
            "mid_at_decision": D(50_000),
            "decided_at": decided,
            "acknowledged_at": None if delay is None else decided + timedelta(seconds=delay),
            "ended_at": decided + timedelta(seconds=1),
        } | changes
        ChildOrder.objects.bulk_create(
            ChildOrder(number=number, client_order_id=f"r{number}", **fields) for number in range(begin + 1, begin + count + 1)
        )

    return write


def test_a_venue_without_orders_has_no_record(add: Add) -> None:
    assert venue_records(NOW) == {}
    assert penalties_of([], NOW).of("binance", Market(instrument_id=1, venue_ids=frozenset({1})), timedelta(0)) is None


def test_delays_rejections_and_fills_are_counted_by_venue(add: Add) -> None:
    add(3)
    add(1, delay=0.25, filled_quantity=D("0.0025"), state=ChildState.CANCELLED)
    add(1, delay=None, filled_quantity=D(0), state=ChildState.REJECTED, refusal_code="-2010")
    add(2, venue="okx", delay=0.16, time_in_force="PO")
    found = venue_records(NOW)
    assert found.keys() == {"binance", "okx"}
    assert found["binance"] == VenueRecord(
        orders=5, acknowledged=4, root_delays=pytest.approx(3 * 0.3 + 0.5), takers=5, rejected=1, fill_shares=3.25
    )
    assert found["okx"] == VenueRecord(orders=2, acknowledged=2, root_delays=pytest.approx(2 * 0.4), takers=0, rejected=0, fill_shares=0)


def test_what_was_never_sent_and_what_is_not_known_yet_says_nothing(add: Add) -> None:
    add(1, delay=None, state=ChildState.REJECTED, refusal_code=NOT_SENT, filled_quantity=D(0))
    add(1, delay=None, state=ChildState.UNKNOWN, ended_at=None, filled_quantity=D(0))
    add(1, decided_at=NOW - KEPT - timedelta(seconds=1))
    assert venue_records(NOW) == {}


def test_a_surplus_is_no_better_than_a_whole_fill_and_clocks_that_run_back_no_delay(add: Add) -> None:
    add(1, delay=-0.5, filled_quantity=D("0.02"))
    assert venue_records(NOW)["binance"] == VenueRecord(orders=1, acknowledged=1, root_delays=0.0, takers=1, rejected=0, fill_shares=1.0)


def test_only_the_newest_orders_count(add: Add) -> None:
    add(NEWEST_ORDERS, state=ChildState.REJECTED, delay=None, filled_quantity=D(0), decided_at=NOW - timedelta(hours=1))
    add(NEWEST_ORDERS)
    assert venue_records(NOW)["binance"].rejected == 0
    assert venue_records(NOW)["binance"].orders == NEWEST_ORDERS


def test_orders_are_counted_once_in_a_quarter_of_a_minute(add: Add) -> None:
    RECORDS.of(NOW)
    add(1)
    with CaptureQueriesContext(connection) as asked:
        assert RECORDS.of(NOW + COUNTED_AGAIN / 2) == {}
    assert not asked.captured_queries
    assert RECORDS.of(NOW + COUNTED_AGAIN)["binance"].orders == 1
    assert RECORDS.of(NOW - timedelta(hours=1))["binance"].orders == 1, "a clock that was set back is no reason to keep a count for ever"


def test_a_slow_venue_and_one_that_misses_cost_more_where_volatility_is_known(add: Add) -> None:
    trade_for_hours("BTCUSDT")
    instrument = Instrument.objects.get(symbol="BTCUSDT")
    market = Market(instrument_id=instrument.pk, venue_ids=frozenset(Venue.objects.values_list("pk", flat=True)))
    add(200, delay=0.05)
    add(200, venue="okx", delay=0.8)
    add(200, venue="bybit", delay=0.05, filled_quantity=D("0.005"), state=ChildState.CANCELLED)
    found = penalties_of([market], datetime.now(UTC))
    cost = {name: found.of(name, market, timedelta(0)) for name in ("binance", "okx", "bybit", "coinbase")}
    assert all(cost.values())
    totals = {name: one.total_bps for name, one in cost.items() if one}
    assert totals["binance"] == min(totals.values())
    assert min(totals.values()) > 0
    okx, bybit, binance = cost["okx"], cost["bybit"], cost["binance"]
    assert okx and bybit and binance
    assert okx.delay_bps > 2 * binance.delay_bps
    assert bybit.miss_bps > 3 * binance.miss_bps
    assert totals["binance"] < totals["coinbase"] < max(totals.values()), "a venue without orders is expected to do as all do"
    aged = found.of("binance", market, timedelta(seconds=1))
    assert aged is not None
    assert aged.staleness_bps > 0


def test_the_count_reads_an_index_and_no_more_than_it_needs(add: Add) -> None:
    add(3 * NEWEST_ORDERS)
    add(10, venue="okx")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE execution_childorder")
        values = {"newest": NEWEST_ORDERS, "since": NOW - KEPT, "not_sent": NOT_SENT}
        cursor.execute("EXPLAIN " + records._COUNT, values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "children_of_a_venue" in plan
