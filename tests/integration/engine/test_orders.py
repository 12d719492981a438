from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Sum

from dipmaster.accounts.models import Desk, User
from dipmaster.domain.sides import Side
from execution.domain.lifecycle import ChildState, OrderState
from execution.market import books as market_books
from execution.models import ChildOrder, Instrument, OrderEvent, ParentOrder, Slice
from execution.services import claims, orders, planning
from execution.services.change import event_hash
from execution.services.orders import InvalidOrder, OrderConflict, OrderNotFound, OrderNotMovable
from risk.models import Exposure, RiskLimit, Violation
from tests.integration.engine.driver import Engine, utc_now

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_order_is_filled_and_every_quantity_agrees_to_the_last_lot(engine: Engine) -> None:
    order = engine.finish(engine.submit(quantity=Decimal("0.05")))

    assert order.state == OrderState.FILLED
    assert Decimal("0.04995") <= order.filled_quantity <= Decimal("0.05")  # at most a thousandth, too little for any venue, is left
    engine.assert_whole(order)
    kept = Slice.objects.filter(parent=order).aggregate(total=Sum(F("quantity") - F("returned_quantity")))["total"]
    assert order.filled_quantity <= kept <= Decimal("0.05")


def test_the_venues_records_agree_with_ours(engine: Engine) -> None:
    order = engine.finish(engine.submit())

    ours = {child.client_order_id: child.filled_quantity for child in ChildOrder.objects.filter(parent=order)}
    theirs = {record["client_id"]: Decimal(record["executed"]) for record in engine.venue_orders() if record["client_id"] in ours}
    sent = {child.client_order_id for child in ChildOrder.objects.filter(parent=order).exclude(state=ChildState.REJECTED)}
    assert sent <= set(theirs)
    assert all(ours[name] == quantity for name, quantity in theirs.items())
    assert len(engine.venue_orders_named(ours)) == len(theirs)


def test_a_perpetual_is_worked_in_base_currency_on_every_venue_that_lists_it(engine: Engine) -> None:
    """OKX counts contracts of 0.01 BTC: a slip in the unit would fill a hundred times too much or too little there."""
    Instrument.objects.filter(symbol="BTCUSDT-PERP").update(is_enabled=True)
    engine.run_until(lambda: len(market_books.read(venues=("binance", "okx", "bybit"), symbols=("BTCUSDT-PERP",))) == 3, turn=False)
    order = engine.finish(engine.submit(symbol="BTCUSDT-PERP", quantity=Decimal("0.06")))

    assert order.state == OrderState.FILLED
    engine.assert_whole(order)
    assert set(order.children.values_list("venue__name", flat=True)) <= {"binance", "okx", "bybit"}
    position = Exposure.objects.get(desk=order.desk, symbol="BTCUSDT-PERP")
    assert (position.position, position.reserved_buy) == (Decimal("0.06"), 0)
    assert not Exposure.objects.filter(desk=order.desk, symbol="BTCUSDT").exclude(position=0).exists()


def test_an_order_in_quote_currency_is_sized_at_the_mid(engine: Engine) -> None:
    order = engine.submit(quantity=None, quote_quantity=Decimal(600))

    assert order.quantity * order.decision_mid <= 600
    assert (order.quantity + Decimal("0.00001")) * order.decision_mid > 600


def test_a_resent_request_returns_the_first_order(engine: Engine) -> None:
    first = engine.submit(client_order_id="abc-1")
    second = engine.submit(client_order_id="abc-1")

    assert first.pk == second.pk
    assert ParentOrder.objects.count() == 1


def test_a_request_is_the_same_under_either_name_of_its_symbol(engine: Engine) -> None:
    first = engine.submit(client_order_id="abc-1", symbol="BTCUSDT")
    second = engine.submit(client_order_id="abc-1", symbol="BTC/USDT")

    assert first.pk == second.pk


def test_a_client_order_id_cannot_name_two_requests(engine: Engine) -> None:
    engine.submit(client_order_id="abc-1")

    with pytest.raises(OrderConflict):
        engine.submit(client_order_id="abc-1", quantity=Decimal("0.06"))


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"quantity": Decimal(-1)}, "quantity", "NOT_POSITIVE"),
        ({"quantity": Decimal(0)}, "quantity", "NOT_POSITIVE"),
        ({"quantity": Decimal("NaN")}, "quantity", "NOT_POSITIVE"),
        ({"quantity": Decimal("Infinity")}, "quantity", "NOT_POSITIVE"),
        ({"quantity": Decimal("1e30")}, "quantity", "TOO_LARGE"),
        ({"quantity": Decimal("0.000001")}, "quantity", "OFF_THE_LOT"),
        ({"quantity": Decimal("0.00001"), "venues": ("binance",)}, "quantity", "BELOW_MINIMUM"),
        ({"quantity": Decimal("1e-25")}, "quantity", "TOO_PRECISE"),
        ({"quantity": None, "quote_quantity": Decimal("0.01")}, "quote_quantity", "BELOW_MINIMUM"),
        ({"quote_quantity": Decimal(100)}, "quote_quantity", "QUANTITY_TWICE"),
        ({"symbol": "NOPEUSDT"}, "symbol", "UNKNOWN_SYMBOL"),
        ({"symbol": "'; DROP TABLE"}, "symbol", "UNKNOWN_SYMBOL"),
        ({"symbol": "\x00"}, "symbol", "UNKNOWN_SYMBOL"),
        ({"mode": "reckless"}, "mode", "UNKNOWN_MODE"),
        ({"duration_minutes": Decimal(0)}, "duration_minutes", "NOT_POSITIVE"),
        ({"duration_minutes": Decimal(5000)}, "duration_minutes", "TOO_LONG"),
        ({"limit_price": Decimal("60000.001")}, "limit_price", "OFF_THE_TICK"),
        ({"limit_price": Decimal(-5)}, "limit_price", "NOT_POSITIVE"),
        ({"max_slippage_bps": Decimal(10_000)}, "max_slippage_bps", "TOO_LARGE"),
        ({"max_slippage_bps": Decimal("0.0004")}, "max_slippage_bps", "TOO_PRECISE"),
        ({"priority": 11}, "priority", "OUT_OF_RANGE"),
        ({"venues": ("nasdaq",)}, "venues", "UNKNOWN_VENUE"),
        ({"algorithm": "magic"}, "algorithm", "UNKNOWN_ALGORITHM"),
        ({"client_order_id": "a b"}, "client_order_id", "BAD_CLIENT_ORDER_ID"),
        ({"notes": "x" * 2001}, "notes", "BAD_NOTES"),
        ({"start_at": "past"}, "start_at", "START_IN_PAST"),
    ],
)
def test_bad_input_is_told_at_its_field_and_nothing_is_stored(engine: Engine, changes: dict[str, object], field: str, code: str) -> None:
    if changes.get("start_at") == "past":
        changes = {"start_at": utc_now() - timedelta(hours=1)}

    with pytest.raises(InvalidOrder) as caught:
        engine.submit(**changes)

    assert (field, code) in {(error.field, error.code) for error in caught.value.errors}
    assert ParentOrder.objects.count() == 0
    assert not Exposure.objects.exclude(reserved_buy=0).exists()


def test_without_a_fresh_price_no_order_is_taken(engine: Engine) -> None:
    engine.silent_venues = {"binance", "okx", "bybit", "coinbase"}

    with pytest.raises(InvalidOrder) as caught:
        engine.submit()

    assert caught.value.errors[0].code == "NO_MARKET"
    assert ParentOrder.objects.count() == 0


def test_a_refused_order_is_stored_with_its_reason_and_reserves_nothing(engine: Engine) -> None:
    RiskLimit.objects.create(symbol="BTCUSDT", desk=engine.trader.desk, max_order_quantity=Decimal("0.01"))

    order = engine.submit()

    assert order.state == OrderState.REJECTED
    assert order.refusal_code == "ORDER_QUANTITY"
    assert order.refusal_reason
    assert Violation.objects.get().order_reference == order.reference
    assert not Exposure.objects.exclude(reserved_buy=0).exists()


def test_a_finished_order_leaves_a_position_and_no_reservation(engine: Engine) -> None:
    order = engine.finish(engine.submit())

    exposure = Exposure.objects.get(desk=order.desk, symbol="BTCUSDT")
    assert (exposure.position, exposure.reserved_buy) == (order.filled_quantity, 0)
    assert order.filled_quantity == pytest.approx(Decimal("0.05"), rel=Decimal("0.001"))  # dust may be left


def test_a_cancelled_order_ends_without_anything_left_at_a_venue(engine: Engine) -> None:
    order = engine.submit(duration_minutes=Decimal(5), mode="conservative")
    engine.run_until(lambda: ChildOrder.objects.filter(parent=order, state=ChildState.OPEN).exists())

    orders.cancel(user=engine.trader, order_id=order.pk, now=utc_now())
    ended = engine.finish(order)

    assert ended.state == OrderState.CANCELLED
    assert not any(record["status"] in ("new", "partially filled") for record in engine.venue_orders_of(order))
    exposure = Exposure.objects.get(desk=order.desk, symbol="BTCUSDT")
    assert (exposure.position, exposure.reserved_buy) == (ended.filled_quantity, 0)


def test_cancelling_twice_is_the_same_as_once(engine: Engine) -> None:
    order = engine.submit()
    orders.cancel(user=engine.trader, order_id=order.pk, now=utc_now())

    again = orders.cancel(user=engine.trader, order_id=order.pk, now=utc_now())

    assert again.state == OrderState.CANCELLING


def test_a_paused_order_withdraws_and_a_resumed_one_finishes(engine: Engine) -> None:
    order = engine.submit(duration_minutes=Decimal("0.25"), mode="conservative")
    engine.run_until(lambda: ChildOrder.objects.filter(parent=order, state=ChildState.OPEN).exists())

    orders.pause(user=engine.trader, order_id=order.pk, now=utc_now())
    engine.run_until(lambda: not Slice.objects.filter(parent=order, state__in=["working", "closing", "pending"]).exists())
    held = [record["status"] for record in engine.venue_orders_of(order)]
    orders.resume(user=engine.trader, order_id=order.pk, now=utc_now())
    ended = engine.finish(order)

    assert not {"new", "partially filled"} & set(held)
    assert ended.state == OrderState.FILLED


def test_an_ended_order_cannot_be_paused(engine: Engine) -> None:
    order = engine.finish(engine.submit())

    with pytest.raises(OrderNotMovable):
        orders.pause(user=engine.trader, order_id=order.pk, now=utc_now())


def test_another_desks_order_does_not_exist(engine: Engine) -> None:
    order = engine.submit()
    stranger = User.objects.create_user("stranger", desk=Desk.objects.create(name="Beta"))

    with pytest.raises(OrderNotFound):
        orders.cancel(user=stranger, order_id=order.pk, now=utc_now())


def test_a_user_without_a_desk_cannot_trade(engine: Engine) -> None:
    engine.trader = User.objects.create_user("nobody")

    with pytest.raises(InvalidOrder) as caught:
        engine.submit()

    assert caught.value.errors[0].code == "NO_DESK"


def test_no_child_is_priced_beyond_the_limit(engine: Engine) -> None:
    first = engine.submit()
    limit = (first.decision_mid * Decimal("0.9999")).quantize(Decimal("0.1"))  # the coarsest tick

    order = engine.finish(engine.submit(limit_price=limit))

    assert all(child.price is not None and child.price <= limit for child in ChildOrder.objects.filter(parent=order))
    assert order.state in (OrderState.EXPIRED, OrderState.FILLED)


def test_a_sell_order_is_filled_and_lowers_the_position(engine: Engine) -> None:
    order = engine.finish(engine.submit(side=Side.SELL, symbol="ETHUSDT", quantity=Decimal(1)))

    assert order.state == OrderState.FILLED
    assert Exposure.objects.get(symbol="ETHUSDT").position == -1


def test_the_event_log_is_chained_and_cannot_be_rewritten(engine: Engine) -> None:
    order = engine.finish(engine.submit())
    events = list(OrderEvent.objects.filter(parent=order).order_by("sequence"))

    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert all(after.previous_hash == before.hash for before, after in pairwise(events))
    assert all(event.hash == event_hash(event) for event in events)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE execution_orderevent SET text = 'nothing happened' WHERE id = %s", [events[0].pk])


@pytest.mark.parametrize(("missing", "state"), [("0.0000004", OrderState.FILLED), ("0.000004", OrderState.EXPIRED)])
def test_an_order_ends_as_filled_when_only_dust_is_left_that_no_venue_takes(engine: Engine, missing: str, state: OrderState) -> None:
    """Lots differ from venue to venue: a partial fill on the finest leaves a rest that none of them takes. More than dust is not filled."""
    order = engine.submit(quantity=Decimal("0.001"), duration_minutes=Decimal("0.1"))
    engine.refresh_books()
    planning.plan_orders(claims.claim_orders(owner="test", limit=1, now=utc_now()), now=utc_now())
    Slice.objects.filter(parent=order).delete()  # as if all of them were done, and had filled all but a little
    ParentOrder.objects.filter(pk=order.pk).update(filled_quantity=order.quantity - Decimal(missing), next_review_at=utc_now())

    ended = engine.finish(order)

    assert ended.state == state
    text = OrderEvent.objects.filter(parent=order, kind="completed").get().text
    assert ("below every venue's minimum" in text) == (state is OrderState.FILLED)
