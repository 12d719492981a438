"""The venues page, and what other pages say of a venue that does not serve."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from redis import Redis
from rest_framework.test import APIClient

from dipmaster.accounts.models import User
from dipmaster.domain.books import Book
from execution.domain.health import ClockOffset, Health, HealthState
from execution.domain.streams import StreamState, StreamStatus
from execution.domain.venue_orders import VenuePosition
from execution.market import books, health, status
from execution.models import ChildOrder, Instrument, ParentOrder, Venue
from execution.selectors.knowledge import ACTIVITIES
from execution.selectors.venue_records import RECORDS
from execution.venues import budget
from tests.integration.analytics.finished import finished_order
from tests.integration.known_market import trade_for_hours
from tests.integration.web.conftest import write_books

D = Decimal
POSITION = VenuePosition(symbol="BTCUSDT-PERP", quantity=D("-0.5"), entry_price=D(60000), leverage=D(3), unrealised=D("-12.5"))


def judge(name: str, state: HealthState, reason: str = "", *, age: timedelta = timedelta(0), **figures: float) -> None:
    now = datetime.now(UTC) - age
    judged = health.VenueHealth(
        health=Health(state=state, since=now, reason=reason), figures=msgspec.convert(figures, health.Figures), at=now
    )
    health.write_states(health.read_states() | {name: judged})


def stream(redis: Redis, venue: str, symbol: str, age: float) -> None:
    """Have the feed tell of a book that is so many seconds old."""
    at = datetime.now(UTC) - timedelta(seconds=age)
    counts = dict.fromkeys(("frames", "gaps", "resyncs", "crossed", "connections"), 7)
    one = StreamStatus(venue=venue, symbol=symbol, state=StreamState.LIVE, frame_at=at, book_at=at, **counts)
    redis.hset(status.KEY, f"{venue}:{symbol}", msgspec.msgpack.encode(one))
    books.write(Book(venue=venue, symbol=symbol, bids=(), asks=(), received_at=at))


def card(browser: Client, name: str) -> str:
    """Return a venue's card as words."""
    html = browser.get("/venues/").content.decode()
    section = html.partition(f'id="venue-{name}"')[2].partition("</section>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", section))


def test_a_venue_shows_its_state_with_the_reason(browser: Client) -> None:
    judge("okx", HealthState.DOWN, "no market data for more than 10 s")
    shown = card(browser, "okx")
    assert "Down" in shown
    assert "No market data for more than 10 s." in shown


def test_figures_that_were_measured_are_shown(browser: Client) -> None:
    judge("okx", HealthState.UP, calls=112, unknown=9, placements=50, rejects=0, latency_p50_ms=61.4, latency_p95_ms=94.0)
    shown = card(browser, "okx")
    for words in ("Ack p50 61 ms", "Ack p95 94 ms", "Unproven 8.0 %, 9 of 112", "Rejected 0.0 %, 0 of 50"):
        assert words in shown


def test_figures_that_were_not_measured_are_dashes_and_never_nought(browser: Client) -> None:
    judge("okx", HealthState.UP)
    shown = card(browser, "okx")
    for words in ("Ack p50 – ms", "Ack p95 – ms", "Oldest book –", "Clock – ms", "Unproven – %", "Rejected – %"):
        assert words in shown
    assert "Balances not read" in shown


def test_without_a_feed_nobody_knows_and_the_page_says_so(browser: Client) -> None:
    judge("okx", HealthState.UP, age=timedelta(minutes=5), latency_p50_ms=61.4)
    shown = card(browser, "okx")
    assert "Not known" in shown
    assert "the feed does not run. It was up at" in shown
    assert "Ack p50 – ms" in shown


def test_a_venue_that_is_switched_off_says_so_whatever_was_judged(browser: Client) -> None:
    judge("okx", HealthState.DOWN, "no market data for more than 10 s")
    Venue.objects.filter(name="okx").update(is_enabled=False)
    shown = card(browser, "okx")
    assert "Switched off" in shown
    assert "Down" not in shown


def test_the_oldest_book_counts_and_a_missing_one_is_told(browser: Client, redis: Redis) -> None:
    symbols = list(Instrument.objects.filter(is_enabled=True, listings__venue__name="okx").values_list("symbol", flat=True))
    for number, symbol in enumerate(symbols):
        stream(redis, "okx", symbol, age=0.2 + 10 * number)
    oldest = 0.2 + 10 * (len(symbols) - 1)
    shown = card(browser, "okx")
    assert float(re.search(r"Oldest book ([\d.]+) s", shown)[1]) >= round(oldest, 1)  # type: ignore[index]
    assert f"1 of {len(symbols)} fresh" in shown
    redis.delete(books.key_of("okx", symbols[0]))
    assert "Oldest book –" in card(browser, "okx")


def test_clock_rate_and_fees_are_shown(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(budget.PUBLISHED, "okx", budget.Limit(weight=100, window_seconds=60))
    budget._take("okx", budget.Kind.PLACE, 25)
    health.write_clock("okx", health.Clock(offset=ClockOffset(milliseconds=-12.4, uncertainty_ms=3.2), at=datetime.now(UTC)))
    Venue.objects.filter(name="okx").update(maker_fee_bps=8, taker_fee_bps=10, perpetual_maker_fee_bps=D("-0.5"), perpetual_taker_fee_bps=5)
    shown = card(browser, "okx")
    for words in ("Clock −12 ± 3 ms", "Rate used 25 %", "Fees 8 / 10 bps perp −0.5 / 5"):
        assert words in shown


def test_balances_and_positions_are_shown_with_their_age(browser: Client) -> None:
    at = datetime.now(UTC) - timedelta(seconds=40)
    health.write_account("okx", health.Account(balances={"USDT": D("1000.25"), "BTC": D(2)}, positions=(POSITION,), at=at))
    shown = card(browser, "okx")
    assert re.search(r"Balances 2, read 4\d s ago", shown)
    assert "USDT 1,000.25" in shown
    assert "BTCUSDT-PERP −0.5 60,000 3 −12.50" in shown


def test_an_account_that_could_not_be_read_says_why(browser: Client) -> None:
    health.write_account_failure("okx", "RequestTimeout: <no answer>")
    assert "Not read again: RequestTimeout: &lt;no answer&gt;" in card(browser, "okx")


def test_a_held_state_says_when_it_ends(browser: Client) -> None:
    now = datetime.now(UTC)
    held = Health(state=HealthState.DEGRADED, since=now, reason="its clock is off by +3.0 s", bad_at=now - timedelta(seconds=10))
    health.write_states({"okx": health.VenueHealth(health=held, figures=health.Figures(), at=now)})
    assert f"Quiet now; better from {now + timedelta(seconds=20):%H:%M:%S} if it stays so." in card(browser, "okx")


def test_the_page_takes_the_same_queries_however_many_venues(browser: Client) -> None:
    def queries() -> int:
        RECORDS.forget()
        with CaptureQueriesContext(connection) as captured:
            browser.get("/venues/", headers={"HX-Request": "true"})
        return len(captured)

    before = queries()
    Venue.objects.create(name="htx", title="HTX", ccxt_id="htx", maker_fee_bps=20, taker_fee_bps=20)
    assert queries() == before


def test_htmx_gets_the_cards_alone(browser: Client) -> None:
    shown = browser.get("/venues/", headers={"HX-Request": "true"}).content.decode()
    assert 'id="venue-okx"' in shown
    assert "<html" not in shown


def test_who_is_not_signed_in_sees_nothing(client: Client, db: None) -> None:
    assert client.get("/venues/").status_code == 302


def test_who_belongs_to_no_desk_sees_no_accounts(browser: Client, trader: User) -> None:
    User.objects.filter(pk=trader.pk).update(desk=None)
    shown = browser.get("/venues/").content.decode()
    assert "You belong to no desk" in shown
    assert "venue-okx" not in shown


def test_only_staff_is_led_to_the_administration(browser: Client, trader: User) -> None:
    assert "/admin/execution/venue/" not in browser.get("/venues/").content.decode()
    User.objects.filter(pk=trader.pk).update(is_staff=True)
    assert "/admin/execution/venue/" in browser.get("/venues/").content.decode()


def test_no_page_holds_keys(browser: Client) -> None:
    assert "paper-secret" not in browser.get("/venues/").content.decode()


def book_of(browser: Client, order: ParentOrder) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", browser.get(f"/orders/{order.pk}/book/").content.decode()))


def test_the_order_page_tells_a_venue_that_is_down_from_one_that_is_switched_off(
    browser: Client, order: Callable[..., ParentOrder]
) -> None:
    placed = order()
    judge("okx", HealthState.DOWN, "no market data for more than 10 s")
    Venue.objects.filter(name="bybit").update(is_enabled=False)
    shown = book_of(browser, placed)
    assert "OKX down" in shown
    assert "Bybit switched off" in shown
    assert "Binance 4" in shown  # its bid follows at once


def test_without_a_fresh_book_the_order_page_says_what_is_wrong_with_its_venues(browser: Client, order: Callable[..., ParentOrder]) -> None:
    placed = order(venues=("okx",))
    write_books(age=timedelta(seconds=30))
    judge("okx", HealthState.DOWN, "no market data for more than 10 s")
    assert "No fresh book OKX: down . Stale books are not traded on; the order waits." in book_of(browser, placed)


def test_the_api_tells_how_a_venue_serves(browser: Client, trader: User) -> None:
    judge("okx", HealthState.DEGRADED, "its clock is off by +1.5 s", calls=4, unknown=1, latency_p50_ms=50.0, latency_p95_ms=90.0)
    api = APIClient()
    api.force_authenticate(trader)
    found = {venue["name"]: venue["health"] for venue in api.get("/api/v1/venues/").json()["results"]}
    assert (found["okx"]["state"], found["okx"]["reason"]) == ("degraded", "its clock is off by +1.5 s")
    assert (found["okx"]["unproven_share"], found["okx"]["latency_p50_ms"], found["okx"]["reject_share"]) == (0.25, 50.0, None)
    assert (found["bybit"]["state"], found["bybit"]["since"], found["bybit"]["clock_offset_ms"]) == ("unknown", None, None)


def test_without_own_orders_nothing_is_said_of_them(browser: Client) -> None:
    shown = card(browser, "okx")
    assert "Own orders none in seven days" in shown
    assert "Nothing was measured here yet" in shown
    assert "Router adds" not in shown


def test_what_own_orders_show_is_told_with_how_many_they_were(browser: Client, trader: User, redis: Redis) -> None:
    finished_order(trader, created_at=datetime.now(UTC))
    ChildOrder.objects.update(decided_at=datetime.now(UTC) - timedelta(minutes=1))
    ChildOrder.objects.update(acknowledged_at=F("decided_at") + timedelta(milliseconds=90), ended_at=F("decided_at") + timedelta(seconds=1))
    ChildOrder.objects.filter(venue__name="okx", time_in_force="IOC").update(filled_quantity=F("quantity") / 2)
    RECORDS.forget()
    shown = card(browser, "okx")
    assert "Own orders the last 2" in shown
    assert "Delay 90 ms 2" in shown
    assert "Turned away 0.0 % 1" in shown
    assert "Filled 50.0 % 1" in shown
    assert "The router adds nothing: no volatility is known yet, or no book." in shown

    trade_for_hours("BTCUSDT")
    ACTIVITIES.forget()
    stream(redis, "okx", "BTCUSDT", age=0.2)
    assert re.search(
        r"Router adds, bps Delay Age Rejects Misses Sum BTCUSDT 0\.\d\d 0\.\d\d 0\.00 [01]\.\d\d [01]\.\d\d", card(browser, "okx")
    )


def test_the_api_tells_the_record_and_the_penalties(browser: Client, trader: User) -> None:
    client = APIClient()
    client.force_authenticate(trader)
    before = {venue["name"]: venue["health"] for venue in client.get("/api/v1/venues/").data["results"]}
    assert (before["okx"]["record"], before["okx"]["penalties"]) == (None, [])
    finished_order(trader, created_at=datetime.now(UTC))
    ChildOrder.objects.update(decided_at=datetime.now(UTC) - timedelta(minutes=1))
    ChildOrder.objects.update(acknowledged_at=F("decided_at") + timedelta(milliseconds=90), ended_at=F("decided_at") + timedelta(seconds=1))
    trade_for_hours("BTCUSDT")
    RECORDS.forget()
    after = {venue["name"]: venue["health"] for venue in client.get("/api/v1/venues/").data["results"]}
    assert after["okx"]["record"] == {
        "orders": 2, "delay_ms": pytest.approx(90),  "acknowledged": 2, "reject_share": 0.0, "takers": 1, "fill_share": 1.0, "arrived": 1,
    }  # fmt: skip
    assert after["bybit"]["record"] is None
    (penalty,) = [one for one in after["bybit"]["penalties"] if one["symbol"] == "BTCUSDT"]
    assert penalty["total_bps"] > 0
    assert penalty["miss_bps"] == 0
