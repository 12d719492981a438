"""Building reports: one computation, once per version, in a fixed number of queries."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from redis import Redis

from analytics import tasks
from analytics.domain.benchmarks import BenchmarkName
from analytics.models import Report
from analytics.services import reports
from analytics.services.reports import BARS_SETTLE, NoReport, canonical, content_from
from dipmaster.accounts.models import User
from dipmaster.domain.fills import Execution
from dipmaster.domain.sides import Side
from execution.models import Bar, ParentOrder, Venue
from execution.services import executions
from risk.models import Violation
from tests.integration.analytics.finished import END, MID, NOW, TRADES, Trade, after, finished_order

Build = Callable[[ParentOrder], Report]
D = Decimal
MIDNIGHT = END.replace(hour=0, minute=0) + timedelta(days=1)


def test_the_shortfall_of_a_known_order_is_what_a_pencil_gives(order: ParentOrder, build: Build) -> None:
    found = content_from(build(order)).shortfall
    assert found.delay == D("0.5") * 5
    assert found.spread == D("-0.15") / 2 + D("-0.15") / 4 + D("0.1") / 2 + D("0.08")
    assert found.drift == D("0.15") / 2 + D("0.15") * D("4.25") + D("0.1") * D("6.5") + D("0.08") * 9
    assert found.opportunity == D("0.02") * D("9.5")
    assert found.fees == D("28.8021")
    assert found.total == D("2.5") + D("0.48") * D("4.375") + D("0.19") + D("28.8021")
    assert found.missing == ()


def test_benchmarks_come_from_the_bars_of_the_orders_time(order: ParentOrder, build: Build) -> None:
    content = content_from(build(order))
    others = MID + D("5.95")  # the others trade evenly while the mid rises from 0 to 11.9
    assert content.benchmark(BenchmarkName.VWAP).price == others
    assert content.benchmark(BenchmarkName.TWAP).price == others
    ours = sum((D(trade.price) * D(trade.quantity) for trade in TRADES), D(0))
    with_own = content.benchmark(BenchmarkName.VWAP_WITH_OWN).price
    assert with_own is not None
    assert with_own == pytest.approx((240 * others + ours) / D("240.48"), abs=D("1e-9"))


def test_building_again_changes_nothing(order: ParentOrder, build: Build) -> None:
    first = build(order)
    again = reports.build(order_id=order.pk, now=NOW + timedelta(minutes=5))
    assert (again.pk, again.sha256, again.computed_at) == (first.pk, first.sha256, first.computed_at)


def test_the_hash_covers_the_stored_content(order: ParentOrder, build: Build) -> None:
    build(order)
    stored = Report.objects.get(parent=order)
    assert hashlib.sha256(canonical(stored.content).encode()).hexdigest() == stored.sha256


def test_a_late_fill_makes_the_report_new(order: ParentOrder, build: Build) -> None:
    first = build(order)
    child = order.children.earliest("pk")
    late = Execution(
        venue=child.venue.name,
        symbol=order.instrument.symbol,
        trade_id="late",
        client_order_id=child.client_order_id,
        venue_order_id=child.venue_order_id,
        side=Side.BUY,
        price=MID,
        quantity=D("0.01"),
        fee=D(0),
        fee_currency="USDT",
        is_maker=True,
        traded_at=END,
    )
    assert executions.record([late], NOW).new == 1
    again = reports.build(order_id=order.pk, now=NOW + timedelta(minutes=5))
    assert again.pk == first.pk
    assert again.order_version > order.version
    assert sum(each.priced.quantity for each in content_from(again).fills) == sum(D(trade.quantity) for trade in TRADES) + D("0.01")


def of_an_older_schema(content: dict[str, Any]) -> dict[str, Any]:
    return content | {"schema": "0"}


def without_what_was_added_since(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != "shortfall"}


@pytest.mark.parametrize("as_stored_then", [of_an_older_schema, without_what_was_added_since])
def test_a_stored_content_that_this_version_cannot_read_is_computed_again(
    order: ParentOrder, build: Build, as_stored_then: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    built = build(order)
    expected = content_from(built)
    Report.objects.update(content=as_stored_then(built.content), sha256="of the older content")
    stale = Report.objects.get()
    assert content_from(stale) == expected
    stored = Report.objects.get()
    assert (stored.sha256, stale.sha256, stored.computed_at) == (built.sha256, built.sha256, built.computed_at)


def test_the_page_of_a_report_of_an_older_schema_opens(order: ParentOrder, build: Build, trader: User) -> None:
    built = build(order)
    Report.objects.update(content={"schema": "0"}, sha256="of the older content")
    client = Client()
    client.force_login(trader)
    answer = client.get(f"/orders/{order.pk}/tca/")
    assert answer.status_code == 200
    assert Report.objects.get().sha256 == built.sha256


def test_an_order_that_works_has_no_report(seeded: None, trader: User, build: Build) -> None:
    with pytest.raises(NoReport, match="working"):
        build(finished_order(trader, state="working", completed_at=None, end_mid=None))


def test_a_refused_order_has_no_report(seeded: None, trader: User, build: Build) -> None:
    with pytest.raises(NoReport, match="rejected"):
        build(finished_order(trader, trades=(), state="rejected", arrival_mid=None, started_at=None))


def test_an_order_cancelled_before_it_began_says_what_is_missing(seeded: None, trader: User, build: Build) -> None:
    content = content_from(build(finished_order(trader, trades=(), state="cancelled", arrival_mid=None, started_at=None)))
    missing = {each.figure for each in content.missing}
    assert {"shortfall.delay", "benchmarks.arrival", "benchmarks.interval_vwap", "latency_ms"} <= missing
    assert content.shortfall.total == D("0.5") * D("14.5")
    assert content.fill_rate == 0


def test_a_record_without_our_own_trades_gives_no_vwap(order: ParentOrder, build: Build) -> None:
    Bar.objects.filter(venue__name="okx").update(volume=0, notional=0)
    content = content_from(build(order))
    assert content.benchmark(BenchmarkName.VWAP).price is None
    assert any("okx" in each.reason for each in content.missing if each.figure == "benchmarks.interval_vwap")


def test_seconds_without_a_book_are_named(order: ParentOrder, build: Build) -> None:
    Bar.objects.filter(at__gte=after(30), at__lt=after(40)).update(bid=None, ask=None)
    content = content_from(build(order))
    assert content.market is not None
    assert content.market.seconds_with_mid == 110
    assert any(each.figure == "market.mids" and "10 of 120" in each.reason for each in content.missing)


def test_a_fee_in_a_third_currency_leaves_the_total_unknown(seeded: None, trader: User, build: Build) -> None:
    trades = (*TRADES[:3], Trade(at=119, venue="okx", price="60010.00", quantity="0.08", mid="60009.00", fee_quote="third"))
    content = content_from(build(finished_order(trader, trades=trades)))
    assert content.shortfall.total is None
    assert content.profit.realized is None
    assert {"shortfall.fees", "shortfall.total"} <= {each.figure for each in content.missing}


def test_violations_of_the_order_are_in_its_report(order: ParentOrder, build: Build) -> None:
    fields = {"desk": order.desk, "at": after(3), "symbol": "BTCUSDT", "reason": "too far from the mid"}
    Violation.objects.create(**fields, code="PRICE_COLLAR", order_reference=order.reference, child_reference="C-1-01")
    Violation.objects.create(**fields, code="PRICE_COLLAR", order_reference="P-999999")
    assert [each.child for each in content_from(build(order)).violations] == ["C-1-01"]


def test_a_thousand_fills_take_as_many_queries_as_four(seeded: None, trader: User) -> None:
    many = tuple(Trade(at=number * 0.119, venue="okx", price="60001.00", quantity="0.0005", mid="60001") for number in range(1000))
    counts = []
    for order in (finished_order(trader), finished_order(trader, trades=many)):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            reports.build(order_id=order.pk, now=NOW)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_the_close_is_pending_until_midnight(order: ParentOrder, build: Build) -> None:
    close = content_from(build(order)).benchmark(BenchmarkName.CLOSE)
    assert (close.price, close.pending_until) == (None, MIDNIGHT)


def test_after_midnight_the_report_is_computed_again_with_the_close(order: ParentOrder, build: Build) -> None:
    build(order)
    venue = Venue.objects.get(name="okx")
    Bar.objects.create(venue=venue, instrument=order.instrument, at=MIDNIGHT - timedelta(seconds=2), bid=D(60999), ask=D(61001))
    known_at = MIDNIGHT + BARS_SETTLE
    assert list(reports.due(known_at - timedelta(seconds=1))) == []
    assert list(reports.due(known_at)) == [order]
    close = content_from(reports.build(order_id=order.pk, now=known_at)).benchmark(BenchmarkName.CLOSE)
    assert (close.price, close.pending_until) == (D(61000), None)
    assert list(reports.due(known_at + timedelta(days=3))) == []


def test_a_close_without_a_recorded_book_stays_unknown(order: ParentOrder) -> None:
    content = content_from(reports.build(order_id=order.pk, now=MIDNIGHT + timedelta(hours=1)))
    assert content.benchmark(BenchmarkName.CLOSE).price is None
    assert any(each.figure == "benchmarks.market_close" and "minute before" in each.reason for each in content.missing)


def test_the_sweep_finds_finished_orders_without_a_report(order: ParentOrder, trader: User, build: Build) -> None:
    finished_order(trader, trades=(), state="rejected", arrival_mid=None, started_at=None)
    finished_order(trader, state="working", completed_at=None, end_mid=None)
    assert list(reports.due(END)) == []  # the last trades are not stored yet
    assert list(reports.due(NOW)) == [order]
    build(order)
    assert list(reports.due(NOW)) == []
    ParentOrder.objects.filter(pk=order.pk).update(version=order.version + 1)
    assert list(reports.due(NOW)) == [order]


def test_the_task_builds_the_report_of_an_order_that_ended_a_while_ago(order: ParentOrder) -> None:
    tasks.build_report(order.pk)
    assert Report.objects.get(parent=order).order_version == order.version


def test_the_task_waits_until_the_last_trades_are_stored(seeded: None, trader: User, redis: Redis) -> None:
    order = finished_order(trader, completed_at=datetime.now(UTC))
    tasks.build_report(order.pk)
    assert not Report.objects.exists()
    assert redis.llen("reports") == 1


def test_the_sweep_queues_what_is_missing(order: ParentOrder, build: Build, redis: Redis) -> None:
    tasks.build_missing_reports()
    assert redis.llen("reports") == 1
