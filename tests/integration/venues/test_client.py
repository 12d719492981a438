"""The ccxt client against the paper exchange, over real sockets."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from dipmaster.domain.sides import Side
from execution.domain.venue_orders import Acknowledged, NewOrder, NotFound, Rejected, TimeInForce, Unknown, VenueOrderStatus
from execution.venues.protocol import VenueClient
from execution.venues.session import run
from tests.integration.venues.orders import FAR_ABOVE, crossing, market, resting
from tests.integration.venues.proxy import Proxy


def acknowledged(outcome: object) -> Acknowledged:
    assert isinstance(outcome, Acknowledged), outcome
    return outcome


@pytest.mark.parametrize("make", [crossing, market])
def test_an_order_that_takes_is_acknowledged_with_its_executions(client: VenueClient, order_id: str, make: object) -> None:
    order = acknowledged(run(client.place(make(order_id)))).order  # type: ignore[operator]
    assert order.status is VenueOrderStatus.FILLED
    assert sum(execution.quantity for execution in order.executions) == order.filled_quantity == Decimal("0.01")
    assert {execution.client_order_id for execution in order.executions} == {order_id}
    assert {execution.venue_order_id for execution in order.executions} == {order.venue_order_id}
    for execution in order.executions:
        assert execution.fee_currency == "USDT"
        assert abs(execution.fee - execution.price * execution.quantity / 1000) < Decimal("0.00000002")
        assert not execution.is_maker


def test_the_trades_of_the_answer_are_those_of_the_account(client: VenueClient, order_id: str) -> None:
    placed = acknowledged(run(client.place(crossing(order_id)))).order
    found = acknowledged(run(client.lookup(symbol="BTCUSDT", client_order_id=order_id, venue_order_id=None))).order
    assert found == placed


def test_a_resting_order_is_acknowledged_as_open(client: VenueClient, order_id: str) -> None:
    order = acknowledged(run(client.place(resting(order_id)))).order
    assert (order.status, order.filled_quantity, order.executions) == (VenueOrderStatus.OPEN, 0, ())


def test_an_immediate_order_that_finds_nothing_is_acknowledged_as_ended(client: VenueClient, order_id: str) -> None:
    unmarketable = replace(resting(order_id), time_in_force=TimeInForce.IOC)
    assert acknowledged(run(client.place(unmarketable))).order.status is VenueOrderStatus.CANCELLED


@pytest.mark.parametrize(
    ("change", "code", "reason"),
    [
        ({"time_in_force": TimeInForce.POST_ONLY}, "-2010", "Order would immediately match and take."),
        ({"quantity": Decimal(8000)}, "-2010", "Account has insufficient balance for requested action."),
        ({"quantity": Decimal("0.00001")}, "-1013", "Filter failure: NOTIONAL"),
        ({"client_order_id": "not allowed!"}, "-1100", "Illegal characters found in parameter 'newClientOrderId'"),
    ],
)
def test_the_venues_own_code_proves_a_rejection(
    client: VenueClient, order_id: str, change: dict[str, object], code: str, reason: str
) -> None:
    outcome = run(client.place(replace(crossing(order_id), **change)))  # type: ignore[arg-type]
    assert isinstance(outcome, Rejected), outcome
    assert outcome.code == code
    assert outcome.reason.startswith(reason)


@pytest.mark.parametrize("change", [{"quantity": Decimal("0.0100001")}, {"price": FAR_ABOVE + Decimal("0.001")}])
def test_an_order_off_the_grid_is_refused_and_not_sent(
    client: VenueClient, order_id: str, proxy: Proxy, change: dict[str, Decimal]
) -> None:
    outcome = run(client.place(replace(crossing(order_id), **change)))
    assert isinstance(outcome, Rejected)
    assert outcome.code == "not_sent_off_grid"
    assert not [method for method, _ in proxy.requests if method == "POST"]


def test_quantities_and_prices_leave_as_they_were_given(client: VenueClient, order_id: str) -> None:
    order = NewOrder(
        symbol="SOLUSDT",
        side=Side.BUY,
        order_type=resting(order_id).order_type,
        time_in_force=TimeInForce.POST_ONLY,
        quantity=Decimal("1.230"),
        price=Decimal("100.10"),
        client_order_id=order_id,
    )
    assert acknowledged(run(client.place(order))).order.status is VenueOrderStatus.OPEN


def test_a_second_order_of_the_same_id_finds_the_first(client: VenueClient, order_id: str) -> None:
    first = acknowledged(run(client.place(resting(order_id)))).order
    second = acknowledged(run(client.place(resting(order_id)))).order
    assert second == first


def test_a_cancelled_order_is_acknowledged_under_our_id(client: VenueClient, order_id: str) -> None:
    run(client.place(resting(order_id)))
    order = acknowledged(run(client.cancel(symbol="BTCUSDT", client_order_id=order_id, venue_order_id=None))).order
    assert (order.client_order_id, order.status) == (order_id, VenueOrderStatus.CANCELLED)


def test_cancelling_an_order_that_has_filled_brings_its_executions(client: VenueClient, order_id: str) -> None:
    placed = acknowledged(run(client.place(crossing(order_id)))).order
    assert acknowledged(run(client.cancel(symbol="BTCUSDT", client_order_id=order_id, venue_order_id=None))).order == placed


def test_an_order_cancelled_twice_stays_cancelled(client: VenueClient, order_id: str) -> None:
    run(client.place(resting(order_id)))
    call = {"symbol": "BTCUSDT", "client_order_id": order_id, "venue_order_id": None}
    first, second = (acknowledged(run(client.cancel(**call))).order for _ in range(2))  # type: ignore[arg-type]
    assert first == second


def test_an_order_that_never_was_is_not_found(client: VenueClient, order_id: str) -> None:
    call = {"symbol": "BTCUSDT", "client_order_id": order_id, "venue_order_id": None}
    assert isinstance(run(client.lookup(**call)), NotFound)  # type: ignore[arg-type]
    assert isinstance(run(client.cancel(**call)), NotFound)  # type: ignore[arg-type]


def test_an_unknown_symbol_proves_nothing_and_raises_nothing(client: VenueClient, order_id: str) -> None:
    assert isinstance(run(client.lookup(symbol="NOSUCHUSDT", client_order_id=order_id, venue_order_id=None)), Unknown)


def test_executions_since_a_moment_carry_our_ids(client: VenueClient, order_id: str) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    placed = acknowledged(run(client.place(crossing(order_id)))).order
    found = run(client.executions_since(symbol="BTCUSDT", since=before))
    assert [execution for execution in found if execution.client_order_id == order_id] == list(placed.executions)
    assert run(client.executions_since(symbol="BTCUSDT", since=datetime.now(UTC) + timedelta(seconds=5))) == ()


def test_listings_tell_the_venues_terms(client: VenueClient) -> None:
    bitcoin = next(listing for listing in run(client.listings()) if listing.symbol == "BTCUSDT")
    assert (bitcoin.tick, bitcoin.lot, bitcoin.min_notional) == (Decimal("0.01"), Decimal("0.00001"), 5)


def test_balances_include_what_open_orders_hold(client: VenueClient, order_id: str) -> None:
    before = run(client.balances())
    run(client.place(resting(order_id)))
    assert run(client.balances()) == before
