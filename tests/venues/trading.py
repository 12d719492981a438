"""Orders of the matrices, and a client whose calls block."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from itertools import count
from typing import Any

from dipmaster.domain.fills import Execution
from dipmaster.domain.instruments import Listing
from dipmaster.domain.quantize import floor_to_step
from dipmaster.domain.sides import Side
from execution.domain.venue_orders import (
    Acknowledged,
    CancelOutcome,
    LookupOutcome,
    NewOrder,
    OrderType,
    PlaceOutcome,
    TimeInForce,
    VenueOrder,
    VenueOrderStatus,
)
from execution.venues import session
from execution.venues.protocol import VenueClient
from tests.venues.places import Place, Witness
from tests.venues.streams import Streams
from tests.waiting import wait_until

_numbers = count(1)
QUANTITY = Decimal("0.01")
SETTLED_SECONDS = 60


def fresh_id() -> str:
    """Return a client order id that no order has."""
    return f"dmtest{next(_numbers)}x{Decimal(id(_numbers)) % 100_000}".lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One place with our client, its terms and the witness."""

    place: Place
    client: VenueClient
    listing: Listing
    witness: Witness

    def order(self, *, price: str | Decimal | None = "1.02", side: Side = Side.BUY, **changes: Any) -> NewOrder:
        """Return an order; `price` is a multiple of the best ask (of the bid for a sell), None makes it a market order."""
        quote = self.witness.quote(self.place)
        touch = quote.ask if side is Side.BUY else quote.bid
        fields = {
            "symbol": self.place.symbol,
            "side": side,
            "order_type": OrderType.MARKET if price is None else OrderType.LIMIT,
            "time_in_force": TimeInForce.IOC,
            "quantity": QUANTITY,
            "price": None if price is None else floor_to_step(touch * Decimal(price), self.listing.tick),
            "client_order_id": fresh_id(),
        }
        return NewOrder(**(fields | changes))  # type: ignore[arg-type]

    def send(self, order: NewOrder) -> PlaceOutcome:
        return session.run(self.client.place(order))

    def cancel(self, order: NewOrder, venue_order_id: str | None = None) -> CancelOutcome:
        return session.run(self.client.cancel(symbol=order.symbol, client_order_id=order.client_order_id, venue_order_id=venue_order_id))

    def lookup(self, order: NewOrder, venue_order_id: str | None = None) -> LookupOutcome:
        return session.run(self.client.lookup(symbol=order.symbol, client_order_id=order.client_order_id, venue_order_id=venue_order_id))

    def wait_for(self, order: NewOrder, fits: Callable[[VenueOrder], bool]) -> VenueOrder:
        """Look an order up until it is as wanted, with all its executions."""

        def look() -> VenueOrder | None:
            found = self.lookup(order)
            is_there = isinstance(found, Acknowledged) and fits(found.order) and is_complete(found.order)
            return found.order if isinstance(found, Acknowledged) and is_there else None

        return wait_until(look, SETTLED_SECONDS)

    def ended(self, order: NewOrder) -> VenueOrder:
        return self.wait_for(order, lambda found: found.status is not VenueOrderStatus.OPEN)

    def assert_agrees(self, order: NewOrder, found: VenueOrder) -> None:
        """The venue has exactly this one order, and every trade of it is among the executions, exactly."""
        truth = self.witness.order(self.place.venue, order.client_order_id)
        assert Decimal(truth["executed"]) == found.filled_quantity
        trades = self.witness.trades(self.place.venue, order.client_order_id)
        assert {execution.trade_id: execution.quantity for execution in found.executions} == trades
        for execution in found.executions:
            assert execution.client_order_id in (order.client_order_id, None)
            assert execution.side is order.side
            assert execution.fee_currency

    def held(self) -> Decimal:
        """Return the position, on spot the balance of the base currency, as the venue tells it."""
        if not self.place.is_perpetual:
            return session.run(self.client.balances())["BTC"]
        position = session.run(self.client.positions()).get(self.place.symbol)
        return position.quantity if position else Decimal(0)

    def size_worth(self, notional: Decimal) -> Decimal:
        """Return a quantity on the lot that is worth about so much."""
        quote = self.witness.quote(self.place)
        return (notional / quote.ask / self.listing.lot).to_integral_value(ROUND_FLOOR) * self.listing.lot


def is_complete(order: VenueOrder) -> bool:
    """Tell whether the executions add up to what the venue calls filled."""
    return sum((execution.quantity for execution in order.executions), Decimal(0)) == order.filled_quantity


def quantity_of(executions: tuple[Execution, ...]) -> Decimal:
    return sum((execution.quantity for execution in executions), Decimal(0))


def acknowledged(outcome: PlaceOutcome | CancelOutcome | LookupOutcome) -> VenueOrder:
    assert isinstance(outcome, Acknowledged), outcome
    return outcome.order


def told_of(streams: Streams, desk: Desk, order: NewOrder, trades: set[str]) -> bool:
    """Tell whether the account's stream told of these trades: of each one, or of the order, whose executions are then looked up."""
    if trades <= set(streams.account.executions):
        return True
    return order.client_order_id in streams.account.nudges and {e.trade_id for e in acknowledged(desk.lookup(order)).executions} == trades


def is_the_venues_book(streams: Streams, desk: Desk) -> bool:
    """Compare the best levels that we keep with the venue's, which moves on while they are compared."""
    told = desk.witness.book(desk.place, 10)
    sides = {"bids": streams.market.bids, "asks": streams.market.asks}
    return streams.market.is_visible and all(
        [(Decimal(price), Decimal(quantity)) for price, quantity in told[name]] == levels[:10] for name, levels in sides.items()
    )
