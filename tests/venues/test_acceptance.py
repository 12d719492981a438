"""The acceptance matrix: the same cases on every venue and kind of instrument, through ccxt over sockets."""

from dataclasses import replace
from decimal import Decimal

import pytest

from dipmaster.domain.sides import Side
from execution.domain.venue_orders import NotFound, Rejected, TimeInForce, VenueOrderStatus
from execution.venues import session
from tests.venues.streams import running
from tests.venues.trading import QUANTITY, Desk, acknowledged, is_the_venues_book, quantity_of, told_of
from tests.waiting import wait_until

pytestmark = pytest.mark.matrix("acceptance")
FILLED, CANCELLED, OPEN, REJECTED = (
    VenueOrderStatus.FILLED,
    VenueOrderStatus.CANCELLED,
    VenueOrderStatus.OPEN,
    VenueOrderStatus.REJECTED,
)


def test_market(place_desk: Desk) -> None:
    order = place_desk.order(price=None)
    acknowledged(place_desk.send(order))
    found = place_desk.ended(order)
    assert found.status is FILLED
    assert quantity_of(found.executions) == QUANTITY
    assert not any(execution.is_maker for execution in found.executions)
    place_desk.assert_agrees(order, found)


def test_limit(place_desk: Desk) -> None:
    order = place_desk.order(price="0.9", time_in_force=TimeInForce.GTC)
    assert acknowledged(place_desk.send(order)).status is OPEN
    found = acknowledged(place_desk.lookup(order))
    assert (found.status, found.filled_quantity) == (OPEN, 0)
    place_desk.assert_agrees(order, found)


def test_post_only(place_desk: Desk) -> None:
    order = place_desk.order(price="0.9", time_in_force=TimeInForce.POST_ONLY)
    assert acknowledged(place_desk.send(order)).status is OPEN
    assert acknowledged(place_desk.lookup(order)).status is OPEN


def test_post_only_that_would_take(place_desk: Desk) -> None:
    order = place_desk.order(price="1.02", time_in_force=TimeInForce.POST_ONLY)
    outcome = place_desk.send(order)
    if isinstance(outcome, Rejected):
        assert outcome.code
        assert not any(Decimal(one["executed"]) for one in place_desk.witness.orders(place_desk.place.venue, order.client_order_id))
    else:  # accepted, and cancelled before it traded
        found = place_desk.ended(order)
        assert found.status in {CANCELLED, REJECTED}
        assert found.filled_quantity == 0
        place_desk.assert_agrees(order, found)


def test_ioc(place_desk: Desk) -> None:
    order = place_desk.order()
    acknowledged(place_desk.send(order))
    found = place_desk.ended(order)
    assert found.status is FILLED
    place_desk.assert_agrees(order, found)


def test_fok(place_desk: Desk) -> None:
    order = place_desk.order(time_in_force=TimeInForce.FOK)
    acknowledged(place_desk.send(order))
    found = place_desk.ended(order)
    assert (found.status, found.filled_quantity) == (FILLED, QUANTITY)
    place_desk.assert_agrees(order, found)


def test_fok_that_cannot_fill(place_desk: Desk) -> None:
    """Nothing trades when not everything can: far more is asked for than rests within the price."""
    order = place_desk.order(price="1.0001", time_in_force=TimeInForce.FOK, quantity=Decimal(90))
    if not isinstance(place_desk.send(order), Rejected):
        found = place_desk.ended(order)
        assert found.status in {CANCELLED, REJECTED}
        assert found.filled_quantity == 0
    assert place_desk.witness.trades(place_desk.place.venue, order.client_order_id) == {}


@pytest.mark.perpetual_only
def test_reduce_only(place_desk: Desk) -> None:
    """A reduce-only order never turns a position round, whatever its size."""
    held = session.run(place_desk.client.positions()).get(place_desk.place.symbol)
    if held is None or held.quantity <= 0:
        bought = place_desk.order(price=None, quantity=QUANTITY + (-held.quantity if held else 0))
        acknowledged(place_desk.send(bought))
        place_desk.ended(bought)
    before = session.run(place_desk.client.positions())[place_desk.place.symbol].quantity
    order = place_desk.order(price="0.98", side=Side.SELL, quantity=before * 2, reduce_only=True)
    if not isinstance(place_desk.send(order), Rejected):
        found = place_desk.ended(order)
        assert found.filled_quantity <= before
    after = session.run(place_desk.client.positions()).get(place_desk.place.symbol)
    assert after is None or 0 <= after.quantity <= before
    if after is not None and after.quantity:
        closing = place_desk.order(price="0.98", side=Side.SELL, quantity=after.quantity, reduce_only=True)
        acknowledged(place_desk.send(closing))
        assert place_desk.ended(closing).status is FILLED
    again = place_desk.order(price="0.98", side=Side.SELL, reduce_only=True)
    outcome = place_desk.send(again)
    assert isinstance(outcome, Rejected) or place_desk.ended(again).filled_quantity == 0


def test_partial_fill(place_desk: Desk) -> None:
    """Of what is asked only a part is there within the price: the rest of an IOC ends."""
    order = place_desk.order(price="1.00005", quantity=Decimal(80))
    acknowledged(place_desk.send(order))
    found = place_desk.ended(order)
    assert found.status is CANCELLED
    assert 0 < found.filled_quantity < order.quantity
    place_desk.assert_agrees(order, found)


def test_cancel(place_desk: Desk) -> None:
    order = place_desk.order(price="0.9", time_in_force=TimeInForce.GTC)
    sent = acknowledged(place_desk.send(order))
    acknowledged(place_desk.cancel(order, sent.venue_order_id))
    found = place_desk.ended(order)
    assert (found.status, found.filled_quantity) == (CANCELLED, 0)
    place_desk.assert_agrees(order, found)


def test_cancel_of_a_filled_order(place_desk: Desk) -> None:
    order = place_desk.order()
    sent = acknowledged(place_desk.send(order))
    place_desk.ended(order)
    found = acknowledged(place_desk.cancel(order, sent.venue_order_id))
    assert found.status is FILLED
    place_desk.assert_agrees(order, found)


def test_unknown_id(place_desk: Desk) -> None:
    order = place_desk.order()
    assert isinstance(place_desk.lookup(order), NotFound)
    assert isinstance(place_desk.cancel(order), NotFound)


def test_duplicate_id(place_desk: Desk) -> None:
    """The second order of one id is not placed: the first is found."""
    order = place_desk.order(price="0.9", time_in_force=TimeInForce.GTC)
    first = acknowledged(place_desk.send(order))
    second = acknowledged(place_desk.send(order))
    assert second.venue_order_id == first.venue_order_id
    assert len(place_desk.witness.orders(place_desk.place.venue, order.client_order_id)) == 1


def test_precision(place_desk: Desk) -> None:
    """What is not on tick or lot is refused here: rounding it would be another order."""
    good = place_desk.order(price="0.9", time_in_force=TimeInForce.GTC)
    assert good.price is not None
    for bad in (
        replace(good, price=good.price + place_desk.listing.tick / 3),
        replace(good, quantity=good.quantity + place_desk.listing.lot / 3),
    ):
        assert isinstance(place_desk.send(bad), Rejected)
    assert place_desk.witness.orders(place_desk.place.venue, good.client_order_id) == []


def test_minimum(place_desk: Desk) -> None:
    """The venue refuses what is below its smallest quantity or value, with a code that proves it."""
    order = place_desk.order(price="0.9", time_in_force=TimeInForce.GTC)
    assert order.price is not None
    terms = place_desk.listing
    is_allowed = terms.lot >= terms.min_quantity and terms.lot * order.price >= terms.min_notional
    too_small = Decimal(0) if is_allowed else terms.lot  # where one lot may be ordered, nothing but nothing is smaller
    order = replace(order, quantity=too_small)
    outcome = place_desk.send(order)
    assert isinstance(outcome, Rejected), outcome
    assert place_desk.witness.orders(place_desk.place.venue, order.client_order_id) == []


def test_insufficient_balance(place_desk: Desk) -> None:
    order = place_desk.order(price="0.95", time_in_force=TimeInForce.GTC, quantity=place_desk.size_worth(Decimal(30_000_000_000)))
    order = replace(order, quantity=min(order.quantity, place_desk.listing.max_quantity))
    outcomes = [place_desk.send(replace(order, client_order_id=f"{order.client_order_id}n{number}")) for number in range(6)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, Rejected)]
    assert refused, outcomes
    for number, outcome in enumerate(outcomes):
        if not isinstance(outcome, Rejected):
            place_desk.cancel(replace(order, client_order_id=f"{order.client_order_id}n{number}"))


def test_fills_after_cancel(place_desk: Desk) -> None:
    """The order trades while its cancel is under way: the cancel's answer tells of the fill, and none is lost."""
    order = place_desk.order(price="0.99", time_in_force=TimeInForce.GTC)
    sent = acknowledged(place_desk.send(order))
    place_desk.witness.fault(place_desk.place.venue, "cancel_fill_race", seconds=10)
    found = acknowledged(place_desk.cancel(order, sent.venue_order_id))
    place_desk.witness.clear(place_desk.place.venue)
    assert found.status is FILLED or place_desk.ended(order).status is FILLED
    place_desk.assert_agrees(order, place_desk.ended(order))


def test_balances(place_desk: Desk) -> None:
    """What we are told we own is what the venue has on its books."""
    order = place_desk.order(price=None)
    acknowledged(place_desk.send(order))
    place_desk.ended(order)
    told = session.run(place_desk.client.balances())
    wallets = place_desk.witness.account(place_desk.place.venue, "paper-key")["wallets"]
    kept = wallets.values() if place_desk.place.venue == "binance" else [wallets["spot"]]  # elsewhere one wallet pays for both kinds
    for asset in ("BTC", "USDT"):
        held = [wallet[asset] for wallet in kept if asset in wallet]
        assert told[asset] == sum(Decimal(one["free"]) + Decimal(one["locked"]) for one in held)


@pytest.mark.perpetual_only
def test_positions(place_desk: Desk) -> None:
    before = session.run(place_desk.client.positions()).get(place_desk.place.symbol)
    order = place_desk.order(price=None)
    acknowledged(place_desk.send(order))
    place_desk.ended(order)
    after = session.run(place_desk.client.positions())[place_desk.place.symbol]
    assert after.quantity - (before.quantity if before else 0) == QUANTITY
    held = place_desk.witness.account(place_desk.place.venue, "paper-key")["positions"][place_desk.place.symbol]
    assert after.quantity == Decimal(held["quantity"])


def test_streams(place_desk: Desk) -> None:
    """The book that we keep is the venue's, its trades arrive, and so does what the account does."""
    with running(place_desk.place) as streams:
        order = place_desk.order(price=None)
        acknowledged(place_desk.send(order))
        trades = place_desk.witness.trades(place_desk.place.venue, order.client_order_id)
        wait_until(lambda: told_of(streams, place_desk, order, set(trades)))
        wait_until(lambda: is_the_venues_book(streams, place_desk))
        wait_until(lambda: streams.market.trades)
    assert streams.market.crossed == []


def test_reconnect(place_desk: Desk) -> None:
    """What trades while the streams are cut is known after they are back, and the book is the venue's again."""
    with running(place_desk.place) as streams:
        backfills, hidden = streams.account.backfills, streams.market.hidden
        place_desk.witness.fault(place_desk.place.venue, "disconnect")
        order = place_desk.order(price=None)
        acknowledged(place_desk.send(order))
        trades = place_desk.witness.trades(place_desk.place.venue, order.client_order_id)
        wait_until(lambda: streams.account.backfills > backfills and streams.market.hidden > hidden)
        wait_until(lambda: set(trades) <= set(streams.account.executions))
        wait_until(lambda: is_the_venues_book(streams, place_desk))
    assert streams.tally.connections > 1
