"""HTX added by data alone: a row in the admin, no line of Python in the product."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from dipmaster.domain.sides import Side
from execution.domain.venue_orders import Acknowledged, NewOrder, NotFound, OrderType, Rejected, TimeInForce, Unknown, VenueOrder
from execution.domain.venue_orders import VenueOrderStatus as Status
from execution.models import Instrument, Listing, Venue
from execution.venues import registry, session
from execution.venues.protocol import VenueClient
from execution.venues.session import run
from tests.venues.htx import server
from tests.venues.htx.server import HtxServer

PRODUCT = Path(__file__).resolve().parents[3] / "execution"


def order(client_order_id: str = "dmhtx1", **changes: object) -> NewOrder:
    buy = NewOrder(
        symbol="BTCUSDT",
        side=Side.BUY,
        order_type=OrderType.LIMIT,
        time_in_force=TimeInForce.IOC,
        quantity=Decimal("0.75"),
        price=Decimal("60020"),
        client_order_id=client_order_id,
    )
    return replace(buy, **changes)  # type: ignore[arg-type]


def resting(client_order_id: str = "dmhtx1") -> NewOrder:
    return order(client_order_id, time_in_force=TimeInForce.GTC, price=Decimal("59000"))


def acknowledged(outcome: object) -> VenueOrder:
    assert isinstance(outcome, Acknowledged), outcome
    return outcome.order


def looked_up(client: VenueClient, client_order_id: str = "dmhtx1", venue_order_id: str | None = None) -> object:
    return run(client.lookup(symbol="BTCUSDT", client_order_id=client_order_id, venue_order_id=venue_order_id))


def cancelled(client: VenueClient, client_order_id: str = "dmhtx1", venue_order_id: str | None = None) -> object:
    return run(client.cancel(symbol="BTCUSDT", client_order_id=client_order_id, venue_order_id=venue_order_id))


def test_the_product_has_no_python_for_htx() -> None:
    assert "htx" not in registry.OWN_PACKAGES
    assert [path for path in PRODUCT.rglob("*.py") if "htx" in path.stem or '"htx"' in path.read_text()] == []


def test_its_listings_are_read_by_the_command(row: Venue, redis: object) -> None:
    Instrument.objects.create(symbol="BTCUSDT", base="BTC", quote="USDT")
    Instrument.objects.create(symbol="BTCUSDT-PERP", base="BTC", quote="USDT", kind="perpetual")
    call_command("sync_listings", "htx", stdout=StringIO())
    session.close()
    spot = Listing.objects.get(venue=row, instrument__symbol="BTCUSDT")
    assert (spot.tick, spot.lot, spot.min_quantity) == (Decimal("0.01"), Decimal("0.000001"), Decimal("0.00001"))
    assert (spot.max_quantity, spot.min_notional) == (Decimal(1000), Decimal(10))
    perpetual = Listing.objects.get(venue=row, instrument__symbol="BTCUSDT-PERP")
    assert (perpetual.tick, perpetual.lot) == (Decimal("0.1"), Decimal("0.001"))  # one contract is a thousandth of a bitcoin


def test_the_rows_own_limits_and_fees_hold(row: Venue) -> None:
    Instrument.objects.create(symbol="BTCUSDT", base="BTC", quote="USDT")
    call_command("sync_listings", "htx", stdout=StringIO())
    session.close()
    terms = Listing.objects.get(venue=row).to_domain()
    assert (terms.min_notional, terms.max_notional, terms.taker_fee_bps) == (Decimal(20), Decimal(50_000), Decimal(20))


def test_an_order_is_acknowledged_with_the_venues_id_and_arrives_as_it_was_given(client: VenueClient, htx: HtxServer) -> None:
    placed = acknowledged(run(client.place(resting())))
    assert (placed.status, placed.filled_quantity) == (Status.OPEN, 0)
    body = htx.orders[0]
    assert (body["symbol"], body["type"], body["client-order-id"]) == ("btcusdt", "buy-limit", "dmhtx1")
    assert (Decimal(body["amount"]), Decimal(body["price"])) == (Decimal("0.75"), Decimal(59000))
    assert placed.venue_order_id == str(htx.core.named("dmhtx1").order_id)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("time_in_force", "sent"),
    [(TimeInForce.IOC, "buy-ioc"), (TimeInForce.FOK, "buy-limit-fok"), (TimeInForce.POST_ONLY, "buy-limit-maker")],
)
def test_every_time_in_force_is_said_in_its_words(client: VenueClient, htx: HtxServer, time_in_force: TimeInForce, sent: str) -> None:
    acknowledged(run(client.place(order(time_in_force=time_in_force))))
    assert htx.orders[0]["type"] == sent


def test_an_order_that_took_is_found_with_its_executions(client: VenueClient) -> None:
    placed = acknowledged(run(client.place(order())))
    found = acknowledged(looked_up(client, venue_order_id=placed.venue_order_id))
    assert (found.status, found.filled_quantity) == (Status.FILLED, Decimal("0.75"))
    assert [(e.price, e.quantity, e.fee, e.fee_currency, e.is_maker) for e in found.executions] == [
        (Decimal("60010"), Decimal("0.5"), Decimal("0.001"), "BTC", False),
        (Decimal("60020"), Decimal("0.25"), Decimal("0.0005"), "BTC", False),
    ]
    assert {e.client_order_id for e in found.executions} == {"dmhtx1"}


def test_an_order_whose_answer_was_lost_is_found_by_our_id(client: VenueClient) -> None:
    run(client.place(order()))
    assert acknowledged(looked_up(client)).status is Status.FILLED


def test_a_cancelled_order_is_acknowledged_as_it_ended(client: VenueClient) -> None:
    run(client.place(resting()))
    assert acknowledged(cancelled(client)).status is Status.CANCELLED


def test_cancelling_what_has_filled_brings_its_executions(client: VenueClient) -> None:
    placed = acknowledged(run(client.place(order())))
    ended = acknowledged(cancelled(client, venue_order_id=placed.venue_order_id))
    assert (ended.status, sum(e.quantity for e in ended.executions)) == (Status.FILLED, Decimal("0.75"))


def test_an_order_that_never_was_is_not_found(client: VenueClient) -> None:
    assert isinstance(looked_up(client, "nobody"), NotFound)
    assert isinstance(cancelled(client, "nobody"), NotFound)


def test_a_code_that_the_row_explains_proves_a_rejection(client: VenueClient) -> None:
    outcome = run(client.place(order(quantity=Decimal(900))))
    assert isinstance(outcome, Rejected), outcome
    assert outcome.code == "account-frozen-balance-insufficient-error"


def test_a_code_that_nobody_explained_proves_nothing(row: Venue, client: VenueClient, htx: HtxServer) -> None:
    htx.core.listing = lambda name: (_ for _ in ()).throw(server.HtxError("new-code", "Something new"))  # type: ignore[assignment]
    assert isinstance(run(client.place(order())), Unknown)
    assert len(htx.orders) == 1


def test_executions_since_a_moment_come_from_all_pages(client: VenueClient, htx: HtxServer, monkeypatch: pytest.MonkeyPatch) -> None:
    before = datetime.now(UTC) - timedelta(days=3)
    for number in range(5):
        run(client.place(order(f"dmhtx{number}", quantity=Decimal("0.1"))))
    found = run(client.executions_since(symbol="BTCUSDT", since=before))
    assert [e.client_order_id for e in found] == [f"dmhtx{number}" for number in range(5)]
    assert [e.traded_at for e in found] == sorted(e.traded_at for e in found)
    assert len([path for _, path in htx.requests if path == "/v1/order/matchresults"]) >= 2  # three days are two windows


def test_balances_include_what_open_orders_hold(client: VenueClient) -> None:
    before = run(client.balances())
    run(client.place(resting()))
    assert run(client.balances()) == before
    assert before["BTC"] == 100


def test_the_venues_clock_is_read(client: VenueClient) -> None:
    assert abs(run(client.server_time()) - datetime.now(UTC)) < timedelta(seconds=2)
