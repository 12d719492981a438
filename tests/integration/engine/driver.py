"""Plays feed, dispatcher and workers in one process, over real sockets to the paper exchange."""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.request import urlopen

from dipmaster.accounts.models import User
from dipmaster.domain.books import Book, Level
from dipmaster.domain.fills import Execution
from dipmaster.domain.sides import Side
from execution.domain.lifecycle import ChildState
from execution.market import books as market_books
from execution.models import ChildOrder, Listing, ParentOrder, Venue
from execution.services import claims, orders, planning, working
from execution.services.orders import OrderRequest
from tests.waiting import PATIENCE_SECONDS

PAUSE_SECONDS = 0.05  # about as often as a feed writes a book: the venues, who share the machine, get on with it meanwhile


LONG: dict[str, Any] = {"duration_minutes": Decimal(5), "mode": "conservative"}


def utc_now() -> datetime:
    return datetime.now(UTC)


def _orders_in_words() -> str:
    """Tell where each order stands: a machine that is not at hand says nothing else."""
    fields = ("state", "algorithm", "next_review_at", "lease_owner", "lease_until", "epoch")
    orders = ParentOrder.objects.order_by("pk")
    return "; ".join(
        f"{[getattr(one, name) for name in fields]} {list(one.events.order_by('-pk').values_list('text', flat=True)[:3])}" for one in orders
    )


def an_execution(child: ChildOrder, trade_id: str = "t-1", quantity: Decimal = Decimal("0.00001")) -> Execution:
    """Return what the child's venue would tell of a trade, without a fee."""
    return Execution(
        venue=child.venue.name,
        symbol=child.parent.instrument.symbol,
        trade_id=trade_id,
        client_order_id=child.client_order_id,
        venue_order_id=child.venue_order_id,
        side=Side(child.parent.side),
        price=child.price or Decimal(1),
        quantity=quantity,
        fee=Decimal(0),
        fee_currency="USDT",
        is_maker=True,
        traded_at=utc_now(),
    )


@dataclass
class Engine:
    """Submits orders and works whatever is due, as dispatcher and workers would."""

    trader: User
    base_url: str
    silent_venues: set[str] = field(default_factory=set)

    def submit(self, **changes: object) -> ParentOrder:
        self.refresh_books()
        fields: dict[str, object] = {
            "symbol": "BTCUSDT",
            "side": Side.BUY,
            "quantity": Decimal("0.05"),
            "mode": "aggressive",
            "duration_minutes": Decimal("0.15"),
        }
        request = OrderRequest(**(fields | changes))  # type: ignore[arg-type]
        return orders.submit(user=self.trader, request=request, now=utc_now()).order

    def refresh_books(self) -> None:
        """Do the feed's work: read each venue's book and put it where the workers look."""
        for listing in Listing.objects.filter(instrument__is_enabled=True).select_related("venue", "instrument"):
            if listing.venue.name not in self.silent_venues:
                market_books.write(self._book(listing.venue.name, listing.instrument.symbol))

    def _book(self, venue: str, symbol: str) -> Book:
        with urlopen(f"{self.base_url}/control/book?venue={venue}&symbol={symbol}&limit=50") as answer:
            depth = json.load(answer)
        bids, asks = (tuple(Level(price=Decimal(p), quantity=Decimal(q)) for p, q in depth[side]) for side in ("bids", "asks"))
        return Book(venue=venue, symbol=symbol, bids=bids, asks=asks, received_at=utc_now())

    def turn(self) -> None:
        """Do whatever is due now, once."""
        now = utc_now()
        planning.plan_orders(claims.claim_orders(owner="test", limit=50, now=now), now=now)
        working.work_slices(claims.claim_slices(owner="test", limit=50, now=utc_now()), clock=utc_now)

    def run_until(self, condition: Callable[[], bool], *, turn: bool = True) -> None:
        """Work until the condition holds; without turns only the books move."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, f"the condition was not met in time: {_orders_in_words()}"
            self.refresh_books()
            if turn:
                self.turn()
            time.sleep(PAUSE_SECONDS)

    def venue_orders(self) -> list[dict[str, Any]]:
        """Return the venues' own record of every order of ours."""
        records = []
        for venue in Venue.objects.values_list("name", flat=True):
            with urlopen(f"{self.base_url}/control/orders?venue={venue}") as answer:
                records += [record for account in json.load(answer).values() for record in account["orders"]]
        return records

    def venue_orders_named(self, client_order_ids: Iterable[str]) -> list[dict[str, Any]]:
        """Return the venues' records under these ids."""
        wanted = set(client_order_ids)
        return [record for record in self.venue_orders() if record["client_id"] in wanted]

    def venue_orders_of(self, order: ParentOrder) -> list[dict[str, Any]]:
        """Return the venues' records of the order's children."""
        return self.venue_orders_named(order.children.values_list("client_order_id", flat=True))

    def finish(self, order: ParentOrder) -> ParentOrder:
        """Work until the order has ended."""
        self.run_until(lambda: ParentOrder.objects.get(pk=order.pk).completed_at is not None)
        return ParentOrder.objects.get(pk=order.pk)

    def assert_whole(self, order: ParentOrder) -> None:
        """Our fills and children equal the venues' own record, and no client order id stands there twice."""
        records = self.venue_orders_of(order)
        names = [record["client_id"] for record in records]
        assert len(names) == len(set(names))
        assert sum(Decimal(record["executed"]) for record in records) == order.filled_quantity
        assert sum(order.fills.values_list("quantity", flat=True)) == order.filled_quantity
        assert sum(order.children.values_list("filled_quantity", flat=True)) == order.filled_quantity

    def a_resting_child(self, **changes: object) -> ChildOrder:
        """Submit a patient order and work until a child of it rests."""
        order = self.submit(**LONG | changes)
        resting = ChildOrder.objects.filter(parent=order, state=ChildState.OPEN)
        self.run_until(resting.exists)
        return resting.select_related("venue", "slice", "parent__instrument")[0]
