"""An order whose first child has a stored decision, and whose second one has none."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from dipmaster.domain.books import Book, Level
from dipmaster.domain.sides import Side
from execution.domain import decisions
from execution.domain.actions import SliceView
from execution.domain.decisions import DecisionInputs, outcome_of, trimmed
from execution.models import ChildOrder, Decision, Listing, ParentOrder, Slice, Venue

D = Decimal
TOUCHES = {"binance": ("49999.90", "50000.10"), "okx": ("49999.80", "50000.00"), "bybit": ("49999.00", "50001.00")}


def explained_children(order: ParentOrder, *, patience: float = 0.0) -> list[ChildOrder]:
    """Give the order a slice of 0.05 with the children that its tactic asks for (patience 0: it crosses at once), and one of old."""
    now = datetime.now(UTC)
    part = Slice.objects.create(
        parent=order,
        number=1,
        quantity=D("0.05"),
        state="working",
        start_at=now - timedelta(seconds=30),
        end_at=now + timedelta(seconds=90),
    )
    inputs = the_inputs(order, part, now, patience)
    outcome = outcome_of(inputs.decide())
    row = Decision.of(decisions.Decision(inputs=trimmed(inputs), outcome=outcome))
    row.save()
    venues = {venue.name: venue for venue in Venue.objects.all()}
    children = [
        ChildOrder(
            slice=part, parent=order, venue=venues[place.venue], number=number, client_order_id=f"e{order.pk}n{number}",
            order_type=place.order_type, time_in_force=place.time_in_force, price=place.price, quantity=place.quantity, state="open",
            reason=place.reason, mid_at_decision=D(50_000), decided_at=now, decision=row,
        )
        for number, place in enumerate(outcome.places, start=1)
    ]  # fmt: skip
    old = ChildOrder(
        slice=part, parent=order, venue=venues["okx"], number=99, client_order_id=f"e{order.pk}n99", order_type="limit", time_in_force="PO",
        price=D(49_999), quantity=D("0.01"), state="cancelled", reason="Post", mid_at_decision=D(50_000), decided_at=now - timedelta(1),
    )  # fmt: skip
    return ChildOrder.objects.bulk_create([*children, old])


def the_inputs(order: ParentOrder, part: Slice, now: datetime, patience: float) -> DecisionInputs:
    listings = Listing.objects.with_terms().filter(instrument=order.instrument, is_enabled=True)
    return DecisionInputs(
        slice=SliceView(
            side=Side(order.side), quantity=part.quantity, filled_quantity=D(0), start_at=part.start_at, end_at=part.end_at,
            worst_price=None, is_closing=False, is_last=False, patience=patience, max_book_age=timedelta(seconds=2), children=(),
        ),
        books=tuple(
            Book(
                venue=venue, symbol=order.instrument.symbol, received_at=now - timedelta(milliseconds=250),
                bids=tuple(Level(price=D(bid) - n, quantity=D(1)) for n in range(50)),
                asks=tuple(Level(price=D(ask) + n, quantity=D(1)) for n in range(50)),
            )
            for venue, (bid, ask) in TOUCHES.items()
        ),
        listings={row.venue.name: row.to_domain() for row in listings},
        now=now,
    )  # fmt: skip
