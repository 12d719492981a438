"""What a venue's account pays for and what its position limit leaves bounds what is sent there, over the real paper exchange."""

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dipmaster.domain.sides import Side
from execution.domain.lifecycle import ChildState
from execution.domain.venue_orders import VenuePosition
from execution.market import health
from execution.models import ChildOrder, Instrument, ParentOrder, Slice, Venue
from execution.selectors.room import ACCOUNT_KEPT, Room
from execution.selectors.work import markets_of
from execution.services import claims, executions, planning, working
from tests.integration.engine.driver import LONG, Engine, an_execution, utc_now
from tests.integration.engine.test_crashes_and_races import in_threads

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal


@pytest.fixture(autouse=True)
def two_venues(engine: Engine) -> None:
    Venue.objects.exclude(name__in=["binance", "okx"]).update(is_enabled=False)


def hold(venue: str, *, age: timedelta = timedelta(0), **balances: str) -> None:
    """Have the feed tell what an account holds."""
    amounts = {currency: D(amount) for currency, amount in balances.items()}
    health.write_account(venue, health.Account(balances=amounts, positions=(), at=datetime.now(UTC) - age))


def sent(order: ParentOrder, venue: str) -> list[ChildOrder]:
    return list(ChildOrder.objects.filter(parent=order, venue__name=venue))


def room_of(order: ParentOrder) -> tuple[Room, dict[str, Decimal | None], dict[str, Decimal | None]]:
    """Return the room of an order's venues, and by venue what the balance and the position limit leave."""
    now = utc_now()
    market = markets_of([order], now)[order.pk]
    room = Room.of([market], now)
    found = room.limits(order.instrument, Side(order.side), market)
    return room, {name: one.balance for name, one in found.items()}, {name: one.position_room for name, one in found.items()}


def test_no_more_is_bought_than_the_account_pays_for(engine: Engine) -> None:
    hold("binance", USDT="500")
    hold("okx", USDT="10000000")
    order = engine.finish(engine.submit())
    assert order.filled_quantity == order.quantity
    spent = [child.quantity * (child.price or 0) for child in sent(order, "binance")]
    assert all(worth <= 500 for worth in spent)
    assert sum(fill.quantity * fill.price + fill.fee_quote for fill in order.fills.filter(venue__name="binance")) <= 500  # type: ignore[operator]
    assert sum(child.filled_quantity for child in sent(order, "okx")) >= order.quantity - D("0.02")


def test_no_more_is_sold_than_the_account_has(engine: Engine) -> None:
    hold("binance", USDT="10000000", BTC="0.004")
    hold("okx", BTC="100")
    order = engine.finish(engine.submit(side=Side.SELL))
    assert order.filled_quantity == order.quantity
    assert sum(child.filled_quantity for child in sent(order, "binance")) <= D("0.004")
    assert not any("INSUFFICIENT" in child.refusal_code or child.state == ChildState.REJECTED for child in order.children.all())


def test_with_no_money_anywhere_the_order_waits_and_says_why(engine: Engine) -> None:
    hold("binance", USDT="1")
    hold("okx", USDT="0")
    order = engine.submit(**LONG)
    engine.run_until(order.slices.filter(last_reason__contains="leave no room").exists)
    assert not order.children.exists()


def test_what_rests_and_what_was_spent_since_the_reading_is_taken_off(engine: Engine) -> None:
    hold("okx", USDT="1000")
    child = engine.a_resting_child(venues=("okx",), quantity=D("0.01"), duration_minutes=D(1))
    assert child.price is not None
    before = room_of(child.parent)[1]["okx"]
    resting = sum((one.quantity for one in sent(child.parent, "okx") if one.state == ChildState.OPEN), D(0))
    assert before is not None
    assert before * child.price + resting * child.price < 1000
    executions.record([an_execution(child, quantity=child.quantity)], now=utc_now())
    after = room_of(ParentOrder.objects.get(pk=child.parent_id))[1]["okx"]
    assert after == pytest.approx(before, abs=child.quantity / 3)  # from working to spent: counted once (the price moves a little)


def test_a_position_limit_sends_the_rest_elsewhere(engine: Engine) -> None:
    for name in ("binance", "okx"):
        hold(name, USDT="10000000", BTC="1")
    mid = markets_of([engine.submit()], utc_now())
    market = next(iter(mid.values()))
    assert market.mid is not None
    Venue.objects.filter(name="binance").update(max_position_notional=market.mid * D("1.01"))
    order = engine.finish(engine.submit())
    assert order.filled_quantity == order.quantity
    everyone = ChildOrder.objects.filter(venue__name="binance")
    assert sum(child.filled_quantity for child in everyone) <= D("0.0111")
    assert not order.events.filter(kind="child_refused").exists()


def test_a_venue_with_a_position_limit_gets_nothing_while_its_account_is_not_known(engine: Engine) -> None:
    Venue.objects.filter(name="binance").update(max_position_notional=D(10**9))
    hold("binance", age=ACCOUNT_KEPT + timedelta(seconds=1), USDT="10000000")
    order = engine.finish(engine.submit())
    assert order.filled_quantity == order.quantity
    assert not sent(order, "binance")


def test_what_works_on_the_other_side_leaves_no_more_room(engine: Engine) -> None:
    """It may never fill: only what adds to the position counts, and all of it."""
    hold("okx", USDT="10000000", BTC="1")
    Venue.objects.filter(name="okx").update(max_position_notional=D(10**6))
    buying = engine.a_resting_child(venues=("okx",))
    buy_room, sell_room = room_of(buying.parent)[2]["okx"], None
    selling = engine.submit(**LONG | {"side": Side.SELL, "venues": ("okx",)})
    sell_room = room_of(selling)[2]["okx"]
    market = markets_of([selling], utc_now())[selling.pk]
    assert market.mid is not None
    assert buy_room is not None
    assert sell_room is not None
    live = sum((one.remaining_quantity for one in sent(buying.parent, "okx") if one.state == ChildState.OPEN), D(0))
    assert buy_room == pytest.approx(10**6 / market.mid - 1 - live, abs=D("0.1"))
    assert sell_room == pytest.approx(10**6 / market.mid + 1, abs=D("0.1"))


def test_orders_of_one_batch_share_the_room(engine: Engine) -> None:
    hold("okx", USDT="700")
    hold("binance", USDT="0")
    both = [engine.submit(**LONG, venues=("okx", "binance")) for _ in range(2)]
    engine.run_until(ChildOrder.objects.filter(parent__in=both, state=ChildState.OPEN).exists)
    for _ in range(5):
        engine.refresh_books()
        engine.turn()
    live = ChildOrder.objects.filter(parent__in=both)
    assert sum(child.quantity * (child.price or 0) for child in live if child.state == ChildState.OPEN) <= 700


def test_nothing_is_asked_of_the_database_while_no_account_is_known(engine: Engine) -> None:
    order = engine.submit(**LONG)
    markets = list(markets_of([order], utc_now()).values())
    with CaptureQueriesContext(connection) as asked:
        Room.of(markets, utc_now())
    assert not asked.captured_queries
    hold("okx", USDT="1")
    with CaptureQueriesContext(connection) as asked:
        Room.of(markets, utc_now())
    assert len(asked.captured_queries) == 2


def test_margin_is_for_its_venue_to_judge(engine: Engine) -> None:
    """A perpetual is not paid for with the balance: no limit is made up."""
    Instrument.objects.filter(symbol="BTCUSDT-PERP").update(is_enabled=True)
    hold("binance", USDT="1")
    hold("okx", USDT="1")
    order = engine.submit(**LONG | {"symbol": "BTCUSDT-PERP"})
    assert set(room_of(order)[1].values()) == {None}


def test_a_short_perpetual_leaves_that_much_more_room_to_buy(engine: Engine) -> None:
    Instrument.objects.filter(symbol="BTCUSDT-PERP").update(is_enabled=True)
    Venue.objects.filter(name="okx").update(max_position_notional=D(10**6))
    short = VenuePosition(symbol="BTCUSDT-PERP", quantity=D("-0.5"), entry_price=D(50_000), leverage=None, unrealised=None)
    health.write_account("okx", health.Account(balances={"BTC": D(70)}, positions=(short,), at=datetime.now(UTC)))
    buy = engine.submit(**LONG | {"symbol": "BTCUSDT-PERP", "venues": ("okx",)})
    sell = engine.submit(**LONG | {"symbol": "BTCUSDT-PERP", "venues": ("okx",), "side": Side.SELL})
    mid = markets_of([buy], utc_now())[buy.pk].mid
    assert mid is not None
    assert room_of(buy)[2]["okx"] == pytest.approx(10**6 / mid + D("0.5"), abs=D("0.05"))
    assert room_of(sell)[2]["okx"] == pytest.approx(10**6 / mid - D("0.5"), abs=D("0.05"))


def test_batches_at_the_same_time_do_not_pass_a_position_limit_together(engine: Engine) -> None:
    hold("okx", USDT="10000000", BTC="1")
    orders = [engine.submit(venues=("okx",)) for _ in range(4)]
    mid = markets_of(orders, utc_now())[orders[0].pk].mid
    assert mid is not None
    Venue.objects.filter(name="okx").update(max_position_notional=mid * D("1.03"))
    engine.run_until(lambda: plan(orders), turn=False)
    held = claims.claim_slices(owner="together", limit=50, now=utc_now())
    assert len(held) >= len(orders)
    batches = iter(held)
    lock = threading.Lock()

    def commit() -> None:
        with lock:
            claim = next(batches)
        working.commit_intents(dict([claim]), utc_now())

    in_threads(len(held), commit)
    sent_there = ChildOrder.objects.filter(parent__in=orders, venue__name="okx").values_list("quantity", flat=True)
    assert D("0.02") < sum(sent_there) <= D("0.0301")


def plan(orders: list[ParentOrder]) -> bool:
    """Have the orders planned; tell whether each has a slice that is due."""
    now = utc_now()
    planning.plan_orders(claims.claim_orders(owner="together", limit=50, now=now), now=now)
    due = Slice.objects.filter(parent__in=orders, next_action_at__lte=utc_now()).values_list("parent", flat=True)
    return len(set(due)) == len(orders)
