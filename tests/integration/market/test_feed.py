"""The feed against the paper exchange: fresh books and bars, and every execution once, whatever the streams do."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count

import pytest
from django.conf import settings
from django.db import connection

from dipmaster.addresses import BASE_DIR
from dipmaster.domain.books import Level
from dipmaster.domain.sides import Side
from execution.domain.streams import StreamState, StreamStatus
from execution.domain.venue_orders import NewOrder
from execution.market import books, checkpoints, status
from execution.models import Bar, ChildOrder, Fill, Listing, RawFrame, Slice, Venue
from execution.venues import registry, session
from execution.venues.ccxt import market_stream, stream
from execution.venues.protocol import VenueClient
from tests.integration.market.conftest import Faults, RunningFeed, Working
from tests.integration.venues.orders import crossing, resting
from tests.integration.venues.proxy import BackgroundLoop, Proxy
from tests.waiting import PATIENCE_SECONDS, wait_until

TICK = Decimal("0.01")
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
SNAPSHOT, FUTURES_SNAPSHOT = "/binance/api/v3/depth", "/binance/fapi/v1/depth"
_numbers = count(1)


def send(working: Working, *, rests: bool = False) -> ChildOrder:
    """Commit a child and place its order; what the answer says is not recorded, so that the feed has to."""
    child = working.child(f"feed{os.getpid()}x{next(_numbers)}")
    make = resting if rests else crossing
    session.run(registry.client(child.venue).place(make(child.client_order_id)))
    return child


def fills_of(child: ChildOrder) -> Decimal:
    return sum(child.fills.values_list("quantity", flat=True), Decimal(0))


def is_fresh(symbol: str = "BTCUSDT", venue: str = "binance") -> bool:
    found = books.read(venues=[venue], symbols=[symbol]).get((venue, symbol))
    return found is not None and found.age(datetime.now(UTC)).total_seconds() < 0.5


def btc_asks() -> tuple[Level, ...]:
    return books.read(venues=["binance"], symbols=["BTCUSDT"])["binance", "BTCUSDT"].asks


def told(symbol: str = "BTCUSDT") -> StreamStatus | None:
    return status.read().get(("binance", symbol))


def is_all_live() -> bool:
    states = {found.state for found in status.read().values()}
    return states == {StreamState.LIVE}


def wait_until_streaming(proxy: Proxy, connections: int = 3) -> None:
    """Wait for books, trades and the account's stream."""
    wait_until(lambda: proxy.connections >= connections and is_fresh())


def test_books_of_all_listings_are_kept_fresh(feed: RunningFeed) -> None:
    for symbol in SYMBOLS:
        wait_until(lambda symbol=symbol: is_fresh(symbol))  # type: ignore[misc]
        book = books.read(venues=["binance"], symbols=[symbol])["binance", symbol]
        assert not book.is_crossed
        assert len(book.bids) > 10
        assert [level.price for level in book.bids] == sorted((level.price for level in book.bids), reverse=True)
        assert [level.price for level in book.asks] == sorted(level.price for level in book.asks)
        assert all(level.price % Decimal("0.01") == 0 for level in book.bids + book.asks)


def is_shown(order: NewOrder) -> bool:
    return Level(price=order.price or Decimal(0), quantity=order.quantity) in btc_asks()


def is_passed(order: NewOrder) -> bool:
    """Tell whether the market has run over the order's price, or so far away that the book does not reach it any more."""
    return not btc_asks()[0].price < (order.price or Decimal(0)) < btc_asks()[-1].price


def rest_between_asks(client: VenueClient) -> NewOrder:
    """Rest an order where nobody else quotes and return it once the feed shows it; begin again when the market passes it first."""
    for number in count():
        taken = {level.price for level in btc_asks()}
        price = next(level.price for level in btc_asks()[20:] if level.price + TICK not in taken) + TICK
        order = replace(resting(f"book{os.getpid()}x{number}"), side=Side.SELL, price=price)
        session.run(client.place(order))
        wait_until(lambda order=order: is_shown(order) or is_passed(order))  # type: ignore[misc]
        if is_shown(order):
            return order
    raise AssertionError


def test_an_order_that_rests_shows_in_the_book_and_leaves_it_again(feed: RunningFeed, venue: Venue) -> None:
    wait_until(is_fresh)
    client = registry.client(venue)
    order = rest_between_asks(client)
    session.run(client.cancel(symbol="BTCUSDT", client_order_id=order.client_order_id, venue_order_id=None))
    wait_until(lambda: not is_shown(order))


def test_the_feed_says_that_it_lives(feed: RunningFeed) -> None:
    wait_until(lambda: checkpoints.last_beat() is not None)


def test_bars_hold_touch_and_trades(feed: RunningFeed) -> None:
    wait_until(lambda: Bar.objects.filter(trades__gt=0, bid__isnull=False, ask__isnull=False).exists())
    bar = Bar.objects.filter(trades__gt=0, bid__isnull=False).first()
    assert bar is not None
    assert bar.bid is not None and bar.ask is not None
    assert bar.bid < bar.ask
    assert bar.volume > 0
    assert bar.bid * Decimal("0.99") < bar.notional / bar.volume < bar.ask * Decimal("1.01")
    assert bar.at.microsecond == 0


def test_an_execution_is_recorded_with_its_frame_kept(feed: RunningFeed, proxy: Proxy, working: Working) -> None:
    wait_until_streaming(proxy)
    child = send(working)
    wait_until(lambda: fills_of(child) == child.quantity)
    fill = child.fills.first()
    assert fill is not None
    assert fill.fee > 0
    assert fill.fee_currency == "USDT"
    frames = RawFrame.objects.filter(payload__contains=child.client_order_id)
    assert frames.filter(payload__contains=f'"t":{fill.trade_id}').exists()
    assert frames.order_by("received_at").first().received_at <= fill.recorded_at  # type: ignore[union-attr]


def test_frames_that_come_twice_are_kept_twice_and_recorded_once(feed: RunningFeed, proxy: Proxy, working: Working) -> None:
    wait_until_streaming(proxy)
    proxy.copies = 2
    first, second = send(working), send(working)
    wait_until(lambda: fills_of(first) == first.quantity and fills_of(second) == second.quantity)
    trades = [trade for (trade,) in Fill.objects.values_list("trade_id")]
    assert len(trades) == len(set(trades))
    wait_until(lambda: RawFrame.objects.filter(payload__contains=f'"t":{trades[0]}').count() == 2)


def test_a_reconnected_stream_records_nothing_twice(feed: RunningFeed, proxy: Proxy, background: BackgroundLoop, working: Working) -> None:
    wait_until_streaming(proxy)
    child = send(working)
    wait_until(lambda: fills_of(child) == child.quantity)
    backfills = proxy.requests.count(("GET", "/binance/api/v3/myTrades"))
    background.run(proxy.disconnect())
    wait_until(lambda: proxy.requests.count(("GET", "/binance/api/v3/myTrades")) > backfills)
    later = send(working)
    wait_until(lambda: fills_of(later) == later.quantity)
    assert fills_of(child) == child.quantity


def test_an_execution_that_the_stream_lost_is_fetched_after_the_next_connection(
    feed: RunningFeed, proxy: Proxy, background: BackgroundLoop, working: Working
) -> None:
    wait_until_streaming(proxy)
    proxy.is_mute = True
    child = send(working)
    background.run(proxy.disconnect())
    wait_until(lambda: fills_of(child) == child.quantity)
    assert not RawFrame.objects.filter(payload__contains=child.client_order_id).exists()


def test_an_execution_from_before_the_feed_started_is_fetched(venue: Venue, working: Working) -> None:
    child = send(working)
    running = RunningFeed()
    running.start()
    try:
        wait_until(lambda: fills_of(child) == child.quantity)
    finally:
        running.stop()


def test_a_frame_that_cannot_be_read_is_kept_and_ends_the_connection(feed: RunningFeed, proxy: Proxy, working: Working) -> None:
    wait_until_streaming(proxy)
    before = proxy.connections
    proxy.spoils_frames = True
    child = send(working)
    wait_until(lambda: RawFrame.objects.filter(payload__contains=child.client_order_id).exists())
    wait_until(lambda: proxy.connections > before)
    proxy.spoils_frames = False
    wait_until(lambda: fills_of(child) == child.quantity)
    wait_until(is_fresh)


def test_a_gap_in_a_book_is_noticed_and_repaired_with_a_new_snapshot(feed: RunningFeed, proxy: Proxy) -> None:
    wait_until_streaming(proxy)
    wait_until(is_all_live)
    connections, snapshots = proxy.connections, proxy.requests.count(("GET", SNAPSHOT))
    proxy.depth_frames_to_drop = 1
    wait_until(lambda: sum(found.gaps for found in status.read().values()) == 1)
    wait_until(is_all_live)
    assert proxy.requests.count(("GET", SNAPSHOT)) + proxy.requests.count(("GET", FUTURES_SNAPSHOT)) > snapshots
    assert proxy.connections == connections


def test_a_book_that_is_crossed_cannot_be_traded_on_until_it_is_sound_again(feed: RunningFeed, faults: Faults) -> None:
    wait_until(is_fresh)
    faults.add(venue="binance", fault="crossed", symbol="BTCUSDT", seconds=600)
    wait_until(lambda: not books.read(venues=["binance"], symbols=["BTCUSDT"]))
    wait_until(lambda: (found := told()) is not None and found.crossed > 0 and found.resyncs > 0)
    wait_until(lambda: is_fresh("ETHUSDT"))
    faults.clear()
    wait_until(is_fresh)


def test_books_of_a_venue_that_is_down_cannot_be_traded_on(feed: RunningFeed, faults: Faults) -> None:
    wait_until(is_fresh)
    faults.add(venue="binance", fault="down", seconds=600)
    wait_until(lambda: not books.read(venues=["binance"], symbols=SYMBOLS))
    wait_until(lambda: all(found.state is not StreamState.LIVE for found in status.read().values()))
    faults.clear()
    wait_until(is_fresh)


def test_each_stream_tells_how_it_does(feed: RunningFeed) -> None:
    wait_until(lambda: (found := told()) is not None and found.frames > 0 and found.book_at is not None)
    found = told()
    assert found is not None
    age = found.data_age(datetime.now(UTC))
    assert (found.state, found.gaps, found.crossed, found.connections) == (StreamState.LIVE, 0, 0, 1)
    assert age is not None
    assert age.total_seconds() < 5


def test_a_stream_that_falls_silent_is_replaced(feed: RunningFeed, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    wait_until_streaming(proxy)
    monkeypatch.setattr(market_stream, "QUIET_SECONDS", 0.5)
    monkeypatch.setattr(market_stream, "READY_SECONDS", 1.0)
    before = proxy.connections
    proxy.is_silent = True
    wait_until(lambda: proxy.connections > before)
    proxy.is_silent = False
    wait_until(is_fresh)


def test_a_private_stream_that_does_not_answer_pings_is_replaced(
    venue: Venue, proxy: Proxy, working: Working, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "PING_MILLISECONDS", 300)
    monkeypatch.setattr(stream, "SILENT_SECONDS", 1.0)
    proxy.answers_pings = False
    running = RunningFeed()
    running.start()
    try:
        wait_until(lambda: proxy.requests.count(("GET", "/binance/ws-api/v3")) > 1)
        proxy.answers_pings = True
        child = send(working)
        wait_until(lambda: fills_of(child) == child.quantity)
    finally:
        running.stop()


def test_news_of_an_order_has_it_looked_up(feed: RunningFeed, proxy: Proxy, working: Working) -> None:
    """That it is new is no news; that it has ended is."""
    wait_until_streaming(proxy)
    planned = working.slice.next_action_at
    child = send(working, rests=True)
    session.run(registry.client(child.venue).cancel(symbol="BTCUSDT", client_order_id=child.client_order_id, venue_order_id=None))
    wait_until(lambda: Slice.objects.get(pk=working.slice.pk).next_action_at != planned)
    assert ChildOrder.objects.get(pk=child.pk).nudged_at is not None


def test_a_venue_that_is_switched_on_is_noticed_and_one_switched_off_is_left_alone(feed: RunningFeed) -> None:
    wait_until(is_fresh)
    Venue.objects.filter(name="okx").update(is_enabled=True)
    wait_until(lambda: is_fresh(venue="okx"))
    Venue.objects.filter(name="okx").update(is_enabled=False)
    wait_until(lambda: not is_fresh(venue="okx") and is_fresh())


def test_a_listing_that_is_switched_off_is_no_longer_watched(feed: RunningFeed) -> None:
    wait_until(lambda: is_fresh("SOLUSDT"))
    Listing.objects.filter(instrument__symbol="SOLUSDT").update(is_enabled=False)
    wait_until(lambda: not is_fresh("SOLUSDT") and is_fresh("BTCUSDT"))


def test_the_command_ends_cleanly_when_it_is_told_to(venue: Venue) -> None:
    host, name = connection.settings_dict["HOST"], connection.settings_dict["NAME"]
    url = f"postgresql://postgres@/{name}?host={host}" if host.startswith("/") else None
    environment = {**os.environ, "PAPER_EXCHANGE_URL": settings.PAPER_EXCHANGE_URL}
    if url:
        environment["DATABASE_URL"] = url
    running = subprocess.Popen([sys.executable, "manage.py", "feed"], cwd=BASE_DIR, env=environment)
    try:
        wait_until(is_fresh)
        running.send_signal(signal.SIGTERM)
        assert running.wait(PATIENCE_SECONDS) == 0
    finally:
        running.kill()
        running.wait()
