"""A recording behind the contract of the lab's markets."""

import shutil
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from analytics.lab.market import EventKind, LabEvent, LabOrder
from analytics.lab.replay.market import RecordedMarket, TooManyOrders, UnknownOrderKind, listing_of
from analytics.lab.replay.source import NotRecorded, RecordedSource, RecordingTooShort
from analytics.lab.replay.sources import open_recording
from dipmaster.domain.sides import Side
from execution.domain.venue_orders import OrderType, TimeInForce
from tests.unit.analytics.lab.replay.recorded import Market, at_ns

Write = Callable[..., Path]


def market_of(write: Write, recorded: Market) -> RecordedMarket:
    tape = open_recording([write(recorded.depth(60.0).lines)])
    listing = listing_of(tape, venue="v", symbol="BTCUSDT", maker_fee_bps=Decimal(2), taker_fee_bps=Decimal(5))
    return RecordedMarket(tape, listing, start_ns=at_ns(1.0), delay_seconds=0.04)


def order(number: int, quantity: str, price: str | None, force: TimeInForce = TimeInForce.GTC, side: Side = Side.BUY) -> LabOrder:
    return LabOrder(
        order_id=number,
        venue="v",
        side=side,
        order_type=OrderType.MARKET if price is None else OrderType.LIMIT,
        time_in_force=force,
        price=None if price is None else Decimal(price),
        quantity=Decimal(quantity),
    )


def play(market: RecordedMarket, seconds: float) -> list[LabEvent]:
    until = market.now + timedelta(seconds=seconds)
    events: list[LabEvent] = []
    while market.now < until:
        events += market.advance(until)
    return events


def told(events: Sequence[LabEvent], number: int) -> list[tuple[EventKind, Decimal | None, Decimal | None]]:
    return [(event.kind, event.price, event.quantity) for event in events if event.order_id == number]


def test_a_resting_order_is_accepted_filled_and_ended_once(write: Write) -> None:
    market = market_of(write, Market().trade(3.0, "99.9", "5.5", sold=True).trade(4.0, "99.9", "1", sold=True))
    market.place(order(70, "1", "99.9"))
    events = play(market, 10.0)
    assert told(events, 70) == [
        (EventKind.ACCEPTED, None, None),
        (EventKind.FILLED, Decimal("99.9"), Decimal("0.5")),
        (EventKind.FILLED, Decimal("99.9"), Decimal("0.5")),
        (EventKind.ENDED, None, None),
    ]
    assert all(event.is_maker for event in events if event.kind is EventKind.FILLED)


def test_time_stops_at_the_first_news_which_takes_the_whole_latency(write: Write) -> None:
    market = market_of(write, Market())
    began = market.now
    market.place(order(1, "1", "99.9"))
    (accepted,) = market.advance(began + timedelta(seconds=10))
    assert market.now - began == timedelta(milliseconds=40)
    assert (accepted.kind, accepted.at) == (EventKind.ACCEPTED, market.now)
    assert market.advance(market.now) == []


def test_an_immediate_order_takes_to_its_limit_and_ends(write: Write) -> None:
    market = market_of(write, Market())
    market.place(order(1, "9", "100.1", TimeInForce.IOC))
    fill = (EventKind.FILLED, Decimal("100.1"), Decimal("4"))
    assert told(play(market, 1.0), 1) == [(EventKind.ACCEPTED, None, None), fill, (EventKind.ENDED, None, None)]
    assert market.books()[0].asks[0].price == Decimal("100.2")


def test_a_market_order_that_finds_nothing_more_ends_with_what_it_had(write: Write) -> None:
    market = market_of(write, Market())
    market.place(order(1, "50", None))
    events = told(play(market, 1.0), 1)
    assert [kind for kind, _, _ in events] == [EventKind.ACCEPTED, *[EventKind.FILLED] * 3, EventKind.ENDED]
    assert sum(quantity for _, _, quantity in events if quantity) == 40


def test_a_post_only_order_that_would_take_is_rejected(write: Write) -> None:
    market = market_of(write, Market())
    market.place(order(1, "1", "100.1", TimeInForce.POST_ONLY))
    assert told(play(market, 1.0), 1) == [(EventKind.REJECTED, None, None)]


def test_a_cancelled_order_ends_and_a_second_cancellation_is_not_heard_of(write: Write) -> None:
    market = market_of(write, Market())
    market.place(order(1, "1", "99.9"))
    play(market, 1.0)
    market.cancel(1)
    assert told(play(market, 1.0), 1) == [(EventKind.ENDED, None, None)]
    market.cancel(1)
    assert play(market, 1.0) == []


def test_the_book_is_the_recorded_one_in_decimals(write: Write) -> None:
    (book,) = market_of(write, Market()).books()
    assert [(level.price, level.quantity) for level in book.bids] == [
        (Decimal("99.9"), Decimal(5)),
        (Decimal("99.8"), Decimal("7.01")),
        (Decimal("99.5"), Decimal(20)),
    ]
    assert book.mid == Decimal(100)


def test_what_others_traded_since_the_beginning_is_counted(write: Write) -> None:
    recorded = Market().trade(0.5, "99.9", "1", sold=True).trade(2.0, "99.9", "2", sold=True).trade(3.0, "100.1", "1", sold=False)
    market = market_of(write, recorded)
    assert market.traded().quantity == 0.0
    play(market, 5.0)
    assert (market.traded().quantity, market.traded().notional) == (pytest.approx(3.0), pytest.approx(299.9))


def test_orders_that_cannot_be_are_refused_by_name(write: Write) -> None:
    market = market_of(write, Market())
    with pytest.raises(UnknownOrderKind):
        market.place(order(1, "1", "99.9", TimeInForce.FOK))
    with pytest.raises(ValueError, match="multiple"):
        market.place(order(1, "1", "99.95"))
    with pytest.raises(ValueError, match="replayed"):
        market.place(order(1, "0", "99.9"))
    for number in range(64):
        market.place(order(number, "1", "99.9"))
    with pytest.raises(TooManyOrders):
        market.place(order(99, "1", "99.9"))


@pytest.fixture
def source(tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> RecordedSource:
    folder = tmp_path / "data" / "hftbacktest"
    folder.mkdir(parents=True)
    shutil.move(write(Market().depth(200.0).lines), folder / "binance_usdm_btcusdt_20240808.jsonl.gz")
    monkeypatch.setenv("DIPMASTER_DATA", str(tmp_path / "data"))
    return RecordedSource()


def test_a_source_opens_the_same_path_again_and_different_ones_at_other_times(source: RecordedSource) -> None:
    assert source.symbols == ("BTCUSDT-PERP",)
    opened = [source.open("BTCUSDT-PERP", path=path, seed=3, minutes=2.0) for path in (0, 1, 0)]
    assert opened[0].now == opened[2].now != opened[1].now
    assert opened[0].listings["binance"].taker_fee_bps == 5


def test_a_source_names_what_it_has_not(source: RecordedSource) -> None:
    with pytest.raises(NotRecorded, match="BTCUSDT-PERP"):
        source.open("DOGEUSDT", path=0, seed=1, minutes=1.0)
    with pytest.raises(RecordingTooShort, match=r"3\.3 minutes"):
        source.open("BTCUSDT-PERP", path=0, seed=1, minutes=30.0)
